//! Grouping, membership and binary search on slices.

use rustc_hash::FxHashMap;
use std::hash::Hash;

/// A partition of positions: items that are equal share a number, numbered by first appearance.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// Group of each item.
    pub ids: Vec<u32>,
    /// Position of each group's first item.
    pub first: Vec<usize>,
}

/// The positions of each group laid end to end: group `g` is `order[start[g]..start[g + 1]]`, ascending.
#[derive(Clone, Debug, Default)]
pub struct Members {
    pub start: Vec<usize>,
    pub order: Vec<u32>,
}

impl Groups {
    /// Number of groups.
    pub fn len(&self) -> usize {
        self.first.len()
    }
    /// True without items.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }
    /// All items in one group.
    pub fn single(n: usize) -> Groups {
        Groups { ids: vec![0; n], first: if n == 0 { vec![] } else { vec![0] } }
    }
    /// Positions by group, by a counting sort.
    pub fn members(&self) -> Members {
        let mut start = vec![0usize; self.len() + 1];
        for &g in &self.ids {
            start[g as usize + 1] += 1;
        }
        for g in 0..self.len() {
            start[g + 1] += start[g];
        }
        let mut next = start.clone();
        let mut order = vec![0u32; self.ids.len()];
        for (i, &g) in self.ids.iter().enumerate() {
            order[next[g as usize]] = i as u32;
            next[g as usize] += 1;
        }
        Members { start, order }
    }
}

impl Members {
    /// Positions of group `g`.
    pub fn of(&self, g: usize) -> &[u32] {
        &self.order[self.start[g]..self.start[g + 1]]
    }
}

/// Groups by a hashed key of each position.
pub fn by_hash<K: Hash + Eq + Clone>(n: usize, key: impl Fn(usize) -> K) -> Groups {
    let mut seen: FxHashMap<K, u32> = FxHashMap::default();
    let mut g = Groups { ids: Vec::with_capacity(n), first: vec![] };
    // keys often come in runs: times in buckets, symbols of a sorted table
    let mut run: Option<(K, u32)> = None;
    for i in 0..n {
        let k = key(i);
        let id = match &run {
            Some((last, id)) if *last == k => *id,
            _ => {
                let next = g.first.len() as u32;
                let id = *seen.entry(k.clone()).or_insert(next);
                if id == next {
                    g.first.push(i);
                }
                run = Some((k, id));
                id
            }
        };
        g.ids.push(id);
    }
    g
}

/// For each of `v`, whether it is one of `set`.
pub fn member<T: Copy + Eq + Hash>(v: &[T], set: &[T]) -> Vec<u8> {
    match set {
        [] => vec![0; v.len()],
        [a] => v.iter().map(|x| u8::from(x == a)).collect(),
        _ if set.len() <= 6 || v.len() < 4 => v.iter().map(|x| u8::from(set.contains(x))).collect(),
        _ => {
            let set: rustc_hash::FxHashSet<T> = set.iter().copied().collect();
            v.iter().map(|x| u8::from(set.contains(x))).collect()
        }
    }
}

/// Position of the last of `lo..hi` for which `le` holds, given that it holds for a prefix; searching outwards
/// from `near`, so that a run of searches for ascending targets is linear in all. None if it holds nowhere.
pub fn last_where(lo: usize, hi: usize, near: usize, le: impl Fn(usize) -> bool) -> Option<usize> {
    if lo >= hi {
        return None;
    }
    let near = near.clamp(lo, hi - 1);
    // invariant: le holds at a (or a is before lo) and fails at b (or b is hi)
    let (mut a, mut b);
    if le(near) {
        a = near;
        let mut step = 1;
        loop {
            let p = a + step;
            if p >= hi {
                b = hi;
                break;
            }
            if !le(p) {
                b = p;
                break;
            }
            a = p;
            step *= 2;
        }
    } else {
        b = near;
        let mut step = 1;
        loop {
            if b - lo < step {
                if !le(lo) {
                    return None;
                }
                a = lo;
                break;
            }
            let p = b - step;
            if le(p) {
                a = p;
                break;
            }
            b = p;
            step *= 2;
        }
    }
    while b - a > 1 {
        let m = a + (b - a) / 2;
        if le(m) {
            a = m;
        } else {
            b = m;
        }
    }
    Some(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_number_by_first_appearance() {
        let text = b"mississippi";
        let g = by_hash(text.len(), |i| text[i]);
        assert_eq!(vec![0, 1, 2, 8], g.first);
        assert_eq!(&[1, 4, 7, 10], g.members().of(1));
    }

    #[test]
    fn galloping_agrees_with_a_scan() {
        let v = [1, 3, 3, 5, 9, 9, 12];
        for near in 0..v.len() {
            for t in 0..14 {
                let expected = v.iter().rposition(|&x| x <= t);
                assert_eq!(expected, last_where(0, v.len(), near, |i| v[i] <= t), "near {near} target {t}");
            }
        }
    }
}
