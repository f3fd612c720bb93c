//! Connections: sockets, their buffers, the listening port and the timer.
//!
//! [`Handles`] is the state that a session keeps of them. It moves bytes and cuts frames; who evaluates what
//! arrives is decided above (`verb::ipc`, `server`). A handle is the socket's file descriptor, as in kdb+.

use super::badmsg;
use super::frame::Header;
use super::stream::{Socket, Stream};
use super::tls;
use crate::error::{Error, Result};
use crate::value::Sym;
use mio::unix::SourceFd;
use mio::{Interest, Token};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The highest capability: messages over 2 GB, long vectors.
pub const CAPABILITY: u8 = 6;
/// Bytes that may wait for one peer before it is dropped.
pub const MAX_QUEUE: usize = 4 << 30;
/// Handshakes and HTTP headers may not be longer.
pub const MAX_HELLO: usize = 64 << 10;
/// Received bytes beyond which nothing more is read from a peer whose messages wait for their turn: it has to wait too.
/// Few, so that they are still in the processor's cache when it is their turn, and a long queue waits in the system's buffer of the socket.
const MAX_WAITING: usize = 256 << 10;
/// What one read takes at most, apart from long messages.
const SCRATCH: usize = 64 << 10;
/// Wakes the loop: lines from stdin, signals.
pub const WAKE: Token = Token(usize::MAX);

/// Set when the user asks to stop what is running; waiting for a peer ends with `'stop`.
pub static INTERRUPT: AtomicBool = AtomicBool::new(false);

/// What is spoken on a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proto {
    /// Nothing yet: credentials or an HTTP request are to come.
    New,
    /// kdb+ IPC.
    Q,
    /// HTTP, between requests.
    Http,
    /// Websocket; `true` where this side opened it and so masks what it sends.
    Ws(bool),
}

enum Chunk {
    Own(Vec<u8>),
    Shared(Arc<Vec<u8>>),
}

impl Chunk {
    fn bytes(&self) -> &[u8] {
        match self {
            Chunk::Own(v) => v,
            Chunk::Shared(v) => v,
        }
    }
}

/// One connection.
pub struct Conn {
    stream: Stream,
    /// No other connection of the process has it or had it, as a handle may.
    pub id: u64,
    /// More messages are here than one turn handles.
    pub crowded: bool,
    pub proto: Proto,
    /// The peer is on this machine: nothing is compressed for it.
    pub local: bool,
    /// `.Q.ipc`: messages that pay are compressed.
    pub compress: bool,
    /// Common capability, from the handshake.
    pub capability: u8,
    /// User of the peer; null where this side opened the connection.
    pub user: Sym,
    /// IPv4 address of the peer as q shows it; 0 for unix sockets.
    pub addr: i32,
    /// Sync requests taken from the peer that wait for `-30!`.
    pub deferred: usize,
    /// The peer replicates this process (`\r`): what is logged is sent to it.
    pub replica: bool,
    /// Fragments of a websocket message.
    pub fragments: Vec<u8>,
    /// The opcode of the first fragment.
    pub fragment_kind: u8,
    inbound: Vec<u8>,
    start: usize,
    out: VecDeque<Chunk>,
    /// Bytes of the first chunk that are gone.
    sent: usize,
    /// Ends of the queued messages, counted from the connection's first byte.
    ends: VecDeque<u64>,
    total: u64,
    gone: u64,
    /// Ends once the queue is empty (HTTP without keep-alive, refused websocket).
    pub closing: bool,
    /// The peer has closed or the socket failed.
    pub dead: bool,
    /// The peer has closed; what it sent before may still be unread.
    ending: bool,
    /// Why TLS ended it, where that is so.
    pub fault: Option<String>,
}

/// What reading brought.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fill {
    /// The socket is empty.
    Dry,
    /// There may be more.
    More,
    /// The peer is gone; what was received before stays.
    End,
}

