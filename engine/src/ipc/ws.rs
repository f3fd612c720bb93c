//! Websocket frames (RFC 6455).

use super::badmsg;
use crate::error::Result;

pub const CONTINUE: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// Largest message that is put together.
pub const MAX: usize = 1 << 30;

/// One frame as received.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    pub last: bool,
    pub op: u8,
    pub payload: Vec<u8>,
    /// Bytes it took.
    pub used: usize,
}

/// A whole message as one frame; `mask` is given by clients.
pub fn frame(op: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 14);
    out.push(0x80 | op);
    let m = if mask.is_some() { 0x80 } else { 0 };
    match payload.len() {
        n @ 0..=125 => out.push(m | n as u8),
        n @ 126..=0xffff => {
            out.push(m | 0x7e);
            out.extend_from_slice(&(n as u16).to_be_bytes());
        }
        n => {
            out.push(m | 0x7f);
            out.extend_from_slice(&(n as u64).to_be_bytes());
        }
    }
    match mask {
        None => out.extend_from_slice(payload),
        Some(k) => {
            out.extend_from_slice(&k);
            out.extend(payload.iter().zip(k.iter().cycle()).map(|(b, k)| b ^ k));
        }
    }
    out
}

/// The frame at the start of `b`, if it is whole.
pub fn parse(b: &[u8]) -> Result<Option<Frame>> {
    let [first, second, ..] = *b else { return Ok(None) };
    let mut at = 2;
    let len = match second & 0x7f {
        126 => {
            at = 4;
            let Some(n) = b.get(2..4) else { return Ok(None) };
            u64::from(u16::from_be_bytes([n[0], n[1]]))
        }
        127 => {
            at = 10;
            let Some(n) = b.get(2..10) else { return Ok(None) };
            n.iter().fold(0, |a, &x| a << 8 | u64::from(x))
        }
        n => u64::from(n),
    };
    let op = first & 15;
    // extensions are not negotiated; control frames are short and whole
    if first & 0x70 != 0 || len > MAX as u64 || (op >= 8 && (len > 125 || first & 0x80 == 0)) {
        return Err(badmsg());
    }
    let mut key = [0; 4];
    if second & 0x80 != 0 {
        let Some(k) = b.get(at..at + 4) else { return Ok(None) };
        key.copy_from_slice(k);
        at += 4;
    }
    let used = at + len as usize;
    let Some(p) = b.get(at..used) else { return Ok(None) };
    let payload = p.iter().zip(key.iter().cycle()).map(|(b, k)| b ^ k).collect();
    Ok(Some(Frame { last: first & 0x80 != 0, op, payload, used }))
}

/// The `Sec-WebSocket-Accept` that answers a key.
pub fn accept(key: &str) -> String {
    use base64::Engine;
    use sha1::Digest;
    let d = sha1::Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes());
    base64::engine::general_purpose::STANDARD.encode(d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_examples() {
        // RFC 6455, 1.3 and 5.7
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(frame(TEXT, b"Hello", None), [0x81, 5, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        let masked = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        assert_eq!(parse(&masked).unwrap().unwrap().payload, b"Hello");
        assert_eq!(frame(TEXT, b"Hello", Some([0x37, 0xfa, 0x21, 0x3d])), masked);
    }
    #[test]
    fn lengths_and_cuts() {
        for n in [0usize, 125, 126, 65_535, 65_536] {
            let f = frame(BINARY, &vec![7; n], None);
            let p = parse(&f).unwrap().unwrap();
            assert_eq!((p.payload.len(), p.used, p.op), (n, f.len(), BINARY));
            assert_eq!(parse(&f[..f.len() - 1]).unwrap(), None);
        }
        assert!(parse(&[0x82, 127, 255, 0, 0, 0, 0, 0, 0, 0]).is_err());
    }
}
