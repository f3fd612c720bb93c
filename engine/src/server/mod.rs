//! The loop that serves a session: port, connections, timer, console. One thread evaluates.

pub mod http;
pub mod input;
#[cfg(target_os = "linux")]
pub mod profile;

use crate::error::{Error, Result};
use crate::eval::Session;
use crate::ipc::conn::{Conn, Fill, MAX_HELLO, Proto};
use crate::ipc::console::Line;
use crate::ipc::{Handles, ws};
use crate::value::{Data, Host, Sym, Ty, Value};
use crate::verb::ipc::{as_handle, bad_message, execute, handler, hang_up, remote, report, settle, value_of, with};
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// Set by SIGTERM: the loop ends as `exit 0` would.
pub static TERMINATE: AtomicBool = AtomicBool::new(false);
/// True while something is evaluated, so that Ctrl-C has something to interrupt.
pub static BUSY: AtomicBool = AtomicBool::new(false);

/// Messages of one connection in a row before the others get their turn.
const TURN: usize = 512;

/// Serves until the program exits or nothing can happen any more; the status to end with.
///
/// With `failed` (the script ended in an error and nobody is at a console) it ends with status 1 once stdin has ended,
/// rather than serve half a program.
pub fn run(session: &mut Session, failed: bool) -> i32 {
    match serve(session, failed) {
        Ok(()) => exit(session, i32::from(failed)),
        Err(e) => {
            if let Some(code) = e.exit {
                exit(session, code)
            } else {
                report(&e);
                exit(session, 1)
            }
        }
    }
}

/// Runs `.z.exit` and returns the status.
pub fn exit(session: &mut Session, code: i32) -> i32 {
    if let Some(f) = handler(session, ".z.exit") {
        let r = as_handle(session, 0, |host| host.call(&f, vec![Value::int(code)]));
        if let Err(e) = r
            && e.exit.is_none()
        {
            report(&e);
        }
    }
    // stdout may be closed; the status is what is left to say
    let _ = std::io::stdout().flush();
    code
}

fn serve(session: &mut Session, failed: bool) -> Result<()> {
    let mut events = mio::Events::with_capacity(256);
    loop {
        if TERMINATE.load(Ordering::Relaxed) {
            return Err(Error::exit(0));
        }
        let lost = with(session, |hs| Ok(hs.send_queued()))?;
        for h in lost {
            hang_up(session, h)?;
        }
        if console(session)? {
            continue;
        }
        let limit = with(session, |hs| {
            Ok((hs.timer.every > 0).then(|| hs.timer.next.saturating_duration_since(Instant::now())))
        })?;
        let (ended, alive) = with(session, |hs| Ok((hs.console.as_ref().is_none_or(|c| c.ended), hs.alive())))?;
        if ended && (failed || !alive) {
            return Ok(());
        }
        // connections closed since may have made room
        with(session, |hs| {
            if hs.stalled {
                hs.accept();
            }
            Ok(())
        })?;
        let callers = with(session, |hs| hs.turn(&mut events, limit))?;
        if callers {
            with(session, |hs| {
                hs.accept();
                Ok(())
            })?;
        }
        for h in with(session, |hs| Ok(hs.take_ready()))? {
            if let Err(e) = busy(|| service(session, h)) {
                if e.exit.is_some() {
                    return Err(e);
                }
                // the connection went away while its own message was handled: nobody is left to be told
                hang_up(session, h)?;
            }
        }
        tick(session)?;
    }
}

/// Runs `f` as something that Ctrl-C may interrupt.
pub fn busy<R>(f: impl FnOnce() -> R) -> R {
    BUSY.store(true, Ordering::Relaxed);
    let r = f();
    BUSY.store(false, Ordering::Relaxed);
    // a Ctrl-C that came too late to stop anything is void
    crate::eval::INTERRUPT.store(false, Ordering::Relaxed);
    crate::ipc::conn::INTERRUPT.store(false, Ordering::Relaxed);
    r
}

