//! Bursts of messages through the book to rows. What is not of orders and trades is rare, and left to the caller in its turn.

use super::book::{Book, Change, Order, Side, Touch};
use super::rows::{self, Depth, Moment, Orders, Quotes, Trades, price};
use super::touches::Touches;
use super::wire::{Message, size};

const STOCKS: usize = 1 << 16;

/// Where a message lies in the bytes of its burst, and as what it came.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub start: usize,
    pub size: usize,
    pub seq: i64,
    /// None takes the venue's stamp.
    pub received: Option<i64>,
}

/// A message that was not taken, or taken and told.
#[derive(Debug)]
pub struct Refused {
    /// Its number in the burst.
    pub at: usize,
    /// `frame`, whose reason is in its bytes; `side`; `foreign`, which was taken; or a kind of the book's.
    pub kind: &'static str,
    pub reason: String,
}

/// What a burst came to.
#[derive(Debug, Default)]
pub struct Made {
    /// When good messages came, in order.
    pub times: Vec<i64>,
    /// Good messages by type.
    pub kinds: Vec<u64>,
    /// Messages that came with earlier times than the one before.
    pub late: u64,
    pub refused: Vec<Refused>,
    pub orders: Orders,
    pub trades: Trades,
    pub quotes: Quotes,
    pub depth: Depth,
}

/// The parser of one session.
#[derive(Debug)]
pub struct Parser {
    pub book: Book,
    pub touches: Touches,
    /// Stocks that have been named.
    known: Vec<bool>,
    /// Numbers of their names.
    names: Vec<u32>,
    /// Stocks whose touch is told as none: they are not in continuous trading.
    quiet: Vec<bool>,
    midnight: i64,
    reached: i64,
    with_depth: bool,
    burst: Vec<Found>,
    /// Number of the next message of the burst.
    next: usize,
    /// Of the message before it.
    moment: Moment,
    made: Made,
}

impl Parser {
    /// `midnight`: from which stamps count, ns since 1970; `conflate`: see `Touches`; `max_orders`: see `Book`; `depth`: whether
    /// changes of levels are wanted.
    pub fn new(midnight: i64, conflate: i64, max_orders: usize, depth: bool) -> Self {
        Self {
            book: Book::new(max_orders),
            touches: Touches::new(conflate),
            known: vec![false; STOCKS],
            names: vec![0; STOCKS],
            quiet: vec![false; STOCKS],
            midnight,
            reached: i64::MIN,
            with_depth: depth,
            burst: Vec::new(),
            next: 0,
            moment: Moment::default(),
            made: Made::default(),
        }
    }

    /// Messages that are to be gone through by `advance` next.
    pub fn begin(&mut self, burst: Vec<Found>) {
        self.burst = burst;
        self.next = 0;
        self.made = Made { kinds: vec![0; 256], ..Made::default() };
        self.made.times.reserve(self.burst.len());
    }

    /// Take messages up to the next that is neither of an order nor a hidden trade; its number is returned, the caller sees to the
    /// rest of it and calls again. So too, before it is taken, with the first of a stock's orders and trades while the stock has no
    /// name: `know` gives it one. None at the end.
    pub fn advance(&mut self, data: &[u8]) -> Option<usize> {
        while let Some(found) = self.burst.get(self.next).copied() {
            let at = self.next;
            let bytes = data.get(found.start..found.start.saturating_add(found.size)).unwrap_or_default();
            let Some(message) = Message::new(bytes) else {
                self.refuse(at, "frame", String::new());
                self.next += 1;
                continue;
            };
            let kind = message.kind();
            if matches!(kind, b'A' | b'F' | b'P' | b'Q') && !self.known[usize::from(message.locate())] {
                self.known[usize::from(message.locate())] = true;
                return Some(at);
            }
            self.next += 1;
            self.made.kinds[usize::from(kind)] += 1;
            let moment = self.arrive(message, found);
            self.touches.reach(moment, &mut self.made.quotes);
            match kind {
                b'A' | b'F' | b'E' | b'C' | b'X' | b'D' | b'U' => self.order(at, message, moment),
                b'P' => {
                    let shares = message.u32(20);
                    if shares > 0 {
                        let made = (price(message.u32(32)), f64::from(shares), message.i64(36));
                        self.trade(message.locate(), made, rows::HIDDEN, moment);
                    }
                }
                _ => {
                    if kind == b'Q' && message.i64(11) > 0 {
                        let made = (price(message.u32(27)), message.i64(11) as f64, message.i64(31));
                        self.trade(message.locate(), made, u16::from(message.byte(39)), moment);
                    }
                    return Some(at);
                }
            }
        }
        None
    }

    /// What the burst came to.
    pub fn finish(&mut self) -> Made {
        self.burst.clear();
        std::mem::take(&mut self.made)
    }

    /// Touches that wait for their interval to end.
    pub fn flush(&mut self) -> Quotes {
        let mut out = Quotes::default();
        self.touches.flush(&mut out);
        out
    }

    /// Of the message before the next.
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// A stock has a name, of this number.
    pub fn know(&mut self, locate: u16, name: u32) {
        self.known[usize::from(locate)] = true;
        self.names[usize::from(locate)] = name;
    }

