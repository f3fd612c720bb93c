//! Orders by reference and the levels that they make, for all stocks at once.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::wire::MARKET_PRICE;

const STOCKS: usize = 1 << 16;

/// An order that is in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub side: Side,
    /// In 1/10,000.
    pub price: u32,
    pub left: u32,
}

/// A side of a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side(u32);

impl Side {
    pub fn new(locate: u16, sells: bool) -> Self {
        Self(u32::from(locate) << 1 | u32::from(sells))
    }

    pub fn locate(self) -> u16 {
        (self.0 >> 1) as u16
    }

    pub fn sells(self) -> bool {
        self.0 & 1 == 1
    }

    /// Where a price stands on the side: the best has the least. A price again where it is given a place.
    fn place(self, price: u32) -> u32 {
        if self.sells() { price } else { u32::MAX - price }
    }
}

/// The best of both sides: prices in 1/10,000, None for an empty side, and shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touch {
    pub bid: Option<u32>,
    pub bsize: u64,
    pub ask: Option<u32>,
    pub asize: u64,
}

impl Touch {
    /// The best bid is at or above the best offer.
    pub fn crossed(&self) -> bool {
        matches!((self.bid, self.ask), (Some(bid), Some(ask)) if bid >= ask)
    }
}

/// Why a message was refused; the book is left as it was.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    Unknown { order: i64 },
    Beyond { order: i64, shares: u32, left: u32 },
    Duplicate { order: i64 },
    NoShares { order: i64, new: bool },
    Overflow { orders: usize },
}

impl Refusal {
    /// Its kind and a sentence, which begins with it.
    pub fn told(&self) -> (&'static str, String) {
        match self {
            Self::Unknown { order } => ("unknown", format!("unknown: order {order} is not in the book")),
            Self::Beyond { order, shares, left } => {
                ("beyond", format!("beyond: {shares} of the {left} shares of order {order}"))
            }
            Self::Duplicate { order } => ("duplicate", format!("duplicate: order {order} is in the book")),
            Self::NoShares { order, new: true } => ("empty", format!("empty: order {order} without shares")),
            Self::NoShares { order, new: false } => ("empty", format!("empty: no shares of order {order}")),
            Self::Overflow { orders } => ("overflow", format!("overflow: {orders} orders are in the book")),
        }
    }
}

/// What a message did to an order.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// The order as it was; of a new one as it is.
    pub order: Order,
    /// Shares left of it.
    pub rest: u32,
    /// Whether the best level of a side of the stock is another now, or has other shares.
    pub touched: bool,
}

#[derive(Debug, Default)]
struct Levels {
    /// Shares by place.
    shares: BTreeMap<u32, u64>,
    best: Option<(u32, u64)>,
}

impl Levels {
    /// Whether the best level is another now.
    fn grow(&mut self, place: u32, by: u32) -> bool {
        let shares = self.shares.entry(place).or_insert(0);
        *shares += u64::from(by);
        let best = self.best.is_none_or(|(best, _)| place <= best);
        if best {
            self.best = Some((place, *shares));
        }
        best
    }

    fn shrink(&mut self, place: u32, by: u32) -> bool {
        let Some(shares) = self.shares.get_mut(&place) else { return false };
        *shares -= u64::from(by);
        let left = *shares;
        if left == 0 {
            self.shares.remove(&place);
        }
        let best = self.best.is_some_and(|(best, _)| best == place);
        if best {
            self.best =
                if left > 0 { Some((place, left)) } else { self.shares.first_key_value().map(|(at, n)| (*at, *n)) };
        }
        best
    }
}

/// The book. Orders at the market price are kept, but have no place among the levels.
#[derive(Debug)]
pub struct Book {
    max_orders: usize,
    orders: FxHashMap<i64, Order>,
    levels: Vec<Levels>,
}

impl Book {
    /// `max_orders`: what may be in the book at a time; further ones are refused.
    pub fn new(max_orders: usize) -> Self {
        Self {
            max_orders,
            orders: FxHashMap::default(),
            levels: std::iter::repeat_with(Levels::default).take(2 * STOCKS).collect(),
        }
    }

    pub fn len(&self) -> usize {
        self.orders.len()
    }

    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub fn orders(&self) -> impl Iterator<Item = (&i64, &Order)> {
        self.orders.iter()
    }

    /// Begin anew; the sides that had levels.
    pub fn clear(&mut self) -> Vec<Side> {
        self.orders.clear();
        let held = |(at, each): (usize, &mut Levels)| {
            let had = !each.shares.is_empty();
            *each = Levels::default();
            had.then_some(Side(at as u32))
        };
        self.levels.iter_mut().enumerate().filter_map(held).collect()
    }

    pub fn touch(&self, locate: u16) -> Touch {
        let best = |sells| {
            let side = Side::new(locate, sells);
            self.levels[side.0 as usize].best.map(|(place, shares)| (side.place(place), shares))
        };
        let (bid, ask) = (best(false), best(true));
        Touch {
            bid: bid.map(|each| each.0),
            bsize: bid.map_or(0, |each| each.1),
            ask: ask.map(|each| each.0),
            asize: ask.map_or(0, |each| each.1),
        }
    }

    /// Levels of a side, best first: prices and shares.
    pub fn side(&self, side: Side) -> impl Iterator<Item = (u32, u64)> {
        self.levels[side.0 as usize].shares.iter().map(move |(place, shares)| (side.place(*place), *shares))
    }