impl Conn {
    fn new(stream: Stream, local: bool, addr: i32) -> Conn {
        Conn {
            stream,
            id: 0,
            crowded: false,
            proto: Proto::New,
            local,
            compress: true,
            capability: 0,
            user: Sym::NULL,
            addr,
            deferred: 0,
            replica: false,
            fragments: Vec::new(),
            fragment_kind: 0,
            inbound: Vec::new(),
            start: 0,
            out: VecDeque::new(),
            sent: 0,
            ends: VecDeque::new(),
            total: 0,
            gone: 0,
            closing: false,
            dead: false,
            ending: false,
            fault: None,
        }
    }
    /// Its handle.
    pub fn handle(&self) -> i32 {
        self.stream.fd().as_raw_fd()
    }
    /// True if what is sent here may be compressed.
    pub fn packs(&self) -> bool {
        self.compress && !self.local && self.capability > 0
    }
    /// True over TCP, false over a unix socket.
    pub fn is_tcp(&self) -> bool {
        self.stream.is_tcp()
    }
    /// What TLS says of the connection (`.z.e`); empty where it is plain.
    pub fn security(&self) -> crate::value::Value {
        tls::describe(self.stream.tls())
    }
    /// Bytes waiting to be sent, those that are encrypted already included.
    pub fn queued(&self) -> usize {
        (self.total - self.gone) as usize + self.stream.pending()
    }
    /// Messages not sent completely.
    pub fn unsent(&self) -> usize {
        self.ends.len()
    }
    /// Received bytes that nobody has taken.
    pub fn received(&self) -> &[u8] {
        &self.inbound[self.start..]
    }
    /// Takes `n` received bytes out.
    pub fn take(&mut self, n: usize) -> Vec<u8> {
        let n = n.min(self.received().len());
        if self.start == 0 && n >= SCRATCH && n > self.inbound.len() / 2 {
            let rest = self.inbound.split_off(n);
            return std::mem::replace(&mut self.inbound, rest);
        }
        let v = self.inbound[self.start..self.start + n].to_vec();
        self.start += n;
        if self.start == self.inbound.len() {
            self.inbound.clear();
            self.start = 0;
        }
        v
    }
    /// Bytes of the message at hand that are still to come, 0 where that is not known.
    fn missing(&self) -> u64 {
        match Header::read(self.received()) {
            Ok(Some(h)) if self.proto == Proto::Q => h.len.saturating_sub(self.received().len() as u64),
            _ => 0,
        }
    }
    /// Reads what the socket holds for one turn, unless more than enough is here already.
    pub fn fill_turn(&mut self) -> Fill {
        if self.dead {
            Fill::End
        } else if self.crowded && self.received().len() >= MAX_WAITING {
            Fill::More
        } else {
            self.fill(MAX_WAITING)
        }
    }
    /// Reads what the socket holds, up to about `most` bytes.
    pub fn fill(&mut self, most: usize) -> Fill {
        if self.start > 0 && self.start >= self.inbound.len() / 2 {
            self.inbound.drain(..self.start);
            self.start = 0;
        }
        let mut scratch = [0; SCRATCH];
        let mut got = 0;
        while got < most {
            let missing = self.missing();
            let r = if missing > SCRATCH as u64 && self.stream.is_plain() {
                // straight into the message, which grows as its bytes come
                let part = missing.min(16 << 20);
                self.inbound.reserve(part as usize);
                let before = self.inbound.len();
                match self.stream.read_some(&mut self.inbound, part) {
                    Ok(n) => {
                        got += n;
                        if (n as u64) < part { Ok(0) } else { continue }
                    }
                    Err(e) => {
                        got += self.inbound.len() - before;
                        Err(e)
                    }
                }
            } else {
                self.stream.read(&mut scratch)
            };
            match r {
                Ok(0) => {
                    self.dead = true;
                    return Fill::End;
                }
                Ok(n) => {
                    self.inbound.extend_from_slice(&scratch[..n]);
                    got += n;
                    // a short read has emptied the socket, unless its end is what comes next; of TLS it says nothing
                    if n < SCRATCH && !self.ending && self.stream.is_plain() {
                        return Fill::Dry;
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Fill::Dry,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.fault = (e.kind() == io::ErrorKind::InvalidData).then(|| e.to_string());
                    self.dead = true;
                    return Fill::End;
                }
            }
        }
        Fill::More
    }
    /// The next whole IPC message, if it has arrived.
    pub fn message(&mut self) -> Result<Option<Vec<u8>>> {
        let Some(h) = Header::read(self.received())? else { return Ok(None) };
        let len = usize::try_from(h.len).map_err(|_| badmsg())?;
        Ok((self.received().len() >= len).then(|| self.take(len)))
    }
    /// True if a whole IPC message (or one that cannot be valid) is there.
    fn has_message(&self) -> bool {
        match Header::read(self.received()) {
            Ok(Some(h)) => self.received().len() as u64 >= h.len,
            Ok(None) => false,
            Err(_) => true,
        }
    }
    /// Puts a message on the output queue.
    pub fn push(&mut self, m: Vec<u8>) {
        self.total += m.len() as u64;
        self.ends.push_back(self.total);
        // small messages share a chunk, so that one write sends them all
        if let Some(Chunk::Own(last)) = self.out.back_mut()
            && last.len() + m.len() <= 64 << 10
        {
            last.extend_from_slice(&m);
            return;
        }
        self.out.push_back(Chunk::Own(m));
    }
    /// Puts a message that several peers get on the output queue.
    pub fn push_shared(&mut self, m: &Arc<Vec<u8>>) {
        if m.len() < 16 << 10 {
            return self.push(m.to_vec());
        }
        self.total += m.len() as u64;
        self.ends.push_back(self.total);
        self.out.push_back(Chunk::Shared(m.clone()));
    }
    /// Writes what the socket takes now; false if it failed.
    pub fn drain(&mut self) -> bool {
        while let Some(c) = self.out.front() {
            match self.stream.write(&c.bytes()[self.sent..]) {
                Ok(0) => {
                    self.dead = true;
                    return false;
                }
                Ok(n) => {
                    self.sent += n;
                    self.gone += n as u64;
                    while self.ends.front().is_some_and(|&e| e <= self.gone) {
                        self.ends.pop_front();
                    }
                    if self.sent == c.bytes().len() {
                        self.out.pop_front();
                        self.sent = 0;
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return true,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.dead = true;
                    return false;
                }
            }
        }
        match self.stream.flush() {
            Err(e) if !matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                self.dead = true;
                false
            }
            _ => true,
        }
    }
    /// Waits until the socket can be read (or written, where something is queued), at most until `end`.
    fn wait(&self, end: Option<Instant>) -> Result<()> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut want = PollFlags::IN;
        if self.queued() > 0 {
            want |= PollFlags::OUT;
        }
        loop {
            if INTERRUPT.swap(false, Ordering::Relaxed) {
                return Err(Error::new("stop"));
            }
            let mut slice = Duration::from_millis(100);
            if let Some(end) = end {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(Error::new("timeout"));
                }
                slice = slice.min(left);
            }
            let time = Timespec { tv_sec: 0, tv_nsec: i64::from(slice.subsec_nanos()) };
            let fd = self.stream.fd();
            match poll(&mut [PollFd::new(&fd, want)], Some(&time)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(e) => return Err(os("poll", &e.into())),
            }
        }
    }
}

