//! Groups of rows by several columns at once, without a column of numbers for each of them.
//!
//! Columns of few values become digits of one number a row, which is looked up in a table with a place for each number; a
//! column of many values is hashed together with the number of those before it.

use super::search::Groups;
use crate::value::Sym;

/// A key column. Equal keys are equal items.
pub enum Key<'a> {
    Bytes(&'a [u8]),
    Shorts(&'a [i16]),
    Ints(&'a [i32]),
    Longs(&'a [i64]),
    Syms(&'a [Sym]),
    Reals(&'a [f32]),
    Floats(&'a [f64]),
    /// The multiple of `step` at or below each item, by [`bars`].
    Bars(Bars<'a>),
    /// Anything else, grouped by itself.
    Groups(Groups),
}

/// Items in bars of a width.
pub struct Bars<'a> {
    pub(super) items: &'a [i64],
    pub(super) step: i64,
    /// Number of the first bar, less one where there are nulls, which come before it.
    pub(super) low: i64,
    count: u64,
    /// Whether the items ascend.
    pub(super) ascending: bool,
}

/// Bars of `step`, where there are not too many of them; None otherwise, and where items are near the ends of their range.
pub fn bars(items: &[i64], step: i64) -> Option<Bars<'_>> {
    const FAR: i64 = 1 << 61;
    if !(1..FAR).contains(&step) {
        return None;
    }
    let ascending = items.is_sorted();
    let (mut low, high) = match items {
        [low, .., high] if ascending => (*low, *high),
        _ => (items.iter().copied().min()?, items.iter().copied().max()?),
    };
    let nulls = low == i64::MIN;
    if nulls {
        low = items.iter().copied().filter(|&x| x != i64::MIN).min()?;
    }
    if low < -FAR || high > FAR {
        return None;
    }
    let low = low.div_euclid(step) - i64::from(nulls);
    let count = (high.div_euclid(step) - low) as u64 + 1;
    (count <= most(items.len())).then_some(Bars { items, step, low, count, ascending })
}

/// Values that a column of few values may range over.
fn most(n: usize) -> u64 {
    2 * n as u64 + 1024
}

/// Rows that are looked at together.
pub(super) const BLOCK: usize = 2048;
/// Places of a table that stays near the processor; above it a column's values are numbered closely first.
pub(super) const NEAR: u64 = 1 << 17;
/// A column with fewer values than this is not worth it.
pub(super) const SPARSE: u64 = 512;
/// Rows from which threads share the work.
pub(super) const SHARED: usize = 1 << 18;

impl Key<'_> {
    fn len(&self) -> usize {
        match self {
            Key::Bytes(v) => v.len(),
            Key::Shorts(v) => v.len(),
            Key::Ints(v) => v.len(),
            Key::Longs(v) => v.len(),
            Key::Syms(v) => v.len(),
            Key::Reals(v) => v.len(),
            Key::Floats(v) => v.len(),
            Key::Bars(b) => b.items.len(),
            Key::Groups(g) => g.ids.len(),
        }
    }
    /// Least value, and how many there can be from it on; None when they are too many.
    fn range(&self) -> Option<(i64, u64)> {
        let n = self.len();
        // in the items' own width, which the compiler makes a wide loop of
        fn ends<T: Copy + Ord + Into<i64>>(first: T, rest: impl Iterator<Item = T>) -> (i64, i64) {
            let (lo, hi) = rest.fold((first, first), |(lo, hi), x| (lo.min(x), hi.max(x)));
            (lo.into(), hi.into())
        }
        if n == 0 && !matches!(self, Key::Reals(_) | Key::Floats(_)) {
            return Some((0, 1));
        }
        let (lo, hi) = match self {
            Key::Bytes(_) => (0, 255),
            Key::Shorts(v) => ends(v[0], v.iter().copied()),
            Key::Ints(v) => ends(v[0], v.iter().copied()),
            Key::Longs(v) => ends(v[0], v.iter().copied()),
            Key::Syms(v) => ends(v[0].0, v.iter().map(|s| s.0)),
            Key::Bars(b) => return Some((b.low, b.count)),
            Key::Groups(g) => return Some((0, g.len().max(1) as u64)),
            Key::Reals(_) | Key::Floats(_) => return None,
        };
        let range = u64::try_from(i128::from(hi) - i128::from(lo) + 1).ok()?;
        let most = if matches!(self, Key::Syms(_)) { 8 * n as u64 + 65_536 } else { most(n) };
        (range <= most).then_some((lo, range))
    }
    /// Bits of items `from..` for hashing.
    fn bits(&self, from: usize, out: &mut [u64]) {
        macro_rules! each {
            ($v:expr, $f:expr) => {
                out.iter_mut().zip(&$v[from..]).for_each(|(o, x)| *o = $f(x))
            };
        }
        match self {
            Key::Bytes(v) => each!(v, |x: &u8| u64::from(*x)),
            Key::Shorts(v) => each!(v, |x: &i16| *x as u64),
            Key::Ints(v) => each!(v, |x: &i32| *x as u64),
            Key::Longs(v) => each!(v, |x: &i64| *x as u64),
            Key::Syms(v) => each!(v, |x: &Sym| u64::from(x.0)),
            // all NaN are one, -0.0 is 0.0
            Key::Reals(v) => each!(v, |x: &f32| u64::from(if x.is_nan() { u32::MAX } else { (*x + 0.0).to_bits() })),
            Key::Floats(v) => each!(v, |x: &f64| if x.is_nan() { u64::MAX } else { (*x + 0.0).to_bits() }),
            Key::Bars(b) => each!(b.items, |x: &i64| x.div_euclid(b.step) as u64),
            Key::Groups(g) => each!(g.ids, |x: &u32| u64::from(*x)),
        }
    }
}

/// A column as a digit of the rows' numbers.
pub(super) struct Digit<'a> {
    pub(super) key: &'a Key<'a>,
    low: i64,
    pub(super) range: u64,
    /// Number of each value where they are numbered closely.
    close: Option<Vec<u32>>,
    /// How often neighbours differ, of some.
    changes: usize,
}

impl<'a> Digit<'a> {
    /// None for a column of too many values.
    pub(super) fn new(key: &'a Key<'a>) -> Option<Digit<'a>> {
        key.range().map(|(low, range)| Digit { key, low, range, close: None, changes: 0 })
    }
    /// A column whose least and greatest value are known.
    pub(super) fn between(key: &'a Key<'a>, low: i64, high: i64) -> Digit<'a> {
        Digit { key, low, range: (high - low) as u64 + 1, close: None, changes: 0 }
    }
    /// Numbers the values that occur, and none between them.
    pub(super) fn number(&mut self) {
        let mut seen = vec![0u32; self.range as usize];
        let mut block = [0u32; BLOCK];
        let n = self.key.len();
        for from in (0..n).step_by(BLOCK) {
            let block = &mut block[..BLOCK.min(n - from)];
            block.fill(0);
            self.add(from, block);
            block.iter().for_each(|&c| seen[c as usize] = 1);
        }
        let mut next = 0;
        for s in &mut seen {
            next += std::mem::replace(s, next);
        }
        self.range = u64::from(next.max(1));
        self.close = Some(seen);
    }
    /// `out` with this digit behind the ones it has.
    pub(super) fn add(&self, from: usize, out: &mut [u32]) {
        let (low, range) = (self.low, self.range as u32);
        macro_rules! each {
            ($v:expr, $f:expr) => {{
                let items = out.iter_mut().zip(&$v[from..]);
                match &self.close {
                    None => items.for_each(|(o, x)| *o = o.wrapping_mul(range).wrapping_add($f(x))),
                    Some(c) => items.for_each(|(o, x)| *o = o.wrapping_mul(range).wrapping_add(c[$f(x) as usize])),
                }
            }};
        }
        match self.key {
            Key::Bytes(v) => each!(v, |x: &u8| u32::from(*x)),
            Key::Shorts(v) => each!(v, |x: &i16| i64::from(*x).wrapping_sub(low) as u32),
            Key::Ints(v) => each!(v, |x: &i32| i64::from(*x).wrapping_sub(low) as u32),
            Key::Longs(v) => each!(v, |x: &i64| x.wrapping_sub(low) as u32),
            Key::Syms(v) => each!(v, |x: &Sym| i64::from(x.0).wrapping_sub(low) as u32),
            Key::Groups(g) => each!(g.ids, |x: &u32| *x),
            Key::Bars(b) => {
                // times mostly follow one another: a division a bar, not one an item
                let (mut start, mut end, mut code) = (1, 0, 0);
                each!(b.items, |x: &i64| {
                    if !(start..end).contains(x) {
                        if *x == i64::MIN {
                            (start, end, code) = (i64::MIN, i64::MIN + 1, 0);
                        } else {
                            let bar = x.div_euclid(b.step);
                            start = bar * b.step;
                            end = start + b.step;
                            code = (bar - low) as u32;
                        }
                    }
                    code
                });
            }
            Key::Reals(_) | Key::Floats(_) => unreachable!("floats are no digits"),
        }
    }
    fn look(&mut self) {
        let n = self.key.len();
        let mut block = [0u32; 256];
        for part in 0..8 {
            let from = n / 8 * part;
            let block = &mut block[..256.min(n - from)];
            block.fill(0);
            self.add(from, block);
            self.changes += block.windows(2).filter(|w| w[0] != w[1]).count();
        }
    }
}

/// Groups of rows by all of `keys`, numbered by first appearance; without keys all rows are one group of `n`.
pub fn group(keys: &[Key<'_>], n: usize) -> Groups {
    if let [Key::Groups(g)] = keys {
        return g.clone();
    }
    let n = keys.iter().map(Key::len).min().unwrap_or(n);
    let mut digits: Vec<Digit<'_>> = vec![];
    let mut wide: Vec<&Key<'_>> = vec![];
    for key in keys {
        match Digit::new(key) {
            Some(d) => digits.push(d),
            None => wide.push(key),
        }
    }
    let places = |digits: &[Digit<'_>]| digits.iter().try_fold(1u64, |p, d| p.checked_mul(d.range));
    if n > 1 << 15 && places(&digits).is_none_or(|p| p > NEAR) && digits.len() > 1 {
        digits.iter_mut().filter(|d| d.range > SPARSE).for_each(Digit::number);
    }
    // digits that make too large a number together are hashed one after another
    while places(&digits).is_none_or(|p| p > u64::from(u32::MAX)) {
        let Some(most) = (0..digits.len()).max_by_key(|&k| digits[k].range) else { break };
        wide.push(digits.remove(most).key);
    }
    // what changes least comes first, so that neighbouring rows have neighbouring numbers
    if digits.len() > 1 {
        digits.iter_mut().for_each(Digit::look);
        digits.sort_by_key(|d| d.changes);
    }
    let space = places(&digits).unwrap_or(u64::MAX);
    let Some((first, rest)) = wide.split_first() else {
        if digits.is_empty() {
            return Groups::single(n);
        }
        // few rows are hashed rather than given a table that is longer than they are
        if space <= 4 * n as u64 + 1024 {
            return direct(&digits, n, space as usize);
        }
        return hashed(n, |from, within, _| digits.iter().for_each(|d| d.add(from, within)));
    };
    let mut g = hashed(n, |from, within, bits| {
        digits.iter().for_each(|d| d.add(from, within));
        first.bits(from, bits);
    });
    for key in rest {
        g = hashed(n, |from, within, bits| {
            within.copy_from_slice(&g.ids[from..from + within.len()]);
            key.bits(from, bits);
        });
    }
    g
}

pub(super) const NONE: u32 = u32::MAX;

/// Groups of some rows, their numbers still those of these rows alone.
struct Part {
    first: Vec<usize>,
    /// The number of each group's rows.
    number: Vec<u32>,
}

/// Groups by numbers below `space`, with a place for each.
fn direct(digits: &[Digit<'_>], n: usize, space: usize) -> Groups {
    let mut ids = vec![0u32; n];
    let threads = rayon::current_num_threads();
    if n < SHARED || threads < 2 || space > n / threads {
        let part = placed(digits, 0, &mut ids, space);
        return Groups { ids, first: part.first };
    }
    let each = n.div_ceil(threads);
    let mut parts: Vec<Option<Part>> = ids.chunks(each).map(|_| None).collect();
    rayon::scope(|s| {
        for (k, (ids, part)) in ids.chunks_mut(each).zip(&mut parts).enumerate() {
            s.spawn(move |_| *part = Some(placed(digits, k * each, ids, space)));
        }
    });
    let mut place = vec![NONE; space];
    let mut first = vec![];
    let maps: Vec<Vec<u32>> = parts
        .into_iter()
        .flatten()
        .map(|p| {
            let known = |(&number, row): (&u32, usize)| {
                let at = &mut place[number as usize];
                if *at == NONE {
                    *at = first.len() as u32;
                    first.push(row);
                }
                *at
            };
            p.number.iter().zip(p.first).map(known).collect()
        })
        .collect();
    rayon::scope(|s| {
        for (ids, map) in ids.chunks_mut(each).zip(&maps).skip(1) {
            s.spawn(move |_| ids.iter_mut().for_each(|i| *i = map[*i as usize]));
        }
    });
    Groups { ids, first }
}

/// Groups of the rows from `start` on, as many as `ids`, which are zero.
fn placed(digits: &[Digit<'_>], start: usize, ids: &mut [u32], space: usize) -> Part {
    let mut place = vec![NONE; space];
    let mut part = Part { first: vec![], number: vec![] };
    for (k, block) in ids.chunks_mut(BLOCK).enumerate() {
        let from = start + k * BLOCK;
        digits.iter().for_each(|d| d.add(from, block));
        for (j, id) in block.iter_mut().enumerate() {
            let at = &mut place[*id as usize];
            if *at == NONE {
                *at = part.first.len() as u32;
                part.first.push(from + j);
                part.number.push(*id);
            }
            *id = *at;
        }
    }
    part
}

/// A place of a hash table.
#[derive(Clone, Copy)]
struct Entry {
    bits: u64,
    within: u32,
    id: u32,
}
const FREE: Entry = Entry { bits: 0, within: 0, id: NONE };

fn hash(within: u32, bits: u64) -> u64 {
    let x = u128::from(bits ^ u64::from(within).wrapping_mul(0x9e37_79b9_7f4a_7c15)) * 0xd6e8_feb8_6659_fd93_u128;
    (x as u64) ^ (x >> 64) as u64
}

/// Groups by hashes of what `fill` says of the rows from its first argument on: a number and some bits of each.
fn hashed(n: usize, fill: impl Fn(usize, &mut [u32], &mut [u64])) -> Groups {
    let mut table = vec![FREE; (2 * n).clamp(8, 1 << 12).next_power_of_two()];
    let mut g = Groups { ids: Vec::with_capacity(n), first: vec![] };
    let (mut within, mut bits) = (vec![0u32; BLOCK.min(n)], vec![0u64; BLOCK.min(n)]);
    // keys often come in runs
    let mut last = FREE;
    for from in (0..n).step_by(BLOCK) {
        let len = BLOCK.min(n - from);
        let (within, bits) = (&mut within[..len], &mut bits[..len]);
        within.fill(0);
        fill(from, within, bits);
        for (j, (&within, &bits)) in within.iter().zip(bits.iter()).enumerate() {
            if last.bits != bits || last.within != within || last.id == NONE {
                last = find(&mut table, within, bits, g.first.len() as u32);
                if last.id as usize == g.first.len() {
                    g.first.push(from + j);
                    if g.first.len() * 2 > table.len() {
                        table = grown(&table);
                    }
                }
            }
            g.ids.push(last.id);
        }
    }
    g
}

/// The entry of a key, which is made with the id `next` where there is none.
#[inline]
fn find(table: &mut [Entry], within: u32, bits: u64, next: u32) -> Entry {
    let mask = table.len() - 1;
    let mut at = hash(within, bits) as usize & mask;
    loop {
        let e = &mut table[at];
        if e.id == NONE {
            *e = Entry { bits, within, id: next };
            return *e;
        }
        if e.bits == bits && e.within == within {
            return *e;
        }
        at = (at + 1) & mask;
    }
}

fn grown(old: &[Entry]) -> Vec<Entry> {
    let mut new = vec![FREE; old.len() * 4];
    for e in old.iter().filter(|e| e.id != NONE) {
        find(&mut new, e.within, e.bits, e.id);
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Groups as a map of all the keys' texts numbers them.
    fn plain(n: usize, key: impl Fn(usize) -> String) -> (Vec<u32>, Vec<usize>) {
        let (mut seen, mut first) = (HashMap::new(), vec![]);
        let ids = (0..n)
            .map(|i| {
                let next = seen.len() as u32;
                *seen.entry(key(i)).or_insert_with(|| {
                    first.push(i);
                    next
                })
            })
            .collect();
        (ids, first)
    }
    fn random(n: usize, below: i64) -> Vec<i64> {
        let mut x = 42u64;
        let step = |_| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (x >> 33) as i64 % below
        };
        (0..n).map(step).collect()
    }

    #[test]
    fn columns_together_are_columns_one_by_one() {
        for n in [0, 1, 7, 5000, 40_000] {
            let few = random(n, 50);
            let sparse: Vec<i64> = random(n, 60).iter().map(|x| x * 101 - 7).collect();
            let many: Vec<i64> = random(n, 1 << 30).iter().map(|x| x * (1 << 33)).collect();
            let float: Vec<f64> = few
                .iter()
                .map(|&x| if x == 3 { f64::NAN } else { x as f64 * 0.5 * [1.0, -1.0][x as usize % 2] })
                .collect();
            let shorts: Vec<i16> = few.iter().map(|&x| if x == 9 { i16::MIN } else { x as i16 }).collect();
            let all = [
                vec![Key::Longs(&few), Key::Longs(&sparse)],
                vec![Key::Longs(&few), Key::Floats(&float)],
                vec![Key::Longs(&many), Key::Floats(&float), Key::Shorts(&shorts)],
                vec![Key::Shorts(&shorts), Key::Longs(&sparse), Key::Longs(&many)],
                vec![Key::Floats(&float)],
                vec![Key::Longs(&many)],
            ];
            for keys in &all {
                let g = group(keys, n);
                let text = |i: usize| -> String {
                    let one = |k: &Key<'_>| match k {
                        Key::Longs(v) => v[i].to_string(),
                        Key::Shorts(v) => v[i].to_string(),
                        Key::Floats(v) => (v[i] + 0.0).to_string(),
                        _ => String::new(),
                    };
                    keys.iter().map(one).collect::<Vec<_>>().join(" ")
                };
                assert_eq!(plain(n, text), (g.ids, g.first));
            }
        }
    }

    #[test]
    fn bars_are_of_their_width() {
        let times = [-11, -10, -1, 0, 9, 10, i64::MIN, 25, 3, i64::MIN];
        let key = Key::Bars(bars(&times, 10).unwrap());
        let want =
            plain(
                times.len(),
                |i| if times[i] == i64::MIN { "null".into() } else { times[i].div_euclid(10).to_string() },
            );
        let g = group(&[key], times.len());
        assert_eq!(want, (g.ids, g.first));
        assert!(bars(&[i64::MAX, 0], 10).is_none() && bars(&[1], 0).is_none() && bars(&[i64::MIN], 1).is_none());
        assert!(
            bars(&[1 << 40, 0], 10).is_none() && bars(&[1 - i64::MAX], i64::MAX).is_none() && bars(&[], 5).is_none()
        );
    }

    #[test]
    fn threads_number_as_one_does() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let n = SHARED + 77;
        let (a, b) = (random(n, 90), random(n, 333));
        let of = || group(&[Key::Longs(&a), Key::Longs(&b)], n);
        let (one, many) = (of(), pool.install(of));
        assert_eq!((one.ids, one.first), (many.ids, many.first));
    }
}
