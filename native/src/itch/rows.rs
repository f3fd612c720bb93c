//! Rows of the captured tables as columns; stocks by the numbers of their names, which the caller keeps.

use super::book::{Order, Side, Touch};
use super::wire::MARKET_PRICE;

/// When and as what a message came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment {
    /// When it was received, ns since 1970; never earlier than the one before.
    pub time: i64,
    /// The venue's stamp, ns since 1970.
    pub etime: i64,
    /// The venue's number of it.
    pub seq: i64,
}

/// A price in currency; NaN for a market order's.
pub fn price(whole: u32) -> f64 {
    if whole == MARKET_PRICE { f64::NAN } else { f64::from(whole) / 10_000.0 }
}

/// What happened to orders.
#[derive(Debug, Default)]
pub struct Orders {
    pub times: Vec<i64>,
    pub names: Vec<u32>,
    pub actions: Vec<u8>,
    pub oids: Vec<i64>,
    pub sides: Vec<u8>,
    pub prices: Vec<f64>,
    pub sizes: Vec<f64>,
    pub etimes: Vec<i64>,
    pub seqs: Vec<i64>,
}

pub const ADD: u8 = 0;
pub const FILL: u8 = 1;
pub const MODIFY: u8 = 2;
pub const DELETE: u8 = 3;

impl Orders {
    pub fn push(&mut self, name: u32, action: u8, number: i64, order: Order, size: u32, moment: Moment) {
        self.times.push(moment.time);
        self.names.push(name);
        self.actions.push(action);
        self.oids.push(number);
        self.sides.push(u8::from(order.side.sells()));
        self.prices.push(price(order.price));
        self.sizes.push(f64::from(size));
        self.etimes.push(moment.etime);
        self.seqs.push(moment.seq);
    }
}

/// Trades.
#[derive(Debug, Default)]
pub struct Trades {
    pub times: Vec<i64>,
    pub names: Vec<u32>,
    pub prices: Vec<f64>,
    pub sizes: Vec<f64>,
    /// Who came to the one that was there: 0 a buyer, 1 a seller, 2 not known.
    pub sides: Vec<u8>,
    /// `CONTINUOUS`, `HIDDEN`, or the letter of the cross.
    pub conds: Vec<u16>,
    pub etimes: Vec<i64>,
    /// Match numbers.
    pub seqs: Vec<i64>,
}

pub const NO_SIDE: u8 = 2;
pub const CONTINUOUS: u16 = 256;
pub const HIDDEN: u16 = 257;

impl Trades {
    pub fn push(&mut self, name: u32, price: f64, size: f64, side: u8, cond: u16, moment: Moment) {
        self.times.push(moment.time);
        self.names.push(name);
        self.prices.push(price);
        self.sizes.push(size);
        self.sides.push(side);
        self.conds.push(cond);
        self.etimes.push(moment.etime);
        self.seqs.push(moment.seq);
    }
}

/// Touches.
#[derive(Debug, Default)]
pub struct Quotes {
    pub times: Vec<i64>,
    pub names: Vec<u32>,
    pub bids: Vec<f64>,
    pub asks: Vec<f64>,
    pub bsizes: Vec<f64>,
    pub asizes: Vec<f64>,
    pub etimes: Vec<i64>,
    pub seqs: Vec<i64>,
}

impl Quotes {
    pub fn push(&mut self, name: u32, touch: Touch, moment: Moment) {
        self.times.push(moment.time);
        self.names.push(name);
        self.bids.push(touch.bid.map_or(f64::NAN, price));
        self.asks.push(touch.ask.map_or(f64::NAN, price));
        self.bsizes.push(touch.bsize as f64);
        self.asizes.push(touch.asize as f64);
        self.etimes.push(moment.etime);
        self.seqs.push(moment.seq);
    }
}

/// Levels that have other shares; none remove the level, without a price all of the side.
#[derive(Debug, Default)]
pub struct Depth {
    pub times: Vec<i64>,
    pub names: Vec<u32>,
    pub sides: Vec<u8>,
    pub prices: Vec<f64>,
    pub sizes: Vec<f64>,
    pub etimes: Vec<i64>,
    pub seqs: Vec<i64>,
}

impl Depth {
    pub fn push(&mut self, name: u32, side: Side, price: f64, size: u64, moment: Moment) {
        self.times.push(moment.time);
        self.names.push(name);
        self.sides.push(u8::from(side.sells()));
        self.prices.push(price);
        self.sizes.push(size as f64);
        self.etimes.push(moment.etime);
        self.seqs.push(moment.seq);
    }
}
