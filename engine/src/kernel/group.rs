//! Grouped aggregates: `ids[i]` is the group (below `groups`) of item `i`; one result a group.
//!
//! Nulls are skipped as in the plain aggregates, and a group of nulls alone yields what the plain
//! aggregate yields for them (0 for sums, infinities for extremes, NaN for means). `ids` and the items
//! are of one length; every id is below `groups`.

use super::{Item, Num};

/// Items in each group, nulls included.
pub fn count_by(ids: &[u32], groups: usize) -> Vec<i64> {
    let mut r = vec![0; groups];
    add_counts(&mut r, ids);
    r
}

/// Counts that go on from those in `r`.
pub fn add_counts(r: &mut [i64], ids: &[u32]) {
    for &g in ids {
        r[g as usize] += 1;
    }
}

/// Counts added to others of the same groups.
pub fn add_to(r: &mut [i64], more: &[i64]) {
    r.iter_mut().zip(more).for_each(|(a, b)| *a += b);
}

/// Items in each group that are not null.
pub fn count_non_null_by<T: Item>(ids: &[u32], groups: usize, x: &[T]) -> Vec<i64> {
    let mut r = vec![0; groups];
    for (&g, v) in ids.iter().zip(x) {
        r[g as usize] += i64::from(!v.is_null());
    }
    r
}

/// Totals.
pub fn sum_by<T: Num>(ids: &[u32], groups: usize, x: &[T]) -> Vec<T::Sum> {
    let mut r = vec![T::Sum::ZERO; groups];
    add_sums(&mut r, ids, x);
    r
}

/// Totals that go on from those in `r`.
pub fn add_sums<T: Num>(r: &mut [T::Sum], ids: &[u32], x: &[T]) {
    for (&g, &v) in ids.iter().zip(x) {
        if !v.is_null() {
            let s = &mut r[g as usize];
            *s = s.raw_add(v.wide());
        }
    }
}

/// Products.
pub fn product_by<T: Num>(ids: &[u32], groups: usize, x: &[T]) -> Vec<T::Sum> {
    let mut r = vec![T::Sum::ONE; groups];
    add_products(&mut r, ids, x);
    r
}

/// Products that go on from those in `r`.
pub fn add_products<T: Num>(r: &mut [T::Sum], ids: &[u32], x: &[T]) {
    for (&g, &v) in ids.iter().zip(x) {
        if !v.is_null() {
            let s = &mut r[g as usize];
            *s = s.mul(v.wide());
        }
    }
}

/// Least items.
pub fn min_by<T: Num>(ids: &[u32], groups: usize, x: &[T]) -> Vec<T> {
    let mut r = vec![T::INF; groups];
    add_mins(&mut r, ids, x);
    r
}

/// Least items of those in `r` and more.
pub fn add_mins<T: Num>(r: &mut [T], ids: &[u32], x: &[T]) {
    for (&g, &v) in ids.iter().zip(x) {
        if !v.is_null() {
            let m = &mut r[g as usize];
            *m = m.min(v);
        }
    }
}

/// Greatest items.
pub fn max_by<T: Num>(ids: &[u32], groups: usize, x: &[T]) -> Vec<T> {
    let mut r = vec![T::NEG_INF; groups];
    add_maxs(&mut r, ids, x);
    r
}

/// Greatest items of those in `r` and more.
pub fn add_maxs<T: Num>(r: &mut [T], ids: &[u32], x: &[T]) {
    for (&g, &v) in ids.iter().zip(x) {
        if !v.is_null() {
            let m = &mut r[g as usize];
            *m = m.max(v);
        }
    }
}

/// Means.
pub fn avg_by<T: Num>(ids: &[u32], groups: usize, x: &[T]) -> Vec<f64> {
    let mut r = vec![(0.0, 0.0); groups];
    add_means(&mut r, ids, x);
    r.into_iter().map(|(s, n)| s / n).collect()
}

/// Totals and numbers of items for means, which go on from those in `r`.
pub fn add_means<T: Num>(r: &mut [(f64, f64)], ids: &[u32], x: &[T]) {
    for (&g, &v) in ids.iter().zip(x) {
        let f = v.float();
        if !f.is_nan() {
            let a = &mut r[g as usize];
            a.0 += f;
            a.1 += 1.0;
        }
    }
}

