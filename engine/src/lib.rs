//! quill: an open, q-compatible engine.
//!
//! ```
//! use quill::eval::Session;
//! let mut q = Session::new();
//! assert_eq!("45", q.show("sum til 10").unwrap());
//! ```
//!
//! Reading order, lowest layer first; each uses only those above it in this list.

pub mod access;
pub mod error;
pub mod value;

pub mod format;
pub mod ipc;
pub mod kernel;
pub mod store;
pub mod syntax;

pub mod modules;

pub mod verb;

pub mod prelude;

pub mod eval;

pub mod server;