    /// Shares at a price.
    pub fn shares(&self, side: Side, price: u32) -> u64 {
        self.levels[side.0 as usize].shares.get(&side.place(price)).copied().unwrap_or(0)
    }

    pub fn add(&mut self, number: i64, order: Order) -> Result<Change, Refusal> {
        if self.orders.contains_key(&number) {
            return Err(Refusal::Duplicate { order: number });
        }
        if order.left == 0 {
            return Err(Refusal::NoShares { order: number, new: true });
        }
        if self.orders.len() >= self.max_orders {
            return Err(Refusal::Overflow { orders: self.max_orders });
        }
        self.orders.insert(number, order);
        Ok(Change { order, rest: order.left, touched: self.grow(order) })
    }

    /// Execute or cancel some of an order's shares.
    pub fn take(&mut self, number: i64, shares: u32) -> Result<Change, Refusal> {
        let Some(held) = self.orders.get_mut(&number) else { return Err(Refusal::Unknown { order: number }) };
        let order = *held;
        if shares > order.left {
            return Err(Refusal::Beyond { order: number, shares, left: order.left });
        }
        if shares == 0 {
            return Err(Refusal::NoShares { order: number, new: false });
        }
        held.left -= shares;
        let rest = held.left;
        if rest == 0 {
            self.orders.remove(&number);
        }
        Ok(Change { order, rest, touched: self.shrink(order, shares) })
    }

    pub fn delete(&mut self, number: i64) -> Result<Change, Refusal> {
        let order = self.orders.remove(&number).ok_or(Refusal::Unknown { order: number })?;
        Ok(Change { order, rest: 0, touched: self.shrink(order, order.left) })
    }

    /// Put another order in the place of one; its price and shares are other, its side the same.
    pub fn replace(&mut self, number: i64, new: i64, shares: u32, price: u32) -> Result<(Change, Order), Refusal> {
        let order = *self.orders.get(&number).ok_or(Refusal::Unknown { order: number })?;
        if new != number && self.orders.contains_key(&new) {
            return Err(Refusal::Duplicate { order: new });
        }
        if shares == 0 {
            return Err(Refusal::NoShares { order: new, new: true });
        }
        let after = Order { side: order.side, price, left: shares };
        self.orders.remove(&number);
        self.orders.insert(new, after);
        let gone = self.shrink(order, order.left);
        let come = self.grow(after);
        Ok((Change { order, rest: 0, touched: (gone || come) && order != after }, after))
    }

    fn grow(&mut self, order: Order) -> bool {
        order.price != MARKET_PRICE
            && self.levels[order.side.0 as usize].grow(order.side.place(order.price), order.left)
    }

    fn shrink(&mut self, order: Order, by: u32) -> bool {
        order.price != MARKET_PRICE && self.levels[order.side.0 as usize].shrink(order.side.place(order.price), by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUY: Side = Side(2);
    const SELL: Side = Side(3);

    fn order(side: Side, price: u32, left: u32) -> Order {
        Order { side, price, left }
    }

    #[test]
    fn the_touch_follows_the_orders() {
        let mut book = Book::new(10);
        assert!(book.add(1, order(BUY, 100, 5)).is_ok_and(|made| made.touched));
        assert!(book.add(2, order(BUY, 99, 7)).is_ok_and(|made| !made.touched));
        assert!(book.add(3, order(SELL, 101, 1)).is_ok_and(|made| made.touched));
        assert!(book.add(4, order(SELL, MARKET_PRICE, 1)).is_ok_and(|made| !made.touched));
        assert_eq!(book.touch(1), Touch { bid: Some(100), bsize: 5, ask: Some(101), asize: 1 });
        assert!(book.take(1, 5).is_ok_and(|made| made.touched && made.rest == 0));
        assert!(book.delete(3).is_ok_and(|made| made.touched));
        assert_eq!(book.touch(1), Touch { bid: Some(99), bsize: 7, ask: None, asize: 0 });
        assert_eq!(book.len(), 2);
    }

    #[test]
    fn a_replacement_that_changes_nothing_touches_nothing() {
        let mut book = Book::new(10);
        book.add(1, order(BUY, 100, 5)).expect("added");
        assert!(book.replace(1, 2, 5, 100).is_ok_and(|made| !made.0.touched));
        assert!(book.replace(2, 2, 6, 100).is_ok_and(|made| made.0.touched));
        assert!(book.replace(2, 3, 6, 98).is_ok_and(|made| made.0.touched));
        assert_eq!(book.touch(1).bid, Some(98));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let mut book = Book::new(1);
        book.add(1, order(BUY, 100, 5)).expect("added");
        assert_eq!(book.add(1, order(BUY, 100, 5)), Err(Refusal::Duplicate { order: 1 }));
        assert_eq!(book.add(2, order(BUY, 100, 0)), Err(Refusal::NoShares { order: 2, new: true }));
        assert_eq!(book.add(2, order(BUY, 100, 5)), Err(Refusal::Overflow { orders: 1 }));
        assert_eq!(book.take(1, 6), Err(Refusal::Beyond { order: 1, shares: 6, left: 5 }));
        assert_eq!(book.take(1, 0), Err(Refusal::NoShares { order: 1, new: false }));
        assert_eq!(book.delete(9), Err(Refusal::Unknown { order: 9 }));
        assert_eq!(book.replace(1, 2, 0, 1), Err(Refusal::NoShares { order: 2, new: true }));
        assert_eq!(book.touch(1).bsize, 5);
        assert_eq!(book.clear(), [BUY]);
        assert!(book.is_empty());
    }
}
