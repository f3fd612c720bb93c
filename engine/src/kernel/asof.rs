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
            at = gallop(s.len(), start, |i| !above(s[i], k));
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
            at = gallop(s.len(), start, |i| above(k, s[i]));
            at as i64
        })
        .collect()
}

/// First position below `n`, at or after `from`, where `below` fails, or `n`; it must hold for a prefix only.
pub(super) fn gallop(n: usize, from: usize, below: impl Fn(usize) -> bool) -> usize {
    let mut lo = from;
    let mut step = 1;
    while lo + step <= n && below(lo + step - 1) {
        lo += step;
        step *= 2;
    }
    let mut hi = (lo + step - 1).min(n);
    while lo < hi {
        let mid = usize::midpoint(lo, hi);
        if below(mid) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    lo
}

/// Among `n` positions whose times (`at`; None ends them) ascend, how many have a time `<= x` (with `right`, `< x`).
/// The search gallops from `near`, the answer to the search before; any number is allowed there.
/// The last of them is the match of an as-of join inside one group.
pub fn among<T: Item>(n: usize, at: impl Fn(usize) -> Option<T>, x: T, near: usize, right: bool) -> usize {
    let below = |p: usize| at(p).is_some_and(|t| if right { above(x, t) } else { !above(t, x) });
    let near = near.min(n);
    let start = if near > 0 && !below(near - 1) { 0 } else { near };
    gallop(n, start, below)
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
            let among = |rows: &[usize], x, right| among(rows.len(), |p| t.get(rows[p]).copied(), x, near, right);
            assert_eq!(among(&[0, 2, 4], 3, false), 2);
            assert_eq!(among(&[0, 2, 4], 3, true), 1);
            assert_eq!(among(&[2, 4], 2, false), 0);
            assert_eq!(among(&[2, 4], 10, false), 2);
        }
        assert_eq!(window(&t, 2, 4), 2..4);
        assert_eq!(window(&t, 5, 4), 4..4);
    }
}
