//! Logs of messages (`-11!`): `ff 01`, the head of an open-ended list, then one serialised object after another.
//!
//! A log is read in blocks, never whole, and is valid up to its last complete message.

use super::compressed;
use super::file::{bad, os, plain_bytes};
use crate::error::{Error, Result};
use crate::ipc::decode::{Compile, Reader, decode_object};
use crate::value::{Ty, Value};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes before the first message.
pub const HEADER: usize = 8;
/// Bytes read at a time.
const BLOCK: usize = 1 << 20;
/// Nesting beyond which a message counts as damaged.
const DEPTH: usize = 400;

/// What the bytes at some place hold.
#[derive(PartialEq, Eq, Debug)]
enum Measure {
    /// An object of this many bytes.
    Whole(usize),
    /// The beginning of one.
    Short,
    /// Nothing that can be one.
    Damaged,
}

/// Length of the serialised object at the start of `b`, without building it.
fn measure(b: &[u8]) -> Measure {
    // how many objects are still to come on each level
    let mut open: Vec<usize> = vec![1];
    let mut at = 0usize;
    macro_rules! need {
        ($e:expr) => {
            match $e {
                Some(v) => v,
                None => return Measure::Short,
            }
        };
    }
    while let Some(left) = open.last_mut() {
        if *left == 0 {
            open.pop();
            continue;
        }
        *left -= 1;
        let code = *need!(b.get(at)) as i8;
        at += 1;
        let count = |at: usize| -> Option<usize> {
            let c = b.get(at..at + 4)?;
            Some(u32::from_le_bytes([c[0], c[1], c[2], c[3]]) as usize)
        };
        let text = |at: usize| memchr::memchr(0, b.get(at..).unwrap_or(b"")).map(|n| at + n + 1);
        match code {
            -19..=-1 => match Ty::from_code(-i32::from(code)) {
                Some(Ty::Sym) => at = need!(text(at)),
                Some(t) => at += t.width(),
                None => return Measure::Damaged,
            },
            -128 => at = need!(text(at)),
            0 => {
                let n = need!(count(at + 1));
                at += 5;
                open.push(n);
            }
            1..=19 => {
                let n = need!(count(at + 1));
                at += 5;
                match Ty::from_code(i32::from(code)) {
                    Some(Ty::Sym) => {
                        for _ in 0..n {
                            at = need!(text(at));
                        }
                    }
                    Some(t) => at = need!(n.checked_mul(t.width()).and_then(|w| at.checked_add(w))),
                    None => return Measure::Damaged,
                }
            }
            98 => {
                at += 1;
                open.push(1);
            }
            99 | 127 => open.push(2),
            100 => {
                at = need!(text(at));
                open.push(1);
            }
            101..=103 => at += 1,
            104 | 105 => {
                let n = need!(count(at));
                at += 4;
                open.push(n);
            }
            106..=111 => open.push(1),
            _ => return Measure::Damaged,
        }
        if open.len() > DEPTH {
            return Measure::Damaged;
        }
        if at > b.len() {
            return Measure::Short;
        }
    }
    Measure::Whole(at)
}

/// Reads messages one by one.
pub struct Log {
    path: PathBuf,
    file: Option<File>,
    buf: Vec<u8>,
    /// Start of the next message in `buf`.
    at: usize,
    /// Bytes of the file up to the next message.
    pub valid: u64,
    /// Why reading ended, when it was not the end of the file.
    pub torn: bool,
    /// Bytes wanted at once: grows with the longest message.
    want: usize,
}

impl Log {
    /// Opens a log; an object file that is not a list is an error.
    pub fn open(path: &Path) -> Result<Log> {
        crate::access::read(path)?;
        let mut f = File::open(path).map_err(|e| os(path, &e))?;
        let mut log = Log {
            path: path.to_owned(),
            file: None,
            buf: Vec::new(),
            at: HEADER,
            valid: HEADER as u64,
            torn: false,
            want: BLOCK,
        };
        read_some(&mut f, BLOCK, &mut log.buf).map_err(|e| os(path, &e))?;
        if compressed::is_compressed(&log.buf) {
            log.buf = plain_bytes(path)?.to_vec();
        } else {
            log.file = Some(f);
        }
        if log.buf.len() < HEADER || log.buf[..3] != [0xff, 1, 0] {
            return Err(bad(path, "not a log"));
        }
        Ok(log)
    }

    /// Length of the next complete message, read in if need be; None at the end or where the log is torn.
    fn next_len(&mut self) -> Result<Option<usize>> {
        loop {
            let rest = &self.buf[self.at..];
            if !rest.is_empty() {
                match measure(rest) {
                    Measure::Whole(n) => return Ok(Some(n)),
                    Measure::Damaged => {
                        self.torn = true;
                        return Ok(None);
                    }
                    Measure::Short => {}
                }
            }
            let Some(f) = &mut self.file else {
                self.torn = !rest.is_empty();
                return Ok(None);
            };
            let had = rest.len();
            self.buf.drain(..self.at);
            self.at = 0;
            // a message longer than what was read doubles it, up to what the file really holds
            self.want = if had >= self.want { self.want * 2 } else { self.want };
            let got = read_some(f, self.want, &mut self.buf).map_err(|e| os(&self.path, &e))?;
            if got == 0 {
                self.torn = had > 0;
                return Ok(None);
            }
        }
    }

