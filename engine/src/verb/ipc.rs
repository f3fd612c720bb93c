//! Handles: opening, applying, closing; messages and their handlers; serialisation verbs.

use super::{file, journal, lookup, system};
use crate::error::{Error, Result};
use crate::ipc::conn::{self, Address, Conn, Handles, PortSpec, Proto, Timer};
use crate::ipc::{self, Body, Kind, compress, tls, ws};
use crate::syntax::{self, Source};
use crate::value::code::Node;
use crate::value::func::Trap;
use crate::value::{Data, Host, Sym, Ty, Value, Verb};
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs `f` on the session's connections, which are made on first use.
pub fn with<R>(host: &mut dyn Host, f: impl FnOnce(&mut Handles) -> Result<R>) -> Result<R> {
    let slot = host.extension("handles");
    if slot.is_none() {
        *slot = Some(Box::new(Handles::new()?));
    }
    match slot.as_mut().and_then(|s| s.downcast_mut::<Handles>()) {
        Some(h) => f(h),
        None => Err(Error::new("handles")),
    }
}

/// Like [`with`] where nothing can be wrong if no connection was ever made.
fn peek<R>(host: &mut dyn Host, none: R, f: impl FnOnce(&mut Handles) -> R) -> R {
    match host.extension("handles").as_mut().and_then(|s| s.downcast_mut::<Handles>()) {
        Some(h) => f(h),
        None => none,
    }
}

/// A global handler such as `.z.pg`, if the program has set it.
pub fn handler(host: &mut dyn Host, name: &str) -> Option<Value> {
    host.peek(Sym::new(name)).filter(|v| !matches!(v, Value::Null))
}

/// Applies the keyword `value`, what messages get when no handler is set.
pub fn value_of(host: &mut dyn Host, v: Value) -> Result<Value> {
    match lookup("value").and_then(|v| v.monad) {
        Some(f) => f(host, v),
        None => Err(Error::nyi()),
    }
}

/// The lambda that a text from a message or a file is, in its context. Nothing is evaluated: text that is more than one
/// lambda is no lambda.
pub fn compile(context: Sym, text: &str) -> Result<Value> {
    let context = if context.is_null() { Sym::ROOT } else { context };
    let src = Source { origin: Arc::from(""), context, module: Sym::ROOT, k: false };
    match syntax::compile(text.trim(), &src)?.node {
        Node::Lambda(l) => Ok(Value::Lambda(l)),
        _ => Err(ipc::badmsg()),
    }
}

/// A message's bytes as what it carries.
pub fn decode(message: &[u8]) -> Result<Body> {
    ipc::decode_message(message, &mut compile)
}

/// Prints an error as the console does, to stderr; not one that was dealt with at the debug prompt.
pub fn report(e: &Error) {
    if !e.abandoned() {
        // nobody is left to tell when stderr is closed
        let _ = std::io::stderr().write_all(e.report().as_bytes());
    }
}

