//! Tokens to code. q has one rule: the right side first, then the function beside it.

use super::lex::{Tok, Token, lex};
use super::pattern::pattern;
use super::resolve;
use crate::error::{Error, Result};
use crate::value::code::{Assign, Code, Node, Pattern, Place, Sql, SqlKind};
use crate::value::{Adverb, Sym, Ty, Value, Verb};
use crate::verb;
use std::sync::Arc;

/// Where text comes from, for messages and for the context of its lambdas.
#[derive(Clone)]
pub struct Source {
    /// `file.q:12`, or empty for a console line.
    pub origin: Arc<str>,
    /// Namespace that is current: `` `. `` or `` `.name ``.
    pub context: Sym,
    /// Namespace of the module whose text it is: what `.z.m` and `.z.M` mean in it. `` `. `` outside modules.
    pub module: Sym,
    /// The text was marked `k)`: an operator may stand before its one argument.
    pub k: bool,
}

/// Compiles one statement (or several separated by `;`). The value of a statement ended by `;` is silent.
pub fn compile(text: &str, src: &Source) -> Result<Code> {
    let mut code = parsed(text, src)?;
    resolve::top(&mut code, src.context, src.module);
    resolve::name_lambdas(&mut code, "");
    Ok(code)
}

/// Compiles what is typed where the function `l` is suspended.
pub fn compile_within(text: &str, src: &Source, l: &crate::value::Lambda) -> Result<Code> {
    let mut code = parsed(text, src)?;
    resolve::within(&mut code, l);
    Ok(code)
}

fn parsed(text: &str, src: &Source) -> Result<Code> {
    let bytes = text.as_bytes();
    let toks = lex(bytes)?;
    let mut p = Parser { s: bytes, toks, i: 0, src, stop: Stop::default(), lambda: 0, depth: 0, parens: (0, 0) };
    let code = p.sequence(None).map_err(|e| p.place(e))?;
    if !matches!(p.peek(), Tok::End) {
        let e = p.unexpected();
        return Err(p.place(e));
    }
    Ok(code)
}

/// The code of one statement with its names as written, for `parse`.
pub fn raw(text: &str, src: &Source) -> Result<Code> {
    let root = Source { origin: src.origin.clone(), context: Sym::ROOT, module: Sym::ROOT, k: src.k };
    compile(text, &root)
}

/// Deepest nesting of code. Every expression nests in the one on its left, and most cost two levels.
const DEPTH: usize = 1_000_000;

/// Most functions of one composition.
const PARTS: usize = 10_000;

/// What ends an expression inside a qSQL phrase.
#[derive(Clone, Copy, Default)]
struct Stop {
    comma: bool,
    by: bool,
    from: bool,
    filter: bool,
}

struct Parser<'a> {
    s: &'a [u8],
    toks: Vec<Token>,
    i: usize,
    src: &'a Source,
    stop: Stop,
    lambda: usize,
    depth: usize,
    /// The tokens of the parentheses that were closed last, from the opening one to the one behind.
    parens: (usize, usize),
}

/// What stands on the right of a function: a value, or functions that it composes with.
enum Right {
    Value(Code),
    Parts(Vec<Code>),
}

/// A parsed term: its code and whether it stands as a verb (takes what is on both sides).
struct Term {
    code: Code,
    verb: bool,
}

fn code(at: usize, node: Node) -> Code {
    Code { at: u32::try_from(at).unwrap_or(0), node }
}
fn elided(at: usize) -> Code {
    code(at, Node::Const(Value::Elided))
}

