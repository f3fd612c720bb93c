//! What of Slipstream's feeds Python is too slow for. `itch` and `mold` know no Python; `python` makes the module `slipstream_native` of it.

#[cfg(feature = "python")]
mod datagrams;
pub mod itch;
pub mod mold;
#[cfg(feature = "python")]
mod python;
