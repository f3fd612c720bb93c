//! Compiled code: what the parser makes of q text and the evaluator walks.

use super::{Adverb, Lambda, Sym, Value};
use std::sync::Arc;

/// A compiled expression with the byte offset of its text, for error carets.
#[derive(Clone)]
pub struct Code {
    pub at: u32,
    pub node: Node,
}

/// One form of expression.
#[derive(Clone)]
pub enum Node {
    /// A literal, or a primitive.
    Const(Value),
    /// A local variable or parameter, by slot.
    Local(u16),
    /// A global; the name as written, resolved against the lambda's context when it runs.
    Global(Sym),
    /// In a qSQL phrase: a column if the table has one, otherwise the variable in the box.
    Column(Sym, Box<Code>),
    /// `f[x;y]`, `f x`, `x f y`: the function, then arguments in order (evaluated from the right).
    /// An `Elided` constant is an omitted argument.
    Apply(Box<Code>, Vec<Code>),
    /// `x f y` and `f x` of a constant primitive, the common cases.
    Monad(&'static super::Verb, Box<Code>),
    Dyad(&'static super::Verb, Box<Code>, Box<Code>),
    /// `(a;b;c)`
    List(Vec<Code>),
    /// `([]a:…)`, `([k:…]a:…)`: key columns, then the others.
    Table(Option<Vec<(Sym, Code)>>, Vec<(Sym, Code)>),
    /// `([a:1;b:2])`
    DictLit(Vec<(Sym, Code)>),
    /// Assignment, plain, indexed and through a verb.
    Assign(Box<Assign>),
    /// `(a;b):v` and `([a;b]):v`: pattern assignment.
    Unpack(Box<Pattern>, Box<Code>),
    /// `$[c;a;…;z]`
    Cond(Vec<Code>),
    /// `:[v;p;r;…;rd]`: the result beside the first pattern that fits.
    Match(Box<Code>, Vec<(Pattern, Code)>, Option<Box<Code>>),
    /// `if[c;…]`
    If(Vec<Code>),
    /// `while[c;…]`
    While(Vec<Code>),
    /// `do[n;…]`
    Do(Vec<Code>),
    /// `[a;b;c]` or the body of a function: values of all but the last are dropped.
    Block(Vec<Code>),
    /// `:x` in a function
    Return(Box<Code>),
    /// `'x`
    Signal(Box<Code>),
    /// A function literal.
    Lambda(Arc<Lambda>),
    /// `f'`, `f/` … where `f` is an expression.
    Derive(Adverb, Box<Code>),
    /// `f g` with a trailing verb: `flip value@`.
    Compose(Vec<Code>),
    /// `select …`, `exec …`, `update …`, `delete …`
    Sql(Box<Sql>),
    /// An expression ended by `;`: its value is not shown and is `::`.
    Silent(Box<Code>),
}

/// Where an assignment goes.
#[derive(Clone)]
pub enum Place {
    Local(u16),
    Global(Sym),
}

/// `name[index] op: value`
#[derive(Clone)]
pub struct Assign {
    pub place: Place,
    /// The name as written (for `parse`).
    pub name: Sym,
    /// `::` was written.
    pub global: bool,
    /// Index expressions, `Elided` constants for omitted ones; empty without brackets.
    pub index: Vec<Code>,
    /// The function in `x op: y` (a constant function), or None.
    pub op: Option<Code>,
    /// The right side; None for a monadic assign-through such as `x-:`.
    pub value: Option<Code>,
}

/// What a value is matched with: the left side of an assignment, a parameter, a case of `:[…]`.
#[derive(Clone)]
pub enum Pattern {
    /// A name.
    Name(Place, Sym),
    /// `a[i]`: amended when the whole pattern has matched; holds no value.
    Index(Box<Assign>),
    /// A literal that must match.
    Match(Value),
    /// Anything.
    Skip,
    /// `(p;q;…)`: as many items.
    List(Vec<Pattern>),
    /// `([a:p;b:q])` and `keys!p`: the values under those keys.
    Entries(Value, Box<Pattern>),
    /// `(p!q)`: all keys and all values of a dictionary.
    KeyValue(Box<Pattern>, Box<Pattern>),
    /// `flip p` and `([]a:p)`: the columns of a table as a dictionary.
    Flip(Box<Pattern>),
    /// `p:f`: through a filter function, or checked for a type letter, before it is matched.
    Filter(Box<Pattern>, Box<Code>),
}

/// What a qSQL template does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SqlKind {
    Select,
    Exec,
    Update,
    /// rows by `where`
    DeleteRows,
    /// columns
    DeleteCols,
}

/// A qSQL template or its functional form, compiled.
#[derive(Clone)]
pub struct Sql {
    pub kind: SqlKind,
    /// The table expression (a symbol value names a global to amend in place).
    pub table: Code,
    /// Columns of the result by name; empty means all.
    pub cols: Vec<(Sym, Code)>,
    /// Grouping: None without `by`. An unnamed single `exec … by c` grouping has the empty name.
    pub by: Option<Vec<(Sym, Code)>>,
    /// `where` phrases in order.
    pub filter: Vec<Code>,
    /// `select[n]`, `select[m n]`
    pub limit: Option<Code>,
    /// `select[>col]`: verb (`<` or `>` and so on as the sort verb) and column.
    pub order: Option<(Sym, Code)>,
    /// `select distinct`
    pub distinct: bool,
    /// `exec` of one unnamed expression yields a list, not a dictionary.
    pub bare: bool,
}
