//! System commands, and the values of `.z` that the session itself knows.

use super::session::Session;
use super::stack::Running;
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::{Host, Sym, Ty, Value, memory};
use crate::verb;
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Instant;

/// Runs a command given without its backslash. `console` is false for `system"…"`.
pub fn run(s: &mut Session, text: &str, console: bool) -> Result<Value> {
    // `-u`: remote callers get no system commands
    if verb::ipc::restricted(s) {
        return Err(Error::new("access"));
    }
    let text = text.trim_end();
    if text == "\\" {
        crate::access::command()?;
        return Err(Error::exit(0));
    }
    let word_end = text.find(|c: char| c.is_whitespace()).unwrap_or(text.len());
    let (word, rest) = (&text[..word_end], uncommented(&text[..word_end], text[word_end..].trim()));
    let arg = (!rest.is_empty()).then_some(rest);
    let asks = match word {
        "a" | "b" | "f" | "v" | "B" | "ts" => true,
        "t" => arg.is_none_or(|a| a.parse::<i64>().is_err()),
        "c" | "C" | "d" | "cd" | "e" | "E" | "g" | "o" | "p" | "P" | "s" | "S" | "T" | "w" | "W" | "z" | "_" => {
            arg.is_none()
        }
        _ => word.starts_with("t:") || word.starts_with("ts:"),
    };
    if s.readonly && !asks {
        return Err(Error::new("noupdate"));
    }
    // \t:n expr
    if let Some(n) = word.strip_prefix("t:").or_else(|| word.strip_prefix("ts:")) {
        let n: u64 = n.parse().map_err(|_| Error::new(word.to_string()))?;
        return timed(s, rest, n, word.starts_with("ts"));
    }
    match word {
        "a" => {
            let v = names(s, arg, |v| matches!(v, Value::Table(_) | Value::Parts(_)) || v.is_keyed())?;
            crate::verb::shape::set_attr(crate::value::Attr::None, v)
        }
        "f" => names(s, arg, |v| v.is_func() && !matches!(v, Value::Null)),
        "v" => names(s, arg, |v| !v.is_func() || matches!(v, Value::Null)),
        "b" | "B" => {
            let space = match arg {
                None => s.context,
                Some(n) => Sym::new(n.trim_start_matches('`')),
            };
            match Value::syms(s.views(space, word == "B")) {
                v if word == "b" && !v.is_empty() => verb::shape::set_attr(crate::value::Attr::Sorted, v),
                v => Ok(v),
            }
        }
        "c" | "C" => match arg {
            None => {
                let (r, c) = if word == "c" { s.settings.console } else { s.settings.http };
                Ok(Value::ints(vec![r as i32, c as i32]))
            }
            Some(a) => {
                let n = numbers(a)?;
                ensure!(n.len() == 2, "length");
                let size = (n[0].clamp(10, 2000) as usize, n[1].clamp(10, 2000) as usize);
                if word == "c" {
                    s.settings.console = size;
                } else {
                    s.settings.http = size;
                }
                Ok(Value::Null)
            }
        },
        "cd" => match arg {
            None => {
                let d = std::env::current_dir().map_err(|e| Error::os(".", &e))?;
                let d = d.to_string_lossy().into_owned();
                Ok(Value::string(d))
            }
            Some(d) => {
                crate::access::command()?;
                std::fs::create_dir_all(d).map_err(|e| Error::os(d, &e))?;
                std::env::set_current_dir(d).map_err(|e| Error::os(d, &e))?;
                Ok(Value::Null)
            }
        },
        "d" => match arg {
            None => Ok(Value::Sym(s.context)),
            Some(n) => {
                let n = n.strip_prefix('`').unwrap_or(n);
                ensure!(n.starts_with('.'), n.to_string());
                // a module's own namespace is its root
                s.context = match n {
                    "." => s.module_space(),
                    n => Sym::new(n.trim_end_matches('.')),
                };
                Ok(Value::Null)
            }
        },
        "e" => setting(arg, i64::from(s.settings.error_trap), |v| s.settings.error_trap = v as i32),
        "g" => setting(arg, i64::from(s.settings.gc_mode), |v| s.settings.gc_mode = v as i32),
        "o" => match arg {
            None => Ok(s.settings.utc_offset.map_or(Value::null_of(Ty::Long), Value::int)),
            Some(a) => {
                s.settings.utc_offset = a.parse::<i32>().ok();
                Ok(Value::Null)
            }
        },
        "P" => {
            let now = s.settings.precision as i64;
            setting(arg, now, |v| s.settings.precision = if v == 0 { 17 } else { v.clamp(1, 17) as usize })
        }
        "S" => match arg {
            None => Ok(i32::try_from(s.settings.seed).map_or(Value::long(s.settings.seed), Value::int)),
            Some("0N") => Ok(Value::long(verb::random::state(s))),
            Some(a) => {
                // a float, as a time may be cast to one, counts by its whole part
                s.settings.seed = match a.parse::<f64>() {
                    Ok(x) if a.contains('.') => x as i64,
                    _ => number(a)?,
                };
                *s.extension("random") = None;
                Ok(Value::Null)
            }
        },
        "s" if arg == Some("0N") => Ok(Value::int(s.settings.max_threads as i32)),
        "E" => Ok(Value::int(verb::ipc::tls_mode(s))),
        "s" => {
            let n = s.settings.threads as i64;
            setting(arg, if s.settings.processes { -n } else { n }, |v| {
                (s.settings.threads, s.settings.processes) = (v.unsigned_abs() as usize, v < 0);
            })
        }
        "T" => setting(arg, s.settings.timeout, |v| s.settings.timeout = v),
        "W" => setting(arg, i64::from(s.settings.week_start), |v| s.settings.week_start = v as u8),
        "z" => setting(arg, i64::from(s.settings.date_order), |v| s.settings.date_order = v as u8),
        "p" => verb::ipc::port(s, arg),
        "t" => match arg {
            None => verb::ipc::timer(s, None),
            Some(a) => match a.parse::<i64>() {
                Ok(ms) => verb::ipc::timer(s, Some(ms)),
                Err(_) => timed(s, a, 1, false),
            },
        },
        "ts" => timed(s, rest, 1, true),
        "l" => {
            let Some(p) = arg else { return verb::journal::checkpoint(s) };
            s.level(Running::Native(""), |s| load(s, p))
        }
        "w" => workspace(s, arg),
        "x" => {
            ensure!(!verb::ipc::handlers_fixed(s), "restricted");
            if let Some(n) = arg {
                s.globals_mut().remove(Sym::new(n));
            }
            Ok(Value::Null)
        }
        "_" => match arg {
            None => Ok(Value::bool(s.readonly || verb::ipc::blocked(s))),
            Some(script) => {
                crate::access::command()?;
                let text = std::fs::read(script).map_err(|e| Error::os(script, &e))?;
                let path = format!("{script}_");
                ensure!(path.ends_with(crate::syntax::script::LOCKED), script.to_string());
                std::fs::write(&path, verb::locked::scramble(&text)).map_err(|e| Error::os(&path, &e))?;
                Ok(Value::sym(path))
            }
        },
        "1" | "2" => redirect(word, arg),
        "r" if arg.is_some() => {
            let names: Vec<&str> = rest.split_whitespace().collect();
            ensure!(names.len() == 2, "length");
            crate::access::command()?;
            crate::store::disk::rename(names[0].as_ref(), names[1].as_ref()).map_err(|e| Error::os(names[0], &e))?;
            Ok(Value::Null)
        }
        "u" => verb::ipc::reload_users(s),
        "r" => verb::journal::primary(s),
        // at the prompt it changes between q and k
        "" => {
            if s.terminal && console {
                s.k = !s.k;
            }
            Ok(Value::Null)
        }
        // not one of q's commands: the same rows as .quill.help, as text
        "help" if console => {
            verb::system::print_out(&verb::help::text(arg.unwrap_or("help")));
            Ok(Value::Null)
        }
        _ => shell(s, text),
    }
}

