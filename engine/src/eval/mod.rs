//! The evaluator: a session holds the globals and walks compiled code.

pub mod apply;
pub mod assign;
pub mod command;
pub mod debug;
pub mod filter;
mod fused;
pub mod globals;
pub mod group;
pub mod parts;
pub mod pattern;
pub mod profile;
mod reduce;
pub mod run;
pub mod session;
pub mod sql;
pub mod stack;
pub mod view;

pub use session::{INTERRUPT, Session};
