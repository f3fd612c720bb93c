//! NASDAQ ITCH 5.0: messages to rows.

pub mod book;
pub mod parser;
pub mod rows;
pub mod touches;
pub mod wire;
