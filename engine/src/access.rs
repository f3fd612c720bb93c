//! What the running program may reach outside its own memory: files, commands, the network.
//!
//! A thread carries its reach with it, and every place that opens something asks here first, so that no verb can go
//! round it. `reval`, `-b` and `-u` narrow it for as long as one request runs; nothing widens it meanwhile.

use crate::error::{Error, Result};
use std::cell::Cell;
use std::path::{Component, Path};

/// Which files may be read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Files {
    None,
    /// Those in the working directory and below, by their names: a symbolic link there is followed.
    Below,
    All,
}

/// What may be reached; the default is everything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reach {
    pub files: Files,
    /// Files may be written where they may be read.
    pub write: bool,
    /// `hopen` of a file or pipe, and `hdel`.
    pub handles: bool,
    /// Commands of the operating system, and `exit`.
    pub commands: bool,
    /// Connections to other processes, and listening for them.
    pub network: bool,
}

impl Reach {
    pub const ALL: Reach = Reach { files: Files::All, write: true, handles: true, commands: true, network: true };
    /// `-b`: nothing outside changes.
    pub const BLOCKED: Reach = Reach { write: false, handles: false, ..Reach::ALL };
    /// `-u`: only what is in the working directory, no commands.
    pub const CONFINED: Reach = Reach { files: Files::Below, handles: false, commands: false, ..Reach::ALL };
    /// `reval`: as `-b` and `-u 1` together.
    pub const REVAL: Reach = Reach { write: false, ..Reach::CONFINED };
    /// Nothing at all.
    pub const NONE: Reach = Reach { files: Files::None, write: false, handles: false, commands: false, network: false };

    /// What both allow.
    #[must_use]
    pub fn and(self, other: Reach) -> Reach {
        Reach {
            files: self.files.min(other.files),
            write: self.write && other.write,
            handles: self.handles && other.handles,
            commands: self.commands && other.commands,
            network: self.network && other.network,
        }
    }
}

thread_local! {
    static REACH: Cell<Reach> = const { Cell::new(Reach::ALL) };
}

/// The reach of this thread, to hand to another one that works for it.
pub fn now() -> Reach {
    REACH.get()
}

/// Runs `f` with no more than `reach` allowed.
pub fn within<T>(reach: Reach, f: impl FnOnce() -> T) -> T {
    struct Restore(Reach);
    impl Drop for Restore {
        fn drop(&mut self) {
            REACH.set(self.0);
        }
    }
    let before = REACH.get();
    let _restore = Restore(before);
    REACH.set(before.and(reach));
    f()
}

fn denied(path: &Path) -> Error {
    Error::new(format!("access: {}", path.display()))
}

fn files(path: &Path) -> Result<()> {
    let ok = match REACH.get().files {
        Files::All => true,
        Files::None => false,
        Files::Below => below(path),
    };
    if ok { Ok(()) } else { Err(denied(path)) }
}

/// True for a path that stays in the working directory, as written.
fn below(path: &Path) -> bool {
    let rest = if path.is_absolute() {
        let Ok(here) = std::env::current_dir() else { return false };
        match path.strip_prefix(here) {
            Ok(rest) => rest.to_owned(),
            Err(_) => return false,
        }
    } else {
        path.to_owned()
    };
    let mut depth = 0usize;
    for part in rest.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            _ => return false,
        }
    }
    true
}

/// Asks to read a file or directory, or to know whether it is there.
pub fn read(path: &Path) -> Result<()> {
    files(path)
}

/// Asks to write, make or replace a file or directory.
pub fn write(path: &Path) -> Result<()> {
    files(path)?;
    if REACH.get().write { Ok(()) } else { Err(Error::new("noupdate")) }
}

/// Asks to open a file by `hopen`, or to delete one.
pub fn handle(path: &Path) -> Result<()> {
    files(path)?;
    if REACH.get().handles { Ok(()) } else { Err(denied(path)) }
}

/// Asks to run a command of the operating system, or to end the process.
pub fn command() -> Result<()> {
    if REACH.get().commands { Ok(()) } else { Err(Error::new("access")) }
}

/// Asks to connect to another process or to listen.
pub fn network() -> Result<()> {
    if REACH.get().network { Ok(()) } else { Err(Error::new("access")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_is_by_name() {
        let here = std::env::current_dir().unwrap();
        for p in ["a", "./a/b", "a/../b", ".", here.join("a").to_str().unwrap()] {
            assert!(below(Path::new(p)), "{p}");
        }
        for p in ["..", "a/../../b", "/", "/etc/passwd", here.join("../x").to_str().unwrap()] {
            assert!(!below(Path::new(p)), "{p}");
        }
    }
    #[test]
    fn it_narrows_and_comes_back() {
        let p = Path::new("/etc/passwd");
        within(Reach::BLOCKED, || {
            assert!(read(p).is_ok() && write(p).is_err() && command().is_ok());
            within(Reach::CONFINED, || {
                assert!(read(p).is_err() && write(Path::new("x")).is_err() && command().is_err());
                assert!(network().is_ok());
            });
            within(Reach::ALL, || assert!(write(p).is_err()));
        });
        assert_eq!(now(), Reach::ALL);
    }
}
