//! Datagrams that wait on a socket, many with one call, and when the kernel received each.

use std::io::IoSliceMut;
use std::time::{SystemTime, UNIX_EPOCH};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn, recvmmsg};
use nix::sys::time::TimeSpec;

/// Read with one call.
const MANY: usize = 32;
/// No datagram is as long.
const LONG: usize = 1 << 16;

/// Room to read into.
#[derive(Debug)]
pub struct Reader {
    room: Vec<u8>,
}

impl Reader {
    pub fn new() -> Self {
        Self { room: vec![0; MANY * LONG] }
    }

    /// Give datagrams to `taken`, with the moment of each, ns since 1970, and its sender, until none waits or there were `most` or a
    /// few more. A connection that is refused, an answer to something sent before, is no datagram and no end.
    pub fn drain(
        &mut self,
        socket: i32,
        most: usize,
        mut taken: impl FnMut(&[u8], i64, Option<SockaddrIn>),
    ) -> Result<(), Errno> {
        let mut read = 0;
        while read < most {
            let mut headers = MultiHeaders::<SockaddrIn>::preallocate(MANY, Some(cmsg_space!(TimeSpec)));
            let mut slices: Vec<[IoSliceMut; 1]> =
                self.room.chunks_exact_mut(LONG).map(|part| [IoSliceMut::new(part)]).collect();
            let found = match recvmmsg(socket, &mut headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None) {
                Ok(found) => found,
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::ECONNREFUSED | Errno::EINTR) => {
                    read += 1;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let mut here = 0;
            for each in found {
                here += 1;
                let mut moment = None;
                for said in each.cmsgs()? {
                    if let ControlMessageOwned::ScmTimestampns(at) = said {
                        moment = Some(at.tv_sec() * 1_000_000_000 + at.tv_nsec());
                    }
                }
                for part in each.iovs() {
                    taken(part, moment.unwrap_or_else(now), each.address);
                }
            }
            read += here;
            if here < MANY {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// ns since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64)
}
