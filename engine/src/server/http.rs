//! HTTP on the same port: `.z.ph`, `.z.pp`, `.z.pm`, `.z.ac`, and the upgrade to websocket.

use super::{admit, opened};
use crate::error::{Error, Result};
use crate::eval::Session;
use crate::ipc::conn::{MAX_HELLO, Proto};
use crate::ipc::ws;
use crate::value::{Data, Host, Ty, Value};
use crate::verb::http::{default_page, page};
use crate::verb::ipc::{as_handle, handler, hang_up, remote, report, with};

/// Largest request body.
const MAX_BODY: usize = 64 << 20;
const METHODS: [&str; 7] = ["GET ", "POST ", "PUT ", "HEAD ", "PATCH ", "DELETE ", "OPTIONS "];

/// True if a connection's first bytes are an HTTP request line.
pub fn looks_like(b: &[u8]) -> bool {
    METHODS.iter().any(|m| b.starts_with(m.as_bytes()))
}

struct Request {
    method: String,
    /// What follows the first `/`, percent-decoded.
    text: Vec<u8>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
    fn dict(&self) -> Value {
        let (k, v): (Vec<_>, Vec<_>) =
            self.headers.iter().map(|(k, v)| (Value::sym(k), Value::string(v.as_bytes()))).unzip();
        Value::dict(Value::syms(k.iter().filter_map(Value::as_sym).collect()), Value::list(v))
    }
}

