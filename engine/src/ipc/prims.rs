//! Wire codes of primitives and iterators (types 101, 102, 103).

use crate::value::{Adverb, Value, Verb};
use crate::verb::lookup as verb_lookup;

/// Monadic primitives by code. Both the k glyph and the q keyword are listed where the code has both.
const MONADS: &[(&str, &str)] = &[
    ("::", "::"),
    ("+:", "flip"),
    ("-:", "neg"),
    ("*:", "first"),
    ("%:", "reciprocal"),
    ("&:", "where"),
    ("|:", "reverse"),
    ("^:", "null"),
    ("=:", "group"),
    ("<:", "iasc"),
    (">:", "idesc"),
    ("$:", "string"),
    (",:", "enlist"),
    ("#:", "count"),
    ("_:", "floor"),
    ("~:", "not"),
    ("!:", "key"),
    ("?:", "distinct"),
    ("@:", "type"),
    (".:", "value"),
    ("0::", "read0"),
    ("1::", "read1"),
    ("2::", ""),
    ("", "avg"),
    ("", "last"),
    ("", "sum"),
    ("", "prd"),
    ("", "min"),
    ("", "max"),
    ("", "exit"),
    ("", "getenv"),
    ("", "abs"),
    ("", "sqrt"),
    ("", "log"),
    ("", "exp"),
    ("", "sin"),
    ("", "asin"),
    ("", "cos"),
    ("", "acos"),
    ("", "tan"),
    ("", "atan"),
    ("", "enlist"),
    ("", "var"),
    ("", "dev"),
    ("", "hopen"),
];

/// Dyadic primitives by code.
const DYADS: &[&str] = &[
    ":", "+", "-", "*", "%", "&", "|", "^", "=", "<", ">", "$", ",", "#", "_", "~", "!", "?", "@", ".", "0:", "1:",
    "2:", "in", "within", "like", "bin", "ss", "insert", "wsum", "wavg", "div", "xexp", "setenv", "binr", "cov", "cor",
];

const ADVERBS: &[Adverb] =
    &[Adverb::Each, Adverb::Over, Adverb::Scan, Adverb::Prior, Adverb::EachRight, Adverb::EachLeft];

/// How a primitive travels.
pub enum Wire {
    /// Type and code byte.
    Code(u8, u8),
    /// Text of a lambda that calls it, for keywords without a code.
    Text(String),
}

/// The wire form of a primitive.
pub fn of_verb(v: &Verb, monadic: bool) -> Wire {
    if !monadic && let Some(i) = DYADS.iter().position(|&n| n == v.name) {
        return Wire::Code(102, i as u8);
    }
    // `hopen` travels as text, for peers that know no code for it
    let known =
        |&(glyph, name): &(&str, &str)| (!name.is_empty() && name == v.name) || (!glyph.is_empty() && glyph == v.glyph);
    if v.name == "enlist" {
        return Wire::Code(101, 41);
    }
    if v.name != "hopen"
        && (monadic || v.dyad.is_none() || v.monad.is_some())
        && let Some(i) = MONADS.iter().position(known)
    {
        return Wire::Code(101, i as u8);
    }
    Wire::Text(match (v.monad.is_some(), v.dyad.is_some()) {
        (true, _) => format!("{{{} x}}", v.name),
        (false, true) => format!("{{{}[x;y]}}", v.name),
        (false, false) => format!("{{{}[x;y;z]}}", v.name),
    })
}

/// The code of an iterator.
pub fn of_adverb(a: Adverb) -> u8 {
    ADVERBS.iter().position(|&x| x == a).unwrap_or(0) as u8
}

/// The value of a type and code, if this engine has it.
pub fn to_value(ty: u8, code: u8) -> Option<Value> {
    match ty {
        101 if code == 0 => Some(Value::Null),
        101 if code == 255 => Some(Value::Elided),
        101 => {
            let (_, name) = MONADS.get(code as usize)?;
            verb_lookup(name).map(|v| Value::Verb(v, true))
        }
        102 => verb_lookup(DYADS.get(code as usize)?).map(|v| Value::Verb(v, false)),
        103 => ADVERBS.get(code as usize).map(|&a| Value::Adverb(a)),
        _ => None,
    }
}