/// The argument without a comment, for commands whose argument is neither a path nor an expression.
fn uncommented<'a>(word: &str, rest: &'a str) -> &'a str {
    const PLAIN: &[&str] =
        &["a", "b", "B", "c", "C", "d", "e", "E", "f", "g", "o", "p", "P", "s", "S", "T", "v", "w", "W", "x", "z"];
    if !PLAIN.contains(&word) {
        return rest;
    }
    match rest.find('/') {
        Some(0) => "",
        Some(i) if rest[..i].ends_with(char::is_whitespace) => rest[..i].trim_end(),
        _ => rest,
    }
}

fn number(a: &str) -> Result<i64> {
    a.trim_end_matches(['i', 'j', 'h']).parse().map_err(|_| Error::new(a.to_string()))
}
fn numbers(a: &str) -> Result<Vec<i64>> {
    a.split_whitespace().map(number).collect()
}

fn setting(arg: Option<&str>, now: i64, set: impl FnOnce(i64)) -> Result<Value> {
    match arg {
        None => Ok(Value::int(now as i32)),
        Some(a) => {
            set(number(a)?);
            Ok(Value::Null)
        }
    }
}

/// Names in a namespace whose value satisfies a test, sorted.
fn names(s: &mut Session, arg: Option<&str>, test: fn(&Value) -> bool) -> Result<Value> {
    let space = match arg {
        None => s.context,
        Some(n) => {
            let n = Sym::new(n.trim_start_matches('`'));
            ensure!(n.bytes() == b"." || s.globals.is_space(n), n.text().into_owned());
            n
        }
    };
    let mut out = vec![];
    for m in s.globals.members(space) {
        let full = super::globals::full_name(space, m);
        if let Some(v) = s.globals.get(full)
            && test(v)
        {
            out.push(m);
        }
    }
    out.sort_unstable();
    Ok(Value::syms(out))
}

