//! A seedable generator (splitmix64: its state is one number, which `\S 0N` shows). q's own generator is not
//! public, so the numbers that a seed gives are this engine's.

/// Generator state.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
    /// What it was seeded with.
    pub seed: i64,
}

impl Random {
    /// A generator that always gives the same numbers for `seed`.
    pub fn new(seed: i64) -> Random {
        Random { state: seed as u64, seed }
    }
    /// The seed that goes on from here.
    pub fn state(&self) -> i64 {
        self.state as i64
    }
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    /// An integer from 0 up to but not including `n` (which is above 0), without bias.
    pub fn below(&mut self, n: u64) -> u64 {
        loop {
            let m = u128::from(self.bits()) * u128::from(n);
            if m as u64 >= n.wrapping_neg() % n {
                return (m >> 64) as u64;
            }
        }
    }
    /// A float in `0 <= r < 1`.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / 9_007_199_254_740_992.0
    }
    /// `k` different integers below `n`, in random order; `k <= n`.
    pub fn deal(&mut self, k: usize, n: usize) -> Vec<usize> {
        if k * 4 >= n || n < 1024 {
            let mut v: Vec<usize> = (0..n).collect();
            for i in 0..k {
                let j = i + self.below((n - i) as u64) as usize;
                v.swap(i, j);
            }
            v.truncate(k);
            return v;
        }
        // the same shuffle, holding only the places that moved
        let mut moved = rustc_hash::FxHashMap::default();
        (0..k)
            .map(|i| {
                let j = i + self.below((n - i) as u64) as usize;
                let at_i = moved.get(&i).copied().unwrap_or(i);
                moved.insert(j, at_i).unwrap_or(j)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deals_differ_and_seeds_repeat() {
        for (k, n) in [(10, 10), (3, 5000), (900, 1000), (0, 7)] {
            let mut v = Random::new(1).deal(k, n);
            assert_eq!(v.len(), k);
            assert!(v.iter().all(|&i| i < n));
            v.sort_unstable();
            v.dedup();
            assert_eq!(v.len(), k);
        }
        assert_eq!(Random::new(7).bits(), Random::new(7).bits());
        let mut r = Random::new(-314_159);
        assert!((0..1000).all(|_| r.below(6) < 6 && r.unit() < 1.0));
    }
}
