//! The one error type: q's error class plus where it came from.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// An error as q knows it: a short class (`type`, `length`, `rank`, …) that prints as `'type`.
///
/// `trace` collects, innermost first, the source lines through which the error passed.
///
/// Boxed, so that `Result<Value>` stays two words and the paths that do not fail stay fast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Detail>);

/// What an [`Error`] holds; reached through `Deref`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The text after the quote: an error class, or what the program signalled.
    pub kind: Cow<'static, str>,
    /// Frames, innermost first.
    pub trace: Vec<Frame>,
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

/// One level of a backtrace: the function's text and the byte offset of the failing expression in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Name or origin, for example `f`, `script.q:12` or empty.
    pub name: String,
    /// Source text of the function or line.
    pub text: String,
    /// Offset of the caret in `text`.
    pub at: usize,
}

/// Every fallible function of the engine returns this.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of class `kind`.
    pub fn new(kind: impl Into<Cow<'static, str>>) -> Error {
        Error(Box::new(Detail { kind: kind.into(), trace: Vec::new(), exit: None }))
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
    /// The request of the running program to end with `code`.
    pub fn exit(code: i32) -> Error {
        Error(Box::new(Detail { kind: Cow::Borrowed("exit"), trace: Vec::new(), exit: Some(code) }))
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
            self.trace.push(Frame { name: String::new(), text: String::from_utf8_lossy(text).into_owned(), at });
        }
        self
    }
}
