//! Primitives: one row each. Look-up, `help`, COMPAT.md and the example tests read the same rows.

pub mod agg;
pub mod amend;
pub mod arith;
pub mod asof;
pub mod cast;
pub mod coding;
pub mod compare;
pub mod db;
pub mod dict;
pub mod dispatch;
pub mod file;
pub mod find;
pub mod fold;
pub mod help;
pub mod http;
pub mod index;
pub mod internal;
pub mod ipc;
pub mod iterate;
pub mod join;
pub mod journal;
pub mod json;
pub mod locked;
pub mod module;
pub mod order;
pub mod processes;
pub mod profile;
pub mod qsql;
pub mod random;
pub mod set;
pub mod shape;
pub mod system;
pub mod temporal;
pub mod text;
pub mod tok;
pub mod window;

use crate::value::Verb;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

static TABLES: &[&[Verb]] = &[
    arith::VERBS,
    compare::VERBS,
    agg::VERBS,
    window::VERBS,
    random::VERBS,
    shape::VERBS,
    set::VERBS,
    find::VERBS,
    order::VERBS,
    text::VERBS,
    dict::VERBS,
    index::VERBS,
    amend::VERBS,
    iterate::VERBS,
    join::VERBS,
    qsql::VERBS,
    cast::VERBS,
    coding::VERBS,
    temporal::VERBS,
    json::VERBS,
    module::VERBS,
    file::VERBS,
    db::VERBS,
    ipc::VERBS,
    http::VERBS,
    internal::VERBS,
    profile::VERBS,
    system::VERBS,
    help::VERBS,
];

struct Names {
    by_name: FxHashMap<&'static str, &'static Verb>,
    by_glyph: FxHashMap<&'static str, &'static Verb>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut n = Names { by_name: FxHashMap::default(), by_glyph: FxHashMap::default() };
    for v in all() {
        n.by_name.entry(v.name).or_insert(v);
        if !v.glyph.is_empty() {
            n.by_glyph.entry(v.glyph).or_insert(v);
        }
    }
    n
});

/// Every primitive, in table order.
pub fn all() -> impl Iterator<Item = &'static Verb> {
    TABLES.iter().flat_map(|t| t.iter())
}

/// The primitive that q calls `name`: an operator (`+`), a keyword (`neg`) or a namespaced function (`.Q.en`).
pub fn lookup(name: &str) -> Option<&'static Verb> {
    NAMES.by_name.get(name).copied()
}

/// The keyword behind a monadic k form such as `#:`.
pub fn lookup_glyph(glyph: &str) -> Option<&'static Verb> {
    NAMES.by_glyph.get(glyph).copied()
}

/// Calls a row that no program can name. One layer offers such a row to another, found by name when it is needed:
/// `-8!` and the other negative integers before `!`.
pub fn call_row(
    h: &mut dyn crate::value::Host,
    name: &str,
    mut args: Vec<crate::value::Value>,
) -> crate::error::Result<crate::value::Value> {
    let v = lookup(name).ok_or_else(crate::error::Error::nyi)?;
    match (args.len(), v.monad, v.dyad, v.variad) {
        (1, Some(f), ..) => {
            let x = args.remove(0);
            f(h, x)
        }
        (2, _, Some(f), _) => {
            let (y, x) = (args.remove(1), args.remove(0));
            f(h, x, y)
        }
        (_, _, _, Some(f)) => f(h, args),
        _ => Err(crate::error::Error::rank()),
    }
}
