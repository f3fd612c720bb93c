//! Update logging (`-l`, `-L`), its checkpoint (`\l`) and replication (`-r`, `\r`).
//!
//! `name.log` holds the messages that changed the default namespace, as `-11!` reads them; `name.qdb` the default
//! namespace as it was at the last checkpoint, a dictionary. A message that fails leaves no change behind.

use super::call_row;
use super::ipc::{self, with};
use crate::ensure;
use crate::error::{Error, Result};
use crate::ipc::conn::{Address, Proto};
use crate::ipc::{Kind, encode_message, encode_object};
use crate::store::log;
use crate::value::{Host, Sym, Value};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What the extension of a session is called that keeps its [`Journal`].
const KEY: &str = "journal";
/// What a log without messages holds.
const EMPTY: [u8; log::HEADER] = [0xff, 1, 0, 0, 0, 0, 0, 0];

/// An open log.
struct Journal {
    file: File,
    /// Where the log is, whatever the working directory has become.
    log: PathBuf,
    /// The name it was started with, which a change of the working directory moves the checkpoint of.
    base: String,
    /// `-L`: each message is on the disk before it is answered.
    sync: bool,
    /// Messages in the log.
    count: i64,
    /// A message is being handled: what it sends to handle 0 is part of it.
    busy: bool,
}

fn journal(host: &mut dyn Host) -> Option<&mut Journal> {
    host.extension(KEY).as_mut().and_then(|j| j.downcast_mut())
}

/// True where updates are logged.
pub fn is_on(host: &mut dyn Host) -> bool {
    journal(host).is_some()
}

fn file_sym(path: &Path) -> Value {
    Value::sym(format!(":{}", path.display()))
}

/// The name that logs and checkpoints of a script are called by.
fn base_of(script: &str) -> &str {
    script.strip_suffix(".q").unwrap_or(script)
}

/// Restores the state that `name.qdb` and `name.log` keep, and logs from now on. What the log's functions need, the
/// script has defined before.
pub fn start(host: &mut dyn Host, script: &str, sync: bool) -> Result<()> {
    let base = base_of(script).to_owned();
    let data = PathBuf::from(format!("{base}.qdb"));
    if data.exists() {
        restore(host, &data)?;
    }
    let name = format!("{base}.log");
    let log = std::path::absolute(&name).map_err(|e| Error::os(&name, &e))?;
    let failed = |e: std::io::Error| Error::os(&name, &e);
    let size = std::fs::metadata(&log).map_or(0, |m| m.len());
    let mut count = 0;
    if size > 0 {
        drop_tail(&log)?;
        finish_checkpoint(&data, &log).map_err(failed)?;
        let done = call_row(host, "-11!", vec![file_sym(&log)])?;
        count = done.as_long().unwrap_or(0);
    }
    let mut file = OpenOptions::new().create(true).append(true).open(&log).map_err(failed)?;
    if size == 0 {
        file.write_all(&EMPTY).map_err(failed)?;
    }
    *host.extension(KEY) = Some(Box::new(Journal { file, log, base, sync, count, busy: false }));
    Ok(())
}

/// What a log ends in while `data` takes the place of its messages: a comment with the sum of the file, as a message.
fn mark(data: &Path) -> std::io::Result<Vec<u8>> {
    use sha1::{Digest, Sha1};
    let mut sum = Sha1::new();
    let (mut file, mut block) = (File::open(data)?, vec![0; 1 << 20]);
    loop {
        match file.read(&mut block)? {
            0 => break,
            n => sum.update(&block[..n]),
        }
    }
    let text: String = sum.finalize().iter().map(|b| format!("{b:02x}")).collect();
    let mut bytes = vec![];
    let message = Value::string(format!("/checkpoint {text}"));
    encode_object(&message, &mut bytes).map_err(|e| std::io::Error::other(e.to_string()))?;
    Ok(bytes)
}

/// Empties a log whose messages are all in `data`: the process ended before it could.
fn finish_checkpoint(data: &Path, log: &Path) -> std::io::Result<()> {
    if !data.exists() {
        return Ok(());
    }
    let mark = mark(data)?;
    let mut file = OpenOptions::new().read(true).write(true).open(log)?;
    if file.metadata()?.len() < (log::HEADER + mark.len()) as u64 {
        return Ok(());
    }
    file.seek(SeekFrom::End(-(mark.len() as i64)))?;
    let mut end = vec![];
    file.read_to_end(&mut end)?;
    if end == mark {
        file.set_len(log::HEADER as u64)?;
    }
    Ok(())
}

/// Cuts off a message that was not written to its end; a copy of the whole stays beside the log.
fn drop_tail(path: &Path) -> Result<()> {
    let (n, valid, torn) = log::check(path)?;
    if !torn {
        return Ok(());
    }
    let name = path.display().to_string();
    let copy = format!("{name}.bad");
    let cut = || {
        std::fs::copy(path, &copy)?;
        OpenOptions::new().write(true).open(path)?.set_len(valid)
    };
    cut().map_err(|e| Error::os(&name, &e))?;
    eprintln!("{name}: incomplete after {n} messages, the rest is cut off; as it was: {copy}");
    Ok(())
}