/// `what. OS reports: why`
pub fn os(what: &str, e: &io::Error) -> Error {
    Error::os(what, e)
}

/// The error of using a handle that is not open.
pub fn gone(h: i32) -> Error {
    Error::new(format!("Cannot write to handle {h}. OS reports: Bad file descriptor"))
}

/// Where to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub unix: bool,
    /// `tcps://`, `unixs://`
    pub tls: bool,
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: String,
}

impl Address {
    /// Reads `:host:port[:user[:password]]`, `::port…`, `:unix://port…`; `Ok(None)` if it names a file.
    pub fn parse(text: &str) -> Result<Option<Address>> {
        let t = text.strip_prefix(':').unwrap_or(text);
        if t.starts_with("fifo://") {
            return Ok(None);
        }
        let tls = t.starts_with("tcps://") || t.starts_with("unixs://");
        let (unix, host, rest) = if let Some(r) = t.strip_prefix("unix://").or_else(|| t.strip_prefix("unixs://")) {
            (true, "", r)
        } else {
            let t = t.strip_prefix("tcp://").or_else(|| t.strip_prefix("tcps://")).unwrap_or(t);
            // [::1]:5000
            let cut = match t.strip_prefix('[').and_then(|r| r.split_once(']')) {
                Some((h, r)) => r.strip_prefix(':').map(|r| (h, r)),
                None => t.split_once(':'),
            };
            match cut {
                Some((h, r)) => (false, h, r),
                None => return Ok(None),
            }
        };
        let mut parts = rest.splitn(3, ':');
        let port = parts.next().unwrap_or("");
        let port = port
            .parse()
            .ok()
            .or_else(|| service(port))
            .ok_or_else(|| Error::new("hop. OS reports: Servname not supported for ai_socktype"))?;
        Ok(Some(Address {
            unix,
            tls,
            host: if host.is_empty() { "localhost".into() } else { host.into() },
            port,
            user: parts.next().map(str::to_owned),
            password: parts.next().unwrap_or("").to_owned(),
        }))
    }
    /// A port of this machine.
    pub fn local(port: u16) -> Address {
        Address { unix: false, tls: false, host: "localhost".into(), port, user: None, password: String::new() }
    }
}

/// Port of a TCP service in /etc/services.
fn service(name: &str) -> Option<u16> {
    if name.is_empty() || name.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let text = std::fs::read_to_string("/etc/services").ok()?;
    text.lines().find_map(|l| {
        let mut w = l.split('#').next()?.split_whitespace();
        let first = w.next()?;
        let port = w.next()?.strip_suffix("/tcp")?;
        (first == name || w.any(|a| a == name)).then(|| port.parse().ok())?
    })
}

/// Address of a unix socket for `port`: abstract on Linux under the folder that `QUDSPATH` names, a file elsewhere.
/// None when `QUDSPATH` is set to nothing.
fn unix_path(port: u16) -> Option<String> {
    let dir = std::env::var("QUDSPATH").unwrap_or_else(|_| "/tmp".into());
    (!dir.is_empty()).then(|| format!("{dir}/kx.{port}"))
}

#[cfg(target_os = "linux")]
fn unix_addr(path: &str) -> io::Result<std::os::unix::net::SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    std::os::unix::net::SocketAddr::from_abstract_name(path)
}
#[cfg(not(target_os = "linux"))]
fn unix_addr(path: &str) -> io::Result<std::os::unix::net::SocketAddr> {
    std::os::unix::net::SocketAddr::from_pathname(path)
}

/// A port specification of `-p` and `\p`: `[rp,][host:](port | low/high | service)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortSpec {
    pub reuse: bool,
    pub host: Option<String>,
    pub low: u16,
    pub high: u16,
    /// `0W`: any free port.
    pub any: bool,
}

impl PortSpec {
    pub fn parse(text: &str) -> Result<PortSpec> {
        let t = text.trim();
        let (reuse, t) = t.strip_prefix("rp,").map_or((false, t), |r| (true, r));
        let (host, port) = match t.rsplit_once(':') {
            Some((h, p)) => ((!h.is_empty()).then(|| h.trim_matches(['[', ']']).to_owned()), p),
            None => (None, t),
        };
        let bad = || Error::new(format!("{text}. OS reports: Servname not supported for ai_socktype"));
        let one = |p: &str| p.parse::<u16>().ok().or_else(|| service(p)).ok_or_else(bad);
        if matches!(port, "0W" | "0Wi" | "0Wj" | "0Wh") {
            return Ok(PortSpec { reuse, host, low: 0, high: 0, any: true });
        }
        // one thread serves every connection, so a multithreaded port (negative) is a plain one
        let port = port.strip_prefix('-').unwrap_or(port);
        let (low, high) = if let Some((a, b)) = port.split_once('/') {
            (one(a)?, one(b)?)
        } else {
            let p = one(port)?;
            (p, p)
        };
        if high < low { Err(bad()) } else { Ok(PortSpec { reuse, host, low, high, any: false }) }
    }
}

