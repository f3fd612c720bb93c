//! Every change that the store makes to files and directories, one function each.
//!
//! With `QUILL_RECORD_IO=FILE` in the environment each is also written to FILE, in order, so that a test can rebuild what
//! a disk would hold after a power cut between any two of them (`engine/tests/powercut.rs`). A record is one line of
//! tab-separated fields: operation, path, offset, then bytes in hex, the second path, or the text of a command.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

/// Where operations are recorded, if anywhere.
static RECORD: LazyLock<Option<Mutex<File>>> = LazyLock::new(|| {
    let path = std::env::var_os("QUILL_RECORD_IO")?;
    // without the file there is no record, which the test that asked for it sees
    OpenOptions::new().append(true).create(true).open(&path).ok().map(Mutex::new)
});

fn record(operation: &str, path: &Path, at: u64, rest: impl FnOnce() -> String) -> io::Result<()> {
    let Some(to) = &*RECORD else { return Ok(()) };
    let path = std::path::absolute(path)?;
    let line = format!("{operation}\t{}\t{at}\t{}\n", path.display(), rest());
    to.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut s, b| {
        let _ = write!(s, "{b:02x}");
        s
    })
}

/// Makes a file of these bytes, or replaces those of one that is there.
pub fn create(path: &Path, body: &[u8]) -> io::Result<File> {
    let mut f = File::create(path)?;
    record("create", path, 0, String::new)?;
    f.write_all(body)?;
    record("write", path, 0, || hex(body))?;
    Ok(f)
}

/// A file for appending, made when it is missing.
pub fn open_append(path: &Path) -> io::Result<File> {
    let f = OpenOptions::new().append(true).create(true).open(path)?;
    record("open", path, 0, String::new)?;
    Ok(f)
}

/// Writes at an offset.
pub fn write_at(f: &File, path: &Path, at: u64, body: &[u8]) -> io::Result<()> {
    f.write_all_at(body, at)?;
    record("write", path, at, || hex(body))
}

/// Records that `body` was appended: it ends where the file does.
pub fn appended(f: &File, path: &Path, body: &[u8]) -> io::Result<()> {
    if RECORD.is_some() {
        let at = f.metadata()?.len().saturating_sub(body.len() as u64);
        record("write", path, at, || hex(body))?;
    }
    Ok(())
}

/// Cuts a file, or fills it up with zeros.
pub fn set_len(f: &File, path: &Path, len: u64) -> io::Result<()> {
    f.set_len(len)?;
    record("length", path, len, String::new)
}

/// Waits until what was written to the file is on the disk.
pub fn sync(f: &File, path: &Path) -> io::Result<()> {
    f.sync_data()?;
    record("sync", path, 0, String::new)
}

/// Gives a file another name, replacing what has it.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    let to = std::path::absolute(to)?;
    record("rename", from, 0, || to.display().to_string())
}

/// Deletes a file.
pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    record("remove", path, 0, String::new)
}

/// Deletes an empty directory.
pub fn remove_dir(path: &Path) -> io::Result<()> {
    fs::remove_dir(path)?;
    record("rmdir", path, 0, String::new)
}

/// Makes a directory and those above it.
pub fn make_dirs(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path)?;
    record("mkdir", path, 0, String::new)
}

/// Records that a command of the shell ran.
pub fn command(text: &str) -> io::Result<()> {
    let here = std::env::current_dir()?;
    record("command", &here, 0, || text.replace('\n', " "))
}