/// Takes a whole request from what was received: Ok(None) to wait, Err to close.
fn parse(b: &[u8]) -> Result<Option<(Request, usize)>> {
    let Some(end) = memchr::memmem::find(b, b"\r\n\r\n") else {
        return if b.len() > MAX_HELLO { Err(Error::new("http")) } else { Ok(None) };
    };
    let head = String::from_utf8_lossy(&b[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or("").split(' ');
    let (Some(method), Some(path)) = (first.next(), first.next()) else { return Err(Error::new("http")) };
    let headers: Vec<(String, String)> =
        lines.filter_map(|l| l.split_once(':')).map(|(k, v)| (k.trim().to_owned(), v.trim().to_owned())).collect();
    let length =
        headers.iter().find(|(k, _)| k.eq_ignore_ascii_case("content-length")).map(|(_, v)| v.parse::<usize>());
    let length = match length {
        None => 0,
        Some(Ok(n)) if n <= MAX_BODY => n,
        Some(_) => return Err(Error::new("http")),
    };
    let Some(body) = b.get(end + 4..end + 4 + length) else { return Ok(None) };
    let text = unescape(path.strip_prefix('/').unwrap_or(path).as_bytes());
    let r = Request { method: method.to_owned(), text, headers, body: body.to_vec() };
    Ok(Some((r, end + 4 + length)))
}

fn unescape(b: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(b.len());
    let mut i = 0;
    while i < b.len() {
        let code =
            b.get(i + 1..i + 3).and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok());
        match (b[i], code) {
            (b'%', Some(c)) => {
                out.push(c);
                i += 3;
            }
            (c, _) => {
                out.push(c);
                i += 1;
            }
        }
    }
    out
}

fn unauthorized() -> Vec<u8> {
    page("401 Unauthorized", "text/plain", b"401 Unauthorized", "WWW-Authenticate: Basic realm=\"quill\"\r\n")
}

/// Handles one request; false when it is not there yet or the connection is done.
pub fn request(session: &mut Session, h: i32) -> Result<bool> {
    let parsed = with(session, |hs| {
        let c = hs.find(h)?;
        if c.closing {
            // what comes behind the last request is not kept
            c.take(usize::MAX);
            return Ok(Ok(None));
        }
        let p = parse(c.received());
        if let Ok(Some((_, n))) = &p {
            c.take(*n);
        }
        Ok(p)
    })?;
    let r = match parsed {
        Ok(None) => return Ok(false),
        Ok(Some((r, _))) => r,
        Err(_) => return finish(session, h, page("400 Bad Request", "text/plain", b"400 Bad Request", "")),
    };
    if r.header("transfer-encoding").is_some() {
        // a body without a length would pass for none
        return finish(session, h, page("501 Not Implemented", "text/plain", b"a body needs Content-Length", ""));
    }
    if let Some(refusal) = refuse(session, h, &r)? {
        return finish(session, h, refusal);
    }
    if r.header("upgrade").is_some_and(|u| u.eq_ignore_ascii_case("websocket")) {
        return upgrade(session, h, &r);
    }
    let answer = remote(session, h, |host| answer(host, &r));
    match answer {
        Ok(b) => finish(session, h, b),
        Err(e) if e.exit.is_some() => Err(e),
        Err(e) => {
            report(&e);
            finish(session, h, page("500 Internal Server Error", "text/plain", e.report().trim_end().as_bytes(), ""))
        }
    }
}

/// The response to a caller who may not come in, by `.z.ac` or by name and password.
fn refuse(session: &mut Session, h: i32, r: &Request) -> Result<Option<Vec<u8>>> {
    use base64::Engine;
    if let Some(f) = handler(session, ".z.ac") {
        let arg = Value::list(vec![Value::string(r.text.clone()), r.dict()]);
        let v = as_handle(session, h, |host| host.call(&f, vec![arg]));
        let v = match v {
            Ok(v) => v,
            Err(e) if e.exit.is_some() => return Err(e),
            Err(e) => {
                report(&e);
                return Ok(Some(unauthorized()));
            }
        };
        match v.at(0).as_long() {
            Some(1) => {
                let user = v.at(1).as_text().unwrap_or_default();
                with(session, |hs| {
                    hs.find(h)?.user = crate::value::Sym::new(&user);
                    Ok(())
                })?;
                return Ok(None);
            }
            Some(2) => return Ok(Some(v.at(1).as_bytes().unwrap_or_default())),
            Some(4) => {}
            _ => return Ok(Some(unauthorized())),
        }
    }
    let given = r
        .header("authorization")
        .and_then(|a| a.strip_prefix("Basic "))
        .and_then(|a| base64::engine::general_purpose::STANDARD.decode(a.trim()).ok());
    let text = given.map(|g| String::from_utf8_lossy(&g).into_owned()).unwrap_or_default();
    let (user, password) = text.split_once(':').unwrap_or((&text, ""));
    Ok(if admit(session, h, user, password)? { None } else { Some(unauthorized()) })
}

fn answer(host: &mut dyn Host, r: &Request) -> Result<Vec<u8>> {
    let text = |b: &[u8]| Value::vec(Ty::Char, Data::U8(b.to_vec().into()));
    let call = |host: &mut dyn Host, f: Value, arg: Value| -> Result<Vec<u8>> {
        host.call(&f, vec![arg])?.as_bytes().ok_or_else(Error::ty)
    };
    match r.method.as_str() {
        "GET" | "HEAD" => match handler(host, ".z.ph") {
            Some(f) => call(host, f, Value::list(vec![text(&r.text), r.dict()])),
            None => default_page(host, &r.text),
        },
        "POST" => match handler(host, ".z.pp") {
            Some(f) => {
                let all = if r.text.is_empty() { r.body.clone() } else { [&r.text, &b" "[..], &r.body].concat() };
                call(host, f, Value::list(vec![text(&all), r.dict()]))
            }
            None => Ok(page("501 Not Implemented", "text/plain", b"set .z.pp to answer POST", "")),
        },
        m => match handler(host, ".z.pm") {
            Some(f) => call(host, f, Value::list(vec![Value::sym(m), text(&r.text), r.dict()])),
            None => Ok(page("501 Not Implemented", "text/plain", b"set .z.pm to answer this method", "")),
        },
    }
}

/// Sends an answer and ends the connection after it.
fn finish(session: &mut Session, h: i32, answer: Vec<u8>) -> Result<bool> {
    let sent = with(session, |hs| {
        hs.push(h, answer)?;
        hs.find(h)?.closing = true;
        Ok(())
    });
    // the caller may have gone
    if sent.is_err() {
        hang_up(session, h)?;
    }
    Ok(false)
}

fn upgrade(session: &mut Session, h: i32, r: &Request) -> Result<bool> {
    let Some(key) = r.header("sec-websocket-key") else {
        return finish(session, h, page("400 Bad Request", "text/plain", b"400 Bad Request", ""));
    };
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        ws::accept(key)
    );
    with(session, |hs| {
        hs.push(h, answer.into_bytes())?;
        hs.find(h)?.proto = Proto::Ws(false);
        Ok(())
    })?;
    opened(session, h, ".z.wo")?;
    Ok(true)
}
