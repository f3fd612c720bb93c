//! Modules for `use`, and scripts for `\l`, that quill brings. A module of the same name on the search path comes first,
//! and a script in the current directory; one in QHOME does not (KX's `pykx.q` there is of use to kdb+ alone).

const MODULES: &[(&str, &str)] = &[
    ("kx.printf", include_str!("kx/printf.q")),
    ("kx.log", include_str!("kx/log.q")),
    ("kx.rest", include_str!("kx/rest.q")),
];

/// The text of a module by its full name.
pub fn text(name: &str) -> Option<&'static str> {
    MODULES.iter().find(|(n, _)| *n == name).map(|(_, t)| *t)
}

/// A script: its name, its text, and texts it refers to as globals.
pub struct Script {
    pub name: &'static str,
    pub text: &'static str,
    pub globals: &'static [(&'static str, &'static str)],
}

const SCRIPTS: &[Script] = &[Script {
    name: "pykx.q",
    text: include_str!("pykx/pykx.q"),
    globals: &[(".pykx.i.child", include_str!("pykx/pykx.py"))],
}];

/// The script of a name, as `\l name` has it.
pub fn script(name: &str) -> Option<&'static Script> {
    SCRIPTS.iter().find(|s| s.name == name)
}
