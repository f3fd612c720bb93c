//! A script's text to its statements.

/// How the name of a runtime script ends: its text is scrambled and its functions do not show theirs.
pub const LOCKED: &str = ".q_";

/// One statement of a script: the line it starts on (from 1) and its text, continuation lines included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub line: usize,
    pub text: String,
}

/// Splits a script: a statement starts at column 0, lines that start with a blank continue it, a lone `/` opens a
/// block comment that a lone `\` closes, and a lone `\` outside one ends the script.
pub fn statements(text: &str) -> Vec<Statement> {
    let mut out: Vec<Statement> = vec![];
    let mut block = false;
    for (k, line) in text.lines().enumerate() {
        let line = if k == 0 && line.starts_with("#!") { "" } else { line.trim_end_matches('\r') };
        let bare = line.trim_end();
        if block {
            block = bare != "\\";
            continue;
        }
        match bare {
            "/" => {
                block = true;
                continue;
            }
            "\\" => break,
            _ => {}
        }
        if bare.is_empty() || line.starts_with('/') {
            continue;
        }
        let continues = line.starts_with([' ', '\t']) || (line.starts_with('}') && !out.is_empty());
        if continues {
            if let Some(last) = out.last_mut() {
                last.text.push('\n');
                last.text.push_str(line);
            } else if !bare.trim_start().starts_with('/') {
                out.push(Statement { line: k + 1, text: bare.trim_start().to_string() });
            }
            continue;
        }
        out.push(Statement { line: k + 1, text: line.to_string() });
    }
    out
}
