//! As-of search: the last item of an ascending slice that is not above a key.

use super::Item;
use std::cmp::Ordering;

#[inline(always)]
fn above<T: Item>(a: T, b: T) -> bool {
    a.order(b) == Ordering::Greater
}

/// Position of the last item `<= x`, or -1 when all are above (`bin`).
pub fn bin<T: Item>(s: &[T], x: T) -> i64 {
    s.partition_point(|&v| !above(v, x)) as i64 - 1
}

/// Position of the first item `>= x`, or the length when there is none (`binr`).
pub fn binr<T: Item>(s: &[T], x: T) -> i64 {
    s.partition_point(|&v| above(x, v)) as i64
}

/// [`bin`] of many keys. Keys in ascending runs cost O(log of the distance) each: the search gallops
/// forward from the place of the key before.
pub fn bin_many<T: Item>(s: &[T], keys: &[T]) -> Vec<i64> {
    let mut at = 0usize; // how many items are <= the key before
    keys.iter()
        .map(|&k| {
            let start = if at > 0 && above(s[at - 1], k) { 0 } else { at };
            at = gallop(s, start, |v| !above(v, k));
            at as i64 - 1
        })
        .collect()
}

/// [`binr`] of many keys, galloping likewise.
pub fn binr_many<T: Item>(s: &[T], keys: &[T]) -> Vec<i64> {
    let mut at = 0usize;
    keys.iter()
        .map(|&k| {
            let start = if at > 0 && !above(k, s[at - 1]) { 0 } else { at };
            at = gallop(s, start, |v| above(k, v));
            at as i64
        })
        .collect()
}

/// First position at or after `from` where `below` fails; it must hold for a prefix only.
fn gallop<T: Copy>(s: &[T], from: usize, below: impl Fn(T) -> bool) -> usize {
    let mut lo = from;
    let mut step = 1;
    while lo + step <= s.len() && below(s[lo + step - 1]) {
        lo += step;
        step *= 2;
    }
    let hi = (lo + step - 1).min(s.len());
    lo + s[lo..hi].partition_point(|&v| below(v))
}

/// Among `rows` (positions whose `times` ascend), how many have a time `<= x` (with `right`, `< x`).
/// The search gallops from `near`, the answer to the search before; any number is allowed there.
/// The last of them is the match of an as-of join inside one group.
pub fn among<T: Item>(rows: &[u32], times: &[T], x: T, near: usize, right: bool) -> usize {
    let below = |r: u32| times.get(r as usize).is_some_and(|&t| if right { above(x, t) } else { !above(t, x) });
    let near = near.min(rows.len());
    let start = if near > 0 && !below(rows[near - 1]) { 0 } else { near };
    gallop(rows, start, below)
}

/// [`among`] where the rows are all of `times`.
pub fn within<T: Item>(times: &[T], x: T, near: usize, right: bool) -> usize {
    let below = |t: T| if right { above(x, t) } else { !above(t, x) };
    let near = near.min(times.len());
    let start = if near > 0 && !below(times[near - 1]) { 0 } else { near };
    gallop(times, start, below)
}

/// The as-of join of two sides that both ascend in time, in one pass over each: for each wanted row the last row of
/// its key whose time is not above. `code` numbers the keys; there is a slot for every number up to the largest.
pub fn merged<K: Copy, T: Item>(
    keys: &[K],
    times: &[T],
    wanted: &[K],
    at: &[T],
    code: impl Fn(&K) -> u32,
) -> Vec<Option<usize>> {
    let slots = keys.iter().chain(wanted).map(&code).max().map_or(0, |m| m as usize + 1);
    let mut last = vec![usize::MAX; slots];
    let mut next = 0;
    wanted
        .iter()
        .zip(at)
        .map(|(w, &t)| {
            while next < times.len() && !above(times[next], t) {
                last[code(&keys[next]) as usize] = next;
                next += 1;
            }
            Some(last[code(w) as usize]).filter(|&r| r != usize::MAX)
        })
        .collect()
}

/// Range of positions in `s` whose items lie in `lo ..= hi` (a window join's window).
pub fn window<T: Item>(s: &[T], lo: T, hi: T) -> std::ops::Range<usize> {
    let from = s.partition_point(|&v| above(lo, v));
    let to = s.partition_point(|&v| !above(v, hi));
    from..to.max(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_agrees_with_counting() {
        let s = [0i64, 2, 2, 4, 6, 6, 6, 9];
        let keys = [-5, 0, 1, 2, 3, 9, 10, 6, 5, 5, -1, 100, 4];
        let slow: Vec<i64> = keys.iter().map(|k| s.iter().filter(|v| *v <= k).count() as i64 - 1).collect();
        assert_eq!(bin_many(&s, &keys), slow);
        assert_eq!(keys.map(|k| bin(&s, k)).to_vec(), slow);
        let slow: Vec<i64> = keys.iter().map(|k| s.iter().filter(|v| *v < k).count() as i64).collect();
        assert_eq!(binr_many(&s, &keys), slow);
        assert_eq!(keys.map(|k| binr(&s, k)).to_vec(), slow);
        assert_eq!(bin_many::<i64>(&[], &[1, 2]), [-1, -1]);
    }

    #[test]
    fn in_groups_and_windows() {
        let t = [1i64, 1, 3, 4, 9];
        for near in 0..5 {
            assert_eq!(among(&[0, 2, 4], &t, 3, near, false), 2);
            assert_eq!(among(&[0, 2, 4], &t, 3, near, true), 1);
            assert_eq!(among(&[2, 4], &t, 2, near, false), 0);
            assert_eq!(among(&[2, 4], &t, 10, near, false), 2);
        }
        assert_eq!(window(&t, 2, 4), 2..4);
        assert_eq!(window(&t, 5, 4), 4..4);
    }
}
