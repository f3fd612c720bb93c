//! Element-wise loops, in place where the caller gives up a buffer.
//!
//! One thread each: these loops run at the speed of memory, and a parallel form would be compiled once for every
//! operator and pair of types. `_par` is kept for a kernel that proves to be worth splitting.

/// Items from which a loop would be worth splitting over threads.
pub const PARALLEL: usize = 1 << 20;

/// `x[i] = f(x[i])`.
pub fn each_in_place<T: Copy + Send>(x: &mut [T], _par: bool, f: impl Fn(T) -> T + Sync) {
    for v in x {
        *v = f(*v);
    }
}

/// `f` of each item.
pub fn each<T: Copy + Sync, R: Copy + Send>(x: &[T], _par: bool, f: impl Fn(T) -> R + Sync) -> Vec<R> {
    x.iter().map(|&v| f(v)).collect()
}

/// `x[i] = f(x[i], y[i])`; of equal length.
pub fn zip_left<T: Copy + Send, U: Copy + Sync>(x: &mut [T], y: &[U], _par: bool, f: impl Fn(T, U) -> T + Sync) {
    x.iter_mut().zip(y).for_each(|(a, &b)| *a = f(*a, b));
}

/// `f(x[i], y[i])`; of equal length.
pub fn zip<T: Copy + Sync, U: Copy + Sync, R: Copy + Send>(
    x: &[T],
    y: &[U],
    _par: bool,
    f: impl Fn(T, U) -> R + Sync,
) -> Vec<R> {
    x.iter().zip(y).map(|(&a, &b)| f(a, b)).collect()
}
