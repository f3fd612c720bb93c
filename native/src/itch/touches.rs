//! Which touches are told: every change, or the last of each interval of the venue's time.

use super::book::Touch;
use super::rows::{Moment, Quotes};

const STOCKS: usize = 1 << 16;
const DAY_NS: i64 = 86_400_000_000_000;
/// More than a day has intervals, so that days of reception count as intervals of their own too.
const DAY_BUCKETS: i64 = 1 << 48;

#[derive(Clone, Copy, Debug)]
struct Event {
    locate: u16,
    name: u32,
    touch: Touch,
    moment: Moment,
}

/// Changes of touches on their way to being told. A crossed book is told as none.
#[derive(Debug)]
pub struct Touches {
    interval: i64,
    /// Times that a book began to be crossed.
    pub crossings: u64,
    crossed: Vec<bool>,
    told: Vec<Touch>,
    bucket: i64,
    held: Vec<Event>,
    /// Stocks that have been seen while the held are gone through, by the number of the walk.
    seen: Vec<u32>,
    walk: u32,
}

impl Touches {
    /// `interval` in ns; 0 tells every change.
    pub fn new(interval: i64) -> Self {
        Self {
            interval: interval.max(0),
            crossings: 0,
            crossed: vec![false; STOCKS],
            told: vec![Touch::default(); STOCKS],
            bucket: 0,
            held: Vec::new(),
            seen: vec![0; STOCKS],
            walk: 0,
        }
    }

    /// Another session: what is told next is news.
    pub fn clear(&mut self) {
        self.told.fill(Touch::default());
        self.crossed.fill(false);
    }

    /// A message came: intervals before its own end.
    pub fn reach(&mut self, moment: Moment, out: &mut Quotes) {
        if self.interval == 0 {
            return;
        }
        let bucket = moment.etime.div_euclid(self.interval).rem_euclid(DAY_BUCKETS)
            + moment.time.div_euclid(DAY_NS).saturating_mul(DAY_BUCKETS);
        if bucket > self.bucket {
            self.flush(out);
            self.bucket = bucket;
        }
    }

    /// The touch of a stock of this name changed.
    pub fn change(&mut self, locate: u16, name: u32, touch: Touch, moment: Moment, out: &mut Quotes) {
        let at = usize::from(locate);
        let crossed = touch.crossed();
        self.crossings += u64::from(crossed && !self.crossed[at]);
        self.crossed[at] = crossed;
        let touch = if crossed { Touch::default() } else { touch };
        let event = Event { locate, name, touch, moment };
        if self.interval == 0 {
            self.tell(&event, out);
        } else {
            self.held.push(event);
        }
    }

    /// The last touch of each stock that waits for its interval to end, in the order in which they came.
    pub fn flush(&mut self, out: &mut Quotes) {
        self.walk = self.walk.wrapping_add(1);
        if self.walk == 0 {
            self.seen.fill(0);
            self.walk = 1;
        }
        let mut last = std::mem::take(&mut self.held);
        last.reverse();
        last.retain(|each| {
            let seen = &mut self.seen[usize::from(each.locate)];
            std::mem::replace(seen, self.walk) != self.walk
        });
        for event in last.iter().rev() {
            self.tell(event, out);
        }
        last.clear();
        self.held = last;
    }

    fn tell(&mut self, event: &Event, out: &mut Quotes) {
        let told = &mut self.told[usize::from(event.locate)];
        if *told != event.touch {
            *told = event.touch;
            out.push(event.name, event.touch, event.moment);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bid(price: u32) -> Touch {
        Touch { bid: Some(price), bsize: 1, ..Touch::default() }
    }

    fn moment(at: i64) -> Moment {
        Moment { time: at, etime: at, seq: at }
    }

    #[test]
    fn the_last_of_each_interval_is_told_once_it_is_over() {
        let (mut touches, mut out) = (Touches::new(10), Quotes::default());
        for (at, locate, price) in [(1, 1, 5), (2, 2, 7), (3, 1, 6), (11, 2, 8), (12, 2, 7)] {
            touches.reach(moment(at), &mut out);
            touches.change(locate, u32::from(locate), bid(price), moment(at), &mut out);
        }
        assert_eq!((out.seqs.as_slice(), out.names.as_slice()), ([2, 3].as_slice(), [2, 1].as_slice()));
        touches.flush(&mut out);
        // stock 2 is where it was
        assert_eq!(out.seqs, [2, 3]);
    }

    #[test]
    fn a_crossed_book_is_told_as_none() {
        let (mut touches, mut out) = (Touches::new(0), Quotes::default());
        let crossed = Touch { bid: Some(5), bsize: 1, ask: Some(5), asize: 1 };
        touches.change(1, 1, bid(5), moment(1), &mut out);
        touches.change(1, 1, crossed, moment(2), &mut out);
        touches.change(1, 1, Touch { bsize: 2, ..crossed }, moment(3), &mut out);
        touches.change(1, 1, bid(5), moment(4), &mut out);
        assert_eq!((out.seqs, touches.crossings), (vec![1, 2, 4], 1));
    }
}
