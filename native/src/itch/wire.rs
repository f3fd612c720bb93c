//! NASDAQ TotalView-ITCH 5.0 as bytes: how long each message is, and where it holds what is read here. Big-endian throughout.

use crate::bytes::field;

/// No stamp is as late: a day has so many nanoseconds.
pub const STAMP_END: u64 = 86_400_000_000_000;
/// Stands for a market order where a price is expected.
pub const MARKET_PRICE: u32 = 0x7FFF_FFFF;

/// Bytes of a message by its type; 0 where that is no type.
pub const fn size(kind: u8) -> usize {
    match kind {
        b'S' | b'W' => 12,
        b'D' | b'B' => 19,
        b'Y' | b'N' => 20,
        b'h' => 21,
        b'X' => 23,
        b'H' => 25,
        b'L' => 26,
        b'K' => 28,
        b'E' => 31,
        b'V' | b'J' | b'U' => 35,
        b'A' | b'C' => 36,
        b'R' => 39,
        b'F' | b'Q' => 40,
        b'P' => 44,
        b'O' => 48,
        b'I' => 50,
        _ => 0,
    }
}

/// One message of the length of its type.
#[derive(Clone, Copy)]
pub struct Message<'a>(&'a [u8]);

impl<'a> Message<'a> {
    /// None unless the bytes are as many as their type has, and stamped within a day.
    pub fn new(data: &'a [u8]) -> Option<Self> {
        let kind = *data.first()?;
        let made = Self(data);
        (data.len() == size(kind) && made.stamp() < STAMP_END).then_some(made)
    }

    pub fn kind(self) -> u8 {
        self.0[0]
    }

    /// Number of the stock.
    pub fn locate(self) -> u16 {
        u16::from_be_bytes(self.bytes(1))
    }

    /// Nanoseconds since midnight.
    pub fn stamp(self) -> u64 {
        let [a, b, c, d, e, f] = self.bytes(5);
        u64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }

    pub fn byte(self, at: usize) -> u8 {
        self.0[at]
    }

    pub fn u32(self, at: usize) -> u32 {
        u32::from_be_bytes(self.bytes(at))
    }

    /// Eight bytes, read as signed: as q's long is.
    pub fn i64(self, at: usize) -> i64 {
        i64::from_be_bytes(self.bytes(at))
    }

    /// Bytes of a field; every type is longer than the fields that are read of it.
    fn bytes<const N: usize>(self, at: usize) -> [u8; N] {
        field(self.0, at)
    }
}
