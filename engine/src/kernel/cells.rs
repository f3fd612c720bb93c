//! Aggregates accumulated while rows are numbered: no number of a row is written out, and rows are read once for all of
//! the aggregates.
//!
//! Rows are numbered by columns of few values, and an accumulator has a cell for each number. Where rows ascend in the
//! bars of a column, cells are those of one bar, which is emptied before the next; bars are found by galloping. Threads
//! then take bars of their own, so that every cell is added to by one thread in the order of the rows: the result is the
//! same to the bit with any number of threads.

use super::asof::gallop;
use super::group;
use super::keys::{Bars, Digit, Key, NEAR, NONE, SHARED, SPARSE};
use std::ops::Range;

/// Rows that are looked at together.
const BLOCK: usize = 8192;

/// An aggregate with a cell for each number.
pub trait Fold {
    /// Takes in the rows from `from` on, whose cells are given.
    fn add(&mut self, from: usize, cells: &[u32]);
    /// Puts the results of some cells behind those it has and empties the cells. `last` has the last row of each.
    fn flush(&mut self, cells: &[u32], last: &[u32]);
    /// The counts of all cells, if that is what it accumulates: they can be added in any order.
    fn counts(&mut self) -> Option<&mut Vec<i64>> {
        None
    }
}

/// Rows of each number.
#[derive(Default)]
pub struct Found {
    /// Numbers that there are, ascending.
    pub numbers: Vec<u64>,
    /// The last row of each.
    pub last: Vec<u32>,
}

/// How rows are numbered by key columns, a digit each.
pub struct Numbers<'a> {
    /// Without the bars in which rows ascend.
    digits: Vec<Digit<'a>>,
    ascending: Option<&'a Bars<'a>>,
    /// For each key, how many numbers share a value of its digit and the digits before it, and how many values it has.
    places: Vec<(u64, u64)>,
    /// Cells at a time.
    space: usize,
    n: usize,
}

