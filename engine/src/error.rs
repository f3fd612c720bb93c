//! The one error type: q's error class plus where it came from.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// An error as q knows it: a short class (`type`, `length`, `rank`, …) that prints as `'type`.
///
/// `trace` collects, innermost first, the levels through which the error passed.
///
/// Boxed, so that `Result<Value>` stays two words and the paths that do not fail stay fast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Detail>);

/// What an [`Error`] holds; reached through `Deref`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The text after the quote: an error class, or what the program signalled.
    pub kind: Cow<'static, str>,
    /// Frames, innermost first; empty while a trap is waiting for the error.
    pub trace: Vec<Frame>,
    /// The debugger stops for this error only at levels below this one: the level that signalled it, or 0 once a
    /// person has seen it and given up.
    pub stops_below: usize,
    /// Set for the value thrown by `exit`: the process must end with this status.
    pub exit: Option<i32>,
}

impl Deref for Error {
    type Target = Detail;
    fn deref(&self) -> &Detail {
        &self.0
    }
}
impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Detail {
        &mut self.0
    }
}

/// One level of a backtrace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// How deep: 0 is the line that was typed or the message that came.
    pub level: usize,
    /// `/path/script.q:12` or empty.
    pub origin: Arc<str>,
    /// Name of the function, empty for an anonymous one or a line.
    pub name: Arc<str>,
    /// Source text of the function or line; empty for a primitive, which shows its name alone.
    pub text: Arc<str>,
    /// Offset of the caret in `text`.
    pub at: usize,
}

impl Frame {
    /// The file and the line in it where the caret stands.
    pub fn place(&self) -> Option<(&str, usize)> {
        let (file, line) = self.origin.rsplit_once(':')?;
        let at = self.at.min(self.text.len());
        let down = self.text.as_bytes()[..at].split(|&b| b == b'\n').count() - 1;
        Some((file, line.parse::<usize>().ok()? + down))
    }
    /// Two lines: `  [1]  script.q:5: f:{x+y}` and a caret below; `>>` marks the `current` frame. A level without
    /// text and name (the debugger's own) shows nothing.
    pub fn render(&self, current: bool) -> String {
        if self.text.is_empty() && self.name.is_empty() {
            return String::new();
        }
        let mark = if current { ">>" } else { "  " };
        if self.text.is_empty() {
            return format!("{mark}[{}]  ({})\n\n", self.level, self.name);
        }
        let mut head = format!("{mark}[{}]  ", self.level);
        if let Some((file, line)) = self.place() {
            head.push_str(&format!("{file}:{line}: "));
        }
        if !self.name.is_empty() {
            head.push_str(&self.name);
            head.push(':');
        }
        let bytes = self.text.as_bytes();
        let at = self.at.min(bytes.len());
        let from = bytes[..at].iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
        let line = String::from_utf8_lossy(bytes[from..].split(|&b| b == b'\n').next().unwrap_or(&[]));
        // a function of several lines: the failing one by itself, below the head
        let start = if from > 0 {
            head.push('\n');
            0
        } else {
            head.chars().count()
        };
        let column = String::from_utf8_lossy(&bytes[from..at]).chars().count();
        format!("{head}{line}\n{}^\n", " ".repeat(start + column))
    }
}

/// Every fallible function of the engine returns this.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of class `kind`.
    pub fn new(kind: impl Into<Cow<'static, str>>) -> Error {
        Error(Box::new(Detail { kind: kind.into(), trace: Vec::new(), stops_below: usize::MAX, exit: None }))
    }
    /// `'type`
    pub fn ty() -> Error {
        Error::new("type")
    }
    /// `'length`
    pub fn length() -> Error {
        Error::new("length")
    }
    /// `'rank`
    pub fn rank() -> Error {
        Error::new("rank")
    }
    /// `'domain`
    pub fn domain() -> Error {
        Error::new("domain")
    }
    /// `'nyi`
    pub fn nyi() -> Error {
        Error::new("nyi")
    }
    /// True once a person at the debugger has seen the error and given the evaluation up.
    pub fn abandoned(&self) -> bool {
        self.stops_below == 0
    }
    /// What the console prints: `'class`, then each level with a caret.
    pub fn report(&self) -> String {
        let mut out = format!("'{}\n", self.kind);
        self.trace.iter().for_each(|f| out.push_str(&f.render(false)));
        out
    }
    /// The request of the running program to end with `code`.
    pub fn exit(code: i32) -> Error {
        Error(Box::new(Detail {
            kind: Cow::Borrowed("exit"),
            trace: Vec::new(),
            stops_below: usize::MAX,
            exit: Some(code),
        }))
    }
    /// An operating system error as q words it: `path. OS reports: reason`.
    pub fn os(path: &str, e: &std::io::Error) -> Error {
        let text = e.to_string();
        let text = text.split(" (os error").next().unwrap_or("");
        Error::new(format!("{path}. OS reports: {text}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}", self.kind)
    }
}

impl std::error::Error for Error {}

/// Ends the current function with error class `$kind` unless `$ok`.
#[macro_export]
macro_rules! ensure {
    ($ok:expr, $kind:expr) => {
        if !$ok {
            return Err($crate::error::Error::new($kind));
        }
    };
}

impl Error {
    /// Notes the place in the text of a line where the error arose; the innermost place stays.
    #[must_use]
    pub fn at(mut self, text: &[u8], at: usize) -> Error {
        if self.trace.is_empty() && self.exit.is_none() {
            let text = Arc::from(String::from_utf8_lossy(text));
            self.trace.push(Frame { level: 0, origin: Arc::from(""), name: Arc::from(""), text, at });
        }
        self
    }
}
