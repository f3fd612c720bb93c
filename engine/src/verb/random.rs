//! (to be written)

use crate::value::Verb;

pub static VERBS: &[Verb] = &[];