struct Listening {
    tcp: TcpListener,
    unix: Option<UnixListener>,
    port: u16,
}

/// The timer of `\t`.
#[derive(Clone, Copy, Debug)]
pub struct Timer {
    /// Milliseconds between ticks; 0 is off.
    pub every: i64,
    pub next: Instant,
}

/// Credentials of `-u` and `-U`.
#[derive(Clone, Debug, Default)]
pub struct Users {
    /// The file they were read from.
    pub path: String,
    known: FxHashMap<String, String>,
}

impl Users {
    /// Reads `user:password` lines; a password is plain, or the md5 or sha1 of it in hex.
    pub fn read(path: &str) -> Result<Users> {
        let text = std::fs::read_to_string(path).map_err(|e| os(path, &e))?;
        let pair = |l: &str| l.split_once(':').map(|(u, p)| (u.to_owned(), p.trim_end_matches('\r').to_owned()));
        let known = text.lines().filter(|l| !l.is_empty()).filter_map(pair).collect();
        Ok(Users { path: path.to_owned(), known })
    }
    /// True if the pair is right.
    pub fn check(&self, user: &str, password: &str) -> bool {
        use md5::{Digest, Md5};
        let Some(want) = self.known.get(user) else { return false };
        let hex = |d: &[u8]| d.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let same = |a: &str, b: &str| {
            // every byte is looked at, whatever the first difference
            a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |d, (x, y)| d | x ^ y) == 0
        };
        // what looks like a hash is one, and whoever has read it does not get in by it
        let hash = want.bytes().all(|c| c.is_ascii_hexdigit());
        match want.len() {
            32 if hash => same(&want.to_ascii_lowercase(), &hex(&Md5::digest(password.as_bytes()))),
            40 if hash => same(&want.to_ascii_lowercase(), &hex(&sha1::Sha1::digest(password.as_bytes()))),
            _ => same(want, password),
        }
    }
}

/// All connections of a session.
pub struct Handles {
    poll: mio::Poll,
    waker: Arc<mio::Waker>,
    conns: BTreeMap<i32, Conn>,
    /// Connections until now.
    born: u64,
    listening: Option<Listening>,
    /// Connections that may have something to read or to take.
    ready: BTreeSet<i32>,
    /// Connections with something queued since the last turn.
    queued: BTreeSet<i32>,
    /// The connection whose message is being evaluated (`.z.w`), 0 for the console.
    pub current: i32,
    /// `-30!(::)` was called by what is being evaluated.
    pub defer: bool,
    pub timer: Timer,
    pub users: Option<Users>,
    /// `-E 1`, `-E 2`: the port speaks TLS.
    pub tls: Option<Arc<tls::Server>>,
    /// How to connect by TLS, as the environment said when that was last to be done.
    pub tls_client: Option<tls::Client>,
    /// `-u`: no system commands and files for remote callers.
    pub restricted: bool,
    /// Callers wait who could not be let in, for lack of descriptors: to be tried again.
    pub stalled: bool,
    /// `-b`: remote callers change nothing.
    pub blocked: bool,
    /// Lines from stdin.
    pub console: Option<super::console::Console>,
}

impl std::fmt::Debug for Handles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handles({:?})", self.conns.keys().collect::<Vec<_>>())
    }
}