impl Parser<'_> {
    fn peek(&self) -> &Tok {
        &self.toks[self.i].tok
    }
    fn peek_at(&self, k: usize) -> &Tok {
        self.toks.get(self.i + k).map_or(&Tok::End, |t| &t.tok)
    }
    fn at(&self) -> usize {
        self.toks[self.i].at
    }
    fn next(&mut self) -> Token {
        let t = self.toks[self.i].clone();
        if self.i + 1 < self.toks.len() {
            self.i += 1;
        }
        t
    }
    fn is(&self, c: u8) -> bool {
        matches!(self.peek(), Tok::Punct(p) if *p == c)
    }
    fn is_name(&self, n: &str) -> bool {
        matches!(self.peek(), Tok::Name(s) if s.bytes() == n.as_bytes())
    }
    fn eat(&mut self, c: u8) -> Result<usize> {
        if self.is(c) {
            Ok(self.next().end)
        } else if matches!(self.peek(), Tok::End) {
            // the error is what was opened and is not closed
            let open = match c {
                b')' => "(",
                b']' => "[",
                _ => "{",
            };
            Err(Error::new(open))
        } else {
            Err(self.unexpected())
        }
    }
    fn unexpected(&self) -> Error {
        let t = &self.toks[self.i];
        Error::new(String::from_utf8_lossy(&self.s[t.at..t.end]).into_owned())
    }
    fn place(&self, e: Error) -> Error {
        let at = self.at();
        e.at(self.s, at)
    }

    /// Statements up to `close` (or the end), as one code.
    fn sequence(&mut self, close: Option<u8>) -> Result<Code> {
        let at = self.at();
        let mut out = vec![];
        let mut ended = false;
        loop {
            let done = match close {
                Some(c) => self.is(c),
                None => matches!(self.peek(), Tok::End),
            };
            if done {
                break;
            }
            if self.is(b';') {
                // an empty statement is `::`; what follows the last one is only its end
                if ended || out.is_empty() {
                    out.push(code(self.at(), Node::Const(Value::Null)));
                }
                self.next();
                ended = true;
                continue;
            }
            if let Some(c) = close
                && matches!(self.peek(), Tok::End)
            {
                return Err(Error::new((c as char).to_string()));
            }
            out.push(self.expr()?);
            ended = false;
            if !self.is(b';') {
                break;
            }
        }
        let mut c = match out.len() {
            0 => code(at, Node::Const(Value::Null)),
            1 => out.remove(0),
            _ => code(at, Node::Block(out)),
        };
        if ended {
            c = code(at, Node::Silent(Box::new(c)));
        }
        Ok(c)
    }

    fn ends(&self) -> bool {
        match self.peek() {
            Tok::End => true,
            Tok::Punct(c) => matches!(c, b')' | b']' | b'}' | b';'),
            Tok::Op(",") => self.stop.comma,
            Tok::Name(n) => match n.bytes() {
                b"by" => self.stop.by,
                b"from" => self.stop.from,
                b"where" => self.stop.filter,
                _ => false,
            },
            _ => false,
        }
    }

    /// One expression.
    fn expr(&mut self) -> Result<Code> {
        Ok(self.expr_or_verb()?.0)
    }

    /// What stands on the right of a function; a verb alone there makes the two a composition: `0|+`.
    fn right(&mut self) -> Result<Right> {
        let from = self.i;
        let (c, bare) = self.expr_or_verb()?;
        Ok(match c {
            c if bare => Right::Parts(vec![c]),
            // one pair of parentheses and what it holds: a noun, whatever that is
            c if self.parens == (from, self.i) => Right::Value(c),
            c => trailing(c),
        })
    }

    /// One expression, and whether it is a verb without arguments.
    fn expr_or_verb(&mut self) -> Result<(Code, bool)> {
        self.deeper(Self::expression)
    }

    /// One more level of nesting: `'stack` where it is absurd, or where the stack of this thread ends.
    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        crate::value::stack::check()?;
        if self.depth >= DEPTH {
            return Err(Error::new("stack"));
        }
        self.depth += 1;
        let r = f(self);
        self.depth -= 1;
        r
    }

    fn expression(&mut self) -> Result<(Code, bool)> {
        let at = self.at();
        match self.peek().clone() {
            Tok::Op(":")
                if !matches!(self.peek_at(1), Tok::Punct(b'[' | b']' | b';' | b')') | Tok::End | Tok::Adverb(_)) =>
            {
                self.next();
                let v = self.expr()?;
                return Ok((code(at, Node::Return(Box::new(v))), false));
            }
            Tok::Adverb(Adverb::Each)
                if !matches!(self.peek_at(1), Tok::Punct(b'[' | b']' | b';' | b')') | Tok::End) =>
            {
                self.next();
                let v = self.expr()?;
                return Ok((code(at, Node::Signal(Box::new(v))), false));
            }
            _ => {}
        }
        if self.ends() {
            return Ok((code(at, Node::Const(Value::Null)), false));
        }
        let t = self.term()?;
        // a keyword alone is its value
        let word = matches!(&t.code.node, Node::Const(Value::Verb(v, _)) if v.name.starts_with(|c: char| c.is_ascii_alphabetic()));
        let bare = t.verb && !word && self.ends();
        Ok((self.expr_from(t)?, bare))
    }

    /// The rest of an expression whose first term is `t`.
    fn expr_from(&mut self, t: Term) -> Result<Code> {
        self.deeper(|p| p.rest(t))
    }

    fn rest(&mut self, t: Term) -> Result<Code> {
        if let Some(c) = self.assignment(&t)? {
            return Ok(c);
        }
        if self.ends() {
            return Ok(t.code);
        }
        if t.verb {
            // a verb with nothing on its left applies to what is on its right; an operator there is k, not q
            let at = t.code.at as usize;
            if let Node::Const(Value::Verb(v, false)) = &t.code.node
                && v.monad.is_none()
                && !self.src.k
                && !v.name.starts_with(|c: char| c.is_ascii_alphanumeric())
            {
                return Err(Error::new(v.name));
            }
            return match self.right()? {
                Right::Parts(rest) => compose(at, t.code, rest),
                Right::Value(right) => Ok(apply1(at, monadic(t.code), right)),
            };
        }
        let whole = matches!(self.peek(), Tok::Op("::"));
        let op = self.term()?;
        if whole && !op.verb && self.ends() && matches!(op.code.node, Node::Const(Value::Null)) {
            return Ok(code(t.code.at as usize, Node::Monad(&verb::amend::WHOLE, Box::new(t.code))));
        }
        if op.verb {
            let at = op.code.at as usize;
            if self.ends() {
                // `2+`: a projection that waits for its right argument
                return Ok(code(at, Node::Apply(Box::new(op.code), vec![t.code, elided(at)])));
            }
            return match self.right()? {
                Right::Parts(rest) => {
                    compose(at, code(at, Node::Apply(Box::new(op.code), vec![t.code, elided(at)])), rest)
                }
                Right::Value(right) => Ok(apply2(at, op.code, t.code, right)),
            };
        }
        let at = t.code.at as usize;
        let last = self.ends() && matches!(self.toks[self.i - 1].tok, Tok::Punct(b')'));
        let right = self.expr_from(op)?;
        match if last { Right::Value(right) } else { trailing(right) } {
            Right::Parts(rest) => compose(at, t.code, rest),
            // `(+)x`: a parenthesised operator beside a noun is its monadic form
            Right::Value(right) => Ok(apply1(at, monadic(t.code), right)),
        }
    }

    /// True at an operator with `::` straight after it and a value behind that.
    fn through_global(&self) -> bool {
        let Some(next) = self.toks.get(self.i + 1) else { return false };
        matches!(next.tok, Tok::Op("::"))
            && !next.spaced
            && !matches!(self.peek_at(2), Tok::End | Tok::Punct(b')' | b']' | b'}' | b';'))
    }

    /// `x:…`, `x[i]:…`, `x::…`, `x+:…`, `(a;b):…`: an assignment if the term is a place and a colon follows.
    fn assignment(&mut self, t: &Term) -> Result<Option<Code>> {
        let at = self.at();
        let (op, global) = match self.peek() {
            Tok::Op(":") => (None, false),
            Tok::Op("::") => (None, true),
            Tok::OpColon(o) => (Some(*o), false),
            // `x+::y`: through the operator to the global, unless it is `::` that ends the expression
            Tok::Op(o) if self.through_global() => (Some(*o), true),
            _ => return Ok(None),
        };
        let Some((name, index)) = target(&t.code) else {
            if op.is_none()
                && !global
                && let Some(p) = pattern(&t.code)
            {
                self.next();
                let v = self.expr()?;
                return Ok(Some(code(at, Node::Unpack(Box::new(p), Box::new(v)))));
            }
            return Ok(None);
        };
        if op.is_some() && global {
            self.next();
        }
        self.next();
        let op = op.map(|o| code(at, Node::Const(operator(o))));
        let value = if self.ends() {
            if op.is_none() {
                // `x:` alone is a projection of assign, which q does not allow either
                return Err(Error::new(":"));
            }
            None
        } else {
            Some(self.expr()?)
        };
        Ok(Some(assign(at, name, index, op, value, global)))
    }

    /// One term: a primary with its brackets and iterators.
    fn term(&mut self) -> Result<Term> {
        let at = self.at();
        let mut t = self.primary()?;
        loop {
            match self.peek().clone() {
                Tok::Punct(b'[') => {
                    // a bracket after a blank still applies, as q has it
                    let args = self.args()?;
                    t = Term { code: self.bracket(at, t.code, args)?, verb: false };
                }
                Tok::Adverb(a) => {
                    self.next();
                    let f = t.code;
                    let c = match f.node {
                        Node::Const(ref v) if v.is_func() => code(at, Node::Const(derive(a, v.clone()))),
                        _ => code(at, Node::Derive(a, Box::new(f))),
                    };
                    t = Term { code: c, verb: true };
                }
                _ => return Ok(t),
            }
        }
    }

    fn bracket(&mut self, at: usize, f: Code, args: Vec<Code>) -> Result<Code> {
        if let Node::Const(Value::Verb(v, false)) = &f.node
            && v.name == "$"
            && args.len() >= 3
        {
            // an omitted branch is `::`
            let branch = |c: Code| {
                if matches!(c.node, Node::Const(Value::Elided)) { code(at, Node::Const(Value::Null)) } else { c }
            };
            return Ok(code(at, Node::Cond(args.into_iter().map(branch).collect())));
        }
        if let Node::Const(Value::Verb(v, _)) = &f.node
            && v.name == ":"
            && args.len() >= 3
        {
            return self.pattern_cond(at, args);
        }
        Ok(code(at, Node::Apply(Box::new(f), args)))
    }

    /// `:[v;p;r;…;rd]`: a value, patterns with their results, and the result when none fits.
    fn pattern_cond(&self, at: usize, args: Vec<Code>) -> Result<Code> {
        let mut args = args.into_iter();
        let value = Box::new(args.next().ok_or_else(|| self.unexpected())?);
        let mut cases = vec![];
        let mut other = None;
        while let Some(p) = args.next() {
            match args.next() {
                Some(r) => cases.push((pattern(&p).ok_or_else(|| self.unexpected())?, r)),
                None => other = Some(Box::new(p)),
            }
        }
        Ok(code(at, Node::Match(value, cases, other)))
    }

    /// `[a;b;c]`: the arguments, omitted ones elided; `[]` is one `::`.
    fn args(&mut self) -> Result<Vec<Code>> {
        let saved = std::mem::take(&mut self.stop);
        self.eat(b'[')?;
        let mut out = vec![];
        loop {
            let at = self.at();
            if self.is(b';') {
                self.next();
                out.push(elided(at));
                if self.is(b']') {
                    out.push(elided(at));
                    break;
                }
                continue;
            }
            if self.is(b']') {
                if out.is_empty() {
                    out.push(code(at, Node::Const(Value::Null)));
                }
                break;
            }
            out.push(self.expr()?);
            if self.is(b';') {
                self.next();
                if self.is(b']') {
                    out.push(elided(at));
                    break;
                }
            } else {
                break;
            }
        }
        self.eat(b']')?;
        self.stop = saved;
        Ok(out)
    }

    fn primary(&mut self) -> Result<Term> {
        let t = self.next();
        let at = t.at;
        let noun = |node| Ok(Term { code: code(at, node), verb: false });
        match t.tok {
            Tok::Lit(v) => noun(Node::Const(v)),
            Tok::Name(n) => self.name(at, n),
            Tok::Op("::") => {
                Ok(Term { code: code(at, Node::Const(Value::Null)), verb: !self.ends() && !self.is(b'[') })
            }
            Tok::Op(o) => Ok(Term { code: code(at, Node::Const(operator(o))), verb: true }),
            Tok::OpColon(o) => {
                let glyph = format!("{o}:");
                let v = verb::lookup_glyph(&glyph)
                    .map(|v| Value::Verb(v, true))
                    .or_else(|| verb::lookup(o).map(|v| Value::Verb(v, true)))
                    .ok_or_else(|| Error::new(glyph.clone()))?;
                Ok(Term { code: code(at, Node::Const(v)), verb: true })
            }
            Tok::Adverb(a) => {
                if a == Adverb::Each && self.is(b'[') {
                    let args = self.args()?;
                    let f = code(at, Node::Const(Value::Adverb(a)));
                    return noun(Node::Apply(Box::new(f), args));
                }
                Ok(Term { code: code(at, Node::Const(Value::Adverb(a))), verb: false })
            }
            Tok::Punct(b'(') => {
                let from = self.i - 1;
                let t = self.paren(at)?;
                self.parens = (from, self.i);
                Ok(t)
            }
            Tok::Punct(b'{') => self.lambda(at),
            Tok::Punct(b'[') => {
                let saved = std::mem::take(&mut self.stop);
                let body = self.sequence(Some(b']'))?;
                self.eat(b']')?;
                self.stop = saved;
                noun(Node::Block(vec![body]))
            }
            _ => {
                self.i = self.i.saturating_sub(1);
                Err(self.unexpected())
            }
        }
    }

    fn name(&mut self, at: usize, n: Sym) -> Result<Term> {
        let noun = |node| Ok(Term { code: code(at, node), verb: false });
        let text = n.text();
        match &*text {
            "select" | "exec" | "update" | "delete" if !matches!(self.peek(), Tok::Op(":" | "::")) => {
                return self.sql(at, &text);
            }
            "if" | "do" | "while" if self.is(b'[') => {
                let args = self.control_args()?;
                return noun(match &*text {
                    "if" => Node::If(args),
                    "do" => Node::Do(args),
                    _ => Node::While(args),
                });
            }
            _ => {}
        }
        if let Some(v) = verb::lookup(&text) {
            if matches!(self.peek(), Tok::Op(":" | "::")) && !text.starts_with('.') {
                return Err(Error::new("assign"));
            }
            if !text.starts_with('.') {
                let monadic = v.monad.is_some() && v.dyad.is_none() && v.variad.is_none();
                let verb = v.infix && !self.is(b'[');
                return Ok(Term { code: code(at, Node::Const(Value::Verb(v, monadic))), verb });
            }
        }
        noun(Node::Global(n))
    }

    /// Arguments of `if`, `do`, `while`: like any, but an omitted one is `::`.
    fn control_args(&mut self) -> Result<Vec<Code>> {
        let mut a = self.args()?;
        for c in &mut a {
            if matches!(c.node, Node::Const(Value::Elided)) {
                c.node = Node::Const(Value::Null);
            }
        }
        Ok(a)
    }

    /// `(…)`: grouping, a list, a table or a dictionary literal.
    fn paren(&mut self, at: usize) -> Result<Term> {
        let saved = std::mem::take(&mut self.stop);
        let node = if self.is(b'[') {
            self.table_literal()?
        } else {
            let mut items = vec![];
            let mut list = false;
            loop {
                let here = self.at();
                if self.is(b';') {
                    self.next();
                    list = true;
                    items.push(elided(here));
                    if self.is(b')') {
                        items.push(elided(here));
                    }
                    continue;
                }
                if self.is(b')') {
                    break;
                }
                items.push(self.expr()?);
                if self.is(b';') {
                    self.next();
                    list = true;
                    if self.is(b')') {
                        items.push(elided(here));
                    }
                } else {
                    break;
                }
            }
            match (list, items.len()) {
                (false, 0) => Node::Const(Value::empty()),
                (false, _) => {
                    let c = items.remove(0);
                    // a parenthesised verb is a noun
                    self.eat(b')')?;
                    self.stop = saved;
                    return Ok(Term { code: c, verb: false });
                }
                _ => Node::List(items),
            }
        };
        self.eat(b')')?;
        self.stop = saved;
        Ok(Term { code: code(at, node), verb: false })
    }

    /// After `(`, at `[`: `([] a:…)`, `([k:…] a:…)`, `([a:1;b:2])`.
    fn table_literal(&mut self) -> Result<Node> {
        self.eat(b'[')?;
        let keys = self.columns(b']')?;
        self.eat(b']')?;
        if self.is(b')') {
            return Ok(Node::DictLit(keys));
        }
        let cols = self.columns(b')')?;
        Ok(Node::Table(if keys.is_empty() { None } else { Some(keys) }, cols))
    }

    /// `name:expr;…` up to `close`; an unnamed expression takes its name from its leftmost term.
    fn columns(&mut self, close: u8) -> Result<Vec<(Sym, Code)>> {
        let mut out: Vec<(Sym, Code)> = vec![];
        while !self.is(close) {
            if self.is(b';') {
                self.next();
                continue;
            }
            let named = match (self.peek().clone(), self.peek_at(1)) {
                (Tok::Name(n), Tok::Op(":")) => {
                    self.next();
                    self.next();
                    Some(n)
                }
                _ => None,
            };
            let e = if self.is(b';') || self.is(close) { elided(self.at()) } else { self.expr()? };
            let n = named.unwrap_or_else(|| column_name(&e));
            let n = unique_name(n, &out);
            out.push((n, e));
            if !self.is(close) {
                self.eat(b';')?;
            }
        }
        Ok(out)
    }

    /// After `{`.
    fn lambda(&mut self, at: usize) -> Result<Term> {
        self.lambda += 1;
        if self.lambda > 250 {
            return Err(Error::new("stack"));
        }
        let saved = std::mem::take(&mut self.stop);
        let mut params: Option<Vec<Sym>> = None;
        let mut patterns: Vec<(Sym, Pattern)> = vec![];
        if self.is(b'[') {
            self.next();
            let mut names = vec![];
            while !self.is(b']') {
                let unused = || Sym::new(format!("{}arg", names.len()));
                match (self.peek().clone(), self.peek_at(1)) {
                    (Tok::Punct(b';'), _) => names.push(unused()),
                    (Tok::Name(n), Tok::Punct(b';' | b']')) => {
                        self.next();
                        names.push(n);
                    }
                    // a pattern parameter: bound by an assignment at the start of the body
                    _ => {
                        let n = unused();
                        let e = self.expr()?;
                        patterns.push((n, pattern(&e).ok_or_else(|| self.unexpected())?));
                        names.push(n);
                    }
                }
                if self.is(b';') {
                    self.next();
                    if self.is(b']') {
                        names.push(Sym::new(format!("{}arg", names.len())));
                    }
                } else if !self.is(b']') {
                    self.eat(b']')?;
                }
            }
            self.next();
            params = Some(names);
        }
        let body = self.sequence(Some(b'}'))?;
        let end = self.eat(b'}')?;
        self.stop = saved;
        self.lambda -= 1;
        let mut stmts: Vec<Code> = patterns
            .into_iter()
            .map(|(n, p)| code(at, Node::Unpack(Box::new(p), Box::new(code(at, Node::Global(n))))))
            .collect();
        let body = if stmts.is_empty() {
            body
        } else {
            stmts.push(body);
            code(at, Node::Block(stmts))
        };
        let text = String::from_utf8_lossy(&self.s[at..end]).into_owned();
        let below = self.s[..at].split(|&b| b == b'\n').count() - 1;
        let column = self.s[..at].rsplit(|&b| b == b'\n').next().map_or(0, <[u8]>::len);
        let mut lam = match self.src.origin.rsplit_once(':') {
            Some((file, line)) if below > 0 => {
                let line = line.parse::<usize>().map_or(0, |n| n + below);
                let src = Source { origin: Arc::from(format!("{file}:{line}")), ..self.src.clone() };
                resolve::lambda(body, params, at, text, &src)?
            }
            _ => resolve::lambda(body, params, at, text, self.src)?,
        };
        lam.column = column;
        Ok(Term { code: code(at, Node::Lambda(Arc::new(lam))), verb: false })
    }

    /// `select`, `exec`, `update`, `delete`, after the word.
    fn sql(&mut self, at: usize, word: &str) -> Result<Term> {
        let saved = self.stop;
        let mut limit = None;
        let mut order = None;
        let mut distinct = false;
        if self.is(b'[') {
            self.stop = Stop::default();
            self.next();
            while !self.is(b']') {
                if self.is(b';') {
                    self.next();
                    continue;
                }
                match self.peek().clone() {
                    Tok::Op(o @ ("<" | ">" | "<=" | ">=")) => {
                        self.next();
                        order = Some((Sym::new(o), self.expr()?));
                    }
                    _ => limit = Some(self.expr()?),
                }
                if !self.is(b';') && !self.is(b']') {
                    self.eat(b']')?;
                }
            }
            self.next();
        }
        if self.is_name("distinct") && word == "select" {
            self.next();
            distinct = true;
        }
        let phrase = Stop { comma: true, by: true, from: true, filter: false };
        self.stop = phrase;
        let mut named = vec![];
        let cols = self.phrases(&mut named)?;
        let mut by = None;
        let mut by_named = vec![];
        if self.is_name("by") {
            self.next();
            self.stop = Stop { by: false, ..phrase };
            by = Some(self.phrases(&mut by_named)?);
        }
        if !self.is_name("from") {
            return Err(Error::new("from"));
        }
        self.next();
        self.stop = Stop { filter: true, ..saved };
        let table = self.expr()?;
        let mut filter = vec![];
        if self.is_name("where") {
            self.next();
            self.stop = Stop { comma: true, filter: false, ..saved };
            loop {
                filter.push(self.expr()?);
                if matches!(self.peek(), Tok::Op(",")) {
                    self.next();
                } else {
                    break;
                }
            }
        }
        self.stop = saved;
        // `$[c;t;f]` is no part of a phrase
        let by_codes = by.iter().flatten();
        if cols.iter().chain(by_codes).map(|(_, c)| c).chain(&filter).any(has_cond) {
            return Err(Error::rank());
        }
        let mut kind = match word {
            "select" => SqlKind::Select,
            "exec" => SqlKind::Exec,
            "update" => SqlKind::Update,
            _ if cols.is_empty() => SqlKind::DeleteRows,
            _ => SqlKind::DeleteCols,
        };
        let mut bare = kind == SqlKind::Exec && cols.len() == 1 && !named[0];
        let by = match by {
            // by 0b: no groups, but still a table
            Some(b)
                if kind == SqlKind::Exec
                    && matches!(&b[..], [(_, c)] if matches!(c.node, Node::Const(Value::U8(Ty::Bool, 0)))) =>
            {
                (kind, bare) = (SqlKind::Select, false);
                None
            }
            Some(mut b) => {
                if kind == SqlKind::Exec && b.len() == 1 && !by_named[0] {
                    b[0].0 = Sym::NULL;
                }
                Some(name_phrases(b))
            }
            None => None,
        };
        let cols = name_phrases(cols);
        if matches!(kind, SqlKind::Select)
            && let Some(b) = &by
        {
            clash(b, &cols)?;
        }
        let sql = Sql { kind, table, cols, by, filter, limit, order, distinct, bare };
        Ok(Term { code: code(at, Node::Sql(Box::new(sql))), verb: false })
    }

    /// Phrases separated by commas; `named` says which carried a name.
    fn phrases(&mut self, named: &mut Vec<bool>) -> Result<Vec<(Sym, Code)>> {
        let mut out = vec![];
        if self.is_name("from") || self.is_name("by") {
            return Ok(out);
        }
        loop {
            let name = match (self.peek().clone(), self.peek_at(1)) {
                (Tok::Name(n), Tok::Op(":")) => {
                    self.next();
                    self.next();
                    Some(n)
                }
                _ => None,
            };
            let e = self.expr()?;
            named.push(name.is_some());
            out.push((name.unwrap_or_else(|| column_name(&e)), e));
            if matches!(self.peek(), Tok::Op(",")) {
                self.next();
            } else {
                return Ok(out);
            }
        }
    }
}