fn timed(s: &mut Session, expr: &str, n: u64, space: bool) -> Result<Value> {
    let (start, mark) = (Instant::now(), memory::mark());
    for _ in 0..n {
        s.check_interrupt()?;
        s.eval_text(expr)?;
    }
    let ms = start.elapsed().as_millis() as i64;
    Ok(if space { Value::longs(vec![ms, mark.bytes() as i64]) } else { Value::long(ms) })
}

/// `\w`: six figures; `\w 0`, `\w 1`: symbols and their bytes; `\w n`: a larger limit in MB where `-w` set one.
fn workspace(s: &mut Session, arg: Option<&str>) -> Result<Value> {
    let Some(arg) = arg else {
        return match verb::call_row(s, ".Q.w", vec![Value::Null])? {
            Value::Dict(d) => Ok(d.vals.slice(0, 6)),
            v => Ok(v),
        };
    };
    let symbols = || {
        let (n, bytes) = Sym::stats();
        Ok(Value::longs(vec![n as i64, bytes as i64]))
    };
    /// Limits from here on are no limits of memory.
    const LARGEST: i64 = 1 << 50;
    match number(arg)? {
        0 | 1 => symbols(),
        n => {
            let Some(bytes) = n.checked_mul(1 << 20).filter(|b| (0..LARGEST).contains(b)) else { return symbols() };
            ensure!(memory::limit() > 0, "-w init via cmd line");
            memory::set_limit(memory::limit().max(bytes as usize));
            Ok(Value::long(memory::limit() as i64))
        }
    }
}

/// `\l path`: a script, a database directory, or a serialised object.
pub fn load(s: &mut Session, path: &str) -> Result<Value> {
    // `::file` is beside the module that loads it
    let beside = path.strip_prefix("::").map(|p| match &s.module {
        Some(m) => std::path::Path::new(&*m.file).with_file_name(p).to_string_lossy().into_owned(),
        None => p.to_string(),
    });
    let path = beside.as_deref().unwrap_or(path);
    let here = std::path::Path::new(path);
    if !here.exists()
        && let Some(script) = crate::modules::script(path)
    {
        for (name, text) in script.globals {
            s.define(name, Value::string(*text));
        }
        s.load_text(script.text, script.name)?;
        return Ok(Value::Null);
    }
    // what is not here may be in QHOME
    let home = std::env::var("QHOME").ok().map(|h| std::path::Path::new(&h).join(path)).filter(|f| f.is_file());
    let home = home.filter(|_| !here.exists()).map(|f| f.to_string_lossy().into_owned());
    let path = home.as_deref().unwrap_or(path);
    let p = std::path::Path::new(path);
    crate::access::read(p)?;
    if p.is_dir() {
        let mount = verb::lookup(".Q.l").and_then(|v| v.monad).ok_or_else(Error::nyi)?;
        mount(s, Value::sym(format!(":{path}")))?;
        return Ok(Value::Null);
    }
    let file =
        if p.exists() || path.ends_with(".q") || path.ends_with(".k") { path.to_string() } else { format!("{path}.q") };
    if file.ends_with(".q") || file.ends_with(".k") || file.ends_with(".q_") || !p.exists() {
        s.load_file(&file)?;
        return Ok(Value::Null);
    }
    let load = verb::lookup("load").and_then(|v| v.monad).ok_or_else(Error::nyi)?;
    load(s, Value::sym(format!(":{path}")))
}

