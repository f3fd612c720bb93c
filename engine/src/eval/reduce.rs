//! Map and reduce: what a query over partitions computes in each, and how the results of the partitions make its own.
//!
//! Each aggregate of itemwise values is replaced by one or more that can be put together again, such as a sum and a
//! number of items for a mean; what stands around the aggregates is computed at the end. Grouping by the partition
//! column makes every expression one of its partition.

use super::group::itemwise;
use crate::value::code::{Code, Node};
use crate::value::{Sym, Ty, Value, Verb};
use crate::verb::lookup;

/// A query taken apart. The columns of partitions have names that no table has.
pub(super) struct Plan {
    /// Groups, as each partition computes them.
    pub by: Option<Vec<(Sym, Code)>>,
    /// Columns that each partition computes.
    pub cols: Vec<(Sym, Code)>,
    /// Groups of the result, from the columns of the partitions.
    pub end_by: Option<Vec<(Sym, Code)>>,
    /// Columns of the result, from those of the partitions.
    pub end: Vec<(Sym, Code)>,
}

/// Takes a query's columns apart; None where one of them needs the rows of all partitions at once.
pub(super) fn plan(cols: &[(Sym, Code)], by: Option<&[(Sym, Code)]>, names: &[Sym], field: Sym) -> Option<Plan> {
    let mut w = Work { names, parts: vec![] };
    if cols.is_empty() || !by.unwrap_or_default().iter().all(|(_, c)| w.of_rows(c)) {
        return None;
    }
    let apart = by.unwrap_or_default().iter().any(|(_, c)| matches!(&c.node, Node::Column(n, _) if *n == field));
    let end = cols
        .iter()
        .map(|(n, c)| Some((*n, if apart { verb1("first", w.part(c.clone()))? } else { w.split(c)? })))
        .collect::<Option<Vec<_>>>()?;
    let key = |k: usize| Sym::new(format!("\u{1}by{k}"));
    let keys = by.map(|b| b.iter().enumerate().map(|(k, (_, c))| (key(k), c.clone())).collect());
    let end_by = by.map(|b| b.iter().enumerate().map(|(k, (n, _))| (*n, column(key(k)))).collect());
    Some(Plan { by: keys, cols: w.parts, end_by, end })
}

struct Work<'a> {
    /// Columns of the table.
    names: &'a [Sym],
    parts: Vec<(Sym, Code)>,
}

fn code(node: Node) -> Code {
    Code { at: 0, node }
}
fn column(n: Sym) -> Code {
    code(Node::Column(n, Box::new(code(Node::Const(Value::Null)))))
}
fn verb1(name: &str, x: Code) -> Option<Code> {
    Some(code(Node::Monad(lookup(name)?, Box::new(x))))
}
fn verb2(name: &str, x: Code, y: Code) -> Option<Code> {
    Some(code(Node::Dyad(lookup(name)?, Box::new(x), Box::new(y))))
}

/// Verbs that work item by item, so that they can be applied to the results of aggregates.
const ATOMIC: [&str; 22] = [
    "+", "-", "*", "%", "&", "|", "=", "<>", "<", ">", "<=", ">=", "neg", "not", "abs", "null", "floor", "ceiling",
    "sqrt", "exp", "log", "signum",
];