/// A conditional outside lambdas.
fn has_cond(c: &Code) -> bool {
    let mut found = matches!(c.node, Node::Cond(_));
    let mut copy = c.node.clone();
    resolve::children(&mut copy, &mut |k| found |= has_cond(k));
    found
}

/// Duplicate names get a number, as q gives them.
fn name_phrases(phrases: Vec<(Sym, Code)>) -> Vec<(Sym, Code)> {
    let mut out: Vec<(Sym, Code)> = vec![];
    for (n, c) in phrases {
        let n = unique_name(n, &out);
        out.push((n, c));
    }
    out
}

fn unique_name(n: Sym, have: &[(Sym, Code)]) -> Sym {
    if !have.iter().any(|(m, _)| *m == n) {
        return n;
    }
    let mut k = 1;
    loop {
        let t = Sym::new(format!("{}{k}", n.text()));
        if !have.iter().any(|(m, _)| *m == t) {
            return t;
        }
        k += 1;
    }
}

/// A column may not have the name of a grouping column.
fn clash(by: &[(Sym, Code)], cols: &[(Sym, Code)]) -> Result<()> {
    match cols.iter().find(|(n, _)| by.iter().any(|(b, _)| b == n)) {
        Some((n, _)) => Err(Error::new(format!("dup names for cols/groups {}", n.text()))),
        None => Ok(()),
    }
}

