//! Interned symbols: a symbol is a small integer, its text lives for the life of the process.

use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::fmt;
use std::sync::{LazyLock, RwLock};

/// An interned symbol. Equal texts are equal numbers; 0 is the empty symbol (the null).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sym(pub u32);

struct Table {
    ids: RwLock<FxHashMap<&'static [u8], u32>>,
    names: boxcar::Vec<&'static [u8]>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let t = Table { ids: RwLock::default(), names: boxcar::Vec::new() };
    for (name, id) in [(&b""[..], Sym::NULL.0), (b".", Sym::ROOT.0)] {
        t.names.push(name);
        t.ids.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(name, id);
    }
    t
});

impl Sym {
    /// The empty symbol, q's null symbol.
    pub const NULL: Sym = Sym(0);
    /// The default namespace, `` `. ``.
    pub const ROOT: Sym = Sym(1);

    /// Interns `text`; bytes after a NUL are dropped, as a symbol is NUL-terminated on the wire.
    pub fn new(text: impl AsRef<[u8]>) -> Sym {
        let mut b = text.as_ref();
        if let Some(n) = memchr::memchr(0, b) {
            b = &b[..n];
        }
        if let Some(&id) = TABLE.ids.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(b) {
            return Sym(id);
        }
        let mut ids = TABLE.ids.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(&id) = ids.get(b) {
            return Sym(id);
        }
        let kept: &'static [u8] = Box::leak(b.to_vec().into_boxed_slice());
        let id = u32::try_from(TABLE.names.push(kept)).unwrap_or(0);
        ids.insert(kept, id);
        Sym(id)
    }
    /// The text as bytes.
    pub fn bytes(self) -> &'static [u8] {
        TABLE.names.get(self.0 as usize).copied().unwrap_or(b"")
    }
    /// The text, with anything that is not UTF-8 replaced.
    pub fn text(self) -> std::borrow::Cow<'static, str> {
        String::from_utf8_lossy(self.bytes())
    }
    /// True for the empty symbol.
    pub fn is_null(self) -> bool {
        self.0 == 0
    }
    /// How many symbols the process has interned, and their bytes (`.Q.w`).
    pub fn stats() -> (usize, usize) {
        (TABLE.names.count(), TABLE.names.iter().map(|(_, s)| s.len()).sum())
    }
}

impl Default for Sym {
    fn default() -> Sym {
        Sym::NULL
    }
}
impl PartialOrd for Sym {
    fn partial_cmp(&self, other: &Sym) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Sym {
    /// Lexical, as q sorts symbols.
    fn cmp(&self, other: &Sym) -> Ordering {
        if self.0 == other.0 { Ordering::Equal } else { self.bytes().cmp(other.bytes()) }
    }
}
impl fmt::Debug for Sym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}", self.text())
    }
}
impl From<&str> for Sym {
    fn from(s: &str) -> Sym {
        Sym::new(s)
    }
}
