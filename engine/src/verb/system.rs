//! The world outside: system commands, environment, parse trees, exit.

use crate::error::{Error, Result};
use crate::syntax::{self, Source};
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
        monad: Some(|h, x| match x.as_long() {
            Some(_) if super::ipc::restricted(h) => Err(Error::new("access")),
            Some(n) => Err(Error::exit((n & 255) as i32)),
            None => Err(Error::ty()),
        }),
        doc: "end the process with a status",
        ..Verb::BLANK
    },
    Verb {
        name: "getenv",
        monad: Some(|_, x| {
            let n = x.as_sym().ok_or_else(Error::ty)?;
            Ok(Value::string(std::env::var(&*n.text()).unwrap_or_default()))
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
            let src = Source { origin: Arc::from(""), context: h.context(), k: t.starts_with("k)") };
            let code = syntax::parse::raw(t.strip_prefix("k)").unwrap_or(t), &src)?;
            Ok(syntax::tree::to_tree(&code))
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
        variad: Some(|h, a| {
            let [f, x, g] = <[Value; 3]>::try_from(a).map_err(|_| Error::rank())?;
            let r = h.call(&f, vec![x]);
            traced(h, r, &g)
        }),
        doc: ".Q.trp[f;x;g]: apply, and on an error g[message;backtrace]",
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.trpd",
        variad: Some(|h, a| {
            let [f, x, g] = <[Value; 3]>::try_from(a).map_err(|_| Error::rank())?;
            let r = h.call(&f, x.items());
            traced(h, r, &g)
        }),
        doc: ".Q.trpd[f;args;g]: as .Q.trp for several arguments",
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.sbt",
        monad: Some(|_, x| {
            let mut out = String::new();
            for (i, f) in x.items().iter().enumerate() {
                let part = |k: usize| f.at(k).as_text().unwrap_or_default();
                let caret = f.at(2).as_long().unwrap_or(0).max(0) as usize;
                render_frame(&mut out, x.len() - 1 - i, &part(0), &part(1), caret);
            }
            Ok(Value::string(out))
        }),
        doc: "a backtrace as text",
        ..Verb::BLANK
    },
];

fn traced(host: &mut dyn Host, r: Result<Value>, g: &Value) -> Result<Value> {
    match r {
        Err(e) if e.exit.is_none() => {
            let frames = e
                .trace
                .iter()
                .map(|f| {
                    Value::list(vec![
                        Value::string(f.name.as_bytes().to_vec()),
                        Value::string(f.text.as_bytes().to_vec()),
                        Value::count(f.at),
                    ])
                })
                .collect();
            host.call(g, vec![Value::string(e.kind.as_bytes().to_vec()), Value::list(frames)])
        }
        r => r,
    }
}

/// One level of a backtrace: `[1]  name: text` and a caret below.
pub fn render_frame(out: &mut String, level: usize, name: &str, text: &str, at: usize) {
    use std::fmt::Write as _;
    let head = if name.is_empty() { format!("  [{level}]  ") } else { format!("  [{level}]  {name}: ") };
    // the line of the text in which the caret falls
    let at = at.min(text.len());
    let from = text.as_bytes()[..at].iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
    let line = text[from..].lines().next().unwrap_or("");
    let _ = writeln!(out, "{head}{line}");
    let column = String::from_utf8_lossy(&text.as_bytes()[from..at]).chars().count();
    let _ = writeln!(out, "{}^", " ".repeat(head.chars().count() + column));
}

/// What the console prints for an error: `'class`, then the failing line of each level with a caret.
pub fn report(e: &Error) -> String {
    let mut out = format!("'{}\n", e.kind);
    let n = e.trace.len();
    for (i, f) in e.trace.iter().take(12).enumerate() {
        if !f.text.is_empty() {
            render_frame(&mut out, n - 1 - i, &f.name, &f.text, f.at);
        }
    }
    out
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

/// Prints to standard output at once.
pub fn print_out(text: &str) {
    let mut o = std::io::stdout().lock();
    // a closed pipe is not an error of the program that prints
    let _ = o.write_all(text.as_bytes()).and_then(|()| o.flush());
}