/// The name q gives to an unnamed column: the name that leads the expression, else `x`.
pub fn column_name(c: &Code) -> Sym {
    leading(c).filter(|n| n.bytes() != b"i").map_or_else(
        || Sym::new("x"),
        |n| {
            let t = n.text();
            Sym::new(t.rsplit('.').next().unwrap_or(&t))
        },
    )
}

/// Of an operator's arguments the first with a name leads, of any other function's the last one. What arithmetic
/// does to a literal has no name.
fn leading(c: &Code) -> Option<Sym> {
    match &c.node {
        Node::Global(n) | Node::Column(n, _) => Some(*n),
        Node::Apply(f, args) => match (&f.node, &args[..]) {
            (Node::Const(Value::Verb(v, _)), [a, b]) => leading_of(v, a, b),
            (Node::Derive(..) | Node::Const(Value::Derived(_)), args) => args.last().and_then(leading),
            (_, args) => args.iter().rev().find_map(leading),
        },
        Node::Monad(_, a) => leading(a),
        Node::Dyad(v, a, b) => leading_of(v, a, b),
        Node::List(items) | Node::Cond(items) => items.iter().find_map(leading),
        Node::Assign(a) => Some(a.name),
        _ => None,
    }
}

fn leading_of(v: &Verb, a: &Code, b: &Code) -> Option<Sym> {
    // `n?item`: what is drawn from, not how many
    if v.name.starts_with(|c: char| c.is_ascii_alphabetic()) || v.name == "?" {
        return leading(b).or_else(|| leading(a));
    }
    let literal = matches!(a.node, Node::Const(_)) && matches!(v.name, "+" | "-" | "*" | "%");
    leading(a).or_else(|| if literal { None } else { leading(b) })
}

