//! Codes of bytes and addresses: base 64, SHA-1, gzip, host names; the HTTP client.

use crate::error::{Error, Result};
use crate::ipc::conn::http_complete;
use crate::ipc::tls;
use crate::value::{Data, Host, Ty, Value, Verb};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Digest;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream, ToSocketAddrs};
use std::time::Duration;

pub static VERBS: &[Verb] = &[
    Verb {
        name: ".Q.btoa",
        monad: Some(btoa),
        doc: ".Q.btoa x: text or bytes as base 64",
        examples: &[(".Q.btoa\"Hello World!\"", "\"SGVsbG8gV29ybGQh\"")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.atob",
        monad: Some(atob),
        doc: ".Q.atob x: bytes of base 64 text",
        examples: &[("10h$.Q.atob \"aGVsbG8=\"", "\"hello\"")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.sha1",
        monad: Some(sha1_of),
        doc: ".Q.sha1 x: SHA-1 of a string",
        examples: &[(".Q.sha1\"Hello World!\"", "0x2ef7bde608ce5404e97d5f042f95f89f1c232871")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.addr",
        monad: Some(addr),
        doc: ".Q.addr x: IPv4 address of a host name as an int, -1i when unknown",
        examples: &[(".Q.addr`$\"127.0.0.1\"", "2130706433i")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.host",
        monad: Some(host_name),
        doc: ".Q.host x: name in the hosts file of an IPv4 address, null when it has none",
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.gz",
        monad: Some(gz),
        doc: ".Q.gz (level;x): x in gzip format; .Q.gz x: unpacked; .Q.gz[::]: can it",
        examples: &[(".Q.gz .Q.gz(9;\"hello\")", "\"hello\"")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.hg",
        monad: Some(http_get),
        doc: ".Q.hg x: body that an HTTP GET of URL x returns",
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.hp",
        rank: 3,
        variad: Some(http_post),
        doc: ".Q.hp[x;y;z]: body that an HTTP POST of text z, MIME type y, to URL x returns",
        ..Verb::BLANK
    },
];

/// The bytes of a string, char or byte vector.
fn bytes(x: &Value) -> Result<Vec<u8>> {
    match x {
        Value::Vec(v) if v.ty == Ty::Byte => match &v.data {
            Data::U8(b) => Ok(b.to_vec()),
            _ => Err(Error::ty()),
        },
        _ => x.as_bytes().ok_or_else(Error::ty),
    }
}

fn btoa(_: &mut dyn Host, x: Value) -> Result<Value> {
    Ok(Value::string(STANDARD.encode(bytes(&x)?)))
}

fn atob(_: &mut dyn Host, x: Value) -> Result<Value> {
    STANDARD.decode(bytes(&x)?).map(Value::bytes).map_err(|_| Error::domain())
}

fn sha1_of(_: &mut dyn Host, x: Value) -> Result<Value> {
    Ok(Value::bytes(sha1::Sha1::digest(bytes(&x)?).to_vec()))
}

fn addr(_: &mut dyn Host, x: Value) -> Result<Value> {
    let name = x.as_text().ok_or_else(Error::ty)?;
    let found = (name.as_str(), 0).to_socket_addrs().ok().and_then(|mut all| {
        all.find_map(|a| match a.ip() {
            IpAddr::V4(ip) => Some(i32::from_be_bytes(ip.octets())),
            IpAddr::V6(_) => None,
        })
    });
    Ok(Value::int(found.unwrap_or(-1)))
}

/// Only the hosts file is asked: the standard library has no reverse look-up.
fn host_name(_: &mut dyn Host, x: Value) -> Result<Value> {
    let Value::I32(Ty::Int, n) = x else { return Err(Error::ty()) };
    let ip = Ipv4Addr::from(n.to_be_bytes());
    crate::access::network()?;
    let text = match std::fs::read_to_string("/etc/hosts") {
        Ok(t) => t,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(Error::os("/etc/hosts", &e)),
    };
    let name = text.lines().find_map(|l| {
        let mut words = l.split('#').next().unwrap_or("").split_whitespace();
        let at = words.next()?.parse::<Ipv4Addr>().ok()?;
        if at == ip { words.next() } else { None }
    });
    Ok(Value::sym(name.unwrap_or("")))
}

/// Most bytes that packed data may grow to.
const UNPACKED_MAX: u64 = 1 << 32;

fn unpack(b: &[u8]) -> Result<Vec<u8>> {
    let mut out = vec![];
    let n = flate2::read::MultiGzDecoder::new(b).take(UNPACKED_MAX).read_to_end(&mut out);
    n.map(|_| out).map_err(|_| Error::domain())
}

fn gz(_: &mut dyn Host, x: Value) -> Result<Value> {
    let like = |x: &Value, b: Vec<u8>| {
        if matches!(x, Value::Vec(v) if v.ty == Ty::Byte) { Value::bytes(b) } else { Value::string(b) }
    };
    match &x {
        Value::Null => Ok(Value::bool(true)),
        Value::List(l) if l.len() == 2 => {
            let level = l[0].as_long().filter(|n| (1..=9).contains(n)).ok_or_else(Error::domain)?;
            let mut w = flate2::write::GzEncoder::new(vec![], flate2::Compression::new(level as u32));
            let packed = w.write_all(&bytes(&l[1])?).and_then(|()| w.finish());
            packed.map(|b| like(&l[1], b)).map_err(|_| Error::domain())
        }
        _ => Ok(like(&x, unpack(&bytes(&x)?)?)),
    }
}

/// How long the HTTP client waits for a connection or for the next bytes.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most bytes of an HTTP response.
const RESPONSE_MAX: u64 = 1 << 30;

/// A URL `[:]http[s]://[user:password@]host[:port][/path]`.
struct Url {
    tls: bool,
    credentials: Option<String>,
    /// host and port as the `Host` header has them
    authority: String,
    /// host and port to connect to
    address: String,
    path: String,
}

impl Url {
    fn read(x: &Value) -> Result<Url> {
        let text = x.as_text().ok_or_else(Error::ty)?;
        let text = text.strip_prefix(':').unwrap_or(&text);
        let (tls, rest) = match text.split_once("://") {
            Some(("http", rest)) => (false, rest),
            Some(("https", rest)) => (true, rest),
            _ => return Err(Error::nyi()),
        };
        let (site, path) = rest.find('/').map_or((rest, "/"), |i| rest.split_at(i));
        let (credentials, authority) = match site.rsplit_once('@') {
            Some((c, a)) => (Some(c.to_string()), a.to_string()),
            None => (None, site.to_string()),
        };
        let port = if tls { 443 } else { 80 };
        let address = if authority.contains(':') { authority.clone() } else { format!("{authority}:{port}") };
        Ok(Url { tls, credentials, authority, address, path: path.to_string() })
    }
}

/// What asking `url` by TLS needs; None where it is asked plainly.
fn client(host: &mut dyn Host, url: &Url) -> Result<Option<tls::Client>> {
    url.tls.then(|| tls::Client::new(&super::ipc::tls_settings(host))).transpose()
}

/// Sends one request and returns the body of the response, unpacked.
fn request(client: Option<&tls::Client>, method: &str, url: &Url, headers: &str, body: &[u8]) -> Result<Vec<u8>> {
    let failed = |e: std::io::Error| Error::os(&url.authority, &e);
    crate::access::network()?;
    let to = url.address.to_socket_addrs().map_err(failed)?.next().ok_or_else(|| Error::new("hop"))?;
    let mut s = TcpStream::connect_timeout(&to, PATIENCE).map_err(failed)?;
    s.set_read_timeout(Some(PATIENCE)).and_then(|()| s.set_write_timeout(Some(PATIENCE))).map_err(failed)?;
    let auth =
        url.credentials.as_ref().map_or(String::new(), |c| format!("Authorization: Basic {}\r\n", STANDARD.encode(c)));
    let head = format!(
        "{method} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAccept-Encoding: gzip\r\n{auth}{headers}\r\n",
        url.path, url.authority
    );
    let mut out = vec![];
    let question = [head.as_bytes(), body].concat();
    if let Some(client) = client {
        let name = url.address.rsplit_once(':').map_or(url.address.as_str(), |(name, _)| name);
        let mut s = rustls::StreamOwned::new(client.begin(name)?, s);
        s.write_all(&question).map_err(failed)?;
        match s.take(RESPONSE_MAX).read_to_end(&mut out) {
            // closed without the farewell of TLS: the response's own length says whether it is whole
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof && http_complete(&out) => {}
            r => {
                r.map_err(failed)?;
            }
        }
    } else {
        s.write_all(&question).map_err(failed)?;
        s.take(RESPONSE_MAX).read_to_end(&mut out).map_err(failed)?;
    }
    body_of(&out).ok_or_else(|| Error::new("http"))?
}

/// The body of an HTTP response: chunks joined, gzip unpacked.
fn body_of(response: &[u8]) -> Option<Result<Vec<u8>>> {
    let at = response.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&response[..at]).to_ascii_lowercase();
    let header =
        |name: &str| head.lines().filter_map(|l| l.split_once(':')).find(|(k, _)| *k == name).map(|(_, v)| v.trim());
    let rest = &response[at + 4..];
    let body = if header("transfer-encoding").is_some_and(|v| v.contains("chunked")) {
        unchunk(rest)?
    } else {
        let n = header("content-length").and_then(|n| n.parse().ok()).unwrap_or(rest.len());
        rest.get(..n)?.to_vec()
    };
    Some(if header("content-encoding") == Some("gzip") { unpack(&body) } else { Ok(body) })
}

fn unchunk(mut b: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![];
    loop {
        let end = b.windows(2).position(|w| w == b"\r\n")?;
        let size = std::str::from_utf8(&b[..end]).ok()?.split(';').next()?.trim();
        let n = usize::from_str_radix(size, 16).ok()?;
        b = &b[end + 2..];
        if n == 0 {
            return Some(out);
        }
        out.extend_from_slice(b.get(..n)?);
        b = b.get(n.checked_add(2)?..)?;
    }
}

fn http_get(host: &mut dyn Host, x: Value) -> Result<Value> {
    let url = Url::read(&x)?;
    request(client(host, &url)?.as_ref(), "GET", &url, "", b"").map(Value::string)
}

fn http_post(host: &mut dyn Host, args: Vec<Value>) -> Result<Value> {
    let [url, mime, text]: [Value; 3] = args.try_into().map_err(|_| Error::rank())?;
    let mime = mime.as_text().ok_or_else(Error::ty)?;
    let text = text.as_bytes().ok_or_else(Error::ty)?;
    let headers = format!("Content-Type: {mime}\r\nContent-Length: {}\r\n", text.len());
    let url = Url::read(&url)?;
    request(client(host, &url)?.as_ref(), "POST", &url, &headers, &text).map(Value::string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_of_responses() {
        let plain = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef";
        assert_eq!(body_of(plain).expect("a response").expect("no gzip"), b"abc");
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        assert_eq!(body_of(chunked).expect("a response").expect("no gzip"), b"abcde");
        assert!(body_of(b"nonsense").is_none());
        assert!(unchunk(b"ffffffffffffffff\r\nx").is_none());
        assert!(body_of(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").is_none());
    }

    #[test]
    fn get_from_a_socket() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = server.local_addr().expect("an address").port();
        let answer = std::thread::spawn(move || {
            let (mut s, _) = server.accept().expect("a client");
            let mut buf = [0; 1024];
            let n = s.read(&mut buf).expect("a request");
            s.write_all(b"HTTP/1.1 200 OK\r\n\r\nhello").expect("sent");
            String::from_utf8_lossy(&buf[..n]).into_owned()
        });
        let url = Url::read(&Value::string(format!(":http://u:p@127.0.0.1:{port}/a?b"))).expect("a url");
        assert_eq!(request(None, "GET", &url, "", b"").expect("a body"), b"hello");
        let seen = answer.join().expect("the server ends");
        assert!(seen.starts_with("GET /a?b HTTP/1.1\r\n"), "{seen}");
        assert!(seen.contains("Authorization: Basic dTpw\r\n"), "{seen}");
    }
}
