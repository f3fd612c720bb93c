//! Help: the names of the reference (`documented.tsv`) joined to the rows of primitives. The console, `quill --help
//! NAME` and `engine/COMPAT.md` all read [`entries`].

use crate::error::Result;
use crate::value::{Host, Sym, Value, Verb};
use std::sync::LazyLock;

static DOCUMENTED: &str = include_str!("../../documented.tsv");

/// What is known of one name.
pub struct Entry {
    /// `operator`, `keyword`, `.Q`, `command`, …; `quill` for what the reference does not have.
    pub kind: &'static str,
    pub name: &'static str,
    /// How it is written, by number of arguments; empty for what is not a primitive.
    pub forms: Vec<String>,
    pub doc: String,
    /// `yes`, `partly`, `no`; empty when a session has to be asked.
    pub status: &'static str,
    /// How it differs from the reference.
    pub note: &'static str,
    pub examples: &'static [(&'static str, &'static str)],
    /// Whether it is a primitive.
    row: bool,
}

pub static VERBS: &[Verb] = &[Verb {
    name: ".quill.help",
    monad: Some(help),
    doc: "table of what is known of a name, of names with a word in them, or (`.quill.help[]`) of all",
    examples: &[("exec first doc from .quill.help`count", "\"number of items; 1 for an atom\"")],
    ..Verb::BLANK
}];

/// Every documented name in the order of the file, then quill's own.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(read);
    &ENTRIES
}

fn read() -> Vec<Entry> {
    let mut out: Vec<Entry> = vec![];
    for line in DOCUMENTED.lines().filter(|l| !l.starts_with("# ")) {
        let mut f = line.split('\t');
        let mut next = || f.next().unwrap_or("");
        let (kind, name, label, status, note) = (next(), next(), next(), next(), next());
        let row = match kind {
            "command" | "option" => None,
            "internal" => super::lookup(name).or_else(|| {
                let n = name.trim_end_matches('!').parse().ok()?;
                super::lookup(super::internal::replacement(n)?)
            }),
            _ => super::lookup(name),
        };
        let doc = match row {
            Some(v) if !v.doc.is_empty() => v.doc,
            _ => label,
        };
        out.push(Entry {
            kind,
            name,
            forms: if kind == "internal" { vec![format!("{name}x")] } else { row.map(forms).unwrap_or_default() },
            doc: doc.to_string(),
            status,
            note,
            examples: row.map_or(&[], |v| v.examples),
            row: row.is_some(),
        });
    }
    for v in super::all() {
        if !out.iter().any(|e| e.name == v.name) {
            out.push(Entry {
                kind: "quill",
                name: v.name,
                forms: forms(v),
                doc: v.doc.to_string(),
                status: "yes",
                note: "",
                examples: v.examples,
                row: true,
            });
        }
    }
    out
}

/// `count x`, `x cross y`, `aj[…]`.
fn forms(v: &Verb) -> Vec<String> {
    let n = v.name;
    let word = n.starts_with(|c: char| c.is_ascii_alphabetic());
    let mut out = vec![];
    if v.monad.is_some() {
        out.push(if n.ends_with('!') {
            format!("{n}x")
        } else if word {
            format!("{n} x")
        } else {
            format!("{n}[x]")
        });
    }
    if v.dyad.is_some() {
        out.push(match (word, v.infix) {
            (true, true) => format!("x {n} y"),
            (false, true) => format!("x{n}y"),
            _ => format!("{n}[x;y]"),
        });
    }
    if v.variad.is_some() {
        out.push(format!("{n}[…]"));
    }
    out
}

/// `yes` or `no` by whether this session has the name, where the file leaves it open.
fn status(h: &mut dyn Host, e: &Entry) -> &'static str {
    if !e.status.is_empty() {
        return e.status;
    }
    let there =
        if e.kind == "internal" { e.row } else { super::lookup(e.name).is_some() || h.get(Sym::new(e.name)).is_ok() };
    if there { "yes" } else { "no" }
}

/// The entries of a name; when there is none, those that mention it.
pub fn find(name: &str) -> Vec<&'static Entry> {
    let exact: Vec<_> = entries().iter().filter(|e| e.name == name).collect();
    if !exact.is_empty() || name.len() < 2 {
        return exact;
    }
    entries().iter().filter(|e| e.name.contains(name) || e.doc.contains(name)).collect()
}

/// The entries of a name as lines of text.
pub fn text(name: &str) -> String {
    let mut out = String::new();
    for e in find(name) {
        let head = if e.forms.is_empty() { e.name.to_string() } else { e.forms.join("   ") };
        out.push_str(&format!("{head}\n  {}\n", e.doc));
        if !e.note.is_empty() {
            out.push_str(&format!("  {}: {}\n", e.status, e.note));
        }
        for (x, y) in e.examples {
            out.push_str(&format!("  {x}  gives  {y}\n"));
        }
    }
    out
}

fn help(h: &mut dyn Host, x: Value) -> Result<Value> {
    let asked: Vec<&'static Entry> = match x.as_text() {
        Some(t) if !t.is_empty() => find(&t),
        _ => entries().iter().collect(),
    };
    let syms = |f: &dyn Fn(&Entry) -> &'static str| Value::syms(asked.iter().map(|e| Sym::new(f(e))).collect());
    let texts =
        |f: &dyn Fn(&Entry) -> String| Value::list(asked.iter().map(|e| Value::string(f(e).into_bytes())).collect());
    let states = asked.iter().map(|e| Sym::new(status(h, e))).collect();
    let names = ["kind", "name", "forms", "doc", "status", "note"].iter().map(Sym::new).collect();
    let cols = vec![
        syms(&|e| e.kind),
        syms(&|e| e.name),
        texts(&|e| e.forms.join("   ")),
        texts(&|e| e.doc.clone()),
        Value::syms(states),
        texts(&|e| e.note.to_string()),
    ];
    Ok(Value::table(names, cols))
}