/// A value for an operator symbol.
fn operator(o: &str) -> Value {
    match verb::lookup(o) {
        Some(v) => Value::Verb(v, false),
        None => Value::Null,
    }
}

/// A derived function of a constant function.
pub fn derive(adverb: Adverb, func: Value) -> Value {
    Value::Derived(Arc::new(crate::value::Derived { adverb, func }))
}

/// The name and index of an assignable term.
fn target(c: &Code) -> Option<(Sym, Vec<Code>)> {
    match &c.node {
        Node::Global(n) => Some((*n, vec![])),
        Node::Apply(f, args) => match &f.node {
            Node::Global(n) => Some((*n, args.clone())),
            _ => None,
        },
        _ => None,
    }
}

fn assign(at: usize, name: Sym, index: Vec<Code>, op: Option<Code>, value: Option<Code>, global: bool) -> Code {
    let a = Assign { place: Place::Global(name), name, global, index, op, value };
    code(at, Node::Assign(Box::new(a)))
}

/// The function in prefix position: an operator there is its monadic k form.
fn monadic(c: Code) -> Code {
    let at = c.at as usize;
    match &c.node {
        Node::Const(Value::Verb(v, false)) if v.monad.is_none() => match verb::lookup_glyph(&format!("{}:", v.name)) {
            Some(m) => code(at, Node::Const(Value::Verb(m, true))),
            None => c,
        },
        _ => c,
    }
}

