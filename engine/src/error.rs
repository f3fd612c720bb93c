//! The one error type: q's error class plus where it came from.

use std::borrow::Cow;
use std::fmt;

/// An error as q knows it: a short class (`type`, `length`, `rank`, …) that prints as `'type`.
///
/// `trace` collects, innermost first, the source lines through which the error passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The text after the quote: an error class, or what the program signalled.
    pub kind: Cow<'static, str>,
    /// Frames, innermost first.
    pub trace: Vec<Frame>,
    /// Set for the value thrown by `exit`: the process must end with this status.
    pub exit: Option<i32>,
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
        Error { kind: kind.into(), trace: Vec::new(), exit: None }
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
        Error { kind: Cow::Borrowed("exit"), trace: Vec::new(), exit: Some(code) }
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