/// Numbers of `n` rows by `keys`; None where there are too many of them. Some keys are symbols between two that are known.
pub fn numbers<'a>(keys: &'a [Key<'a>], known: &[Option<(u32, u32)>], n: usize) -> Option<Numbers<'a>> {
    let mut digits: Vec<(usize, Digit<'a>)> = vec![];
    let mut ascending = None;
    for (k, key) in keys.iter().enumerate() {
        let digit = match known.get(k) {
            Some(Some((low, high))) => Digit::between(key, i64::from(*low), i64::from(*high)),
            _ => Digit::new(key)?,
        };
        match key {
            Key::Bars(b) if b.ascending && ascending.is_none() => ascending = Some((k, b, digit.range)),
            _ => digits.push((k, digit)),
        }
    }
    let product = |d: &[(usize, Digit<'a>)]| d.iter().try_fold(1u64, |p, (_, d)| p.checked_mul(d.range));
    if product(&digits).is_none_or(|p| p > NEAR) {
        digits.iter_mut().filter(|(_, d)| d.range > SPARSE).for_each(|(_, d)| d.number());
    }
    let mut below = product(&digits)?;
    let all = below.checked_mul(ascending.as_ref().map_or(1, |a| a.2))?;
    if keys.is_empty() || all > n as u64 + 1024 {
        return None;
    }
    let space = below as usize;
    let mut places = vec![(0, 0); keys.len()];
    if let Some((k, _, range)) = ascending {
        places[k] = (below, range);
    }
    for (k, d) in &digits {
        below /= d.range;
        places[*k] = (below, d.range);
    }
    let digits = digits.into_iter().map(|(_, d)| d).collect();
    Some(Numbers { digits, ascending: ascending.map(|a| a.1), places, space, n })
}

impl Numbers<'_> {
    /// Cells that a fold needs.
    pub fn space(&self) -> usize {
        self.space
    }
    /// How many values key `k` can have.
    pub fn values(&self, k: usize) -> usize {
        self.places[k].1 as usize
    }
    /// Which of its values key `k` has where the number is `x`.
    pub fn value(&self, k: usize, x: u64) -> usize {
        let (below, range) = self.places[k];
        (x / below % range) as usize
    }
    /// The number of the bar of a row, and the row behind its last one.
    fn bar(bars: &Bars<'_>, row: usize) -> (u64, usize) {
        let x = bars.items[row];
        let (code, end) = if x == i64::MIN {
            (0, i64::MIN + 1)
        } else {
            let bar = x.div_euclid(bars.step);
            ((bar - bars.low) as u64, (bar + 1) * bars.step)
        };
        (code, gallop(bars.items.len(), row, |i| bars.items[i] < end))
    }
    /// Rows for each of some threads, which share no cell if rows ascend.
    fn parts(&self, threads: usize) -> Vec<Range<usize>> {
        let mut cuts: Vec<usize> = (0..=threads).map(|k| self.n * k / threads).collect();
        if let Some(bars) = self.ascending {
            for cut in &mut cuts[1..threads] {
                *cut = Numbers::bar(bars, *cut).1;
            }
        }
        cuts.windows(2).filter(|w| w[0] < w[1]).map(|w| w[0]..w[1]).collect()
    }
    /// Takes some rows into folds; `last` has the last row of each cell that has not been flushed.
    fn take<F: Fold>(&self, rows: Range<usize>, folds: &mut [F], last: &mut [u32]) -> Found {
        let mut found = Found::default();
        let mut block = [0u32; BLOCK];
        let mut add = |rows: Range<usize>, folds: &mut [F], last: &mut [u32]| {
            for from in rows.clone().step_by(BLOCK) {
                let block = &mut block[..BLOCK.min(rows.end - from)];
                block.fill(0);
                self.digits.iter().for_each(|d| d.add(from, block));
                for (row, &c) in (from as u32..).zip(block.iter()) {
                    last[c as usize] = row;
                }
                folds.iter_mut().for_each(|f| f.add(from, block));
            }
        };
        let Some(bars) = self.ascending else {
            add(rows, folds, last);
            return found;
        };
        let mut at = rows.start;
        while at < rows.end {
            let (code, end) = Numbers::bar(bars, at);
            add(at..end.min(rows.end), folds, last);
            flush(folds, last, code * self.space as u64, &mut found);
            at = end;
        }
        found
    }
}

/// Ends all cells, of which the first has the number `base`.
fn flush<F: Fold>(folds: &mut [F], last: &mut [u32], base: u64, found: &mut Found) {
    let cells: Vec<u32> = (0..last.len() as u32).filter(|&c| last[c as usize] != NONE).collect();
    folds.iter_mut().for_each(|f| f.flush(&cells, last));
    for &c in &cells {
        found.numbers.push(base + u64::from(c));
        found.last.push(std::mem::replace(&mut last[c as usize], NONE));
    }
}

/// What a thread has found, its folds, and the last row of each cell that is not flushed.
type Work<F> = (Found, Vec<F>, Vec<u32>);

/// Folds all rows. Each thread has folds of its own by `make`; their results follow one another.
pub fn fold<F: Fold + Send>(numbers: &Numbers<'_>, make: impl Fn() -> Vec<F> + Sync) -> (Found, Vec<Vec<F>>) {
    let mut first = make();
    let threads = if numbers.n < SHARED { 1 } else { rayon::current_num_threads() };
    // without bars only counts can be put together so that the number of threads does not show
    let shared = numbers.ascending.is_some()
        || (numbers.space <= numbers.n / 16 && first.iter_mut().all(|f| f.counts().is_some()));
    let parts = numbers.parts(if shared { threads } else { 1 });
    let mut done: Vec<Option<Work<F>>> = parts.iter().map(|_| None).collect();
    let work = |rows: Range<usize>, mut folds: Vec<F>| {
        let mut last = vec![NONE; numbers.space];
        let found = numbers.take(rows, &mut folds, &mut last);
        Some((found, folds, last))
    };
    if let ([one], [out]) = (&parts[..], &mut done[..]) {
        *out = work(one.clone(), first);
    } else {
        let mut first = Some(first);
        rayon::scope(|s| {
            for (rows, out) in parts.into_iter().zip(&mut done) {
                let folds = first.take().unwrap_or_else(&make);
                let work = &work;
                s.spawn(move |_| *out = work(rows, folds));
            }
        });
    }
    let mut done = done.into_iter().flatten();
    if numbers.ascending.is_some() {
        let mut all = Found::default();
        let folds = done.map(|(found, folds, _)| {
            all.numbers.extend(found.numbers);
            all.last.extend(found.last);
            folds
        });
        let folds = folds.collect();
        return (all, folds);
    }
    let Some((mut found, mut folds, mut last)) = done.next() else { return (Found::default(), vec![]) };
    for (_, later, ends) in done {
        for (to, from) in last.iter_mut().zip(ends).filter(|(_, row)| *row != NONE) {
            *to = from;
        }
        for (to, mut from) in folds.iter_mut().zip(later) {
            if let (Some(to), Some(from)) = (to.counts(), from.counts()) {
                group::add_to(to, from);
            }
        }
    }
    flush(&mut folds, &mut last, 0, &mut found);
    (found, vec![folds])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::keys::bars;

    struct Sums<'a> {
        x: &'a [f64],
        acc: Vec<f64>,
        out: Vec<f64>,
    }
    impl Fold for Sums<'_> {
        fn add(&mut self, from: usize, cells: &[u32]) {
            group::add_sums(&mut self.acc, cells, &self.x[from..]);
        }
        fn flush(&mut self, cells: &[u32], _: &[u32]) {
            self.out.extend(cells.iter().map(|&c| std::mem::take(&mut self.acc[c as usize])));
        }
    }
    struct Counts(Vec<i64>, Vec<i64>);
    impl Fold for Counts {
        fn add(&mut self, _: usize, cells: &[u32]) {
            group::add_counts(&mut self.0, cells);
        }
        fn flush(&mut self, cells: &[u32], _: &[u32]) {
            self.1.extend(cells.iter().map(|&c| std::mem::take(&mut self.0[c as usize])));
        }
        fn counts(&mut self) -> Option<&mut Vec<i64>> {
            Some(&mut self.0)
        }
    }
    fn random(n: usize, below: u64) -> Vec<i64> {
        let mut x = 42u64;
        let step = |_| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((x >> 33) % below) as i64
        };
        (0..n).map(step).collect()
    }

    /// Sums of `x` by group as they are added one row after another, groups in the order of `numbers`.
    fn plain(key: impl Fn(usize) -> (i64, i64), x: &[f64]) -> (Vec<f64>, Vec<i64>, Vec<u32>) {
        let mut at = std::collections::BTreeMap::new();
        for (i, v) in x.iter().enumerate() {
            let s = at.entry(key(i)).or_insert((0.0, 0, 0));
            *s = (s.0 + v, s.1 + 1, i as u32);
        }
        (at.values().map(|s| s.0).collect(), at.values().map(|s| s.1).collect(), at.values().map(|s| s.2).collect())
    }

    #[test]
    fn threads_find_what_one_does_to_the_bit() {
        let n = SHARED + 77;
        let keys = random(n, 90);
        let x: Vec<f64> = random(n, 1 << 30).iter().map(|&x| x as f64 / 7.0).collect();
        let mut times = random(n, 1 << 20);
        for sorted in [true, false] {
            if sorted {
                times.sort_unstable();
            } else {
                times.reverse();
            }
            let bar = bars(&times, 1000).unwrap();
            assert_eq!(bar.ascending, sorted);
            // bars come first where rows ascend in them, else the digits are in the order of the keys
            let by = [Key::Bars(bar), Key::Longs(&keys)];
            let want = plain(|i| (times[i] / 1000, keys[i]), &x);
            for threads in [1, 2, 3, 7] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let numbers = numbers(&by, &[], n).unwrap();
                let (found, folds) = pool
                    .install(|| fold(&numbers, || vec![Sums { x: &x, acc: vec![0.0; numbers.space()], out: vec![] }]));
                let sums: Vec<f64> = folds.into_iter().flatten().flat_map(|f| f.out).collect();
                assert_eq!((&sums, &found.last), (&want.0, &want.2));
                let (found, folds) = pool.install(|| fold(&numbers, || vec![Counts(vec![0; numbers.space()], vec![])]));
                let counts: Vec<i64> = folds.into_iter().flatten().flat_map(|f| f.1).collect();
                assert_eq!((&counts, &found.last), (&want.1, &want.2));
                assert!(found.numbers.is_sorted());
            }
        }
    }

    #[test]
    fn too_many_numbers_are_refused() {
        let far = [0, 1 << 40];
        assert!(numbers(&[Key::Longs(&far)], &[], 2).is_none() && numbers(&[], &[], 2).is_none());
        assert!(numbers(&[Key::Floats(&[1.0])], &[], 1).is_none());
    }
}