/// When the remote query that is running must stop, in milliseconds since `EPOCH`; 0 for never.
static DEADLINE: AtomicU64 = AtomicU64::new(0);
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Runs a remote query under the time limit of `-T`.
fn limited(session: &mut Session, f: impl FnOnce(&mut Session) -> Result<()>) -> Result<()> {
    let seconds = session.settings().timeout;
    if seconds <= 0 {
        return f(session);
    }
    static WATCH: std::sync::Once = std::sync::Once::new();
    WATCH.call_once(|| {
        // without the thread queries run without a limit, which is no reason to refuse them
        let _ = std::thread::Builder::new().name("timeout".into()).spawn(|| {
            loop {
                std::thread::sleep(Duration::from_millis(50));
                let end = DEADLINE.load(Ordering::Relaxed);
                let late = end != 0 && EPOCH.elapsed().as_millis() as u64 >= end;
                // not when that query has ended meanwhile and another runs
                if late && DEADLINE.compare_exchange(end, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                    interrupt();
                }
            }
        });
    });
    DEADLINE.store(EPOCH.elapsed().as_millis() as u64 + seconds as u64 * 1000, Ordering::Relaxed);
    let r = f(session);
    DEADLINE.store(0, Ordering::Relaxed);
    r
}

fn interrupt() {
    crate::eval::INTERRUPT.store(true, Ordering::Relaxed);
    crate::ipc::conn::INTERRUPT.store(true, Ordering::Relaxed);
}

