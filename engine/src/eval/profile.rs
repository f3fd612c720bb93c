//! Snapshots of the levels that run, for `.Q.prf0` of another process.
//!
//! The evaluating thread takes one itself at its next call or turn of a loop, so nothing is stopped from outside.

use super::session::Session;
use super::stack::Running;
use crate::ipc::{Kind, encode_message};
use crate::prelude;
use crate::value::Value;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

/// What the file of primitives and of q's own functions is called.
pub const OWN: &str = "quill";

static WANTED: AtomicBool = AtomicBool::new(false);
static ASKED: Mutex<Option<Sender<Vec<u8>>>> = Mutex::new(None);

/// Asks for a snapshot: it comes as an IPC message once the evaluator gets to it.
pub fn ask() -> Receiver<Vec<u8>> {
    let (to, from) = channel();
    *ASKED.lock().unwrap_or_else(PoisonError::into_inner) = Some(to);
    WANTED.store(true, Ordering::Relaxed);
    from
}

/// Nobody waits any more.
pub fn forget() {
    WANTED.store(false, Ordering::Relaxed);
    *ASKED.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// One level.
#[derive(Default)]
struct Row {
    name: String,
    file: String,
    line: i64,
    col: i64,
    text: String,
    pos: i64,
}

/// The message that shows `rows`, outermost first.
fn message(rows: Vec<Row>) -> Vec<u8> {
    let text = |f: fn(&Row) -> &String| Value::list(rows.iter().map(|r| Value::string(f(r).as_bytes())).collect());
    let number = |f: fn(&Row) -> i64| Value::longs(rows.iter().map(f).collect());
    let table = Value::table(
        ["name", "file", "line", "col", "text", "pos"].into_iter().map(Into::into).collect(),
        vec![
            text(|r| &r.name),
            text(|r| &r.file),
            number(|r| r.line),
            number(|r| r.col),
            text(|r| &r.text),
            number(|r| r.pos),
        ],
    );
    // a table of strings and longs always has a form; empty, it ends the question unanswered
    encode_message(&table, Kind::Response).unwrap_or_default()
}

/// The snapshot of a process in which nothing runs.
pub fn idle() -> Vec<u8> {
    message(vec![])
}

impl Session {
    /// Answers whoever asked for a snapshot. Threads of `peach` leave that to the one that waits for them.
    pub(super) fn answer_profiler(&self) {
        if self.worker || !WANTED.swap(false, Ordering::Relaxed) {
            return;
        }
        if let Some(to) = ASKED.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // whoever asked may have given up
            let _ = to.send(message((0..self.levels.len()).filter_map(|k| self.row(k)).collect()));
        }
    }

    fn row(&self, k: usize) -> Option<Row> {
        let frame = self.frame(k);
        let (file, line) = frame.origin.rsplit_once(':').unwrap_or(("", "0"));
        let own = prelude::FILES.iter().any(|(name, _)| *name == file);
        let row = Row {
            file: if own { OWN } else { file }.to_owned(),
            line: line.parse().unwrap_or(0),
            text: frame.text.to_string(),
            pos: frame.at as i64,
            ..Row::default()
        };
        Some(match &self.levels[k].what {
            // assigned names are full: `..f` is in the default namespace
            Running::Lambda(f) => {
                let dots = match f.name.as_bytes() {
                    [] | [b'.', ..] => "",
                    _ => "..",
                };
                Row { name: format!("{dots}{}", f.name), col: f.column as i64, ..row }
            }
            // `\l` of the command line is not of the program
            Running::Console(t) if t.starts_with('\\') => Row { file: OWN.to_owned(), ..row },
            Running::Console(_) | Running::Text(..) => row,
            Running::Native("") | Running::Debugger => return None,
            Running::Native(n) => Row { name: (*n).to_owned(), file: OWN.to_owned(), ..Row::default() },
        })
    }
}

/// True where a snapshot is asked for.
#[inline]
pub fn wanted() -> bool {
    WANTED.load(Ordering::Relaxed)
}
