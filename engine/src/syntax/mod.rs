//! q text to compiled code.

pub mod lex;
pub mod literal;
pub mod parse;
pub mod pattern;
pub mod resolve;
pub mod script;
pub mod tree;

pub use parse::{Source, compile};
