//! The bytes of one connection: a socket of either family, plain or under TLS.
//!
//! TLS runs on buffers of its own, beside the socket: what the socket brings is handed to it, what it makes is written
//! when the socket takes it. A plain connection pays one branch.

use super::tls;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// The first byte of a TLS connection: a record of the handshake. No user name and no HTTP method begins with it.
pub const HANDSHAKE: u8 = 0x16;
/// What is taken from the socket, or encrypted, in one step.
const STEP: usize = 64 << 10;

/// A connected socket of either family.
#[derive(Debug)]
pub enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    fn write(&self, b: &[u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(s) => (&*s).write(b),
            Socket::Unix(s) => (&*s).write(b),
        }
    }
    fn read(&self, b: &mut [u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(s) => (&*s).read(b),
            Socket::Unix(s) => (&*s).read(b),
        }
    }
}

enum Layer {
    Plain,
    /// A caller of a port that speaks TLS, before its first byte.
    Undecided(Arc<tls::Server>),
    Tls(Box<Tls>),
}

/// A socket and what is spoken on it.
pub struct Stream {
    socket: Socket,
    layer: Layer,
}

impl Stream {
    pub fn plain(socket: Socket) -> Stream {
        Stream { socket, layer: Layer::Plain }
    }
    /// A caller of the port: where the port speaks TLS, the first byte says whether the caller does.
    pub fn accepted(socket: Socket, server: Option<Arc<tls::Server>>) -> Stream {
        Stream { socket, layer: server.map_or(Layer::Plain, Layer::Undecided) }
    }
    /// Begins TLS as the one who called; [`Stream::handshake`] goes on with it.
    pub fn secure(&mut self, client: &tls::Client, host: &str) -> crate::error::Result<()> {
        self.layer = Layer::Tls(Box::new(Tls::new(client.begin(host)?.into(), client.trust.clone())));
        Ok(())
    }
    pub fn fd(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Socket::Tcp(s) => s.as_fd(),
            Socket::Unix(s) => s.as_fd(),
        }
    }
    pub fn is_tcp(&self) -> bool {
        matches!(self.socket, Socket::Tcp(_))
    }
    /// True once it is known that bytes travel as they are.
    pub fn is_plain(&self) -> bool {
        matches!(self.layer, Layer::Plain)
    }
    /// Encrypted bytes that the socket has not taken.
    pub fn pending(&self) -> usize {
        match &self.layer {
            Layer::Tls(t) => t.outgoing.len() - t.sent,
            _ => 0,
        }
    }
    /// The session, where the connection is encrypted, with what its peer was checked against.
    pub fn tls(&self) -> Option<(&rustls::Connection, &tls::Trust)> {
        match &self.layer {
            Layer::Tls(t) => Some((&t.session, &t.trust)),
            _ => None,
        }
    }
    pub fn read(&mut self, b: &mut [u8]) -> io::Result<usize> {
        match &mut self.layer {
            Layer::Plain => self.socket.read(b),
            Layer::Tls(t) => t.read(&self.socket, b),
            Layer::Undecided(server) => {
                let n = self.socket.read(b)?;
                match b[..n].first() {
                    None => return Ok(0),
                    Some(&HANDSHAKE) => {}
                    Some(_) if server.only => {
                        return Err(io::Error::new(io::ErrorKind::InvalidData, "only TLS is spoken at this port"));
                    }
                    Some(_) => {
                        self.layer = Layer::Plain;
                        return Ok(n);
                    }
                }
                let mut t = Tls::new(server.begin()?.into(), server.trust.clone());
                t.incoming.extend_from_slice(&b[..n]);
                self.layer = Layer::Tls(Box::new(t));
                self.read(b)
            }
        }
    }
    /// Reads up to `most` bytes to the end of `to`; of plain connections alone.
    pub fn read_some(&self, to: &mut Vec<u8>, most: u64) -> io::Result<usize> {
        match &self.socket {
            Socket::Tcp(s) => s.take(most).read_to_end(to),
            Socket::Unix(s) => s.take(most).read_to_end(to),
        }
    }
    pub fn write(&mut self, b: &[u8]) -> io::Result<usize> {
        match &mut self.layer {
            Layer::Plain => self.socket.write(b),
            Layer::Tls(t) => t.write(&self.socket, b),
            Layer::Undecided(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
    /// Writes what was encrypted and is still here.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.layer {
            Layer::Tls(t) => t.flush(&self.socket),
            _ => Ok(()),
        }
    }
    /// Goes on with the handshake as far as the socket allows; true once it is over.
    pub fn handshake(&mut self) -> io::Result<bool> {
        let Layer::Tls(t) = &mut self.layer else { return Ok(true) };
        loop {
            t.take_output()?;
            unless_blocked(t.flush(&self.socket))?;
            if !t.session.is_handshaking() {
                return Ok(true);
            }
            match t.receive(&self.socket) {
                Ok(true) => {}
                Ok(false) => return Err(io::Error::new(io::ErrorKind::InvalidData, "closed in the handshake")),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(e) => return Err(e),
            }
        }
    }
    pub fn shutdown(&mut self) {
        // the peer may have gone already; either way the socket is closed by dropping it
        if let Layer::Tls(t) = &mut self.layer {
            t.session.send_close_notify();
            let _ = t.take_output().and_then(|()| t.flush(&self.socket));
        }
        let _ = match &self.socket {
            Socket::Tcp(s) => s.shutdown(Shutdown::Both),
            Socket::Unix(s) => s.shutdown(Shutdown::Both),
        };
    }
}