impl Work<'_> {
    /// A column for the partitions to compute, as the column of their results.
    fn part(&mut self, c: Code) -> Code {
        let name = Sym::new(format!("\u{1}{}", self.parts.len()));
        self.parts.push((name, c));
        column(name)
    }

    /// True if the names in `c` are columns of the table, and its value for some rows is those rows of its value for all.
    fn of_rows(&self, c: &Code) -> bool {
        let mut used = vec![];
        super::filter::names_in(c, &mut used);
        let column = |n: &Sym| {
            let base = n.bytes().split(|&b| b == b'.').next().unwrap_or_default();
            self.names.contains(n) || n.bytes() == b"i" || self.names.iter().any(|c| c.bytes() == base)
        };
        itemwise(c) && used.iter().all(column)
    }

    fn split(&mut self, c: &Code) -> Option<Code> {
        match &c.node {
            Node::Const(v) if v.is_atom() => Some(c.clone()),
            Node::Local(_) | Node::Global(_) => Some(c.clone()),
            Node::Column(n, other) if !self.names.contains(n) && n.bytes() != b"i" => {
                let dotted = n.bytes().contains(&b'.') && n.bytes().first() != Some(&b'.');
                (!dotted).then(|| (**other).clone())
            }
            Node::Monad(v, x) if self.of_rows(x) => self.aggregate(v, x),
            Node::Monad(v, x) if ATOMIC.contains(&v.name) => Some(code(Node::Monad(v, Box::new(self.split(x)?)))),
            Node::Dyad(v, x, y) if matches!(v.name, "wavg" | "wsum") => self.pair(v, x, y),
            Node::Dyad(v, x, y) if ATOMIC.contains(&v.name) => {
                Some(code(Node::Dyad(v, Box::new(self.split(x)?), Box::new(self.split(y)?))))
            }
            Node::Dyad(v, x, y) if v.name == "$" && matches!(&x.node, Node::Const(v) if v.ty() == Some(Ty::Char)) => {
                Some(code(Node::Dyad(v, x.clone(), Box::new(self.split(y)?))))
            }
            Node::Apply(f, a) => match (&f.node, &a[..]) {
                (Node::Const(Value::Verb(v, _)), [x]) if self.of_rows(x) => self.aggregate(v, x),
                (Node::Const(Value::Verb(v, _)), [x, y]) if matches!(v.name, "wavg" | "wsum") => self.pair(v, x, y),
                _ => None,
            },
            _ => None,
        }
    }

    /// An aggregate of one column.
    fn aggregate(&mut self, v: &'static Verb, x: &Code) -> Option<Code> {
        let whole = |v| code(Node::Monad(v, Box::new(x.clone())));
        match v.name {
            "sum" | "prd" | "min" | "max" | "first" | "last" | "all" | "any" => {
                let p = self.part(whole(v));
                Some(code(Node::Monad(v, Box::new(p))))
            }
            "count" => {
                let p = self.part(whole(v));
                verb1("sum", p)
            }
            "avg" => {
                let total = self.part(verb1("sum", float(x)?)?);
                let n = self.part(items(x)?);
                verb2("%", verb1("sum", total)?, verb1("sum", n)?)
            }
            "var" => self.variance(x, false),
            "svar" => self.variance(x, true),
            "dev" => verb1("sqrt", self.variance(x, false)?),
            "sdev" => verb1("sqrt", self.variance(x, true)?),
            _ => None,
        }
    }

    /// Variance from the number of items, the mean and the variance of each partition: what is within them, and what is
    /// between their means. Squares of the values themselves would cancel out.
    fn variance(&mut self, x: &Code, sample: bool) -> Option<Code> {
        let n = self.part(items(x)?);
        let mean = self.part(verb1("avg", x.clone())?);
        let var = self.part(verb1("var", x.clone())?);
        let all = verb1("sum", n.clone())?;
        let centre = verb2("%", verb1("sum", verb2("*", n.clone(), mean.clone())?)?, all.clone())?;
        let off = verb2("-", mean, centre)?;
        let within = verb2("+", var, verb2("*", off.clone(), off)?)?;
        let squares = verb1("sum", verb2("*", n, within)?)?;
        let one = code(Node::Const(Value::long(1)));
        verb2("%", squares, if sample { verb2("-", all, one)? } else { all })
    }

    /// `w wavg x` and `w wsum x`.
    fn pair(&mut self, v: &'static Verb, w: &Code, x: &Code) -> Option<Code> {
        if !(self.of_rows(w) && self.of_rows(x)) {
            return None;
        }
        if v.name == "wsum" {
            let p = self.part(code(Node::Dyad(v, Box::new(w.clone()), Box::new(x.clone()))));
            return verb1("sum", p);
        }
        let total = self.part(verb1("sum", verb2("*", float(w)?, float(x)?)?)?);
        let known = verb1("not", verb1("null", x.clone())?)?;
        let weight = self.part(verb1("sum", verb2("*", float(w)?, known)?)?);
        verb2("%", verb1("sum", total)?, verb1("sum", weight)?)
    }
}

/// Values as floats.
fn float(x: &Code) -> Option<Code> {
    verb2("$", code(Node::Const(Value::char(b'f'))), x.clone())
}

/// How many items are not null.
fn items(x: &Code) -> Option<Code> {
    verb1("sum", verb1("not", verb1("null", x.clone())?)?)
}
