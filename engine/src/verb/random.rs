//! Random numbers: roll, deal, permute.
//!
//! The generator is seeded (`\S`, `-S`) and repeats itself; q's own is not public, so the numbers differ from q's.

use crate::ensure;
use crate::error::{Error, Result};
use crate::kernel::random::Random;
use crate::value::memory::{self, room};
use crate::value::{Guid, Host, Sym, Ty, Value, Verb};
use std::hash::{BuildHasher, Hasher};

/// Restarts the session's generator, as `\S seed` does.
pub fn reseed(h: &mut dyn Host, seed: i64) {
    h.settings().seed = seed;
    *h.extension("random") = Some(Box::new(Random::new(seed)));
}

/// The session's generator; a changed seed in the settings restarts it.
fn with<R>(h: &mut dyn Host, f: impl FnOnce(&mut Random) -> R) -> R {
    let seed = h.settings().seed;
    let slot = h.extension("random");
    let fresh = slot.as_ref().and_then(|b| b.downcast_ref::<Random>()).is_none_or(|r| r.seed != seed);
    if fresh {
        *slot = Some(Box::new(Random::new(seed)));
    }
    match slot.as_mut().and_then(|b| b.downcast_mut::<Random>()) {
        Some(r) => f(r),
        // the slot was filled above; a fresh generator is the same thing
        None => f(&mut Random::new(seed)),
    }
}

/// The seed that goes on from where the session's generator stands.
pub fn state(h: &mut dyn Host) -> i64 {
    with(h, |r| r.state())
}

/// `n?y` for an integer atom `n`: roll when it is positive, deal when negative, permute when null.
pub fn roll(h: &mut dyn Host, n: &Value, y: &Value) -> Result<Value> {
    ensure!(n.is_atom() && n.ty().is_some_and(|t| t.is_numeric() && !t.is_temporal() && !t.is_floating()), "type");
    let n = n.as_long().ok_or_else(Error::ty)?;
    if n == i64::MIN {
        return permute(h, y);
    }
    let count = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
    room(count as i64, 8 + memory::width(y))?;
    if y.is_list() || matches!(y, Value::Table(_) | Value::Dict(_)) {
        let y = match y {
            Value::Dict(d) if !y.is_keyed() => &d.vals,
            y => y,
        };
        let len = y.len();
        if n < 0 {
            ensure!(count <= len, "length");
            return Ok(y.take_at(&with(h, |r| r.deal(count, len))));
        }
        ensure!(len > 0 || count == 0, "length");
        let ix: Vec<usize> = with(h, |r| (0..count).map(|_| r.below(len as u64) as usize).collect());
        return Ok(y.take_at(&ix));
    }
    if n < 0 { deal(h, count, y) } else { with(h, |r| generate(r, count, y)) }
}

fn permute(h: &mut dyn Host, y: &Value) -> Result<Value> {
    if y.is_atom() {
        ensure!(matches!(y, Value::I16(_) | Value::I32(Ty::Int, _) | Value::I64(Ty::Long, _)), "type");
        let Some(n) = y.as_long().filter(|&n| n >= 0) else { return Err(Error::ty()) };
        let n = usize::try_from(n).unwrap_or(usize::MAX);
        room(n as i64, 16)?;
        return Ok(like(y, &with(h, |r| r.deal(n, n))));
    }
    let n = y.len();
    ensure!(y.is_list() || matches!(y, Value::Table(_) | Value::Dict(_)), "type");
    Ok(y.take_at(&with(h, |r| r.deal(n, n))))
}

/// Positions as integers of the type of `y`.
fn like(y: &Value, ix: &[usize]) -> Value {
    match y {
        Value::I16(_) => Value::shorts(ix.iter().map(|&i| i as i16).collect()),
        Value::I32(..) => Value::ints(ix.iter().map(|&i| i as i32).collect()),
        _ => Value::positions(ix),
    }
}

/// Distinct values: of a positive integer, a null guid or a symbol such as `` `4 ``.
fn deal(h: &mut dyn Host, count: usize, y: &Value) -> Result<Value> {
    match y {
        Value::Guid(_) => Ok(Value::vec(Ty::Guid, crate::value::Data::Guid(fresh_guids(count).into()))),
        Value::Sym(s) => {
            let width = letters(*s)?;
            ensure!(count as u128 <= 16u128.pow(width as u32), "length");
            let mut seen = rustc_hash::FxHashSet::default();
            let mut out = Vec::with_capacity(count);
            with(h, |r| {
                while out.len() < count {
                    let s = symbol(r, width);
                    if seen.insert(s) {
                        out.push(s);
                    }
                }
            });
            Ok(Value::syms(out))
        }
        Value::I64(Ty::Long, 0) => {
            let mut seen = rustc_hash::FxHashSet::default();
            let mut out = Vec::with_capacity(count);
            with(h, |r| {
                while out.len() < count {
                    let v = r.bits() as i64;
                    if v.unsigned_abs() < i64::MAX as u64 && seen.insert(v) {
                        out.push(v);
                    }
                }
            });
            Ok(Value::longs(out))
        }
        Value::I64(Ty::Long, _) | Value::I32(Ty::Int, _) | Value::I16(_) => {
            let n = y.as_long().filter(|&n| n > 0).ok_or_else(Error::domain)?;
            let n = usize::try_from(n).unwrap_or(usize::MAX);
            ensure!(count <= n, "length");
            Ok(like(y, &with(h, |r| r.deal(count, n))))
        }
        _ => Err(Error::ty()),
    }
}

