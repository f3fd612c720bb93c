//! Values as text: the console's display, the one-line form, and `string`.

pub mod atom;
pub mod console;
pub mod literal;

pub use console::show;
pub use literal::{literal, string_of};