    /// A session begins, as of the message before.
    pub fn clear(&mut self) {
        for side in self.book.clear() {
            if self.with_depth {
                let name = self.name(side.locate());
                self.made.depth.push(name, side, f64::NAN, 0, self.moment);
            }
        }
        self.quiet.fill(false);
        self.touches.clear();
    }

    /// Begin or end to tell the touch of a stock, as of the message before; a stock that is quiet has none.
    pub fn turn(&mut self, locate: u16, quiet: bool) {
        let before = std::mem::replace(&mut self.quiet[usize::from(locate)], quiet);
        let touch = self.book.touch(locate);
        if before != quiet && touch != Touch::default() {
            let told = if quiet { Touch::default() } else { touch };
            let name = self.name(locate);
            self.touches.change(locate, name, told, self.moment, &mut self.made.quotes);
        }
    }

    fn name(&self, locate: u16) -> u32 {
        self.names[usize::from(locate)]
    }

    /// When a message came: times never go back.
    fn arrive(&mut self, message: Message, found: Found) -> Moment {
        let etime = self.midnight.wrapping_add(message.stamp() as i64);
        let came = found.received.unwrap_or(etime);
        self.made.late += u64::from(came < self.reached);
        self.reached = self.reached.max(came);
        self.moment = Moment { time: self.reached, etime, seq: found.seq };
        self.made.times.push(self.reached);
        self.moment
    }

    fn refuse(&mut self, at: usize, kind: &'static str, reason: String) {
        self.made.refused.push(Refused { at, kind, reason });
    }

    fn order(&mut self, at: usize, message: Message, moment: Moment) {
        let number = message.i64(11);
        let mut after = None;
        let result = match message.kind() {
            b'A' | b'F' => {
                let sells = match message.byte(19) {
                    b'B' => false,
                    b'S' => true,
                    _ => return self.refuse(at, "side", "side: neither B nor S".to_owned()),
                };
                let side = Side::new(message.locate(), sells);
                self.book.add(number, Order { side, price: message.u32(32), left: message.u32(20) })
            }
            b'D' => self.book.delete(number),
            b'U' => self.book.replace(number, message.i64(19), message.u32(27), message.u32(31)).map(|made| {
                after = Some(made.1);
                made.0
            }),
            _ => self.book.take(number, message.u32(19)),
        };
        let made = match result {
            Ok(made) => made,
            Err(refusal) => {
                let (kind, reason) = refusal.told();
                return self.refuse(at, kind, reason);
            }
        };
        let locate = made.order.side.locate();
        if locate != message.locate() {
            self.refuse(at, "foreign", "foreign: the order is of another stock".to_owned());
        }
        self.order_rows(message, &made, after, moment);
        if self.with_depth {
            self.level(made.order, moment);
            if let Some(after) = after.filter(|after| after.price != made.order.price) {
                self.level(after, moment);
            }
        }
        if made.touched && !self.quiet[usize::from(locate)] {
            let touch = self.book.touch(locate);
            let name = self.name(locate);
            self.touches.change(locate, name, touch, moment, &mut self.made.quotes);
        }
    }

    /// What is told of a change to an order; of a replacement that the old order goes and the new one, `after`, comes.
    fn order_rows(&mut self, message: Message, made: &Change, after: Option<Order>, moment: Moment) {
        let (number, order) = (message.i64(11), made.order);
        let (action, size) = match message.kind() {
            b'A' | b'F' => (rows::ADD, made.rest),
            b'E' | b'C' => (rows::FILL, message.u32(19)),
            b'X' if made.rest > 0 => (rows::MODIFY, made.rest),
            _ => (rows::DELETE, order.left),
        };
        let name = self.name(order.side.locate());
        self.made.orders.push(name, action, number, order, size, moment);
        if let Some(after) = after {
            self.made.orders.push(name, rows::ADD, message.i64(19), after, after.left, moment);
        }
        let at = match message.kind() {
            b'E' => price(order.price),
            b'C' if message.byte(31) != b'N' => f64::from(message.u32(32)) / 10_000.0,
            _ => return,
        };
        // who came took from the order that was there
        let side = u8::from(!order.side.sells());
        let moment = Moment { seq: message.i64(23), ..moment };
        self.made.trades.push(name, at, f64::from(size), side, rows::CONTINUOUS, moment);
    }

    /// The level of an order as it is now.
    fn level(&mut self, order: Order, moment: Moment) {
        let at = price(order.price);
        if !at.is_nan() {
            let shares = self.book.shares(order.side, order.price);
            self.made.depth.push(self.name(order.side.locate()), order.side, at, shares, moment);
        }
    }

    /// A trade that is of no order: its price, shares and match number.
    fn trade(&mut self, locate: u16, made: (f64, f64, i64), cond: u16, moment: Moment) {
        let (price, shares, seq) = made;
        let name = self.name(locate);
        self.made.trades.push(name, price, shares, rows::NO_SIDE, cond, Moment { seq, ..moment });
    }
}

/// Whether the messages of a burst lie within its bytes.
pub fn within(burst: &[Found], length: usize) -> bool {
    burst.iter().all(|each| each.start.checked_add(each.size).is_some_and(|end| end <= length))
}

/// Bytes of each type by its first byte.
pub fn sizes() -> [u8; 256] {
    std::array::from_fn(|kind| size(kind as u8) as u8)
}