    /// The next message, or None at the end of the valid part.
    pub fn next(&mut self, compile: &mut Compile<'_>) -> Result<Option<Value>> {
        let Some(n) = self.next_len()? else { return Ok(None) };
        let Ok((v, used)) = decode_object(&self.buf[self.at..self.at + n], compile) else {
            self.torn = true;
            return Ok(None);
        };
        self.at += used;
        self.valid += used as u64;
        Ok(Some(v))
    }

    /// Up to `most` messages, of which only the first may have to be read in; empty at the end of the valid part.
    pub fn next_batch(&mut self, most: usize, compile: &mut Compile<'_>) -> Result<Vec<Value>> {
        let Some(first) = self.next_len()? else { return Ok(vec![]) };
        let mut ends = vec![first];
        while ends.len() < most {
            let at = ends[ends.len() - 1];
            let Measure::Whole(n) = measure(&self.buf[self.at + at..]) else { break };
            ends.push(at + n);
        }
        let end = ends[ends.len() - 1];
        let mut out = Vec::with_capacity(ends.len());
        let mut reader = Reader::new(&self.buf[self.at..self.at + end], true, compile);
        let mut used = 0;
        for end in ends {
            match reader.object() {
                Ok(v) if reader.pos == end => out.push(v),
                _ => {
                    self.torn = true;
                    break;
                }
            }
            used = end;
        }
        self.at += used;
        self.valid += used as u64;
        Ok(out)
    }

    /// Passes over the next message; false at the end of the valid part.
    pub fn skip(&mut self) -> Result<bool> {
        let Some(n) = self.next_len()? else { return Ok(false) };
        self.at += n;
        self.valid += n as u64;
        Ok(true)
    }
}

/// Appends up to `n` bytes to `buf`; fewer only at the end of the file.
fn read_some(f: &mut File, n: usize, buf: &mut Vec<u8>) -> std::io::Result<usize> {
    f.take(n as u64).read_to_end(buf)
}

/// Complete messages in a log, the bytes they take with the header, and whether anything else follows.
pub fn check(path: &Path) -> Result<(u64, u64, bool)> {
    let mut log = Log::open(path)?;
    let mut n = 0;
    while log.skip()? {
        n += 1;
    }
    Ok((n, log.valid, log.torn))
}

/// The error of a log that ends in something else than a message.
pub fn badtail() -> Error {
    Error::new("badtail")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipc::decode::uncompiled;
    use crate::ipc::encode_object;

    fn samples() -> Vec<Value> {
        vec![
            Value::list(vec![
                Value::sym("upd"),
                Value::sym("t"),
                Value::list(vec![Value::long(1), Value::string("abc")]),
            ]),
            Value::table(
                vec!["a".into(), "b".into()],
                vec![Value::longs(vec![1, 2]), Value::syms(vec!["x".into(), "".into()])],
            ),
            Value::dict(Value::syms(vec!["k".into()]), Value::list(vec![Value::floats(vec![1.5])])),
            Value::empty(),
            Value::Null,
            Value::I32(Ty::Time, 5),
            Value::Guid(Box::new([7; 16])),
        ]
    }

    #[test]
    fn measures_what_the_encoder_writes() {
        for v in samples() {
            let mut b = vec![];
            encode_object(&v, &mut b).unwrap();
            assert_eq!(measure(&b), Measure::Whole(b.len()), "{v:?}");
            for cut in 0..b.len() {
                assert_eq!(measure(&b[..cut]), Measure::Short, "{v:?} cut at {cut}");
            }
        }
        assert_eq!(measure(&[50, 0, 0]), Measure::Damaged);
        // a list of four thousand million items that are not there
        assert_eq!(measure(&[0, 0, 255, 255, 255, 255, 101, 0]), Measure::Short);
    }

    #[test]
    fn reads_messages_longer_than_a_block_and_stops_at_a_torn_one() {
        let path = std::env::temp_dir().join(format!("quill-log-{}", std::process::id()));
        let mut b = vec![0xff, 1, 0, 0, 0, 0, 0, 0];
        for v in [Value::string(vec![b'x'; 3 * BLOCK]), Value::long(1), Value::string("end")] {
            encode_object(&v, &mut b).unwrap();
        }
        std::fs::write(&path, &b).unwrap();
        assert_eq!(check(&path).unwrap(), (3, b.len() as u64, false));
        std::fs::write(&path, &b[..b.len() - 1]).unwrap();
        assert_eq!(check(&path).unwrap(), (2, b.len() as u64 - 9, true));
        let mut log = Log::open(&path).unwrap();
        let mut n = 0;
        while log.next(&mut uncompiled).unwrap().is_some() {
            n += 1;
        }
        assert_eq!((n, log.torn), (2, true));
        std::fs::remove_file(&path).unwrap();
    }
}
