//! IEX-TP segments: where their messages are, and whether the books that levels make are crossed.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

/// Messages of one type: where each begins in the data, which of all messages it is, and its number in its session.
#[derive(Debug, Default)]
pub struct Found {
    pub places: Vec<i64>,
    pub ordinals: Vec<i64>,
    pub numbers: Vec<i64>,
}

/// Segments that were taken, and the messages in them.
#[derive(Debug)]
pub struct Segments {
    /// Bytes that a message of each type has at least; 0 where that is no type.
    sizes: [u8; 256],
    pub data: Vec<u8>,
    pub moments: Vec<i64>,
    pub found: FxHashMap<u8, Found>,
    /// Messages by type, those of no type included.
    pub kinds: [u64; 256],
}

/// What a segment came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    pub good: u64,
    /// Of no type.
    pub unknown: u64,
    /// Where messages begin and end that are shorter than their types.
    pub short: Vec<(usize, usize)>,
    /// Number of the message that reaches beyond the segment, with which reading of it ends.
    pub beyond: Option<i64>,
}

impl Segments {
    pub fn new(sizes: [u8; 256]) -> Self {
        Self { sizes, data: Vec::new(), moments: Vec::new(), found: FxHashMap::default(), kinds: [0; 256] }
    }

    /// Take a segment's messages, which begin at `at`: the first has the number `first`, those before `upcoming` came before.
    pub fn take(&mut self, data: &[u8], mut at: usize, first: i64, count: u16, upcoming: i64, moment: i64) -> Taken {
        let mut made = Taken::default();
        let base = self.data.len();
        for number in (0..i64::from(count)).map(|number| first.wrapping_add(number)) {
            let size = data.get(at..at + 2).map_or(0, |size| usize::from(u16::from_le_bytes([size[0], size[1]])));
            let (begin, end) = (at + 2, at + 2 + size);
            let Some(message) = data.get(begin..end).filter(|message| !message.is_empty()) else {
                made.beyond = Some(number);
                break;
            };
            at = end;
            if number < upcoming {
                continue;
            }
            let kind = message[0];
            self.kinds[usize::from(kind)] += 1;
            match usize::from(self.sizes[usize::from(kind)]) {
                0 => made.unknown += 1,
                least if size < least => made.short.push((begin, end)),
                _ => {
                    made.good += 1;
                    let found = self.found.entry(kind).or_default();
                    found.places.push((base + begin) as i64);
                    found.ordinals.push(self.moments.len() as i64);
                    found.numbers.push(number);
                    self.moments.push(moment);
                }
            }
        }
        // what brings nothing, such as a heartbeat or what comes again, need not be kept
        if made.good > 0 {
            self.data.extend_from_slice(data);
        }
        made
    }
}

/// Price levels by symbol: bids and offers, shares by price.
#[derive(Debug, Default)]
pub struct Books {
    levels: FxHashMap<[u8; 8], [BTreeMap<i64, u32>; 2]>,
}

impl Books {
    pub fn clear(&mut self) {
        self.levels.clear();
    }

    /// A level has other shares; the best bid and offer where the bid is at or above it.
    pub fn level(&mut self, sym: [u8; 8], sells: bool, price: i64, shares: u32) -> Option<(i64, i64)> {
        let book = self.levels.entry(sym).or_default();
        let side = &mut book[usize::from(sells)];
        if shares > 0 {
            side.insert(price, shares);
        } else {
            side.remove(&price);
        }
        let (bid, ask) = (*book[0].last_key_value()?.0, *book[1].first_key_value()?.0);
        (bid >= ask).then_some((bid, ask))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_and_damage_told() {
        let mut sizes = [0; 256];
        sizes[usize::from(b'A')] = 2;
        let mut segments = Segments::new(sizes);
        let data = b"..\x02\0A1\x01\0A\x01\0?\x03\0A2x\x09\0A";
        let made = segments.take(data, 2, 10, 6, 10, 7);
        let want = Taken { good: 2, unknown: 1, short: vec![(8, 9)], beyond: Some(14) };
        assert_eq!(made, want);
        let found = &segments.found[&b'A'];
        assert_eq!((found.places.as_slice(), found.numbers.as_slice()), ([4, 14].as_slice(), [10, 13].as_slice()));
        let kept = segments.data.len();
        assert_eq!(segments.take(data, 2, 10, 2, 12, 8).good, 0);
        assert_eq!(segments.data.len(), kept);
        assert_eq!(segments.moments, [7, 7]);
    }

    #[test]
    fn crossed_books_are_seen() {
        let mut books = Books::default();
        assert_eq!(books.level(*b"ABC     ", false, 10, 5), None);
        assert_eq!(books.level(*b"ABC     ", true, 10, 5), Some((10, 10)));
        assert_eq!(books.level(*b"ABC     ", false, 10, 0), None);
    }
}
