//! Functions as values, and what a primitive may ask of the evaluator.

use super::code::Code;
use super::{Sym, Value};
use crate::error::Result;
use std::any::Any;
use std::sync::Arc;

/// What happens on an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trap {
    /// Somebody waits for the error alone: `@[f;x;e]`, `.[f;x;e]`, a remote caller.
    Abort,
    /// The evaluation is suspended and a person asked.
    Debug,
    /// The levels it passes are noted: `.Q.trp`, a script that nobody watches.
    Trace,
}

/// What a primitive may ask of the evaluator that runs it.
pub trait Host {
    /// Applies any applicable value to arguments (an `Elided` one makes a projection).
    fn call(&mut self, f: &Value, args: Vec<Value>) -> Result<Value>;
    /// The global `name` (relative names are looked up in the current context), or an error that names it.
    fn get(&mut self, name: Sym) -> Result<Value>;
    /// Like `get`, without an error.
    fn peek(&mut self, name: Sym) -> Option<Value>;
    /// Assigns a global.
    fn set(&mut self, name: Sym, v: Value) -> Result<()>;
    /// Takes a global's value out for amending in place; it must be put back by `set`.
    fn take(&mut self, name: Sym) -> Result<Value>;
    /// Removes a global; true if it existed.
    fn remove(&mut self, name: Sym) -> bool;
    /// Evaluates a parse tree.
    fn eval(&mut self, tree: &Value) -> Result<Value>;
    /// Evaluates q text as a console line does; the value is `Null` for a line that shows nothing.
    fn eval_text(&mut self, text: &str) -> Result<Value>;
    /// Console and session settings.
    fn settings(&mut self) -> &mut super::func::Settings;
    /// The current namespace (`` `. `` or `` `.name ``).
    fn context(&self) -> Sym;
    /// Name of the module being loaded (`` `kx.log ``), null outside one.
    fn module(&self) -> Sym;
    /// Runs a module's text in its own namespace. `file` names it in messages and is what `\l ::other.q` starts from.
    fn load_module(&mut self, name: Sym, file: &str, text: &str) -> Result<()>;
    /// State that another layer keeps with the session (handles, random generator, mounted database), by type.
    fn extension(&mut self, key: &'static str) -> &mut Option<Box<dyn Any + Send>>;
    /// Names in a namespace (`` `. `` is the root), in the order of definition; of the empty name, the namespaces.
    fn names(&mut self, context: Sym) -> Vec<Sym>;
    /// A host for a worker thread, seeing the same globals but unable to change them.
    fn fork(&self) -> Box<dyn Host + Send>;
    /// The functional qSQL forms: `?[t;c;b;a…]` when `amend` is false, `![t;c;b;a]` when true.
    fn sql(&mut self, amend: bool, args: Vec<Value>) -> Result<Value>;
    /// A system command without its backslash, as `system` runs it.
    fn system(&mut self, command: &str) -> Result<Value>;
    /// The text of view `name` after its `::`, or None where it is not a view.
    fn view_text(&mut self, name: Sym) -> Option<String>;
    /// Of view `name`, unevaluated: its last value, parse tree, dependencies and text.
    fn view_parts(&mut self, name: Sym) -> Option<Value>;
    /// Evaluates a parse tree with side effects forbidden.
    fn reval(&mut self, tree: &Value) -> Result<Value>;
    /// `'stop` when the evaluation has been interrupted, `'wsfull` when it uses too much: to be asked in long loops.
    fn poll(&mut self) -> Result<()>;
    /// What is done about errors from now on; returns what was done before.
    fn trap(&mut self, mode: Trap) -> Trap;
    /// Runs `f` as a level of its own, which a backtrace shows as `(name)`; of the empty name, does not show.
    fn within(&mut self, name: &'static str, f: &mut dyn FnMut(&mut dyn Host) -> Result<Value>) -> Result<Value>;
    /// The levels that are running, innermost first, and at the debug prompt the number of the current one.
    fn backtrace(&mut self) -> (Vec<crate::error::Frame>, Option<usize>);
    /// Runs `f`, and `logged` after it if `f` has changed the default namespace. When either fails, no global keeps
    /// what they changed.
    fn transact(
        &mut self,
        f: &mut dyn FnMut(&mut dyn Host) -> Result<Value>,
        logged: &mut dyn FnMut(&mut dyn Host) -> Result<()>,
    ) -> Result<Value>;
    /// Itself, for the layers above to get at their own type.
    fn as_any(&mut self) -> &mut dyn Any;
}

/// Settings that display and parsing depend on.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `\c` rows and columns.
    pub console: (usize, usize),
    /// `\C` rows and columns for HTTP.
    pub http: (usize, usize),
    /// `\P` digits; 0 means 17.
    pub precision: usize,
    /// `\z`: 0 mm/dd/yyyy, 1 dd/mm/yyyy.
    pub date_order: u8,
    /// `\W` first day of the week (2 is Monday).
    pub week_start: u8,
    /// `\o` offset from UTC in minutes or hours; None takes the system's zone.
    pub utc_offset: Option<i32>,
    /// `-s`.
    pub threads: usize,
    /// `\s` is negative: `peach` uses the processes of `.z.pd`, and no threads.
    pub processes: bool,
    /// The most that `\s` may set: what `-s` said.
    pub max_threads: usize,
    /// `\e`
    pub error_trap: i32,
    /// `\g`
    pub gc_mode: i32,
    /// `\S`
    pub seed: i64,
    /// `\T`
    pub timeout: i64,
    /// `-q`
    pub quiet: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            console: (25, 80),
            http: (36, 2000),
            precision: 7,
            date_order: 0,
            week_start: 2,
            utc_offset: None,
            threads: 0,
            processes: false,
            max_threads: 0,
            error_trap: 0,
            gc_mode: 0,
            seed: -314_159,
            timeout: 0,
            quiet: false,
        }
    }
}

