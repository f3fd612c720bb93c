//! The 8-byte message header.

/// What a message is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    Async = 0,
    Sync = 1,
    Response = 2,
}

/// Bytes of a header.
pub const HEADER: usize = 8;

/// A decoded header.
///
/// Layout: byte order (1 little-endian, 0 big-endian), kind, compression flag, bits 32 to 39 of the length,
/// then the low 32 bits of the length in the sender's byte order. The length counts the header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    pub little: bool,
    pub kind: Kind,
    pub compressed: bool,
    /// Bytes of the whole message, header included.
    pub len: u64,
}

impl Header {
    /// Reads the header at the start of `b`; `Ok(None)` if fewer than 8 bytes are there, `Err` if they are no header.
    pub fn read(b: &[u8]) -> Result<Option<Header>, crate::error::Error> {
        let Some(h) = b.first_chunk::<HEADER>() else { return Ok(None) };
        let kind = match h[1] {
            0 => Kind::Async,
            1 => Kind::Sync,
            2 => Kind::Response,
            _ => return Err(super::badmsg()),
        };
        if h[0] > 1 || h[2] > 1 {
            return Err(super::badmsg());
        }
        let low = [h[4], h[5], h[6], h[7]];
        let low = if h[0] == 1 { u32::from_le_bytes(low) } else { u32::from_be_bytes(low) };
        let len = u64::from(low) | u64::from(h[3]) << 32;
        // the shortest message is a header and an empty object of 2 bytes
        if len < HEADER as u64 + 2 {
            return Err(super::badmsg());
        }
        Ok(Some(Header { little: h[0] == 1, kind, compressed: h[2] == 1, len }))
    }
    /// The header's bytes, little-endian; a length over 2^32 spills into the fourth byte.
    pub fn bytes(kind: Kind, compressed: bool, len: u64) -> [u8; HEADER] {
        let l = (len as u32).to_le_bytes();
        [1, kind as u8, u8::from(compressed), (len >> 32) as u8, l[0], l[1], l[2], l[3]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_round_trip_past_four_gigabytes() {
        for len in [10u64, 0xffff_ffff, 0x1_0000_0000, 0x12_3456_789a] {
            let b = Header::bytes(Kind::Sync, false, len);
            let h = Header::read(&b).unwrap().unwrap();
            assert_eq!((h.len, h.kind, h.little), (len, Kind::Sync, true));
        }
    }
    #[test]
    fn big_endian_and_bad_headers() {
        assert_eq!(Header::read(&[0, 2, 0, 0, 0, 0, 0, 13]).unwrap().unwrap().len, 13);
        assert_eq!(Header::read(&[1, 0, 0]).unwrap(), None);
        for bad in
            [[2, 0, 0, 0, 13, 0, 0, 0], [1, 3, 0, 0, 13, 0, 0, 0], [1, 0, 0, 0, 7, 0, 0, 0], [1, 0, 9, 0, 13, 0, 0, 0]]
        {
            assert!(Header::read(&bad).is_err());
        }
    }
}
