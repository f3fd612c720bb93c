//! Stable grading. Every sortable item becomes an unsigned key of the same order (nulls least), so that one
//! radix sort serves all types.

/// Order-preserving key of a signed integer.
pub fn int_key(x: i64) -> u64 {
    (x as u64) ^ (1 << 63)
}

/// Order-preserving key of a float; NaN, the null, is least, and both zeros are one.
pub fn float_key(x: f64) -> u64 {
    if x.is_nan() {
        return 0;
    }
    let b = (x + 0.0).to_bits();
    if b >> 63 == 1 { !b } else { b | (1 << 63) }
}

/// Bits that one pass of the radix sort looks at.
const DIGIT: u32 = 11;

/// Keys that lie within this range are counted: one pass, and no memory beside the positions.
const COUNTED: u64 = 1 << 16;

/// Positions that put `keys` in ascending order; equal keys keep their order.
pub fn grade(keys: &[u64]) -> Vec<usize> {
    let n = keys.len();
    if keys.windows(2).all(|w| w[0] <= w[1]) {
        return (0..n).collect();
    }
    let lo = keys.iter().copied().min().unwrap_or(0);
    let hi = keys.iter().copied().max().unwrap_or(0);
    let bits = 64 - (hi - lo).leading_zeros();
    if n < 1024 || n > u32::MAX as usize {
        let mut p: Vec<(u64, usize)> = keys.iter().copied().zip(0..).collect();
        p.sort_unstable();
        return p.into_iter().map(|x| x.1).collect();
    }
    if hi - lo < COUNTED {
        return counted(keys, lo, hi);
    }
    let mut a: Vec<(u64, u32)> = keys.iter().map(|k| k - lo).zip(0..).collect();
    let mut b = vec![(0u64, 0u32); n];
    let mut shift = 0;
    while shift < bits {
        let digit = |k: u64| ((k >> shift) & ((1 << DIGIT) - 1)) as usize;
        let mut next = vec![0usize; (1 << DIGIT) + 1];
        for x in &a {
            next[digit(x.0) + 1] += 1;
        }
        // a digit that all share moves nothing
        if !next.contains(&n) {
            for d in 0..1 << DIGIT {
                next[d + 1] += next[d];
            }
            for x in &a {
                let slot = &mut next[digit(x.0)];
                b[*slot] = *x;
                *slot += 1;
            }
            std::mem::swap(&mut a, &mut b);
        }
        shift += DIGIT;
    }
    a.into_iter().map(|x| x.1 as usize).collect()
}

/// `grade` of keys from `lo` to `hi`, which are close together.
fn counted(keys: &[u64], lo: u64, hi: u64) -> Vec<usize> {
    // where the next position of each key goes
    let mut next = vec![0usize; (hi - lo) as usize + 2];
    for k in keys {
        next[(k - lo) as usize + 1] += 1;
    }
    for k in 1..next.len() {
        next[k] += next[k - 1];
    }
    let mut out = vec![0; keys.len()];
    for (i, k) in keys.iter().enumerate() {
        let slot = &mut next[(k - lo) as usize];
        out[*slot] = i;
        *slot += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grading_is_stable_and_ordered() {
        // keys that are sorted by comparison, counted, and by their digits
        for (n, span) in [(300, 70), (5000, 700), (5000, COUNTED - 1), (5000, COUNTED), (5000, 1 << 40)] {
            let mut s = 12_345u64;
            let mut keys: Vec<u64> = (0..n)
                .map(|_| {
                    s = s.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    int_key(((s >> 20) % (span + 1)) as i64 - 350)
                })
                .collect();
            keys.extend([int_key(-350), int_key(span as i64 - 350), int_key(-350)]);
            let mut expected: Vec<usize> = (0..keys.len()).collect();
            expected.sort_by_key(|&i| keys[i]);
            assert_eq!(expected, grade(&keys));
        }
    }

    #[test]
    fn float_keys_order() {
        let v = [f64::NAN, f64::NEG_INFINITY, -1.5, -0.0, 0.0, 2.0, f64::INFINITY];
        assert!(v.windows(2).all(|w| float_key(w[0]) <= float_key(w[1])));
        assert_eq!(float_key(-0.0), float_key(0.0));
    }
}