/// Variances (divided by n) and the number of items in each.
pub fn var_by<T: Num>(ids: &[u32], groups: usize, x: &[T]) -> Vec<(f64, f64)> {
    let m = avg_by(ids, groups, x);
    let mut r = vec![(0.0, 0.0); groups];
    for (&g, &v) in ids.iter().zip(x) {
        let f = v.float();
        if !f.is_nan() {
            let d = f - m[g as usize];
            let a = &mut r[g as usize];
            a.0 += d * d;
            a.1 += 1.0;
        }
    }
    r.into_iter().map(|(s, n)| (s / n, n)).collect()
}

/// Weighted means over pairs without nulls.
pub fn wavg_by<T: Num, U: Num>(ids: &[u32], groups: usize, w: &[T], x: &[U]) -> Vec<f64> {
    let mut r = vec![(0.0, 0.0); groups];
    add_weighted(&mut r, ids, w, x);
    r.into_iter().map(|(s, t)| s / t).collect()
}

/// Weighted totals and weights, which go on from those in `r`.
pub fn add_weighted<T: Num, U: Num>(r: &mut [(f64, f64)], ids: &[u32], w: &[T], x: &[U]) {
    for ((&g, &w), &x) in ids.iter().zip(w).zip(x) {
        let (w, x) = (w.float(), x.float());
        if !(w.is_nan() || x.is_nan()) {
            let a = &mut r[g as usize];
            a.0 += w * x;
            a.1 += w;
        }
    }
}

/// Position of the first item of each group; `u32::MAX` for a group without items.
pub fn first_rows(ids: &[u32], groups: usize) -> Vec<u32> {
    let mut r = vec![u32::MAX; groups];
    for (i, &g) in ids.iter().enumerate().rev() {
        r[g as usize] = i as u32;
    }
    r
}

/// Position of the last item of each group; `u32::MAX` for a group without items.
pub fn last_rows(ids: &[u32], groups: usize) -> Vec<u32> {
    let mut r = vec![u32::MAX; groups];
    for (i, &g) in ids.iter().enumerate() {
        r[g as usize] = i as u32;
    }
    r
}

/// First item of each group, null or not.
pub fn first_by<T: Item>(ids: &[u32], groups: usize, x: &[T]) -> Vec<T> {
    first_rows(ids, groups).into_iter().map(|i| x.get(i as usize).copied().unwrap_or(T::NULL)).collect()
}

/// Last item of each group, null or not.
pub fn last_by<T: Item>(ids: &[u32], groups: usize, x: &[T]) -> Vec<T> {
    last_rows(ids, groups).into_iter().map(|i| x.get(i as usize).copied().unwrap_or(T::NULL)).collect()
}

/// Positions of each group's items, ascending.
pub fn rows_by(ids: &[u32], groups: usize) -> Vec<Vec<u32>> {
    let mut r: Vec<Vec<u32>> = count_by(ids, groups).into_iter().map(|n| Vec::with_capacity(n as usize)).collect();
    for (i, &g) in ids.iter().enumerate() {
        r[g as usize].push(i as u32);
    }
    r
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_group() {
        let ids = [0, 1, 0, 2, 1, 0];
        let x = [1i64, 2, i64::MIN, 4, 5, 6];
        assert_eq!(count_by(&ids, 4), [3, 2, 1, 0]);
        assert_eq!(count_non_null_by(&ids, 4, &x), [2, 2, 1, 0]);
        assert_eq!(sum_by(&ids, 4, &x), [7, 7, 4, 0]);
        assert_eq!(min_by(&ids, 4, &x), [1, 2, 4, i64::MAX]);
        assert_eq!(max_by(&ids, 4, &x), [6, 5, 4, -i64::MAX]);
        assert_eq!(first_by(&ids, 4, &x), [1, 2, 4, i64::MIN]);
        assert_eq!(last_by(&ids, 4, &x), [6, 5, 4, i64::MIN]);
        assert_eq!(avg_by(&ids, 3, &x), [3.5, 3.5, 4.0]);
        assert_eq!(var_by(&ids, 3, &x)[0], (6.25, 2.0));
        assert_eq!(rows_by(&ids, 3), [vec![0, 2, 5], vec![1, 4], vec![3]]);
        assert_eq!(wavg_by(&[0, 0], 1, &[1.0, 3.0], &[10.0, 20.0]), [17.5]);
    }
}
