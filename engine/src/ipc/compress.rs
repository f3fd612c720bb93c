//! The compression of messages, both ways.
//!
//! After the header come the uncompressed length (u32, header included) and then groups of a control byte and eight
//! steps, lowest bit first. A clear bit copies one byte. A set bit is a back reference: a key byte picks a position from
//! a table of the last places where two adjacent output bytes had that exclusive-or; two bytes are copied from there, then
//! a count byte and that many more. Both sides keep the table the same way: a pair enters it once a step has gone past
//! it, and pairs inside the run of a reference do not enter.

use super::badmsg;
use super::frame::{HEADER, Header, Kind};
use crate::error::Result;

/// Messages up to this size are never compressed.
pub const THRESHOLD: usize = 2000;

/// Table of positions with how far it has been filled.
struct Seen {
    at: [usize; 256],
    next: usize,
}

impl Seen {
    fn new() -> Seen {
        Seen { at: [0; 256], next: HEADER }
    }
    /// Enters the pairs that start before `upto - 1`.
    fn fill(&mut self, bytes: &[u8], upto: usize) {
        while self.next + 1 < upto {
            self.at[usize::from(bytes[self.next] ^ bytes[self.next + 1])] = self.next;
            self.next += 1;
        }
    }
}

/// The message compressed, or None when it is small, too long for the format or would not shrink below half.
pub fn compress(message: &[u8]) -> Option<Vec<u8>> {
    let n = message.len();
    if n <= THRESHOLD || u32::try_from(n).is_err() {
        return None;
    }
    let limit = n / 2;
    let mut out = Vec::with_capacity(limit);
    out.extend_from_slice(&message[..HEADER]);
    out[2] = 1;
    out.extend_from_slice(&(n as u32).to_le_bytes());
    if message[0] == 0 {
        out[HEADER..].copy_from_slice(&(n as u32).to_be_bytes());
    }
    let mut seen = Seen::new();
    let mut s = HEADER;
    while s < n {
        // a group is at most 17 bytes
        if out.len() + 17 > limit {
            return None;
        }
        let control = out.len();
        out.push(0);
        for bit in 0..8 {
            if s >= n {
                break;
            }
            let found = if s + 2 < n {
                let key = message[s] ^ message[s + 1];
                let from = seen.at[usize::from(key)];
                // equal first bytes and equal exclusive-or make both bytes equal
                (from != 0 && message[from] == message[s]).then_some((key, from))
            } else {
                None
            };
            if let Some((key, from)) = found {
                let (a, b) = (from + 2, s + 2);
                let most = 255.min(n - b);
                let run = (0..most).take_while(|&k| message[a + k] == message[b + k]).count();
                seen.fill(message, b);
                out[control] |= 1 << bit;
                out.push(key);
                out.push(run as u8);
                s = b + run;
                seen.next = s;
            } else {
                out.push(message[s]);
                s += 1;
                seen.fill(message, s);
            }
        }
    }
    if out.len() >= limit {
        return None;
    }
    let len = out.len() as u32;
    out[4..8].copy_from_slice(&if message[0] == 1 { len.to_le_bytes() } else { len.to_be_bytes() });
    Some(out)
}

/// The uncompressed message (with its header) of a compressed one.
pub fn decompress(message: &[u8]) -> Result<Vec<u8>> {
    let h = Header::read(message)?.ok_or_else(badmsg)?;
    let size = message.get(HEADER..HEADER + 4).ok_or_else(badmsg)?;
    let size = [size[0], size[1], size[2], size[3]];
    let size = if h.little { u32::from_le_bytes(size) } else { u32::from_be_bytes(size) } as usize;
    let src = &message[HEADER + 4..];
    // a reference makes at most 257 bytes of two and a bit
    if size < HEADER + 2 || size > HEADER + src.len().saturating_mul(129) {
        return Err(badmsg());
    }
    crate::value::memory::reserve(size)?;
    let mut out = Vec::with_capacity(size);
    let low = (size as u32).to_le_bytes();
    out.extend_from_slice(&[u8::from(h.little), h.kind as u8, 0, 0]);
    out.extend_from_slice(&if h.little { low } else { (size as u32).to_be_bytes() });
    let mut seen = Seen::new();
    let mut src = src.iter().copied();
    let mut next = || src.next().ok_or_else(badmsg);
    while out.len() < size {
        let control = next()?;
        for bit in 0..8 {
            if out.len() >= size {
                break;
            }
            if control & 1 << bit == 0 {
                out.push(next()?);
                seen.fill(&out, out.len());
                continue;
            }
            let from = seen.at[usize::from(next()?)];
            let run = usize::from(next()?);
            if from == 0 || out.len() + 2 + run > size {
                return Err(badmsg());
            }
            let pair = out.len() + 2;
            for k in 0..2 {
                out.push(out[from + k]);
            }
            seen.fill(&out, pair);
            let from = from + 2;
            if from + run <= pair {
                out.extend_from_within(from..from + run);
            } else {
                // the run reads bytes that it has just written
                for k in 0..run {
                    out.push(out[from + k]);
                }
            }
            seen.next = out.len();
        }
    }
    Ok(out)
}

/// A message for a peer that takes compressed ones: compressed where that pays, else as it is.
pub fn pack(message: Vec<u8>) -> Vec<u8> {
    compress(&message).unwrap_or(message)
}

/// A header for tests and captured bytes.
pub fn kind_of(message: &[u8]) -> Option<Kind> {
    Header::read(message).ok().flatten().map(|h| h.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipc::encode_message;
    use crate::value::Value;

    fn longs(n: i64) -> Vec<u8> {
        encode_message(&Value::longs((0..n).collect()), Kind::Async).unwrap()
    }

    #[test]
    fn documented_size() {
        // basics/internal.md: count -18!til 1000 is 3276 (of 8014)
        let m = longs(1000);
        assert_eq!(m.len(), 8014);
        assert_eq!(compress(&m).unwrap().len(), 3276);
    }
    #[test]
    fn round_trips() {
        let mut seed = 7u64;
        let mut noise = |n: usize, span: u64| -> Vec<u8> {
            (0..n)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    ((seed >> 40) % span) as u8
                })
                .collect()
        };
        for span in [1, 2, 3, 5] {
            for n in [1990, 2001, 4096, 70_001] {
                let m = encode_message(&Value::bytes(noise(n, span)), Kind::Response).unwrap();
                if let Some(c) = compress(&m) {
                    assert!(c.len() < m.len() / 2);
                    assert_eq!(decompress(&c).unwrap(), m);
                } else {
                    assert!(n < 2000 || span > 1, "{n} {span}");
                }
            }
        }
        // noise does not shrink, small messages stay
        let m = encode_message(&Value::bytes(noise(5000, 256)), Kind::Async).unwrap();
        assert_eq!(pack(m.clone()), m);
        assert!(compress(&longs(200)).is_none());
    }
    #[test]
    fn damage_is_an_error() {
        let c = compress(&longs(1000)).unwrap();
        for cut in 0..c.len() {
            assert!(decompress(&c[..cut]).is_err());
        }
        let mut big = c.clone();
        big[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(decompress(&big).is_err());
        for i in 12..c.len() {
            let mut d = c.clone();
            d[i] ^= 0xff;
            // any answer will do, as long as there is one and it is not longer than announced
            if let Ok(m) = decompress(&d) {
                assert_eq!(m.len(), 8014);
            }
        }
    }
}