/// Code of a monadic primitive.
pub type Monad = fn(&mut dyn Host, Value) -> Result<Value>;
/// Code of a dyadic primitive.
pub type Dyad = fn(&mut dyn Host, Value, Value) -> Result<Value>;
/// Code of a primitive of any number of arguments (three or more, or a list of them).
pub type Variad = fn(&mut dyn Host, Vec<Value>) -> Result<Value>;

/// A primitive: an operator or a keyword, one row of the verb table.
pub struct Verb {
    /// How q writes it: `+`, `neg`, `lj`.
    pub name: &'static str,
    /// How the monadic form prints when it is not `name` itself: `-:` for `neg`. Empty: as `name`.
    pub glyph: &'static str,
    /// One-argument form.
    pub monad: Option<Monad>,
    /// Two-argument form.
    pub dyad: Option<Dyad>,
    /// Form of three or more arguments (`@[x;i;f;y]`, `?[t;c;b;a]`, `ssr`, `aj`); also serves as the fallback for
    /// an argument count without its own form.
    pub variad: Option<Variad>,
    /// Arguments it waits for when it has no form for fewer: what is missing makes a projection. 0: does not apply.
    pub rank: usize,
    /// May stand between its arguments (`x lj y`).
    pub infix: bool,
    /// One line of documentation, shown by `help`.
    pub doc: &'static str,
    /// Examples that the tests run: expression and an expression that must match it.
    pub examples: &'static [(&'static str, &'static str)],
}

impl Verb {
    /// A row with nothing filled in, for `..Verb::BLANK`.
    pub const BLANK: Verb = Verb {
        name: "",
        glyph: "",
        monad: None,
        dyad: None,
        variad: None,
        rank: 0,
        infix: false,
        doc: "",
        examples: &[],
    };
}

/// The six iterators.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Adverb {
    Each,
    Over,
    Scan,
    Prior,
    EachRight,
    EachLeft,
}

impl Adverb {
    /// Type number of a function derived by it.
    pub fn type_code(self) -> i16 {
        match self {
            Adverb::Each => 106,
            Adverb::Over => 107,
            Adverb::Scan => 108,
            Adverb::Prior => 109,
            Adverb::EachRight => 110,
            Adverb::EachLeft => 111,
        }
    }
    /// As written.
    pub fn glyph(self) -> &'static str {
        match self {
            Adverb::Each => "'",
            Adverb::Over => "/",
            Adverb::Scan => "\\",
            Adverb::Prior => "':",
            Adverb::EachRight => "/:",
            Adverb::EachLeft => "\\:",
        }
    }
}

/// What the functions of a runtime script show instead of their text.
pub const LOCKED_TEXT: &str = "locked";

/// A function literal, compiled once.
pub struct Lambda {
    /// Source with its braces, as `string` shows it.
    pub text: Arc<str>,
    /// Parameter names; implicit `x y z` filled in.
    pub params: Vec<Sym>,
    /// Names of locals that are not parameters, in slot order after them.
    pub locals: Vec<Sym>,
    /// Globals it refers to, in order of appearance.
    pub globals: Vec<Sym>,
    /// Namespace in which it was defined, `` `. `` for the root.
    pub context: Sym,
    /// The body.
    pub body: Code,
    /// Where the text came from (`file.q:12`), empty for a console line.
    pub origin: Arc<str>,
    /// Column of its text in the first line of it, from 0.
    pub column: usize,
    /// Full name of the global to which the text assigns it; `f@` within the function `f`; else empty.
    pub name: Arc<str>,
}

/// A projection: `args` holds `Elided` where an argument is still open.
pub struct Proj {
    pub func: Value,
    pub args: super::Items,
}

impl Proj {
    /// Number of open arguments.
    pub fn open(&self) -> usize {
        self.args.iter().filter(|a| matches!(a, Value::Elided)).count()
    }
}

/// `f'`, `f/`, …
pub struct Derived {
    pub adverb: Adverb,
    pub func: Value,
}