fn apply1(at: usize, f: Code, x: Code) -> Code {
    if let Node::Const(Value::Verb(v, _)) = &f.node
        && v.monad.is_some()
        && !matches!(x.node, Node::Const(Value::Elided))
    {
        let v: &'static Verb = v;
        return code(at, Node::Monad(v, Box::new(x)));
    }
    code(at, Node::Apply(Box::new(f), vec![x]))
}

fn apply2(at: usize, f: Code, x: Code, y: Code) -> Code {
    if let Node::Const(Value::Verb(v, false)) = &f.node
        && v.dyad.is_some()
    {
        let v: &'static Verb = v;
        return code(at, Node::Dyad(v, Box::new(x), Box::new(y)));
    }
    code(at, Node::Apply(Box::new(f), vec![x, y]))
}

/// Code whose value is a function because its last word is a verb: `value@`, `2+`, `f g@`.
/// What stands before it composes with it.
fn trailing(c: Code) -> Right {
    // only the form written without brackets counts: its operator stands after its argument
    let waits = matches!(&c.node, Node::Apply(f, args) if args.len() == 2
        && matches!(args[1].node, Node::Const(Value::Elided)) && f.at > args[0].at);
    match c.node {
        Node::Compose(parts) => Right::Parts(parts),
        _ if waits => Right::Parts(vec![c]),
        _ => Right::Value(c),
    }
}
fn compose(at: usize, first: Code, mut rest: Vec<Code>) -> Result<Code> {
    crate::ensure!(rest.len() < PARTS, "limit");
    rest.insert(0, first);
    Ok(code(at, Node::Compose(rest)))
}
