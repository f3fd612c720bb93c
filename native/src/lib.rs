//! What of Slipstream's feeds and archive Python is too slow for. Only `datagrams` knows sockets, only `python` Python: it makes the module `slipstream_native` of the others.

mod bytes;
pub mod checksum;
#[cfg(feature = "python")]
mod datagrams;
pub mod depths;
pub mod iex;
pub mod itch;
pub mod mold;
#[cfg(feature = "python")]
mod python;