/// How many letters `` `n `` asks for, 1 to 8.
fn letters(s: Sym) -> Result<usize> {
    match s.bytes() {
        [d @ b'1'..=b'8'] => Ok(usize::from(d - b'0')),
        _ => Err(Error::ty()),
    }
}
fn symbol(r: &mut Random, width: usize) -> Sym {
    let bits = r.bits();
    let text: Vec<u8> = (0..width).map(|i| b'a' + ((bits >> (4 * i)) & 15) as u8).collect();
    Sym::new(text)
}

fn generate(r: &mut Random, n: usize, y: &Value) -> Result<Value> {
    Ok(match y {
        Value::U8(Ty::Bool, _) => Value::bools8((0..n).map(|_| (r.bits() & 1) as u8).collect()),
        Value::U8(Ty::Byte, 0) => Value::bytes((0..n).map(|_| r.bits() as u8).collect()),
        Value::U8(Ty::Byte, b) => Value::bytes((0..n).map(|_| r.below(u64::from(*b)) as u8).collect()),
        Value::U8(_, b' ') => Value::string((0..n).map(|_| b'a' + r.below(26) as u8).collect::<Vec<u8>>()),
        Value::U8(_, c) => Value::string((0..n).map(|_| r.below(u64::from(*c).max(1)) as u8).collect::<Vec<u8>>()),
        Value::I64(Ty::Long, 0) => Value::longs((0..n).map(|_| whole(r)).collect()),
        Value::I32(Ty::Int, 0) => Value::ints((0..n).map(|_| (whole(r) >> 32) as i32 | 1).collect()),
        Value::I16(0) => Value::shorts((0..n).map(|_| (whole(r) >> 48) as i16 | 1).collect()),
        // no time at all stands for a day
        Value::I64(Ty::Timespan, 0) => return generate(r, n, &Value::I64(Ty::Timespan, 86_400_000_000_000)),
        Value::I32(Ty::Time, 0) => return generate(r, n, &Value::I32(Ty::Time, 86_400_000)),
        Value::I32(Ty::Second, 0) => return generate(r, n, &Value::I32(Ty::Second, 86_400)),
        Value::I32(Ty::Minute, 0) => return generate(r, n, &Value::I32(Ty::Minute, 1_440)),
        Value::I64(t, m) => {
            ensure!(*m >= 0, "domain");
            let m = (*m as u64).max(1);
            Value::vec(*t, crate::value::Data::I64((0..n).map(|_| r.below(m) as i64).collect::<Vec<_>>().into()))
        }
        Value::I32(t, m) => {
            ensure!(*m >= 0, "domain");
            let m = (*m as u64).max(1);
            Value::vec(*t, crate::value::Data::I32((0..n).map(|_| r.below(m) as i32).collect::<Vec<_>>().into()))
        }
        Value::I16(m) => {
            ensure!(*m >= 0, "domain");
            Value::shorts((0..n).map(|_| r.below((*m as u64).max(1)) as i16).collect())
        }
        Value::F64(t, m) => {
            ensure!(*m >= 0.0, "domain");
            Value::vec(*t, crate::value::Data::F64((0..n).map(|_| r.unit() * m).collect::<Vec<_>>().into()))
        }
        Value::F32(m) => {
            ensure!(*m >= 0.0, "domain");
            Value::reals((0..n).map(|_| (r.unit() as f32).min(0.999_999_94) * m).collect())
        }
        Value::Sym(s) => {
            let w = letters(*s)?;
            Value::syms((0..n).map(|_| symbol(r, w)).collect())
        }
        Value::Guid(_) => {
            let one = |r: &mut Random| -> Guid {
                let mut g = [0; 16];
                g[..8].copy_from_slice(&r.bits().to_be_bytes());
                g[8..].copy_from_slice(&r.bits().to_be_bytes());
                g
            };
            Value::vec(Ty::Guid, crate::value::Data::Guid((0..n).map(|_| one(r)).collect::<Vec<_>>().into()))
        }
        _ => return Err(Error::ty()),
    })
}

/// Any long but the null and the infinities.
fn whole(r: &mut Random) -> i64 {
    loop {
        let v = r.bits() as i64;
        if v.unsigned_abs() < i64::MAX as u64 {
            return v;
        }
    }
}

/// Guids that no other process or call makes: from the process, the time and the system's randomness.
pub fn fresh_guids(n: usize) -> Vec<Guid> {
    let state = std::collections::hash_map::RandomState::new();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    let mut seed = state.build_hasher();
    seed.write_u128(now);
    seed.write_u32(std::process::id());
    let base = seed.finish();
    (0..n)
        .map(|i| {
            let mut g = [0; 16];
            for half in 0..2u64 {
                let mut h = state.build_hasher();
                h.write_u64(base);
                h.write_u64(i as u64);
                h.write_u64(half);
                let at = half as usize * 8;
                g[at..at + 8].copy_from_slice(&h.finish().to_be_bytes());
            }
            g
        })
        .collect()
}

fn rand(h: &mut dyn Host, x: Value) -> Result<Value> {
    ensure!(!(x.is_list() && x.is_empty()), "length");
    Ok(roll(h, &Value::long(1), &x)?.at(0))
}

pub static VERBS: &[Verb] = &[Verb {
    name: "rand",
    monad: Some(rand),
    doc: "one item of a list at random, or one random value below x",
    examples: &[("(rand 1 2 3) in 1 2 3", "1b")],
    ..Verb::BLANK
}];
