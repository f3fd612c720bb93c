//! Handles to files: `hopen`, appending, `hclose`. A handle is the operating system's file descriptor.

use crate::ensure;
use crate::error::{Error, Result};
use crate::ipc::encode_object;
use crate::store::disk;
use crate::store::file::os;
use crate::store::write::raw_items;
use crate::value::{Host, Ty, Value};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

struct Open {
    file: File,
    path: PathBuf,
}

/// The open files of a session, kept in the extension `files`.
#[derive(Default)]
struct Files(BTreeMap<i32, Open>);

fn files(host: &mut dyn Host) -> Result<&mut Files> {
    host.extension("files")
        .get_or_insert_with(|| Box::<Files>::default())
        .downcast_mut::<Files>()
        .ok_or_else(|| Error::new("handle table"))
}

/// Opens a file for appending (made with its directories when missing); a pipe for reading with `fifo`.
pub fn hopen_file(host: &mut dyn Host, path: &Path, fifo: bool) -> Result<Value> {
    crate::access::handle(path)?;
    let file = if fifo {
        File::open(path)
    } else {
        if let Some(dir) = path.parent() {
            disk::make_dirs(dir).map_err(|e| os(dir, &e))?;
        }
        disk::open_append(path)
    };
    let file = file.map_err(|e| os(path, &e))?;
    let fd = file.as_raw_fd();
    files(host)?.0.insert(fd, Open { file, path: path.to_owned() });
    Ok(Value::int(fd))
}

/// True for the number of an open file.
pub fn is_file_handle(host: &mut dyn Host, h: i64) -> bool {
    let Ok(fd) = i32::try_from(h) else { return false };
    files(host).is_ok_and(|f| f.0.contains_key(&fd))
}

/// Closes; false when `h` is no open file.
pub fn hclose_file(host: &mut dyn Host, h: i64) -> Result<bool> {
    let Ok(fd) = i32::try_from(h) else { return Ok(false) };
    Ok(files(host)?.0.remove(&fd).is_some())
}

fn open_of(host: &mut dyn Host, h: i64) -> Result<&mut Open> {
    let fd = i32::try_from(h).map_err(|_| Error::new("Bad file descriptor"))?;
    files(host)?.0.get_mut(&fd).ok_or_else(|| Error::new("Bad file descriptor"))
}

/// What `h x` appends: the bytes of an atom or vector, each item of a general list serialised.
fn bytes_of(x: &Value) -> Result<Vec<u8>> {
    crate::value::stack::check()?;
    match x {
        Value::Vec(v) if v.ty != Ty::Enum => Ok(raw_items(v)),
        Value::Vec(_) => bytes_of(&x.deenum()),
        Value::List(l) => {
            let mut out = Vec::new();
            for i in l.iter() {
                encode_object(i, &mut out)?;
            }
            Ok(out)
        }
        x if x.is_atom() => bytes_of(&x.deenum().enlist()),
        _ => {
            let mut out = Vec::new();
            encode_object(x, &mut out)?;
            Ok(out)
        }
    }
}

/// `h x` on a file: appends with one write. A write cut short by a full disk is taken back, so that a log stays whole.
pub fn write_handle(host: &mut dyn Host, h: i64, x: &Value) -> Result<Value> {
    let body = bytes_of(x)?;
    append(host, h, &body)
}

/// `neg[h] x` on a file: text with a newline after each string.
pub fn write_text(host: &mut dyn Host, h: i64, x: &Value) -> Result<Value> {
    let mut body = Vec::new();
    let mut line = |v: &Value| -> Result<()> {
        body.extend_from_slice(&v.as_bytes().ok_or_else(Error::ty)?);
        body.push(b'\n');
        Ok(())
    };
    match x {
        Value::List(l) if !l.is_empty() => l.iter().try_for_each(&mut line)?,
        Value::Vec(v) if v.ty == Ty::Byte => body.extend(raw_items(v)),
        _ => line(x)?,
    }
    append(host, h.unsigned_abs() as i64, &body)?;
    Ok(Value::int(i32::try_from(h).unwrap_or(i32::MIN)))
}

fn append(host: &mut dyn Host, h: i64, body: &[u8]) -> Result<Value> {
    let open = open_of(host, h)?;
    let mut done = 0;
    while done < body.len() {
        match open.file.write(&body[done..]) {
            Ok(0) => return Err(os(&open.path, &std::io::ErrorKind::WriteZero.into())),
            Ok(n) => done += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => {
                if done > 0 {
                    let size = open.file.metadata().map_err(|e| os(&open.path, &e))?.len();
                    open.file.set_len(size.saturating_sub(done as u64)).map_err(|e| os(&open.path, &e))?;
                }
                return Err(os(&open.path, &e));
            }
        }
    }
    disk::appended(&open.file, &open.path, body).map_err(|e| os(&open.path, &e))?;
    Ok(Value::int(i32::try_from(h).unwrap_or(i32::MIN)))
}

/// A line from a handle: 0 is standard input.
pub fn read_line(host: &mut dyn Host, h: i64) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    if h == 0 {
        crate::access::command()?;
        return Ok(crate::verb::ipc::read_console(host)?.unwrap_or_default().into_bytes());
    }
    let open = open_of(host, h)?;
    let mut byte = [0];
    while open.file.read(&mut byte).map_err(|e| os(&open.path, &e))? == 1 {
        line.push(byte[0]);
        if byte[0] == b'\n' {
            break;
        }
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    Ok(line)
}

/// Up to `n` bytes from a handle (to the end without a number).
pub fn read_bytes(host: &mut dyn Host, h: i64, n: Option<i64>) -> Result<Vec<u8>> {
    let n = match n {
        Some(n) => {
            ensure!(n >= 0, "domain");
            n as u64
        }
        None => u64::MAX,
    };
    let mut out = Vec::new();
    if h == 0 {
        crate::access::command()?;
        std::io::stdin().lock().take(n).read_to_end(&mut out).map_err(|e| Error::os("stdin", &e))?;
    } else {
        let open = open_of(host, h)?;
        (&mut open.file).take(n).read_to_end(&mut out).map_err(|e| os(&open.path, &e))?;
    }
    Ok(out)
}
