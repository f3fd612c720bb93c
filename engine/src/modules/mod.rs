//! Modules for `use` that quill brings. A file of the same name on the search path comes first.

const FILES: &[(&str, &str)] = &[
    ("kx.printf", include_str!("kx/printf.q")),
    ("kx.log", include_str!("kx/log.q")),
    ("kx.rest", include_str!("kx/rest.q")),
];

/// The text of a module by its full name.
pub fn text(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(n, _)| *n == name).map(|(_, t)| *t)
}
