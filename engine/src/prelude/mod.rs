//! What q says for itself: the q files that every session loads first.

/// Name and text of each file, in load order.
pub const FILES: &[(&str, &str)] = &[
    ("text.q", include_str!("text.q")),
    ("db.q", include_str!("db.q")),
    ("h.q", include_str!("h.q")),
    ("module.q", include_str!("module.q")),
];