impl Handles {
    pub fn new() -> Result<Handles> {
        // the low descriptors are left for connections and files, whose numbers users see
        let low: Vec<_> = (0..12).map_while(|_| std::fs::File::open("/dev/null").ok()).collect();
        let poll = mio::Poll::new().map_err(|e| os("poll", &e))?;
        let waker = mio::Waker::new(poll.registry(), WAKE).map_err(|e| os("poll", &e))?;
        drop(low);
        Ok(Handles {
            poll,
            waker: Arc::new(waker),
            conns: BTreeMap::new(),
            born: 0,
            listening: None,
            ready: BTreeSet::new(),
            queued: BTreeSet::new(),
            current: 0,
            defer: false,
            timer: Timer { every: 0, next: Instant::now() },
            users: None,
            tls: None,
            tls_client: None,
            restricted: false,
            stalled: false,
            blocked: false,
            console: None,
        })
    }
    /// Ends the current or next wait of the loop, from any thread.
    pub fn waker(&self) -> Arc<mio::Waker> {
        self.waker.clone()
    }
    pub fn get(&self, h: i32) -> Option<&Conn> {
        self.conns.get(&h)
    }
    pub fn get_mut(&mut self, h: i32) -> Option<&mut Conn> {
        self.conns.get_mut(&h)
    }
    /// The connection, or the error of using a closed one.
    pub fn find(&mut self, h: i32) -> Result<&mut Conn> {
        self.conns.get_mut(&h).ok_or_else(|| gone(h))
    }
    /// What tells the connection at `h` from a later one with the same handle.
    pub fn id(&self, h: i32) -> Option<u64> {
        self.get(h).map(|c| c.id)
    }
    /// Gives a connection up: it takes nothing any more, and the loop closes it.
    pub fn abandon(&mut self, h: i32) {
        if let Some(c) = self.conns.get_mut(&h) {
            c.dead = true;
            self.ready.insert(h);
        }
    }
    /// Open connections that speak IPC or websocket, ascending.
    pub fn open(&self) -> impl Iterator<Item = &Conn> {
        self.conns.values().filter(|c| matches!(c.proto, Proto::Q | Proto::Ws(_)))
    }
    /// True while a socket is open: what keeps a process without a console alive.
    pub fn alive(&self) -> bool {
        self.listening.is_some() || !self.conns.is_empty()
    }
    /// The listening port, 0 for none.
    pub fn port(&self) -> u16 {
        self.listening.as_ref().map_or(0, |l| l.port)
    }
    fn watch(&self, fd: i32, what: Interest) -> Result<()> {
        self.poll.registry().register(&mut SourceFd(&fd), Token(fd as usize), what).map_err(|e| os("poll", &e))
    }
    fn unwatch(&self, fd: i32) {
        // a descriptor that is closed is forgotten by the kernel anyway
        let _ = self.poll.registry().deregister(&mut SourceFd(&fd));
    }
    /// Stops listening.
    pub fn unlisten(&mut self) {
        if let Some(l) = self.listening.take() {
            self.unwatch(l.tcp.as_raw_fd());
            if let Some(u) = &l.unix {
                self.unwatch(u.as_raw_fd());
                if !cfg!(target_os = "linux")
                    && let Some(p) = unix_path(l.port)
                {
                    let _ = std::fs::remove_file(p);
                }
            }
        }
    }
    /// Listens as `spec` says, in place of the port so far; the port 0 stops listening.
    pub fn listen(&mut self, spec: &PortSpec) -> Result<()> {
        crate::access::network()?;
        if !spec.any && spec.high == 0 {
            self.unlisten();
            return Ok(());
        }
        if !spec.any && spec.low == spec.high && self.port() == spec.low {
            return Ok(());
        }
        let host = spec.host.clone().unwrap_or_else(|| "0.0.0.0".into());
        let mut last = Error::new("p");
        let span = u32::from(spec.high - spec.low) + 1;
        // a range is tried from a random place on
        let from = if span == 1 { 0 } else { std::process::id().wrapping_mul(0x9e37_79b9) % span };
        for k in 0..span {
            let port = spec.low + ((from + k) % span) as u16;
            match bind(&host, port, spec.reuse) {
                Ok(tcp) => return self.listening_on(tcp),
                Err(e) => last = os(&if spec.any { format!("{host}:0W") } else { port.to_string() }, &e),
            }
        }
        Err(last)
    }
    fn listening_on(&mut self, tcp: TcpListener) -> Result<()> {
        let port = tcp.local_addr().map_err(|e| os("p", &e))?.port();
        self.unlisten();
        let unix = match unix_path(port) {
            None => None,
            Some(path) => {
                let l = unix_addr(&path).and_then(|a| UnixListener::bind_addr(&a));
                let l = l.map_err(|e| os(&format!("cannot listen on uds {path}"), &e))?;
                l.set_nonblocking(true).map_err(|e| os("p", &e))?;
                Some(l)
            }
        };
        self.watch(tcp.as_raw_fd(), Interest::READABLE)?;
        if let Some(u) = &unix {
            self.watch(u.as_raw_fd(), Interest::READABLE)?;
        }
        self.listening = Some(Listening { tcp, unix, port });
        Ok(())
    }
    fn add(&mut self, mut c: Conn) -> Result<i32> {
        let h = c.handle();
        self.born += 1;
        c.id = self.born;
        self.watch(h, Interest::READABLE | Interest::WRITABLE)?;
        self.conns.insert(h, c);
        Ok(h)
    }
    /// Accepts whoever waits at the port.
    pub fn accept(&mut self) {
        loop {
            let Some(l) = &self.listening else { return };
            let (s, peer) = match l.tcp.accept() {
                Ok(a) => a,
                // a caller who has given up is nobody's reason to let the others wait
                Err(e) if matches!(e.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) => continue,
                Err(e) => {
                    self.stalled = e.kind() != io::ErrorKind::WouldBlock;
                    break;
                }
            };
            let local = s.local_addr().is_ok_and(|a| a.ip() == peer.ip()) || peer.ip().is_loopback();
            let ready = s.set_nonblocking(true).and_then(|()| s.set_nodelay(true));
            if ready.is_ok() {
                // a socket that cannot be watched is dropped, which closes it
                let stream = Stream::accepted(Socket::Tcp(s), self.tls.clone());
                let _ = self.add(Conn::new(stream, local, ipv4(&peer)));
            }
        }
        loop {
            let Some(Listening { unix: Some(l), .. }) = &self.listening else { return };
            let s = match l.accept() {
                Ok((s, _)) => s,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => {
                    self.stalled |= e.kind() != io::ErrorKind::WouldBlock;
                    return;
                }
            };
            if s.set_nonblocking(true).is_ok() {
                let _ = self.add(Conn::new(Stream::accepted(Socket::Unix(s), self.tls.clone()), true, 0));
            }
        }
    }
    /// Waits for something to happen, at most for `limit`; true if the port has callers.
    pub fn turn(&mut self, events: &mut mio::Events, limit: Option<Duration>) -> Result<bool> {
        let limit = if self.ready.is_empty() { limit } else { Some(Duration::ZERO) };
        match self.poll.poll(events, limit) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return Ok(false),
            Err(e) => return Err(os("poll", &e)),
        }
        let mut callers = false;
        for e in events.iter() {
            if e.token() == WAKE {
                continue;
            }
            let fd = e.token().0 as i32;
            if let Some(c) = self.conns.get_mut(&fd) {
                c.ending |= e.is_read_closed() || e.is_error();
                if e.is_readable() || e.is_read_closed() || e.is_error() {
                    self.ready.insert(fd);
                }
                if e.is_writable() {
                    self.queued.insert(fd);
                }
            } else {
                callers = true;
            }
        }
        Ok(callers)
    }
    /// Writes what is queued; returns the connections that failed or had only been waiting for that to end.
    pub fn send_queued(&mut self) -> Vec<i32> {
        let mut lost = vec![];
        for h in std::mem::take(&mut self.queued) {
            if let Some(c) = self.conns.get_mut(&h)
                && (!c.drain() || (c.closing && c.queued() == 0))
            {
                lost.push(h);
            }
        }
        lost
    }
    /// The connections to look at now.
    pub fn take_ready(&mut self) -> Vec<i32> {
        std::mem::take(&mut self.ready).into_iter().collect()
    }
    /// Looks at `h` again in the next turn.
    pub fn again(&mut self, h: i32) {
        self.ready.insert(h);
    }
    /// Forgets a connection and closes its socket; what is queued is not sent.
    pub fn close(&mut self, h: i32) -> Option<Conn> {
        let mut c = self.conns.remove(&h)?;
        self.unwatch(h);
        self.ready.remove(&h);
        self.queued.remove(&h);
        c.stream.shutdown();
        Some(c)
    }
    fn check_room(&mut self, h: i32, more: usize) -> Result<()> {
        let c = self.find(h)?;
        if c.dead {
            return Err(gone(h));
        }
        if c.queued() + more > MAX_QUEUE {
            c.dead = true;
            self.ready.insert(h);
            return Err(Error::new(format!("queue of handle {h} is full")));
        }
        Ok(())
    }
    /// Queues a message, or part of another protocol's stream.
    pub fn push(&mut self, h: i32, m: Vec<u8>) -> Result<()> {
        self.check_room(h, m.len())?;
        let c = self.find(h)?;
        c.push(m);
        self.queued.insert(h);
        Ok(())
    }
    /// Queues a message that several peers get.
    pub fn push_shared(&mut self, h: i32, m: &Arc<Vec<u8>>) -> Result<()> {
        self.check_room(h, m.len())?;
        let c = self.find(h)?;
        c.push_shared(m);
        self.queued.insert(h);
        Ok(())
    }
    /// Sends everything queued for `h`, waiting as long as the peer needs.
    pub fn flush(&mut self, h: i32) -> Result<()> {
        loop {
            let c = self.find(h)?;
            if !c.drain() {
                self.ready.insert(h);
                return Err(Error::new(format!("snd handle: {h}. OS reports: Broken pipe")));
            }
            if c.queued() == 0 {
                return Ok(());
            }
            // two peers that write to one another and do not read would wait for ever
            match c.fill(1 << 20) {
                Fill::End => {
                    self.ready.insert(h);
                    return Err(Error::new(format!("close handle: {h}")));
                }
                Fill::More => {}
                Fill::Dry => c.wait(None)?,
            }
            self.ready.insert(h);
        }
    }
    /// Waits for the next whole message on `h`.
    pub fn receive(&mut self, h: i32) -> Result<Vec<u8>> {
        // what stays in the buffer, or an end seen here, is looked at by the loop
        self.ready.insert(h);
        loop {
            let c = self.find(h)?;
            if let Some(m) = c.message()? {
                return Ok(m);
            }
            let fill = if c.dead { Fill::End } else { c.fill(16 << 20) };
            if !c.has_message() {
                match fill {
                    Fill::End => return Err(Error::new(format!("close handle: {h}"))),
                    Fill::Dry => c.wait(None)?,
                    Fill::More => {}
                }
            }
        }
    }
    /// Waits for the next whole message on any of `handles`. The error of a connection that ended carries its handle.
    pub fn receive_any(&mut self, handles: &[i32]) -> std::result::Result<(i32, Vec<u8>), (Option<i32>, Error)> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        loop {
            // bytes that TLS has taken from the socket already are nothing to wait for
            let mut more = false;
            for &h in handles {
                self.ready.insert(h);
                let failed = |e| (Some(h), e);
                let c = self.find(h).map_err(failed)?;
                let fill = if c.dead { Fill::End } else { c.fill(16 << 20) };
                more |= fill == Fill::More;
                let dead = fill == Fill::End;
                if let Some(m) = c.message().map_err(failed)? {
                    return Ok((h, m));
                }
                if dead {
                    return Err(failed(Error::new(format!("close handle: {h}"))));
                }
                // what was asked may still be on its way out
                c.drain();
            }
            if INTERRUPT.swap(false, Ordering::Relaxed) {
                return Err((None, Error::new("stop")));
            }
            let conns = || handles.iter().filter_map(|h| self.conns.get(h));
            let fds: Vec<BorrowedFd<'_>> = conns().map(|c| c.stream.fd()).collect();
            let want = |c: &Conn| if c.queued() > 0 { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
            let mut polled: Vec<PollFd<'_>> = fds.iter().zip(conns()).map(|(f, c)| PollFd::new(f, want(c))).collect();
            let slice = Timespec { tv_sec: 0, tv_nsec: if more { 0 } else { 100_000_000 } };
            match poll(&mut polled, Some(&slice)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(e) => return Err((None, os("poll", &e.into()))),
            }
        }
    }
    /// Waits until `n` bytes are there, or the peer ends; returns what is there without taking it.
    fn receive_raw(&mut self, h: i32, end: Option<Instant>, enough: impl Fn(&[u8]) -> bool) -> Result<Vec<u8>> {
        loop {
            let c = self.find(h)?;
            if enough(c.received()) || c.dead {
                return Ok(c.received().to_vec());
            }
            if c.fill(1 << 20) == Fill::Dry && !enough(c.received()) {
                c.wait(end)?;
            }
        }
    }
    /// Opens a socket to `a` without saying anything yet, apart from what TLS has to say.
    pub fn connect(&mut self, a: &Address, timeout: Option<Duration>) -> Result<i32> {
        let end = timeout.map(|t| Instant::now() + t);
        let h = self.open_socket(a, timeout)?;
        if a.tls
            && let Err(e) = self.secure(h, &a.host, end)
        {
            self.close(h);
            return Err(e);
        }
        Ok(h)
    }
    /// Does the handshake of TLS with `host`.
    fn secure(&mut self, h: i32, host: &str, end: Option<Instant>) -> Result<()> {
        let Some(client) = &self.tls_client else { return Err(Error::new("tls")) };
        let c = self.conns.get_mut(&h).ok_or_else(|| gone(h))?;
        c.stream.secure(client, host)?;
        while !c.stream.handshake().map_err(|e| os("conn", &e))? {
            c.wait(end)?;
        }
        Ok(())
    }
    fn open_socket(&mut self, a: &Address, timeout: Option<Duration>) -> Result<i32> {
        crate::access::network()?;
        let hop = |e: &io::Error| if e.kind() == io::ErrorKind::TimedOut { os("timeout", e) } else { os("hop", e) };
        let c = if a.unix {
            let path = unix_path(a.port).unwrap_or_else(|| format!("/tmp/kx.{}", a.port));
            let s = unix_addr(&path).and_then(|p| UnixStream::connect_addr(&p)).map_err(|e| hop(&e))?;
            s.set_nonblocking(true).map_err(|e| hop(&e))?;
            Conn::new(Stream::plain(Socket::Unix(s)), true, 0)
        } else {
            let addrs: Vec<SocketAddr> = (a.host.as_str(), a.port).to_socket_addrs().map_err(|e| hop(&e))?.collect();
            let mut last = io::Error::from(io::ErrorKind::NotFound);
            let mut got = None;
            // kdb+ listens on IPv4
            for addr in addrs.iter().filter(|a| a.is_ipv4()).chain(addrs.iter().filter(|a| a.is_ipv6())) {
                match timeout.map_or_else(|| TcpStream::connect(addr), |t| TcpStream::connect_timeout(addr, t)) {
                    Ok(s) => {
                        got = Some((s, *addr));
                        break;
                    }
                    Err(e) => last = e,
                }
            }
            let Some((s, peer)) = got else { return Err(hop(&last)) };
            s.set_nonblocking(true).and_then(|()| s.set_nodelay(true)).map_err(|e| hop(&e))?;
            let local = peer.ip().is_loopback() || s.local_addr().is_ok_and(|l| l.ip() == peer.ip());
            Conn::new(Stream::plain(Socket::Tcp(s)), local, ipv4(&peer))
        };
        self.add(c)
    }
    /// Connects and introduces itself; the handle.
    pub fn open_q(&mut self, a: &Address, timeout: Option<Duration>) -> Result<i32> {
        let end = timeout.map(|t| Instant::now() + t);
        let h = self.connect(a, timeout)?;
        let user = a.user.clone().unwrap_or_else(os_user);
        let mut hello = format!("{user}:{}", a.password).into_bytes();
        hello.extend_from_slice(&[CAPABILITY, 0]);
        let answer =
            self.push(h, hello).and_then(|()| self.flush(h)).and_then(|()| self.receive_raw(h, end, |b| !b.is_empty()));
        match answer {
            Ok(b) if !b.is_empty() => {
                let c = self.find(h)?;
                c.capability = c.take(1).first().copied().unwrap_or(0).min(CAPABILITY);
                c.proto = Proto::Q;
                self.ready.insert(h);
                Ok(h)
            }
            other => {
                let fault = self.close(h).and_then(|c| c.fault);
                match other {
                    // the handshake of TLS 1.3 ends before the server has looked at this side's certificate
                    _ if fault.is_some() => Err(Error::new(format!("conn. OS reports: {}", fault.unwrap_or_default()))),
                    // nothing but a closed socket: the credentials were refused
                    Ok(_) => Err(Error::new("access")),
                    Err(e) if e.kind.starts_with("close handle") || e.kind.starts_with("snd handle") => {
                        Err(Error::new("access"))
                    }
                    Err(e) => Err(e),
                }
            }
        }
    }
    /// Opens a socket, sends an HTTP request and reads the head of the answer; what follows it stays to be read.
    pub fn open_raw(&mut self, a: &Address, request: Vec<u8>) -> Result<(i32, Vec<u8>)> {
        let h = self.connect(a, None)?;
        let whole = |b: &[u8]| memchr::memmem::find(b, b"\r\n\r\n").is_some();
        match self.push(h, request).and_then(|()| self.flush(h)).and_then(|()| self.receive_raw(h, None, whole)) {
            Ok(b) => {
                let n = memchr::memmem::find(&b, b"\r\n\r\n").map_or(b.len(), |n| n + 4);
                Ok((h, self.find(h)?.take(n)))
            }
            Err(e) => {
                self.close(h);
                Err(e)
            }
        }
    }
    /// Sends an HTTP request as it is and returns the answer, up to the peer's end or the announced length.
    pub fn http(&mut self, a: &Address, request: Vec<u8>, timeout: Option<Duration>) -> Result<Vec<u8>> {
        let h = self.connect(a, timeout)?;
        let answer =
            self.push(h, request).and_then(|()| self.flush(h)).and_then(|()| self.receive_raw(h, None, http_complete));
        self.close(h);
        answer
    }
}

