//! Ten levels a side in each record: what changed since the record before of the same instrument.

use rustc_hash::FxHashMap;

use crate::bytes::field;

/// Levels of a side in a record.
const LEVELS: usize = 10;
/// Stands for no price.
const NO_PRICE: i64 = i64::MAX;

/// Where a record holds what is read here; little-endian.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// Bytes of a record.
    pub record: usize,
    /// Of the publisher, in 2 bytes, and the instrument, in 4.
    pub publisher: usize,
    pub instrument: usize,
    /// Of the best bid's price, in 8 bytes, and shares, in 4; and of the best offer's.
    pub bid: (usize, usize),
    pub ask: (usize, usize),
    /// Bytes from one level to the next.
    pub level: usize,
}

type Side = [(i64, u32); LEVELS];

const EMPTY: Side = [(NO_PRICE, 0); LEVELS];

/// Changes of levels: of which record, on which side (0 bids, 1 offers), at which price, to how many shares; none where it is gone.
#[derive(Debug, Default)]
pub struct Changes {
    pub rows: Vec<i64>,
    pub sides: Vec<u8>,
    pub prices: Vec<i64>,
    pub sizes: Vec<f64>,
}

/// The last levels of all instruments.
#[derive(Debug, Default)]
pub struct Depths {
    known: FxHashMap<(u16, u32), [Side; 2]>,
}

impl Depths {
    /// Go through records one behind the other. Levels that are gone come before new and changed ones, bids before offers.
    pub fn take(&mut self, data: &[u8], places: Places) -> Changes {
        let mut made = Changes::default();
        if places.record == 0 {
            return made;
        }
        for (row, record) in data.chunks_exact(places.record).enumerate() {
            let key = (
                u16::from_le_bytes(field(record, places.publisher)),
                u32::from_le_bytes(field(record, places.instrument)),
            );
            let known = self.known.entry(key).or_insert([EMPTY; 2]);
            for (number, (before, (price, size))) in known.iter_mut().zip([places.bid, places.ask]).enumerate() {
                let now: Side = std::array::from_fn(|level| {
                    let price = i64::from_le_bytes(field(record, price + level * places.level));
                    let size = u32::from_le_bytes(field(record, size + level * places.level));
                    (price, if price == NO_PRICE { 0 } else { size })
                });
                if now == *before {
                    continue;
                }
                let mut push = |price: i64, size: u32| {
                    made.rows.push(row as i64);
                    made.sides.push(number as u8);
                    made.prices.push(price);
                    made.sizes.push(f64::from(size));
                };
                for (price, _) in before.iter().filter(|old| old.0 != NO_PRICE && !now.iter().any(|new| new.0 == old.0))
                {
                    push(*price, 0);
                }
                for (price, size) in now.iter().filter(|new| new.0 != NO_PRICE && !before.contains(new)) {
                    push(*price, *size);
                }
                *before = now;
            }
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: Places =
        Places { record: 6 + 24 * LEVELS, publisher: 0, instrument: 2, bid: (6, 14), ask: (18, 26), level: 24 };

    fn record(bids: &[(i64, u32)]) -> Vec<u8> {
        let mut made = vec![1, 0, 7, 0, 0, 0];
        for level in 0..LEVELS {
            for (price, size) in [bids.get(level).copied().unwrap_or((NO_PRICE, 9)), (NO_PRICE, 0)] {
                made.extend(price.to_le_bytes());
                made.extend(size.to_le_bytes());
            }
        }
        made
    }

    #[test]
    fn what_changed_is_told() {
        let mut depths = Depths::default();
        let all = [record(&[(10, 5), (9, 4)]), record(&[(10, 5), (9, 4)]), record(&[(11, 1), (10, 6)])].concat();
        let made = depths.take(&all, PLACES);
        assert_eq!(made.rows, [0, 0, 2, 2, 2]);
        assert_eq!(made.prices, [10, 9, 9, 11, 10]);
        assert_eq!(made.sizes, [5.0, 4.0, 0.0, 1.0, 6.0]);
        assert_eq!(depths.take(&record(&[]), PLACES).prices, [11, 10]);
        let all: Vec<(i64, u32)> = (1..=LEVELS).map(|level| (level as i64, 1)).collect();
        assert_eq!(depths.take(&record(&all), PLACES).rows.len(), LEVELS);
    }
}
