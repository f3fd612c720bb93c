//! The kdb+ wire: message frames, serialisation both ways, compression, connections.
//!
//! A message is an 8-byte header and one serialised object ([`encode`], [`decode`]), the same form that
//! tickerplant logs and `0xff01` object files hold. Everything that reads bytes treats them as hostile:
//! counts are checked against what is there before anything is allocated, nesting is bounded, and any
//! malformed input is the error `'badmsg`.

pub mod compress;
pub mod conn;
pub mod console;
pub mod decode;
pub mod encode;
pub mod frame;
pub mod prims;
pub mod stream;
pub mod tls;
pub mod ws;
mod x509;

pub use conn::Handles;
pub use decode::{Body, Reader, decode_message, decode_object, uncompiled};
pub use encode::{encode_error, encode_message, encode_object, encode_stored, object_size, room_to_write};
pub use frame::{Header, Kind};

use crate::error::Error;

/// The error of malformed bytes.
pub fn badmsg() -> Error {
    Error::new("badmsg")
}