/// A full socket is none of the errors that end a connection: what waits is written later.
fn unless_blocked(r: io::Result<()>) -> io::Result<()> {
    match r {
        Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(()),
        r => r,
    }
}

struct Tls {
    session: rustls::Connection,
    trust: Arc<tls::Trust>,
    /// What the socket brought, up to `used` handed to the session.
    incoming: Vec<u8>,
    used: usize,
    /// What the session made, up to `sent` taken by the socket.
    outgoing: Vec<u8>,
    sent: usize,
}

impl Tls {
    fn new(session: rustls::Connection, trust: Arc<tls::Trust>) -> Tls {
        Tls { session, trust, incoming: vec![], used: 0, outgoing: vec![], sent: 0 }
    }
    /// Hands the session some bytes; false if the peer has closed the socket. `InvalidData` for what TLS refuses.
    fn receive(&mut self, socket: &Socket) -> io::Result<bool> {
        if self.used == self.incoming.len() {
            self.used = 0;
            self.incoming.resize(STEP, 0);
            let got = socket.read(&mut self.incoming);
            self.incoming.truncate(*got.as_ref().unwrap_or(&0));
            if got? == 0 {
                return Ok(false);
            }
        }
        let mut rest = &self.incoming[self.used..];
        self.session.read_tls(&mut rest)?;
        self.used = self.incoming.len() - rest.len();
        let state = self.session.process_new_packets();
        // an alert, an answer of the handshake, new keys; a socket that fails here fails the next write too
        let _ = self.take_output().and_then(|()| self.flush(socket));
        state.map(|_| true).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
    }
    fn read(&mut self, socket: &Socket, b: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(b) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                r => return r,
            }
            if !self.receive(socket)? {
                return Ok(0);
            }
        }
    }
    fn write(&mut self, socket: &Socket, b: &[u8]) -> io::Result<usize> {
        self.flush(socket)?;
        if self.session.is_handshaking() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let n = self.session.writer().write(&b[..b.len().min(STEP)])?;
        self.take_output()?;
        unless_blocked(self.flush(socket))?;
        Ok(n)
    }
    /// Moves what the session has to say to `outgoing`.
    fn take_output(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut self.outgoing)?;
        }
        Ok(())
    }
    fn flush(&mut self, socket: &Socket) -> io::Result<()> {
        while self.sent < self.outgoing.len() {
            match socket.write(&self.outgoing[self.sent..])? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                n => self.sent += n,
            }
        }
        self.outgoing.clear();
        self.sent = 0;
        Ok(())
    }
}