/// `\1 file`, `\2 file`: standard output or error to a file.
fn redirect(word: &str, arg: Option<&str>) -> Result<Value> {
    let Some(path) = arg else { return Ok(Value::Null) };
    crate::access::command()?;
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(|e| Error::os(path, &e))?;
    let r = if word == "1" { rustix::stdio::dup2_stdout(&file) } else { rustix::stdio::dup2_stderr(&file) };
    r.map_err(|e| Error::os(path, &e.into()))?;
    Ok(Value::Null)
}

/// A command of the operating system: its output as lines; a failing one is an error.
fn shell(s: &mut Session, text: &str) -> Result<Value> {
    crate::access::command()?;
    let mut c = Command::new("/bin/sh");
    c.arg("-c").arg(text);
    if let Some(m) = s.extension("environment").as_ref().and_then(|b| b.downcast_ref::<BTreeMap<String, String>>()) {
        c.envs(m);
    }
    let out = c.stdin(std::process::Stdio::null()).stderr(std::process::Stdio::inherit()).output();
    let out = out.map_err(|e| Error::os(text, &e))?;
    crate::store::disk::command(text).map_err(|e| Error::os(text, &e))?;
    ensure!(out.status.success(), "os");
    let mut lines: Vec<Value> = out.stdout.split(|&b| b == b'\n').map(|l| Value::string(l.to_vec())).collect();
    if lines.last().is_some_and(Value::is_empty) {
        lines.pop();
    }
    Ok(Value::list(lines))
}

/// Keywords that are k's own and so no members of `.q`; `.Q.res` lists them.
const RESERVED: &[&str] = &[
    "abs", "acos", "asin", "atan", "avg", "bin", "binr", "cor", "cos", "cov", "delete", "dev", "div", "do", "enlist",
    "exec", "exit", "exp", "getenv", "hopen", "if", "in", "insert", "last", "like", "log", "max", "min", "prd",
    "reval", "select", "setenv", "sin", "sqrt", "ss", "sum", "tan", "update", "var", "wavg", "while", "within", "wsum",
    "xexp",
];

/// `.q`: the keywords that q adds to k, as a dictionary.
pub fn keywords() -> Value {
    let mut names = vec![Sym::NULL];
    let mut vals = vec![Value::Null];
    for v in verb::all() {
        if v.name.starts_with(|c: char| c.is_ascii_lowercase()) && !RESERVED.contains(&v.name) {
            let monadic = v.monad.is_some() && v.dyad.is_none() && v.variad.is_none();
            names.push(Sym::new(v.name));
            vals.push(Value::Verb(v, monadic));
        }
    }
    names.push(Sym::new("csv"));
    vals.push(Value::char(b','));
    Value::dict(Value::syms(names), Value::list(vals))
}

/// `.z.name` for what the session and the operating system know.
pub fn z_value(s: &mut Session, name: &str) -> Option<Value> {
    if let Some(v) = verb::ipc::dotz(s, name) {
        return Some(v);
    }
    Some(match name {
        "b" => s.dependencies(),
        "K" => Value::float(4.1),
        "k" => Value::I32(Ty::Date, 9420),
        "o" => Value::sym("l64"),
        "i" => Value::int(std::process::id() as i32),
        "h" => Value::sym(rustix::system::uname().nodename().to_string_lossy().as_ref()),
        "c" => Value::int(std::thread::available_parallelism().map_or(1, |n| n.get() as i32)),
        "l" => Value::list(vec![]),
        "r" => Value::bool(s.readonly),
        "x" | "X" => Value::empty(),
        "f" => Value::Sym(Sym::NULL),
        "q" => Value::bool(s.settings.quiet),
        // at the debug prompt: the primitive that failed, and its arguments
        "ex" => s.stops.last()?.failed.as_ref()?.0.clone(),
        "ey" => Value::list(s.stops.last()?.failed.as_ref()?.1.clone()),
        _ => return None,
    })
}
