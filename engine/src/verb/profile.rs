//! `.Q.prf0`, `-37!`: what another quill is doing.

use super::ipc::decode;
use crate::ensure;
use crate::error::{Error, Result};
use crate::ipc::Body;
use crate::value::{Host, Value, Verb};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::time::Duration;

/// How long the other process may be within one primitive before it counts as unable to answer.
pub const LIMIT: Duration = Duration::from_secs(10);

/// The socket on which a process tells what it is doing.
#[cfg(target_os = "linux")]
pub fn address(pid: u32) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    SocketAddr::from_abstract_name(format!("quill/{pid}/stack"))
}
#[cfg(not(target_os = "linux"))]
pub fn address(_: u32) -> io::Result<SocketAddr> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Device and inode of the executable of a process.
fn binary(pid: &str) -> io::Result<(u64, u64)> {
    std::fs::metadata(format!("/proc/{pid}/exe")).map(|m| (m.dev(), m.ino()))
}

fn snapshot(_: &mut dyn Host, x: Value) -> Result<Value> {
    crate::access::command()?;
    let pid = x.as_long().filter(|_| x.is_atom()).ok_or_else(Error::ty)?;
    // a negative one asks not to stop the process, which is never done
    let pid = u32::try_from(pid.unsigned_abs()).map_err(|_| Error::domain())?;
    ensure!(pid != std::process::id(), "domain");
    let name = pid.to_string();
    let failed = |e: io::Error| Error::os(&name, &e);
    ensure!(binary(&name).map_err(failed)? == binary("self").map_err(failed)?, "binary mismatch");
    let mut socket = address(pid).and_then(|a| UnixStream::connect_addr(&a)).map_err(failed)?;
    socket.set_read_timeout(Some(LIMIT + Duration::from_secs(1))).map_err(failed)?;
    let mut message = vec![];
    socket.read_to_end(&mut message).map_err(failed)?;
    ensure!(!message.is_empty(), "timeout");
    match decode(&message)? {
        Body::Value(v) => Ok(v),
        Body::Error(e) => Err(Error::new(e)),
    }
}

pub static VERBS: &[Verb] = &[
    Verb {
        name: ".Q.prf0",
        monad: Some(snapshot),
        doc: "the levels that run in the quill of a process id, outermost first",
        ..Verb::BLANK
    },
    Verb { name: "-37!", monad: Some(snapshot), doc: "as .Q.prf0", ..Verb::BLANK },
];