/// Starts listening to signals: SIGINT interrupts what runs (and ends an idle process without a terminal),
/// SIGTERM ends the process by way of `.z.exit`.
pub fn signals(waker: Arc<mio::Waker>, interactive: bool) -> Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]).map_err(|e| Error::os("signal", &e))?;
    let watch = move || {
        for s in signals.forever() {
            let running = BUSY.load(Ordering::Relaxed);
            if running {
                interrupt();
            }
            if s == SIGTERM || (!running && !interactive) {
                TERMINATE.store(true, Ordering::Relaxed);
                // the loop looks at the flag in its next turn in any case
                let _ = waker.wake();
            }
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(watch).map(|_| ()).map_err(|e| Error::os("signal", &e))
}

/// Calls `.z.ts` when it is due. A tick that was missed is not made up for.
fn tick(session: &mut Session) -> Result<()> {
    let now = Instant::now();
    let late = with(session, |hs| {
        let t = &mut hs.timer;
        if t.every == 0 || now < t.next {
            return Ok(None);
        }
        let late = now - t.next;
        let every = Duration::from_millis(t.every as u64);
        t.next += every;
        if t.next <= now {
            t.next = now + every;
        }
        Ok(Some(late))
    })?;
    let Some(late) = late else { return Ok(()) };
    let Some(f) = handler(session, ".z.ts") else { return Ok(()) };
    let due = crate::value::temporal::now_utc() - i64::try_from(late.as_nanos()).unwrap_or(0);
    let r = busy(|| session.call(&f, vec![Value::I64(Ty::Timestamp, due)]));
    settle(r)
}

/// Takes one line from the console, if one is there.
fn console(session: &mut Session) -> Result<bool> {
    let Some(mut c) = with(session, |hs| Ok(hs.console.take()))? else { return Ok(false) };
    if c.interactive() {
        let prompt = session.prompt();
        c.prompt(&prompt, || names(session));
    }
    let line = c.take();
    with(session, |hs| {
        hs.console = Some(c);
        Ok(())
    })?;
    match line {
        None | Some(Line::End) => Ok(false),
        Some(Line::Abandoned) => Ok(true),
        Some(Line::Text(t)) => {
            busy(|| typed(session, &t))?;
            Ok(true)
        }
    }
}

/// What completion offers: keywords, globals and the functions of namespaces.
fn names(session: &mut Session) -> Vec<String> {
    let mut v: Vec<String> =
        crate::verb::all().map(|v| v.name.to_owned()).filter(|n| n.len() > 1 && !n.contains('!')).collect();
    v.extend(session.names(Sym::ROOT).iter().map(|s| s.text().into_owned()));
    for space in session.names(Sym::NULL) {
        let full = format!(".{}", space.text());
        v.extend(session.names(Sym::new(&full)).iter().map(|s| format!("{full}.{}", s.text())));
    }
    let here = session.context();
    v.extend(session.names(here).iter().map(|s| s.text().into_owned()));
    v.sort();
    v.dedup();
    v
}

/// Evaluates a console line and prints its value.
fn typed(session: &mut Session, line: &str) -> Result<()> {
    let r = match handler(session, ".z.pi") {
        // the handler gets the line with its newline and prints for itself
        Some(f) => session.call(&f, vec![Value::string(format!("{line}\n"))]).map(|_| ()),
        None => session.eval_line(line).map(|v| {
            if let Some(v) = v {
                let text = session.render(&v);
                let mut out = std::io::stdout().lock();
                // a closed stdout cannot be told about
                let _ = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n"));
            }
        }),
    };
    let _ = std::io::stdout().flush();
    settle(r)
}

/// Reads a connection and handles what has arrived whole.
fn service(session: &mut Session, h: i32) -> Result<()> {
    let fill = with(session, |hs| Ok(hs.get_mut(h).map(Conn::fill_turn)))?;
    let Some(fill) = fill else { return Ok(()) };
    let mut steps = 0;
    while steps < TURN && step(session, h)? {
        steps += 1;
    }
    let more = with(session, |hs| {
        let open = hs.get_mut(h).map(|c| c.crowded = steps == TURN).is_some();
        if open && (steps == TURN || fill == Fill::More) {
            hs.again(h);
        }
        Ok(open && steps < TURN && hs.get(h).is_some_and(|c| c.dead))
    })?;
    if more { hang_up(session, h) } else { Ok(()) }
}

/// Handles one message, request or greeting; false when there is none.
fn step(session: &mut Session, h: i32) -> Result<bool> {
    let Some(proto) = with(session, |hs| Ok(hs.get(h).map(|c| c.proto)))? else { return Ok(false) };
    match proto {
        Proto::Q => match with(session, |hs| Ok(hs.find(h)?.message()))? {
            Ok(None) => Ok(false),
            Ok(Some(m)) => {
                let blocked = with(session, |hs| Ok(hs.blocked))?;
                // messages run in the root, wherever the console is
                let here = session.context();
                session.set_context(Sym::ROOT);
                let r =
                    limited(session, |s| if blocked { s.restricted(|s| execute(s, h, &m)) } else { execute(s, h, &m) });
                session.set_context(here);
                r?;
                Ok(true)
            }
            Err(_) => {
                let raw = with(session, |hs| Ok(hs.find(h)?.received().to_vec()))?;
                bad_message(session, h, &raw)?;
                Ok(false)
            }
        },
        Proto::New => greet(session, h),
        Proto::Http => http::request(session, h),
        Proto::Ws(_) => websocket(session, h),
    }
}

/// Reads the greeting of a new connection: credentials of IPC, or an HTTP request.
fn greet(session: &mut Session, h: i32) -> Result<bool> {
    let seen = with(session, |hs| {
        let b = hs.find(h)?.received();
        // TLS at a port without it would wait for ever for an answer
        let foreign = b.first() == Some(&crate::ipc::stream::HANDSHAKE);
        Ok((http::looks_like(b), if foreign { Some(MAX_HELLO) } else { memchr::memchr(0, b) }, b.len()))
    })?;
    let n = match seen {
        (true, ..) => {
            with(session, |hs| {
                hs.find(h)?.proto = Proto::Http;
                Ok(())
            })?;
            return Ok(true);
        }
        (_, Some(n), _) if n < MAX_HELLO => n,
        (_, None, len) if len < MAX_HELLO => return Ok(false),
        _ => {
            hang_up(session, h)?;
            return Ok(false);
        }
    };
    let mut hello = with(session, |hs| Ok(hs.find(h)?.take(n + 1)))?;
    hello.pop();
    let capability = match hello.last() {
        Some(&c) if c < 0x20 => {
            hello.pop();
            c
        }
        _ => 0,
    };
    let text = String::from_utf8_lossy(&hello);
    let (user, password) = text.split_once(':').unwrap_or((&text, ""));
    if !admit(session, h, user, password)? {
        hang_up(session, h)?;
        return Ok(false);
    }
    with(session, |hs| {
        let c = hs.find(h)?;
        c.capability = capability.min(crate::ipc::conn::CAPABILITY);
        c.proto = Proto::Q;
        let answer = vec![c.capability];
        hs.push(h, answer)
    })?;
    opened(session, h, ".z.po")?;
    Ok(true)
}

/// True if the user file and `.z.pw` let the user in.
fn admit(session: &mut Session, h: i32, user: &str, password: &str) -> Result<bool> {
    let known = with(session, |hs| {
        hs.find(h)?.user = Sym::new(user);
        Ok(hs.users.as_ref().is_none_or(|u| u.check(user, password)))
    })?;
    if !known {
        return Ok(false);
    }
    let Some(f) = handler(session, ".z.pw") else { return Ok(true) };
    let args = vec![Value::sym(user), Value::string(password)];
    let r = as_handle(session, h, |host| host.call(&f, args));
    if let Ok(v) = &r {
        return Ok(matches!(v, Value::U8(Ty::Bool, 1)));
    }
    settle(r)?;
    Ok(false)
}

/// Calls `.z.po` or `.z.wo`.
fn opened(session: &mut Session, h: i32, name: &str) -> Result<()> {
    match handler(session, name) {
        Some(f) => {
            let r = as_handle(session, h, |host| host.call(&f, vec![Value::int(h)]));
            settle(r)
        }
        None => Ok(()),
    }
}

/// Handles one websocket frame.
fn websocket(session: &mut Session, h: i32) -> Result<bool> {
    let frame = with(session, |hs| {
        let c = hs.find(h)?;
        let f = ws::parse(c.received());
        if let Ok(Some(f)) = &f {
            c.take(f.used);
        }
        Ok(f)
    })?;
    let Ok(frame) = frame else {
        hang_up(session, h)?;
        return Ok(false);
    };
    let Some(f) = frame else { return Ok(false) };
    let reply = |hs: &mut Handles, op, b: &[u8]| hs.push(h, ws::frame(op, b, None));
    match f.op {
        ws::PING => {
            with(session, |hs| reply(hs, ws::PONG, &f.payload))?;
            return Ok(true);
        }
        ws::PONG => return Ok(true),
        ws::CLOSE => {
            with(session, |hs| {
                reply(hs, ws::CLOSE, &f.payload)?;
                hs.find(h)?.drain();
                Ok(())
            })?;
            hang_up(session, h)?;
            return Ok(false);
        }
        _ => {}
    }
    let whole = with(session, |hs| {
        let c = hs.find(h)?;
        if f.op != ws::CONTINUE {
            c.fragment_kind = f.op;
            c.fragments.clear();
        }
        if c.fragments.len() + f.payload.len() > ws::MAX {
            return Ok(Err(()));
        }
        c.fragments.extend_from_slice(&f.payload);
        Ok(Ok(f.last.then(|| (c.fragment_kind, std::mem::take(&mut c.fragments)))))
    })?;
    let Ok(whole) = whole else {
        hang_up(session, h)?;
        return Ok(false);
    };
    if let Some((kind, bytes)) = whole {
        let ty = if kind == ws::TEXT { Ty::Char } else { Ty::Byte };
        let arg = Value::vec(ty, Data::U8(bytes.into()));
        let r = remote(session, h, |host| match handler(host, ".z.ws") {
            Some(f) => host.call(&f, vec![arg]),
            None => value_of(host, arg),
        });
        settle(r)?;
    }
    Ok(true)
}
