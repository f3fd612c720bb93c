//! The debug prompt: an error suspends the function it arose in, a person looks around and says how to go on.

use super::run::{Frame, RETURN};
use super::session::Session;
use super::stack::{Running, Stop};
use crate::error::{Error, Result};
use crate::ipc::console::Line;
use crate::syntax::parse::compile_within;
use crate::value::Value;
use crate::value::code::Code;
use crate::value::func::Trap;
use crate::verb;
use std::io::Write;

/// How a suspended evaluation goes on.
enum Next {
    /// With this as the value of what failed.
    Resume(Value),
    Fail(Error),
}

impl Session {
    /// What running a node that failed comes to: the error, or what a person at the debugger gives instead.
    #[cold]
    pub(super) fn failed(&mut self, e: Error, c: &Code) -> Result<Value> {
        if self.mode != Trap::Debug || e.exit.is_some() || e.kind == RETURN || self.levels.len() > e.stops_below {
            return Err(e);
        }
        // a later signal passes here with the position of the call
        if self.at == 0 {
            self.at = c.at;
        }
        self.suspend(e)
    }

    /// Stops in the innermost level and asks, where that is possible.
    pub(super) fn suspend(&mut self, e: Error) -> Result<Value> {
        let console = matches!(self.levels.last().map(|l| &l.what), None | Some(Running::Console(_)));
        if !self.terminal || self.worker || console || self.mode != Trap::Debug || e.exit.is_some() || e.abandoned() {
            return Err(e);
        }
        let columns = std::mem::take(&mut self.columns);
        let context = self.context;
        let cursor = self.levels.len() - 1;
        let failed = self.failing.take();
        let next = match self.enter(Running::Debugger) {
            Ok(()) => {
                self.stops.push(Stop { cursor, failed });
                let next = self.ask(&e);
                self.stops.pop();
                // the prompt itself cannot fail; what it hands on is no error of its level
                if let Some(l) = self.levels.pop() {
                    self.locals.truncate(l.base);
                }
                self.at = self.levels.last().map_or(0, |l| l.at);
                next
            }
            Err(full) => Next::Fail(full),
        };
        self.columns = columns;
        self.context = context;
        match next {
            Next::Resume(v) => Ok(v),
            Next::Fail(e) => Err(e),
        }
    }

    /// The dialogue.
    fn ask(&mut self, e: &Error) -> Next {
        let top = self.levels.len() - 2;
        let mut error = e.clone();
        error.trace.push(self.frame(top));
        tell(&error.report());
        let abandon = || {
            let mut e = e.clone();
            e.stops_below = 0;
            Next::Fail(e)
        };
        loop {
            let cursor = self.stops.last().map_or(top, |s| s.cursor);
            self.context = match &self.levels[cursor].what {
                Running::Lambda(l) => l.context,
                _ => self.levels[cursor].context,
            };
            let prompt = format!("{}{}", self.prompt(), ")".repeat(self.stops.len()));
            let line = match verb::ipc::prompt_console(self, &prompt) {
                Ok(Line::Text(t)) => t,
                Ok(Line::Abandoned) => continue,
                Ok(Line::End) => return abandon(),
                Err(e) => return Next::Fail(e),
            };
            let text = line.trim();
            let moved = match text {
                "" => continue,
                "\\" => return abandon(),
                "`" => Some(cursor.saturating_sub(1)),
                "." => Some((cursor + 1).min(top)),
                "&" => {
                    tell(&format!("'{}\n{}", e.kind, self.frame(cursor).render(false)));
                    continue;
                }
                _ => None,
            };
            if let Some(to) = moved {
                if let Some(s) = self.stops.last_mut() {
                    s.cursor = to;
                }
                tell(&self.frame(to).render(false));
                continue;
            }
            if let Some(rest) = text.strip_prefix(':').filter(|r| !r.starts_with(':')) {
                let v = if rest.trim().is_empty() { Ok(Some(Value::Null)) } else { self.typed_at(cursor, rest) };
                match v {
                    Ok(v) => return Next::Resume(v.unwrap_or(Value::Null)),
                    Err(e) if e.exit.is_some() => return Next::Fail(e),
                    Err(e) => self.show_error(&e),
                }
                continue;
            }
            if let Some(rest) = text.strip_prefix('\'') {
                let mut e = match self.typed_at(cursor, rest) {
                    Ok(v) => super::run::signal(&v.unwrap_or(Value::Null)),
                    Err(e) if e.exit.is_some() => return Next::Fail(e),
                    // a bare word is no variable but the error itself
                    Err(e) => Error::new(e.kind.clone()),
                };
                // the deepest level is given up with it
                e.stops_below = top;
                self.given_up = Some(top);
                return Next::Fail(e);
            }
            match self.typed_at(cursor, &line) {
                Ok(None) => {}
                Ok(Some(v)) => verb::system::print_out(&format!("{}\n", self.render(&v))),
                Err(e) if e.exit.is_some() => return Next::Fail(e),
                Err(e) => self.show_error(&e),
            }
        }
    }

    fn show_error(&mut self, e: &Error) {
        if !e.abandoned() {
            tell(&e.report());
        }
    }

    /// Evaluates a line where level `k` is suspended: its locals can be read and assigned.
    fn typed_at(&mut self, k: usize, text: &str) -> Result<Option<Value>> {
        let level = self.levels[k].clone();
        let Running::Lambda(l) = &level.what else { return self.eval_statement(text, 1) };
        if text.trim_start().starts_with('\\') {
            return self.eval_statement(text, 1);
        }
        let src = self.source(1);
        self.level(Running::Console(text.into()), |s| {
            let code = s.placed(compile_within(text, &src, l))?;
            let mut f = Frame { base: level.base, level: Some(k), ret: None };
            let v = s.run(&code, &mut f)?;
            Ok((super::session::shows(&code) && !matches!(v, Value::Null)).then_some(v))
        })
    }
}

/// What the debugger says goes where errors go.
fn tell(text: &str) {
    // a terminal that has gone shows itself at the next line read
    let _ = std::io::stderr().write_all(text.as_bytes());
}
