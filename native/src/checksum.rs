//! CRC-32 (the one of zlib and PNG) by the processor's carry-less multiplication where it has that.

use crc32fast::Hasher;

/// What `start` becomes when these bytes follow.
pub fn crc32(bytes: &[u8], start: u32) -> u32 {
    let mut hasher = Hasher::new_with_initial(start);
    hasher.update(bytes);
    hasher.finalize()
}

/// What `start` becomes when `unit` follows so many times; the work grows with the number's length.
pub fn crc32_repeated(unit: &[u8], times: u64, start: u32) -> u32 {
    let mut all = Hasher::new_with_initial(start);
    let mut doubled = Hasher::new();
    doubled.update(unit);
    let mut left = times;
    while left > 0 {
        if left & 1 == 1 {
            all.combine(&doubled);
        }
        left >>= 1;
        if left > 0 {
            let half = doubled.clone();
            doubled.combine(&half);
        }
    }
    all.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CRC-32 of "123456789", which every catalogue of CRCs gives as the check value.
    const CHECK: u32 = 0xcbf4_3926;

    #[test]
    fn the_check_value_whole_and_in_pieces() {
        assert_eq!(crc32(b"123456789", 0), CHECK);
        assert_eq!(crc32(b"56789", crc32(b"", crc32(b"1234", 0))), CHECK);
    }

    #[test]
    fn repeated_as_if_spelled_out() {
        for unit in [b"".as_slice(), b"\x01", b"abc", b"\0\0\0\0\0\0\0\x07"] {
            for times in [0, 1, 2, 3, 7, 8, 1000, 4097] {
                let expected = crc32(&unit.repeat(times), CHECK);
                assert_eq!(crc32_repeated(unit, times as u64, CHECK), expected, "{unit:?} {times} times");
            }
        }
    }
}
