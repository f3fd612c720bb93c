//! The levels that are running: what a backtrace shows and what the debugger walks.

use super::session::{DEPTH_MAX, Session};
use crate::error::{Error, Frame as TraceFrame, Result};
use crate::value::func::Trap;
use crate::value::{Host, Lambda, Sym, Value};
use std::sync::Arc;

/// What runs on one level.
#[derive(Clone)]
pub(super) enum Running {
    /// A function.
    Lambda(Arc<Lambda>),
    /// A line that somebody typed; an error in it suspends nothing.
    Console(Arc<str>),
    /// A line of a script, a string given to `value`, a view: the text and where it stands.
    Text(Arc<str>, Arc<str>),
    /// A primitive that backtraces show by name.
    Native(&'static str),
    /// The debug prompt.
    Debugger,
}

/// One level.
#[derive(Clone)]
pub(super) struct Level {
    pub what: Running,
    /// Offset of the expression being applied, while a level above runs.
    pub at: u32,
    /// Where its locals start.
    pub base: usize,
    /// The namespace in which it runs.
    pub context: Sym,
}

impl Session {
    /// Starts a level. Its locals, if any, are pushed after this.
    pub(super) fn enter(&mut self, what: Running) -> Result<()> {
        if self.levels.len() >= DEPTH_MAX {
            return Err(Error::new("stack"));
        }
        crate::value::stack::check()?;
        if let Some(l) = self.levels.last_mut() {
            l.at = self.at;
        }
        self.levels.push(Level { what, at: 0, base: self.locals.len(), context: self.context });
        self.at = 0;
        Ok(())
    }

    /// Ends a level; an error notes it unless nobody will ask.
    pub(super) fn leave<T>(&mut self, mut r: Result<T>) -> Result<T> {
        if let Err(e) = &mut r
            && self.mode != Trap::Abort
            && self.given_up.take() != Some(self.levels.len() - 1)
            && e.exit.is_none()
            && e.trace.len() < 100
        {
            let level = self.levels.len() - 1;
            let frame = self.frame(level);
            e.trace.push(frame);
        }
        if let Some(l) = self.levels.pop() {
            self.locals.truncate(l.base);
        }
        self.at = self.levels.last().map_or(0, |l| l.at);
        if self.levels.is_empty() && self.settings.gc_mode == 1 {
            crate::value::memory::settle();
        }
        r
    }

    /// Level `k` as a backtrace shows it.
    pub(super) fn frame(&self, k: usize) -> TraceFrame {
        let l = &self.levels[k];
        let at = if k + 1 == self.levels.len() { self.at } else { l.at } as usize;
        let none = || Arc::from("");
        let (origin, name, text) = match &l.what {
            Running::Lambda(f) => (f.origin.clone(), f.name.clone(), f.text.clone()),
            Running::Console(t) => (none(), none(), t.clone()),
            Running::Text(t, origin) => (origin.clone(), none(), t.clone()),
            Running::Native(n) => (none(), Arc::from(*n), none()),
            Running::Debugger => (none(), none(), none()),
        };
        TraceFrame { level: k, origin, name, text, at }
    }

    /// The levels, innermost first, and which one the debugger stands on. What is typed at the debug prompt is not
    /// one of them.
    pub(super) fn levels_seen(&self) -> (Vec<TraceFrame>, Option<usize>) {
        let n = self.levels.len();
        let asked = n >= 2
            && matches!(self.levels[n - 1].what, Running::Console(_))
            && matches!(self.levels[n - 2].what, Running::Debugger);
        let top = if asked { n - 2 } else { n };
        ((0..top).rev().map(|k| self.frame(k)).collect(), self.stops.last().map(|s| s.cursor).filter(|_| asked))
    }

    /// Runs `f` as a level of its own.
    pub(super) fn level<T>(&mut self, what: Running, f: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        self.enter(what)?;
        let r = f(self);
        self.leave(r)
    }

    /// Runs `f` with another way of treating errors.
    pub fn trapping<T>(&mut self, mode: Trap, f: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        let before = self.trap(mode);
        let r = f(self);
        self.mode = before;
        r
    }

    /// Evaluation starts with a debugger for its errors where a person can be asked.
    pub fn debuggable(&mut self) {
        self.terminal = true;
        self.mode = Trap::Debug;
    }
}

/// Where and why an evaluation is suspended.
pub(super) struct Stop {
    /// The level that the prompt shows.
    pub cursor: usize,
    /// The primitive that failed and its arguments.
    pub failed: Option<(Value, Vec<Value>)>,
}
