//! What of Slipstream's feeds Python is too slow for. `itch` knows no Python; `python` makes the module `slipstream_native` of it.

pub mod itch;
#[cfg(feature = "python")]
mod python;
