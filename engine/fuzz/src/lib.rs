//! What each fuzz target does with its input, for cargo-fuzz and for `tests/fuzz.rs` alike.
//!
//! A target returns when the engine did what it must: answered with a value or an error. Everything else (a panic, an
//! abort, a property that does not hold) ends the process.

pub mod targets;
