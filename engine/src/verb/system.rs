//! The world outside: system commands, environment, parse trees, exit.

use crate::error::{Error, Frame, Result};
use crate::syntax::{self, Source};
use crate::value::func::Trap;
use crate::value::memory;
use crate::value::{Host, Sym, Value, Verb};
use std::io::Write;
use std::sync::Arc;

pub static VERBS: &[Verb] = &[
    Verb {
        name: "system",
        monad: Some(|h, x| {
            let cmd = x.as_text().filter(|_| !matches!(x, Value::Sym(_))).ok_or_else(Error::ty)?;
            h.system(&cmd)
        }),
        doc: "run a system command, or a command of the operating system and return its lines",
        ..Verb::BLANK
    },
    Verb {
        name: "exit",
        monad: Some(|_, x| match x.as_long() {
            Some(n) => {
                crate::access::command()?;
                Err(Error::exit((n & 255) as i32))
            }
            None => Err(Error::ty()),
        }),
        doc: "end the process with a status",
        ..Verb::BLANK
    },
    Verb {
        name: "getenv",
        monad: Some(|h, x| {
            let n = x.as_sym().ok_or_else(Error::ty)?;
            Ok(Value::string(environment(h, &n.text())))
        }),
        doc: "value of an environment variable",
        ..Verb::BLANK
    },
    Verb {
        name: "setenv",
        dyad: Some(|h, x, y| {
            let n = x.as_sym().ok_or_else(Error::ty)?;
            let v = y.as_text().ok_or_else(Error::ty)?;
            set_environment(h, n, &v)
        }),
        infix: true,
        doc: "set an environment variable for this process's commands",
        ..Verb::BLANK
    },
    Verb {
        name: "parse",
        monad: Some(|h, x| {
            let text = x.as_text().filter(|_| !matches!(x, Value::Sym(_))).ok_or_else(Error::ty)?;
            let t = text.trim_start();
            let src = Source { origin: Arc::from(""), context: h.context(), module: Sym::ROOT, k: t.starts_with("k)") };
            h.within(".q.parse", &mut |h| {
                let code = syntax::parse::raw(t.strip_prefix("k)").unwrap_or(t), &src).map_err(|mut e| {
                    // the text is a level above the keyword's own
                    let level = h.backtrace().0.len();
                    e.trace.iter_mut().for_each(|f| f.level = level);
                    e
                })?;
                Ok(syntax::tree::to_tree(&code))
            })
        }),
        doc: "the parse tree of an expression",
        examples: &[("parse\"1+2\"", "(+;1;2)")],
        ..Verb::BLANK
    },
    Verb {
        name: "eval",
        monad: Some(|h, x| h.eval(&x)),
        doc: "evaluate a parse tree",
        examples: &[("eval(+;2;3)", "5")],
        ..Verb::BLANK
    },
    Verb {
        name: "reval",
        monad: Some(|h, x| h.reval(&x)),
        doc: "evaluate a parse tree without side effects",
        examples: &[("reval(+;2;3)", "5")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.trp",
        rank: 3,
        variad: Some(|h, a| {
            let [f, x, g] = <[Value; 3]>::try_from(a).map_err(|_| Error::rank())?;
            traced(h, ".Q.trp", &g, |h| h.call(&f, vec![x.clone()]))
        }),
        doc: ".Q.trp[f;x;g]: apply, and on an error g[message;backtrace]",
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.trpd",
        rank: 3,
        variad: Some(|h, a| {
            let [f, x, g] = <[Value; 3]>::try_from(a).map_err(|_| Error::rank())?;
            traced(h, ".Q.trpd", &g, |h| h.call(&f, x.items()))
        }),
        doc: ".Q.trpd[f;args;g]: as .Q.trp for several arguments",
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.ts",
        dyad: Some(|h, f, args| {
            let (start, mark) = (std::time::Instant::now(), memory::mark());
            let mut call = |h: &mut dyn Host| super::call_row(h, ".", vec![f.clone(), args.clone()]);
            let r = h.within(".Q.ts", &mut call)?;
            let spent = Value::longs(vec![start.elapsed().as_millis() as i64, mark.bytes() as i64]);
            Ok(Value::list(vec![spent, r]))
        }),
        doc: ".Q.ts[f;args]: milliseconds and bytes that .[f;args] needs, and its result",
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.bt",
        monad: Some(|h, _| {
            let (frames, current) = h.backtrace();
            print_out(&frames.iter().map(|f| f.render(current == Some(f.level))).collect::<String>());
            Ok(Value::Null)
        }),
        doc: ".Q.bt[]: prints the levels that are running",
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.sbt",
        monad: Some(|_, x| {
            let frames = x.items().iter().map(frame_of).collect::<Result<Vec<_>>>()?;
            Ok(Value::string(frames.iter().map(|f| f.render(false)).collect::<String>()))
        }),
        doc: "a backtrace as text",
        ..Verb::BLANK
    },
];

/// A frame as q sees it: name, file, line, text, offset of the caret, level.
fn frame_value(f: &Frame) -> Value {
    let (file, line) = f.origin.rsplit_once(':').unwrap_or(("", "0"));
    Value::list(vec![
        Value::string(f.name.as_bytes()),
        Value::string(file.as_bytes()),
        Value::long(line.parse().unwrap_or(0)),
        Value::string(f.text.as_bytes()),
        Value::count(f.at),
        Value::count(f.level),
    ])
}

fn frame_of(v: &Value) -> Result<Frame> {
    let [name, file, line, text, at, level] = <[Value; 6]>::try_from(v.items()).map_err(|_| Error::ty())?;
    let text_of = |v: &Value| v.as_text().filter(|_| v.is_string()).ok_or_else(Error::ty);
    let number = |v: &Value| v.as_long().and_then(|n| usize::try_from(n).ok()).ok_or_else(Error::ty);
    let file = text_of(&file)?;
    let origin = if file.is_empty() { Arc::from("") } else { Arc::from(format!("{file}:{}", number(&line)?)) };
    let (name, text) = (Arc::from(text_of(&name)?), Arc::from(text_of(&text)?));
    Ok(Frame { level: number(&level)?, origin, name, text, at: number(&at)? })
}

/// `.Q.trp` and `.Q.trpd`: on an error `g` gets the message and the levels, those above the call first.
fn traced(
    host: &mut dyn Host,
    name: &'static str,
    g: &Value,
    mut call: impl FnMut(&mut dyn Host) -> Result<Value>,
) -> Result<Value> {
    let before = host.trap(Trap::Trace);
    let r = host.within(name, &mut call);
    host.trap(before);
    match r {
        Err(e) if e.exit.is_none() && !e.abandoned() => {
            let (below, _) = host.backtrace();
            let frames = e.trace.iter().chain(&below).map(frame_value).collect();
            host.call(g, vec![Value::string(e.kind.as_bytes().to_vec()), Value::list(frames)])
        }
        r => r,
    }
}

/// Environment variables set by `setenv`, for child processes.
fn set_environment(host: &mut dyn Host, n: Sym, v: &str) -> Result<Value> {
    let slot = host.extension("environment");
    if slot.is_none() {
        *slot = Some(Box::new(std::collections::BTreeMap::<String, String>::new()));
    }
    if let Some(m) = slot.as_mut().and_then(|b| b.downcast_mut::<std::collections::BTreeMap<String, String>>()) {
        m.insert(n.text().into_owned(), v.to_string());
    }
    Ok(Value::Null)
}

/// A variable as the session set it, otherwise as the process got it; empty when there is none.
pub fn environment(host: &mut dyn Host, name: &str) -> String {
    let slot = host.extension("environment").as_ref();
    let set = slot.and_then(|b| b.downcast_ref::<std::collections::BTreeMap<String, String>>());
    set.and_then(|m| m.get(name).cloned()).or_else(|| std::env::var(name).ok()).unwrap_or_default()
}

/// Prints to standard output at once.
pub fn print_out(text: &str) {
    let mut o = std::io::stdout().lock();
    // a closed pipe is not an error of the program that prints
    let _ = o.write_all(text.as_bytes()).and_then(|()| o.flush());
}