/// True when an HTTP response with a `Content-Length` is whole.
pub fn http_complete(b: &[u8]) -> bool {
    let Some(end) = memchr::memmem::find(b, b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&b[..end]).to_ascii_lowercase();
    let len = head.lines().find_map(|l| l.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    len.is_some_and(|n| b.len() >= end + 4 + n)
}

/// The name of the user who runs the process.
pub fn os_user() -> String {
    for name in ["USER", "LOGNAME"] {
        if let Ok(u) = std::env::var(name)
            && !u.is_empty()
        {
            return u;
        }
    }
    let id = rustix::process::getuid().as_raw().to_string();
    let text = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of = |l: &str| {
        let mut f = l.split(':');
        let name = f.next()?;
        (f.nth(1)? == id).then(|| name.to_owned())
    };
    text.lines().find_map(of).unwrap_or(id)
}

/// An IPv4 address as q's int; 0 for others.
fn ipv4(a: &SocketAddr) -> i32 {
    match a.ip().to_canonical() {
        std::net::IpAddr::V4(a) => i32::from_be_bytes(a.octets()),
        std::net::IpAddr::V6(a) if a.is_loopback() => 0x7f00_0001,
        std::net::IpAddr::V6(_) => 0,
    }
}

fn bind(host: &str, port: u16, reuse: bool) -> io::Result<TcpListener> {
    use socket2::{Domain, Socket, Type};
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for a in (host, port).to_socket_addrs()? {
        let s = Socket::new(Domain::for_address(a), Type::STREAM, None)?;
        s.set_reuse_address(true)?;
        if reuse {
            s.set_reuse_port(true)?;
        }
        match s.bind(&a.into()).and_then(|()| s.listen(1024)) {
            Ok(()) => {
                s.set_nonblocking(true)?;
                return Ok(s.into());
            }
            Err(e) => last = e,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let a = |t: &str| Address::parse(t).unwrap();
        assert_eq!(a(":file.txt"), None);
        assert_eq!(a(":/a/b"), None);
        assert_eq!(a("::5010"), Some(Address::local(5010)));
        let full = a(":db.example.com:5010:elmo:ses:ame").unwrap();
        assert_eq!(
            (full.host.as_str(), full.port, full.user.as_deref(), full.password.as_str()),
            ("db.example.com", 5010, Some("elmo"), "ses:ame")
        );
        assert!(a(":unix://5010").unwrap().unix);
        assert!(Address::parse(":host:nosuchservice").is_err());
        let secure = a(":tcps://host:1:me:secret").unwrap();
        assert!(secure.tls && !secure.unix && !full.tls);
        assert_eq!((secure.host.as_str(), secure.port, secure.password.as_str()), ("host", 1, "secret"));
        assert!(a(":unixs://5010").is_some_and(|a| a.unix && a.tls));
    }
    #[test]
    fn ports() {
        let p = |t: &str| PortSpec::parse(t).unwrap();
        assert_eq!(p("5010").low, 5010);
        assert_eq!(p("127.0.0.1:5010").host.as_deref(), Some("127.0.0.1"));
        assert_eq!((p("2000/2010").low, p("2000/2010").high), (2000, 2010));
        assert!(p("0W").any && p("localhost:0W").any && p("rp,5000").reuse);
        assert!(PortSpec::parse("99999").is_err() && PortSpec::parse("9/8").is_err() && PortSpec::parse("").is_err());
    }
    #[test]
    fn passwords() {
        let known = [
            ("a", "plain"),
            ("b", "210d53992dff432ec1b1a9698af9da16"),
            ("c", "91dfd9ddb4198affc5c194cd8ce6d338fde470e2"),
        ];
        let known = known.map(|(a, b)| (a.to_owned(), b.to_owned())).into_iter().collect();
        let u = Users { path: String::new(), known };
        assert!(u.check("a", "plain") && u.check("b", "this is my password") && u.check("c", "mypassword"));
        // a hash is no password
        assert!(!u.check("b", "210d53992dff432ec1b1a9698af9da16"));
        assert!(!u.check("c", "91dfd9ddb4198affc5c194cd8ce6d338fde470e2"));
        assert!(!u.check("a", "plainer") && !u.check("b", "x") && !u.check("d", ""));
    }
}
