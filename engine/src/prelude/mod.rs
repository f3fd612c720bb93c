//! What q says for itself: the q files that every session loads first.

/// Name and text of each file, in load order.
pub const FILES: &[(&str, &str)] = &[
    ("q.q", include_str!("q.q")),
    ("text.q", include_str!("text.q")),
    ("db.q", include_str!("db.q")),
    ("h.q", include_str!("h.q")),
    ("module.q", include_str!("module.q")),
];
