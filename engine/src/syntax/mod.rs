//! From q text to code.

pub mod literal;
