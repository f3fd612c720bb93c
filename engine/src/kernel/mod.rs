//! Loops over slices: what arithmetic, comparison, aggregation and searching do to plain items.
//!
//! Nothing here knows a `Value`. A type rule (in `verb`) decides which item type a pair of
//! arguments meets in; these functions then run the loop.

// item operations are inlined into every loop also without optimisation; both sides of a flag are cheap and branchless
#![allow(clippy::inline_always, clippy::needless_bitwise_bool)]

pub mod asof;
pub mod cells;
pub mod convert;
pub mod group;
pub mod item;
pub mod keys;
pub mod map;
pub mod matrix;
pub mod random;
pub mod reduce;
pub mod scan;
pub mod search;
pub mod share;
pub mod sort;
pub mod text;
pub mod window;

pub use item::{Item, Num};