fn restore(host: &mut dyn Host, path: &Path) -> Result<()> {
    let Value::Dict(d) = call_row(host, "get", vec![file_sym(path)])? else { return Err(Error::ty()) };
    let names = d.keys.as_syms().ok_or_else(Error::ty)?;
    for (n, v) in names.into_iter().zip(d.vals.items()) {
        host.set(n, v)?;
    }
    Ok(())
}

/// `\l`: the default namespace goes to `name.qdb` and the log starts anew. Views and tables mapped from a database
/// are the script's to define again.
pub fn checkpoint(host: &mut dyn Host) -> Result<Value> {
    let base = journal(host).map(|j| j.base.clone()).ok_or_else(|| Error::new("l"))?;
    let mut names = vec![];
    let mut vals = vec![];
    for n in host.names(Sym::ROOT) {
        if host.view_text(n).is_none()
            && let Some(v) = host.peek(n).filter(|v| !matches!(v, Value::Parts(_)))
        {
            names.push(n);
            vals.push(v);
        }
    }
    let (new, path) = (PathBuf::from(format!("{base}.qdb.new")), format!("{base}.qdb"));
    let state = Value::dict(Value::syms(names), Value::list(vals));
    call_row(host, "set", vec![file_sym(&new), state])?;
    let Some(j) = journal(host) else { return Err(Error::new("l")) };
    // Killed at any point, the next start finds the old state and its messages, or the new one and a log that says
    // it has become part of it.
    let swap = |j: &mut Journal| -> std::io::Result<()> {
        File::open(&new)?.sync_all()?;
        j.file.write_all(&mark(&new)?)?;
        j.count += 1;
        j.file.sync_data()?;
        std::fs::rename(&new, &path)?;
        j.file.set_len(log::HEADER as u64)?;
        j.count = 0;
        j.file.sync_data()
    };
    swap(j).map_err(|e| Error::os(&path, &e))?;
    Ok(Value::Null)
}

/// Handles a message that another process sent: logged if it changes the default namespace, undone if it fails.
pub fn message(
    host: &mut dyn Host,
    body: Value,
    mut f: impl FnMut(&mut dyn Host, Value) -> Result<Value>,
) -> Result<Value> {
    let Some(j) = journal(host) else { return f(host, body) };
    let outer = std::mem::replace(&mut j.busy, true);
    let mut once = Some(body.clone());
    let mut run = |host: &mut dyn Host| f(host, once.take().unwrap_or(Value::Null));
    let r = host.transact(&mut run, &mut |host| append(host, &body));
    if let Some(j) = journal(host) {
        j.busy = outer;
    }
    r
}

/// Handles what was sent to handle 0; within another message it is a part of that one.
pub fn to_self(
    host: &mut dyn Host,
    body: Value,
    mut f: impl FnMut(&mut dyn Host, Value) -> Result<Value>,
) -> Result<Value> {
    if journal(host).is_none_or(|j| j.busy) { f(host, body) } else { message(host, body, f) }
}

/// Writes a message to the log and sends it to the process that replicates this one.
fn append(host: &mut dyn Host, body: &Value) -> Result<()> {
    let mut bytes = vec![];
    encode_object(body, &mut bytes)?;
    let Some(j) = journal(host) else { return Ok(()) };
    let failed = |j: &Journal, e: &std::io::Error| Error::os(&j.log.display().to_string(), e);
    let end = j.file.metadata().map_err(|e| failed(j, &e))?.len();
    let written = j.file.write_all(&bytes).and_then(|()| if j.sync { j.file.sync_data() } else { Ok(()) });
    if let Err(e) = written {
        // half a message would hide those after it; if that fails too, the next start cuts it off
        let _ = j.file.set_len(end);
        return Err(failed(j, &e));
    }
    j.count += 1;
    with(host, |hs| {
        let Some(h) = hs.open().find(|c| c.replica).map(crate::ipc::conn::Conn::handle) else { return Ok(()) };
        let m = encode_message(body, Kind::Async)?;
        // a replica that is gone or does not read is no reason to refuse the update: it sees its connection close
        if hs.push(h, m).is_err() {
            hs.again(h);
        }
        Ok(())
    })
}

/// `\r`: the one who asks gets the log's name and count, and from now on every message that is logged.
pub fn primary(host: &mut dyn Host) -> Result<Value> {
    let Some(j) = journal(host) else { return Err(Error::nyi()) };
    let answer = Value::list(vec![file_sym(&j.log), Value::long(j.count)]);
    with(host, |hs| {
        let asks = hs.current;
        ensure!(hs.get(asks).is_some_and(|c| c.proto == Proto::Q), "nyi");
        let before = hs.open().find(|c| c.replica).map(crate::ipc::conn::Conn::handle);
        if let Some(c) = before.and_then(|h| hs.get_mut(h)) {
            c.replica = false;
        }
        hs.find(asks)?.replica = true;
        Ok(())
    })?;
    Ok(answer)
}

/// `-r :host:port[:user[:password]]`: plays back the log of a process that logs, and follows it.
pub fn replicate(host: &mut dyn Host, address: &str) -> Result<()> {
    let address = Address::parse(address)?.ok_or_else(Error::domain)?;
    let h = ipc::connect(host, &address, None)?;
    let answer = ipc::apply_handle(host, i64::from(h), Value::string("\\r"))?;
    ensure!(answer.is_list() && answer.len() == 2, "type");
    call_row(host, "-11!", vec![Value::list(vec![answer.at(1), answer.at(0)])])?;
    Ok(())
}