/// `Err` only for `exit`; every other error is printed.
pub fn settle<T>(r: Result<T>) -> Result<()> {
    match r {
        Err(e) if e.exit.is_some() => Err(e),
        Err(e) => {
            report(&e);
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}

/// Evaluates with `h` as the current handle (`.z.w`).
pub fn as_handle<R>(host: &mut dyn Host, h: i32, f: impl FnOnce(&mut dyn Host) -> Result<R>) -> Result<R> {
    use crate::access::{Reach, within};
    let (old, confined, blocked) =
        with(host, |hs| Ok((std::mem::replace(&mut hs.current, h), hs.restricted, hs.blocked)))?;
    let mut reach = Reach::ALL;
    if h != 0 && confined {
        reach = reach.and(Reach::CONFINED);
    }
    if h != 0 && blocked {
        reach = reach.and(Reach::BLOCKED);
    }
    let r = within(reach, || f(host));
    with(host, |hs| {
        hs.current = old;
        Ok(())
    })?;
    r
}

/// Evaluates what a remote caller asked for, its errors treated as `\e` says.
pub fn remote<R>(host: &mut dyn Host, h: i32, f: impl FnOnce(&mut dyn Host) -> Result<R>) -> Result<R> {
    let mode = match host.settings().error_trap {
        1 => Trap::Debug,
        2 => Trap::Trace,
        _ => Trap::Abort,
    };
    let before = host.trap(mode);
    let r = as_handle(host, h, f);
    host.trap(before);
    r
}

/// Runs the handler of a message and answers it if it asks for that. `Err` only for `exit`.
pub fn execute(host: &mut dyn Host, h: i32, message: &[u8]) -> Result<()> {
    let Some(kind) = compress::kind_of(message) else { return bad_message(host, h, message) };
    let asker = with(host, |hs| Ok(hs.id(h)))?;
    let body = match decode(message) {
        Ok(Body::Value(v)) => v,
        // an error that answers nothing
        Ok(Body::Error(e)) => {
            report(&Error::new(e));
            return Ok(());
        }
        Err(e) if e.kind == "badmsg" => return bad_message(host, h, message),
        Err(e) if kind == Kind::Sync => return respond(host, h, asker, Err(e)),
        Err(e) => return settle::<()>(Err(e)),
    };
    match kind {
        Kind::Response => {
            report(&Error::new(format!("response without a request on handle {h}")));
            Ok(())
        }
        Kind::Async => {
            let r = remote(host, h, |host| {
                journal::message(host, body, |host, body| match handler(host, ".z.ps") {
                    Some(f) => host.call(&f, vec![body]),
                    None => value_of(host, body),
                })
            });
            settle(r)
        }
        Kind::Sync => {
            let before = with(host, |hs| Ok(std::mem::replace(&mut hs.defer, false)))?;
            let r = remote(host, h, |host| {
                journal::message(host, body, |host, body| match handler(host, ".z.pg") {
                    Some(f) => host.call(&f, vec![known_text(body)]),
                    None => value_of(host, known_text(body)),
                })
            });
            let deferred = with(host, |hs| Ok(std::mem::replace(&mut hs.defer, before)))?;
            if let Err(e) = &r
                && e.exit.is_some()
            {
                return r.map(|_| ());
            }
            // \e 2: the caller gets the class alone, the levels are shown here
            if let Err(e) = &r
                && !e.trace.is_empty()
            {
                report(e);
            }
            if deferred && r.is_ok() {
                return with(host, |hs| {
                    if let Some(c) = hs.get_mut(h).filter(|c| Some(c.id) == asker) {
                        c.deferred += 1;
                    }
                    Ok(())
                });
            }
            respond(host, h, asker, r)
        }
    }
}

/// PyKX asks a fixed question in k when it looks up a name; the same question in q, which a handler such as `{value x}` can evaluate.
fn known_text(v: Value) -> Value {
    const ASKED: &[u8] =
        br#"k){x:. x;$[99h<@x;:`$"_pykx_fn_marker";99h~@x;if[` in!x;if[(::)~x`;:`$"_pykx_ctx_marker"]]]x}"#;
    const ANSWER: &str = "{x:value x;if[99h<type x;:`$\"_pykx_fn_marker\"];if[99h~type x;if[any`~/:key x;if[(::)~x`;:`$\"_pykx_ctx_marker\"]]];x}";
    match &v {
        Value::List(l) if l.first().and_then(Value::as_bytes).is_some_and(|t| t == ASKED) => {
            let mut items = l.to_vec();
            items[0] = Value::string(ANSWER);
            Value::list(items)
        }
        _ => v,
    }
}

/// Sends the answer to a sync request to the connection that asked; another may have its handle by now.
fn respond(host: &mut dyn Host, h: i32, asker: Option<u64>, r: Result<Value>) -> Result<()> {
    let m = match r.and_then(|v| ipc::encode_message(&v, Kind::Response)) {
        Ok(m) => m,
        Err(e) => ipc::encode_error(&e.kind, Kind::Response),
    };
    // a peer that has gone meanwhile is noticed by the loop
    let _ = with(host, |hs| if hs.id(h) == asker { queue(hs, h, m) } else { Ok(()) });
    Ok(())
}

/// Queues an IPC message, compressed where the peer is elsewhere and that pays.
pub(super) fn queue(hs: &mut Handles, h: i32, m: Vec<u8>) -> Result<()> {
    let c = hs.find(h)?;
    let m = if c.packs() { compress::pack(m) } else { m };
    hs.push(h, m)
}

/// What malformed input leads to: `.z.bm`, the connection closed, `.z.pc`, `'badmsg` on the console.
pub fn bad_message(host: &mut dyn Host, h: i32, bytes: &[u8]) -> Result<()> {
    if let Some(f) = handler(host, ".z.bm") {
        let arg = Value::list(vec![Value::int(h), Value::bytes(bytes.to_vec())]);
        let r = host.call(&f, vec![arg]);
        settle(r)?;
    }
    hang_up(host, h)?;
    report(&ipc::badmsg());
    Ok(())
}

/// Closes a connection that the peer has ended or lost, and tells the program.
pub fn hang_up(host: &mut dyn Host, h: i32) -> Result<()> {
    let Some(c) = with(host, |hs| Ok(hs.close(h)))? else { return Ok(()) };
    if let Some(why) = &c.fault {
        report(&Error::new(format!("tls handle {h}: {why}")));
    }
    let name = match c.proto {
        Proto::Q => ".z.pc",
        Proto::Ws(_) => ".z.wc",
        _ => return Ok(()),
    };
    drop(c);
    match handler(host, name) {
        Some(f) => {
            let r = as_handle(host, 0, |host| host.call(&f, vec![Value::int(h)]));
            settle(r)
        }
        None => Ok(()),
    }
}

fn as_h(v: &Value) -> Result<i32> {
    v.as_long().and_then(|h| i32::try_from(h).ok()).ok_or_else(Error::ty)
}

/// The address that a value names, with the timeout; `Ok(None)` where it names a file.
fn address(v: &Value) -> Result<Option<(Address, Option<Duration>)>> {
    crate::value::stack::check()?;
    if let Some(p) = v.as_long() {
        let port = u16::try_from(p).map_err(|_| Error::domain())?;
        return Ok(Some((Address::local(port), None)));
    }
    if v.len() == 2 && !v.is_string() && v.is_list() {
        let ms = v.at(1).as_long().ok_or_else(Error::ty)?;
        let t = u64::try_from(ms).ok().filter(|&t| t > 0).map(Duration::from_millis);
        return Ok(address(&v.at(0))?.map(|(a, _)| (a, t)));
    }
    let text = v.as_text().ok_or_else(Error::ty)?;
    if !v.is_string() && !text.starts_with(':') {
        return Err(Error::ty());
    }
    Ok(Address::parse(&text)?.map(|a| (a, None)))
}

/// The settings of TLS, as the session's environment has them.
pub fn tls_settings(host: &mut dyn Host) -> tls::Settings {
    tls::Settings::read(|name| system::environment(host, name))
}

/// Makes what connecting to `a` by TLS needs.
fn prepare(host: &mut dyn Host, a: &Address) -> Result<()> {
    if !a.tls {
        return Ok(());
    }
    let client = tls::Client::new(&tls_settings(host))?;
    with(host, |hs| {
        hs.tls_client = Some(client);
        Ok(())
    })
}

/// Connects to a process: the handle.
pub fn connect(host: &mut dyn Host, a: &Address, timeout: Option<Duration>) -> Result<i32> {
    prepare(host, a)?;
    with(host, |hs| hs.open_q(a, timeout))
}

/// `-E`: what the port speaks. 0 plain, 1 TLS as well, 2 TLS alone.
pub fn serve_tls(host: &mut dyn Host, mode: i64) -> Result<()> {
    let server = if mode == 0 { None } else { Some(Arc::new(tls::Server::new(&tls_settings(host), mode == 2)?)) };
    with(host, |hs| {
        hs.tls = server;
        Ok(())
    })
}

/// `\E`
pub fn tls_mode(host: &mut dyn Host) -> i32 {
    peek(host, 0, |hs| hs.tls.as_ref().map_or(0, |t| if t.only { 2 } else { 1 }))
}

fn hopen(host: &mut dyn Host, v: Value) -> Result<Value> {
    if let Some((a, t)) = address(&v)? {
        connect(host, &a, t).map(Value::int)
    } else {
        let name = if v.as_text().is_some() { v } else { v.at(0) };
        let text = name.as_text().ok_or_else(Error::ty)?;
        let path = text.strip_prefix(':').unwrap_or(&text);
        let fifo = path.strip_prefix("fifo://");
        file::hopen_file(host, std::path::Path::new(fifo.unwrap_or(path)), fifo.is_some())
    }
}

fn hclose(host: &mut dyn Host, v: Value) -> Result<Value> {
    let h = as_h(&v)?.abs();
    let ws = with(host, |hs| Ok(hs.get(h).map(|c| c.proto)))?;
    match ws {
        Some(p) => {
            if let Proto::Ws(client) = p {
                // the closing frame is a courtesy: whether it still goes out does not matter
                let _ = with(host, |hs| {
                    hs.push(h, ws::frame(ws::CLOSE, &[], client.then(mask)))?;
                    hs.send_queued();
                    Ok(())
                });
            }
            with(host, |hs| Ok(hs.close(h)))?;
        }
        None if file::hclose_file(host, i64::from(h))? => {}
        None => return Err(conn::gone(h)),
    }
    Ok(Value::Null)
}

/// A mask for a client's websocket frame. It need only vary: it guards caches, not secrets.
fn mask() -> [u8; 4] {
    use std::hash::{BuildHasher, Hasher};
    let n = std::hash::RandomState::new().build_hasher().finish();
    (n as u32).to_le_bytes()
}

/// Applies a handle to an argument: `h x`, `neg[h] x`, `0 x`, `-1 x`.
///
/// The argument is `Null` for `h[]`.
pub fn apply_handle(host: &mut dyn Host, handle: i64, arg: Value) -> Result<Value> {
    let n = i32::try_from(handle).map_err(|_| Error::domain())?;
    let h = n.checked_abs().ok_or_else(Error::domain)?;
    match h {
        0 => {
            // it would be a way around what the caller may not do
            crate::ensure!(!restricted(host) && !blocked(host), "restricted");
            return as_handle(host, 0, |host| {
                journal::to_self(host, arg, |host, arg| match handler(host, ".z.ps") {
                    Some(f) => host.call(&f, vec![arg]),
                    None => value_of(host, arg),
                })
            });
        }
        1 | 2 => {
            print(h, &arg, n < 0)?;
            return Ok(Value::long(handle));
        }
        _ => {}
    }
    let Some(proto) = with(host, |hs| Ok(hs.get(h).map(|c| c.proto)))? else {
        if !file::is_file_handle(host, i64::from(h)) {
            // there is nothing to read from what is no connection
            return Err(if matches!(arg, Value::Null) { Error::ty() } else { conn::gone(h) });
        }
        return if n < 0 { file::write_text(host, handle, &arg) } else { file::write_handle(host, handle, &arg) };
    };
    match (proto, n < 0) {
        (Proto::Ws(_), false) => Err(Error::nyi()),
        (Proto::Ws(client), true) => {
            if matches!(arg, Value::Null) {
                return with(host, |hs| hs.flush(h)).map(|()| Value::Null);
            }
            let (op, bytes) = match &arg {
                Value::U8(Ty::Byte, b) => (ws::BINARY, vec![*b]),
                Value::Vec(v) if v.ty == Ty::Byte => match &v.data {
                    Data::U8(b) => (ws::BINARY, b.to_vec()),
                    _ => return Err(Error::ty()),
                },
                v => (ws::TEXT, v.as_bytes().ok_or_else(Error::ty)?),
            };
            with(host, |hs| hs.push(h, ws::frame(op, &bytes, client.then(mask)))).map(|()| Value::Null)
        }
        (_, true) => {
            if matches!(arg, Value::Null) {
                return with(host, |hs| hs.flush(h)).map(|()| Value::Null);
            }
            let m = ipc::encode_message(&arg, Kind::Async)?;
            with(host, |hs| queue(hs, h, m)).map(|()| Value::Null)
        }
        (_, false) if matches!(arg, Value::Null) => wait_async(host, h),
        (_, false) => ask(host, h, &arg),
    }
}

/// Sends a sync request and waits for its answer; other messages on the handle are served meanwhile. When the wait is
/// interrupted the connection ends, as on kdb+: the answer, when it came, would pass for that of the next request.
fn ask(host: &mut dyn Host, h: i32, arg: &Value) -> Result<Value> {
    let m = ipc::encode_message(arg, Kind::Sync)?;
    let asked = with(host, |hs| {
        queue(hs, h, m)?;
        Ok(hs.id(h))
    })?;
    let sent = with(host, |hs| hs.flush(h));
    given_up(host, h, sent)?;
    loop {
        let got = with(host, |hs| hs.receive(h));
        let m = given_up(host, h, got)?;
        if compress::kind_of(&m) == Some(Kind::Response) {
            return match decode(&m) {
                Ok(Body::Value(v)) => Ok(v),
                Ok(Body::Error(e)) => Err(Error::new(e)),
                Err(e) => {
                    if e.kind == "badmsg" {
                        bad_message(host, h, &m)?;
                    }
                    Err(e)
                }
            };
        }
        meanwhile(host, h, &m)?;
        if with(host, |hs| Ok(hs.id(h)))? != asked {
            // closed by what was handled, and the handle may be another's by now
            return Err(Error::new(format!("close handle: {h}")));
        }
    }
}

/// The connection ends where waiting for its answer failed.
fn given_up<T>(host: &mut dyn Host, h: i32, r: Result<T>) -> Result<T> {
    if r.is_err() {
        with(host, |hs| {
            hs.abandon(h);
            Ok(())
        })?;
    }
    r
}

/// Handles a message that came while another was awaited, and sends what that leaves to send.
fn meanwhile(host: &mut dyn Host, h: i32, m: &[u8]) -> Result<()> {
    execute(host, h, m)?;
    with(host, |hs| {
        for lost in hs.send_queued() {
            hs.again(lost);
        }
        hs.flush(h)
    })
}

/// `h[]`: the next async message, unevaluated. Sync requests of the peer are served meanwhile.
fn wait_async(host: &mut dyn Host, h: i32) -> Result<Value> {
    with(host, |hs| hs.flush(h))?;
    loop {
        let m = with(host, |hs| hs.receive(h))?;
        if compress::kind_of(&m) == Some(Kind::Sync) {
            meanwhile(host, h, &m)?;
            continue;
        }
        return match decode(&m)? {
            Body::Value(v) => Ok(v),
            Body::Error(e) => Err(Error::new(e)),
        };
    }
}

/// Applies a symbol or string such as `` `:host:port `` to a query: connect, ask, close.
pub fn apply_address(host: &mut dyn Host, at: &Value, query: Value) -> Result<Value> {
    let text = if at.is_list() && !at.is_string() { at.at(0).as_text() } else { at.as_text() }.ok_or_else(Error::ty)?;
    let plain = text.strip_prefix(':').unwrap_or(&text);
    if let Some((scheme @ ("http" | "https" | "ws" | "wss"), rest)) = plain.split_once("://") {
        let tls = scheme.ends_with('s') && scheme != "ws";
        let a = Address::parse(&format!(":{}", with_port(rest, tls)))?.ok_or_else(Error::domain)?;
        let a = Address { tls, ..a };
        prepare(host, &a)?;
        let request = query.as_bytes().ok_or_else(Error::ty)?;
        return if scheme.starts_with("http") {
            with(host, |hs| hs.http(&a, request, None)).map(Value::string)
        } else {
            open_ws(host, &a, request)
        };
    }
    let (a, t) = address(at)?.ok_or_else(Error::ty)?;
    let h = connect(host, &a, t)?;
    let r = ask(host, h, &query);
    with(host, |hs| Ok(hs.close(h)))?;
    r
}

/// `host` or `host:port` with any path cut off, the port of HTTP or HTTPS filled in.
fn with_port(rest: &str, tls: bool) -> String {
    let host = rest.split('/').next().unwrap_or(rest);
    if host.contains(':') { host.to_owned() } else { format!("{host}:{}", if tls { 443 } else { 80 }) }
}

/// Opens a websocket as a client: (handle;response), the handle null where the server declines.
fn open_ws(host: &mut dyn Host, a: &Address, request: Vec<u8>) -> Result<Value> {
    use base64::Engine;
    let key = base64::engine::general_purpose::STANDARD.encode([mask(), mask(), mask(), mask()].concat());
    let head = request.strip_suffix(b"\r\n\r\n").unwrap_or(&request);
    let mut full = head.to_vec();
    full.extend_from_slice(
        format!("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").as_bytes(),
    );
    let (h, answer) = with(host, |hs| hs.open_raw(a, full))?;
    let ok = answer.starts_with(b"HTTP/1.1 101");
    with(host, |hs| {
        if ok {
            hs.find(h)?.proto = Proto::Ws(true);
            hs.again(h);
        } else {
            hs.close(h);
        }
        Ok(())
    })?;
    Ok(Value::list(vec![Value::int(if ok { h } else { i32::MIN }), Value::string(answer)]))
}

/// The text of a value that can be printed, each piece with a newline if `lines`.
fn text_of(v: &Value, out: &mut Vec<u8>, lines: bool) -> Result<()> {
    crate::value::stack::check()?;
    match v {
        Value::Vec(x) if matches!(x.ty, Ty::Char | Ty::Byte) => {
            let Data::U8(b) = &x.data else { return Err(Error::ty()) };
            out.extend_from_slice(b);
        }
        Value::U8(Ty::Char | Ty::Byte, b) => out.push(*b),
        Value::Sym(s) => out.extend_from_slice(s.bytes()),
        Value::Vec(x) if x.ty == Ty::Sym => return v.items().iter().try_for_each(|v| text_of(v, out, lines)),
        Value::List(l) => return l.iter().try_for_each(|v| text_of(v, out, lines)),
        Value::Null => return Ok(()),
        _ => return Err(Error::ty()),
    }
    if lines {
        out.push(b'\n');
    }
    Ok(())
}

/// Writes to stdout or stderr: text as it is, or each text with a newline.
fn print(h: i32, v: &Value, lines: bool) -> Result<()> {
    let mut out = Vec::new();
    text_of(v, &mut out, lines)?;
    let name = if h == 1 { "stdout" } else { "stderr" };
    let r = if h == 1 {
        let mut o = std::io::stdout().lock();
        o.write_all(&out).and_then(|()| o.flush())
    } else {
        std::io::stderr().lock().write_all(&out)
    };
    r.map_err(|e| Error::os(name, &e))
}

/// Values of `.z` that connections determine: `w W H u a e`. None for any other name.
pub fn dotz(host: &mut dyn Host, name: &str) -> Option<Value> {
    let current = peek(host, 0, |hs| hs.current);
    Some(match name {
        "w" => Value::int(current),
        "u" => match peek(host, None, |hs| hs.get(current).map(|c| c.user)) {
            Some(u) => Value::Sym(u),
            None => Value::sym(conn::os_user()),
        },
        "a" => match peek(host, None, |hs| hs.get(current).map(|c| c.addr)) {
            Some(a) => Value::int(a),
            None => Value::int(own_address()),
        },
        "W" => {
            let open = peek(host, vec![], |hs| hs.open().map(|c| (c.handle(), c.queued() as i64)).collect());
            let (h, n): (Vec<i32>, Vec<i64>) = open.into_iter().unzip();
            Value::dict(sorted(h), Value::longs(n))
        }
        "e" => match peek(host, None, |hs| hs.get(current).map(Conn::security)) {
            Some(v) => v,
            None => tls::describe(None),
        },
        "H" => sorted(peek(host, vec![], |hs| hs.open().map(Conn::handle).collect())),
        _ => return None,
    })
}

fn sorted(h: Vec<i32>) -> Value {
    let mut v = crate::value::Vector::new(Ty::Int, Data::I32(h.into()));
    v.attr = crate::value::Attr::Sorted;
    Value::Vec(Arc::new(v))
}

/// This host's IPv4 address, 127.0.0.1 where its name does not resolve.
fn own_address() -> i32 {
    use std::net::ToSocketAddrs;
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let found = (name.as_str(), 0).to_socket_addrs().ok().and_then(|mut a| {
        a.find_map(|a| match a.ip() {
            std::net::IpAddr::V4(v) => Some(i32::from_be_bytes(v.octets())),
            std::net::IpAddr::V6(_) => None,
        })
    });
    found.unwrap_or(0x7f00_0001)
}

/// The next line of stdin (`read0 0`), waited for; None at its end.
pub fn read_console(host: &mut dyn Host) -> Result<Option<String>> {
    use ipc::console::Line;
    // with no reader running (a script is being loaded), stdin is read here
    let Some(mut c) = with(host, |hs| Ok(hs.console.take()))? else {
        let mut line = String::new();
        let n = std::io::stdin().read_line(&mut line).map_err(|e| Error::os("stdin", &e))?;
        return Ok((n > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned()));
    };
    let l = c.wait("");
    with(host, |hs| {
        hs.console = Some(c);
        Ok(())
    })?;
    match l {
        Line::Text(t) => Ok(Some(t)),
        Line::Abandoned => Err(Error::new("stop")),
        Line::End => Ok(None),
    }
}

/// The next line that a person types at `prompt`.
pub fn prompt_console(host: &mut dyn Host, prompt: &str) -> Result<ipc::console::Line> {
    let Some(mut c) = with(host, |hs| Ok(hs.console.take()))? else { return Ok(ipc::console::Line::End) };
    let l = c.wait(prompt);
    with(host, |hs| {
        hs.console = Some(c);
        Ok(())
    })?;
    Ok(l)
}

/// True where system commands are closed to the one who asks (`-u`, remote caller).
pub fn restricted(host: &mut dyn Host) -> bool {
    peek(host, false, |hs| hs.restricted && hs.current != 0)
}

/// `\_`: remote callers cannot change anything (`-b`).
pub fn blocked(host: &mut dyn Host) -> bool {
    peek(host, false, |hs| hs.blocked)
}

/// True where handlers cannot be reset by `\x`: with a password file, or `-b`.
pub fn handlers_fixed(host: &mut dyn Host) -> bool {
    peek(host, false, |hs| hs.blocked || hs.users.is_some())
}

/// `\u`: reads the password file again.
pub fn reload_users(host: &mut dyn Host) -> Result<Value> {
    with(host, |hs| {
        if let Some(u) = &hs.users {
            hs.users = Some(conn::Users::read(&u.path)?);
        }
        Ok(Value::Null)
    })
}

/// `\p` and `system"p"`: the listening port, or listening on another.
pub fn port(host: &mut dyn Host, spec: Option<&str>) -> Result<Value> {
    match spec.map(str::trim).filter(|s| !s.is_empty()) {
        None => Ok(Value::int(peek(host, 0, |hs| i32::from(hs.port())))),
        Some(s) => {
            let spec = PortSpec::parse(s)?;
            with(host, |hs| hs.listen(&spec))?;
            Ok(Value::Null)
        }
    }
}

/// `\t` and `system"t"` with a number: the timer's period in milliseconds, or a new one (0 stops it).
pub fn timer(host: &mut dyn Host, ms: Option<i64>) -> Result<Value> {
    match ms {
        None => Ok(Value::int(peek(host, 0, |hs| hs.timer.every as i32))),
        Some(ms) => {
            let every = ms.max(0);
            let wait = Duration::from_millis(every as u64);
            with(host, |hs| {
                hs.timer = Timer { every, next: Instant::now() + wait };
                Ok(Value::Null)
            })
        }
    }
}

fn to_bytes(_: &mut dyn Host, v: Value) -> Result<Value> {
    ipc::encode_message(&v, Kind::Async).map(Value::bytes)
}

fn bytes_of(v: &Value) -> Result<&[u8]> {
    match v {
        Value::Vec(x) if x.ty == Ty::Byte => match &x.data {
            Data::U8(b) => Ok(b),
            _ => Err(Error::ty()),
        },
        _ => Err(Error::ty()),
    }
}

fn from_bytes(_: &mut dyn Host, v: Value) -> Result<Value> {
    match decode(bytes_of(&v)?)? {
        Body::Value(v) => Ok(v),
        Body::Error(e) => Err(Error::new(e)),
    }
}

fn to_packed(_: &mut dyn Host, v: Value) -> Result<Value> {
    ipc::encode_message(&v, Kind::Async).map(|m| Value::bytes(compress::pack(m)))
}

fn packed_len(_: &mut dyn Host, v: Value) -> Result<Value> {
    Ok(Value::count(ipc::object_size(&v)? + ipc::frame::HEADER))
}

/// `-25!(handles;message)`
fn broadcast(host: &mut dyn Host, v: Value) -> Result<Value> {
    if v.len() != 2 || !v.is_list() {
        return Err(Error::ty());
    }
    let to = v.at(0);
    let to: Vec<i32> = to.items().iter().map(as_h).collect::<Result<_>>()?;
    let message = v.at(1);
    with(host, |hs| match to.iter().find(|&&h| h <= 0 || hs.get(h).is_none_or(|c| c.proto != Proto::Q)) {
        Some(h) => Err(Error::new(format!("{h} is not an ipc handle"))),
        None => Ok(()),
    })?;
    if matches!(message, Value::Null) {
        return with(host, |hs| to.iter().try_for_each(|&h| hs.flush(h)).map(|()| Value::Null));
    }
    let plain = Arc::new(ipc::encode_message(&message, Kind::Async)?);
    with(host, |hs| {
        let mut packed: Option<Arc<Vec<u8>>> = None;
        for h in to {
            let c = hs.find(h)?;
            if c.packs() {
                let p = packed.get_or_insert_with(|| Arc::new(compress::pack(plain.to_vec()))).clone();
                hs.push_shared(h, &p)?;
            } else {
                hs.push_shared(h, &plain)?;
            }
        }
        Ok(Value::Null)
    })
}

/// `-26!()`: the settings; `-26!h`: what is spoken on a handle.
fn security(host: &mut dyn Host, v: Value) -> Result<Value> {
    if matches!(v, Value::Null) || v.is_empty() {
        return Ok(tls_settings(host).show());
    }
    let h = as_h(&v)?;
    with(host, |hs| hs.find(h).map(|c| c.security()))
}

/// `-30!(::)`, `-30!(handle;isError;message)`
fn defer(host: &mut dyn Host, v: Value) -> Result<Value> {
    if matches!(v, Value::Null) {
        return with(host, |hs| {
            hs.defer = true;
            Ok(Value::Null)
        });
    }
    if v.len() != 3 {
        return Err(Error::length());
    }
    let h = as_h(&v.at(0))?;
    let failed = match v.at(1) {
        Value::U8(Ty::Bool, b) => b != 0,
        _ => return Err(Error::ty()),
    };
    with(host, |hs| {
        let c = hs.get_mut(h).filter(|c| c.proto == Proto::Q).ok_or_else(Error::domain)?;
        if c.deferred == 0 {
            return Err(Error::new(format!("Handle {h} was not expecting a response msg")));
        }
        Ok(())
    })?;
    let m = if failed {
        ipc::encode_error(&v.at(2).as_text().ok_or_else(Error::ty)?, Kind::Response)
    } else {
        ipc::encode_message(&v.at(2), Kind::Response)?
    };
    with(host, |hs| {
        hs.find(h)?.deferred -= 1;
        queue(hs, h, m)
    })?;
    Ok(Value::Null)
}

/// `-38!handles`: protocol, family, compression, messages and bytes not sent.
fn sockets(host: &mut dyn Host, v: Value) -> Result<Value> {
    let names: Vec<Sym> = ["p", "f", "z", "n", "m"].into_iter().map(Sym::from).collect();
    let atom = v.is_atom();
    let hs: Vec<i32> = v.items().iter().map(as_h).collect::<Result<_>>()?;
    let (mut p, mut f, mut z, mut n, mut m) = (vec![], vec![], vec![], vec![], vec![]);
    with(host, |all| {
        for h in &hs {
            let c = all.get(*h).ok_or_else(Error::domain)?;
            p.push(if c.proto == Proto::Q { b'q' } else { b'w' });
            f.push(if c.is_tcp() { b't' } else { b'u' });
            z.push(c.packs() && c.proto == Proto::Q);
            n.push(c.unsent() as i64);
            m.push(c.queued() as i64);
        }
        Ok(())
    })?;
    let t = Value::table(
        names,
        vec![Value::string(p), Value::string(f), Value::bools(z), Value::longs(n), Value::longs(m)],
    );
    Ok(if atom { t.at(0) } else { t })
}

/// `.Q.ipc[h;([z:0b])]`: compression of what is sent on a handle, off or on.
fn settings(host: &mut dyn Host, h: Value, d: Value) -> Result<Value> {
    let h = as_h(&h)?;
    let Value::Dict(d) = &d else { return Err(Error::ty()) };
    let on = match d.get(Sym::new("z")) {
        Some(Value::U8(Ty::Bool, b)) => b != 0,
        _ => return Err(Error::ty()),
    };
    with(host, |hs| {
        hs.get_mut(h).filter(|c| c.proto == Proto::Q).ok_or_else(Error::domain)?.compress = on;
        Ok(Value::Null)
    })
}

pub static VERBS: &[Verb] = &[
    Verb {
        name: ".Q.ipc",
        dyad: Some(settings),
        doc: "compression of what is sent on a handle, off or on",
        ..Verb::BLANK
    },
    Verb { name: "hopen", monad: Some(hopen), doc: "connects to a process or opens a file: a handle", ..Verb::BLANK },
    Verb { name: "hclose", monad: Some(hclose), doc: "closes a handle", ..Verb::BLANK },
    Verb {
        name: "-8!",
        monad: Some(to_bytes),
        doc: "serialises: the IPC bytes of a value",
        examples: &[("-8!1i", "0x010000000d000000fa01000000")],
        ..Verb::BLANK
    },
    Verb {
        name: "-9!",
        monad: Some(from_bytes),
        doc: "the value of IPC bytes",
        examples: &[("-9!-8!`a`b!(1 2;\"xy\")", "`a`b!(1 2;\"xy\")")],
        ..Verb::BLANK
    },
    Verb {
        name: "-18!",
        monad: Some(to_packed),
        doc: "serialises and compresses as IPC does",
        examples: &[("count -18!til 1000", "3276")],
        ..Verb::BLANK
    },
    Verb {
        name: "-22!",
        monad: Some(packed_len),
        doc: "number of bytes that -8! makes",
        examples: &[("-22!til 1000", "8014")],
        ..Verb::BLANK
    },
    Verb { name: "-25!", monad: Some(broadcast), doc: "sends one async message to several handles", ..Verb::BLANK },
    Verb {
        name: "-26!",
        monad: Some(security),
        doc: "TLS settings of the process; of a handle, what is spoken on it",
        ..Verb::BLANK
    },
    Verb { name: "-30!", monad: Some(defer), doc: "defers the response to a sync request, or sends it", ..Verb::BLANK },
    Verb { name: "-38!", monad: Some(sockets), doc: "what is known of sockets", ..Verb::BLANK },
];
