//! `use`: finding modules and loading each once.

use crate::ensure;
use crate::error::{Error, Result};
use crate::modules;
use crate::value::{Host, Sym, Value, Verb};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub static VERBS: &[Verb] = &[
    Verb {
        name: "use",
        monad: Some(|h, x| {
            let w = wanted(h, &x)?;
            if !loaded(h).contains_key(&w.name) {
                load(h, &w)?;
            }
            export(h, w.name)
        }),
        doc: "load a module, once, and give what it exports",
        examples: &[("(use`kx.printf)[`printf](\"%d of %s\";2;`b)", "\"2 of b\"")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.m.reuse",
        monad: Some(|h, x| {
            let w = wanted(h, &x)?;
            load(h, &w)?;
            export(h, w.name)
        }),
        doc: "load a module again and give what it exports",
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.rp",
        monad: Some(resolve),
        doc: "a file symbol that starts with :: as one in the directory of the module being loaded",
        examples: &[(".Q.rp`:::data/a.csv", "`:data/a.csv"), (".Q.rp`:a.csv", "`:a.csv")],
        ..Verb::BLANK
    },
];

fn resolve(h: &mut dyn Host, x: Value) -> Result<Value> {
    let Value::Sym(s) = x else { return Err(Error::ty()) };
    let text = s.text();
    let path = text.strip_prefix(':').ok_or_else(Error::ty)?;
    let Some(inner) = path.strip_prefix("::") else { return Ok(Value::Sym(s)) };
    let here = h.module();
    let dir = loaded(h).get(&here).and_then(|f| f.as_ref()?.parent().map(Path::to_path_buf));
    let at = dir.map_or_else(|| PathBuf::from(inner), |d| d.join(inner));
    Ok(Value::sym(format!(":{}", at.display())))
}

/// Files of the modules that have been loaded, or are being; none for those that quill brings.
type Loaded = BTreeMap<Sym, Option<PathBuf>>;

fn loaded(h: &mut dyn Host) -> &mut Loaded {
    let slot = h.extension("modules");
    if !slot.as_ref().is_some_and(|b| b.is::<Loaded>()) {
        *slot = Some(Box::new(Loaded::new()));
    }
    slot.as_mut().and_then(|b| b.downcast_mut()).expect("just set")
}

/// A module that is asked for.
struct Wanted {
    /// Its name from the root.
    name: Sym,
    /// Where a name seen from the module being loaded is looked for first, without suffix.
    beside: Option<PathBuf>,
    /// It was named from outside modules, so it is nowhere else.
    only_beside: bool,
}

/// `..sibling` and `.child` are seen from the module being loaded; from outside modules they are in the current directory.
fn wanted(h: &mut dyn Host, x: &Value) -> Result<Wanted> {
    let name = x.as_sym().ok_or_else(Error::ty)?;
    let b = name.bytes();
    ensure!(!b.is_empty() && !b.contains(&b'/'), "domain");
    if b[0] != b'.' {
        return Ok(Wanted { name, beside: None, only_beside: false });
    }
    let here = h.module();
    let sibling = b.starts_with(b"..");
    let rest = if sibling { &b[2..] } else { &b[1..] };
    ensure!(!rest.is_empty(), "domain");
    let base = match here.bytes().iter().rposition(|&c| c == b'.') {
        Some(k) if sibling => &here.bytes()[..k],
        None if sibling => &b""[..],
        _ => here.bytes(),
    };
    let name = if base.is_empty() { Sym::new(rest) } else { Sym::new([base, b".", rest].concat()) };
    let dir = if here.is_null() {
        Some(PathBuf::from("."))
    } else {
        loaded(h).get(&here).cloned().flatten().map(|file| {
            // a module is `a.q`, or `a/init.q` with what belongs to it
            let own = if file.file_stem().is_some_and(|s| s == "init") {
                file.parent().unwrap_or(Path::new("")).to_path_buf()
            } else {
                file.with_extension("")
            };
            if sibling { own.parent().unwrap_or(Path::new("")).to_path_buf() } else { own }
        })
    };
    let relative: PathBuf = Sym::new(rest).text().split('.').collect();
    Ok(Wanted { name, beside: dir.map(|d| d.join(relative)), only_beside: here.is_null() })
}

fn load(h: &mut dyn Host, w: &Wanted) -> Result<()> {
    let (file, text) = find(h, w)?;
    let shown = file.as_ref().map_or_else(|| format!("{}.q", w.name.text()), |f| f.to_string_lossy().into_owned());
    loaded(h).insert(w.name, file);
    let r = h.load_module(w.name, &shown, &text);
    if r.is_err() {
        loaded(h).remove(&w.name);
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
fn find(h: &mut dyn Host, w: &Wanted) -> Result<(Option<PathBuf>, String)> {
    let relative: PathBuf = w.name.text().split('.').collect();
    let mut stems: Vec<PathBuf> = w.beside.iter().cloned().collect();
    if !w.only_beside
        && let Some(v) = h.peek(Sym::new(".Q.m.SP"))
    {
        stems.extend(v.items().iter().filter_map(Value::as_text).map(|d| Path::new(&d).join(&relative)));
    }
    for stem in &stems {
        for file in [with_suffix(stem, "q"), with_suffix(stem, "k"), stem.join("init.q"), stem.join("init.k")] {
            if file.is_file() {
                crate::access::read(&file)?;
                let bytes = std::fs::read(&file).map_err(|e| Error::os(&file.to_string_lossy(), &e))?;
                return Ok((Some(file), String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
    let text = modules::text(&w.name.text()).filter(|_| !w.only_beside);
    Ok((None, text.ok_or_else(|| Error::new(format!("notfound: {}", w.name.text())))?.to_string()))
}

fn with_suffix(stem: &Path, suffix: &str) -> PathBuf {
    let mut s = stem.as_os_str().to_owned();
    s.push(".");
    s.push(suffix);
    PathBuf::from(s)
}
