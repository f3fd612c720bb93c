//! Fields of messages.

/// Bytes of a field; zeros where the message has no such place.
pub fn field<const N: usize>(message: &[u8], at: usize) -> [u8; N] {
    message.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}
