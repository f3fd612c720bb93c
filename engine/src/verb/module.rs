//! `use`: finding modules and loading each once.

use crate::ensure;
use crate::error::{Error, Result};
use crate::modules;
use crate::value::{Host, Sym, Value, Verb};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub static VERBS: &[Verb] = &[
    Verb {
        name: "use",
        monad: Some(|h, x| {
            let (name, beside) = full_name(h, &x)?;
            if !loaded(h).contains(&name) {
                load(h, name, beside)?;
            }
            export(h, name)
        }),
        doc: "load a module, once, and give what it exports",
        examples: &[("(use`kx.printf)[`printf](\"%d of %s\";2;`b)", "\"2 of b\"")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.m.reuse",
        monad: Some(|h, x| {
            let (name, beside) = full_name(h, &x)?;
            load(h, name, beside)?;
            export(h, name)
        }),
        doc: "load a module again and give what it exports",
        ..Verb::BLANK
    },
];

/// Modules that have been loaded, or are being.
fn loaded(h: &mut dyn Host) -> &mut BTreeSet<Sym> {
    let slot = h.extension("modules");
    if !slot.as_ref().is_some_and(|b| b.is::<BTreeSet<Sym>>()) {
        *slot = Some(Box::new(BTreeSet::<Sym>::new()));
    }
    slot.as_mut().and_then(|b| b.downcast_mut()).expect("just set")
}

/// A module's name from the root: `..sibling` and `.child` are seen from the module being loaded. From outside modules
/// they are in the current directory, which the second item says.
fn full_name(h: &dyn Host, x: &Value) -> Result<(Sym, bool)> {
    let name = x.as_sym().ok_or_else(Error::ty)?;
    let b = name.bytes();
    ensure!(!b.is_empty() && !b.contains(&b'/'), "domain");
    if b[0] != b'.' {
        return Ok((name, false));
    }
    let here = h.module();
    let (base, rest) = match b.strip_prefix(b"..") {
        Some(rest) => (here.bytes().iter().rposition(|&c| c == b'.').map_or(&b""[..], |k| &here.bytes()[..k]), rest),
        None => (here.bytes(), &b[1..]),
    };
    ensure!(!rest.is_empty(), "domain");
    let full = if base.is_empty() { Sym::new(rest) } else { Sym::new([base, b".", rest].concat()) };
    Ok((full, here.is_null()))
}

fn load(h: &mut dyn Host, name: Sym, beside: bool) -> Result<()> {
    let (file, text) = find(h, name, beside)?;
    loaded(h).insert(name);
    let r = h.load_module(name, &file, &text);
    if r.is_err() {
        loaded(h).remove(&name);
    }
    r
}

/// The value of the module's `export`; a function there is called for it.
fn export(h: &mut dyn Host, name: Sym) -> Result<Value> {
    let space = Sym::new([b".m.", name.bytes(), b".export"].concat());
    let e = h.peek(space).ok_or_else(|| Error::new(format!("export: {}", name.text())))?;
    if e.is_func() { h.call(&e, vec![Value::Null]) } else { Ok(e) }
}

/// A module's file and text: `a.b` is `a/b.q` or `a/b/init.q` under a directory of `.Q.m.SP`, or one that quill brings.
/// `beside`: in the current directory instead.
fn find(h: &mut dyn Host, name: Sym, beside: bool) -> Result<(String, String)> {
    let relative: PathBuf = name.text().split('.').collect();
    let dirs: Vec<PathBuf> = match h.peek(Sym::new(".Q.m.SP")) {
        _ if beside => vec![PathBuf::from(".")],
        Some(v) => v.items().iter().filter_map(Value::as_text).map(PathBuf::from).collect(),
        None => vec![],
    };
    for d in &dirs {
        let stem = d.join(&relative);
        for file in [with_suffix(&stem, "q"), with_suffix(&stem, "k"), stem.join("init.q"), stem.join("init.k")] {
            if file.is_file() {
                let shown = file.to_string_lossy().into_owned();
                crate::access::read(&file)?;
                crate::access::read(&file)?;
                let bytes = std::fs::read(&file).map_err(|e| Error::os(&shown, &e))?;
                return Ok((shown, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
    let text = modules::text(&name.text()).ok_or_else(|| Error::new(format!("notfound: {}", name.text())))?;
    Ok((format!("{}.q", name.text()), text.to_string()))
}

fn with_suffix(stem: &Path, suffix: &str) -> PathBuf {
    let mut s = stem.as_os_str().to_owned();
    s.push(".");
    s.push(suffix);
    PathBuf::from(s)
}
