//! Readers of stdin: lines as they are from a pipe or file, a line editor on a terminal.

use crate::error::{Error, Result};
use crate::ipc::console::{Console, Line, Post};
use crate::syntax::lex::Tok;
use crate::value::Host;
use crate::verb::ipc::with;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper, Highlighter, Hinter};
use std::io::{BufRead, IsTerminal};
use std::sync::mpsc::Receiver;

/// Starts reading stdin for the session.
pub fn start(host: &mut dyn Host) -> Result<()> {
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    with(host, |hs| {
        let c = Console::start(hs.waker(), terminal, move |post, asked| {
            if terminal {
                edit(&post, &asked);
            } else {
                pipe(&post);
            }
        });
        hs.console = Some(c.map_err(|e| Error::os("stdin", &e))?);
        Ok(())
    })
}

fn pipe(post: &Post) {
    let mut stdin = std::io::stdin().lock();
    loop {
        let mut bytes = Vec::new();
        match stdin.read_until(b'\n', &mut bytes) {
            Ok(n) if n > 0 => {
                while matches!(bytes.last(), Some(b'\n' | b'\r')) {
                    bytes.pop();
                }
                if !post.send(Line::Text(String::from_utf8_lossy(&bytes).into_owned())) {
                    return;
                }
            }
            // an unreadable stdin is an ended one
            _ => {
                post.send(Line::End);
                return;
            }
        }
    }
}

#[derive(Helper, Highlighter, Hinter)]
struct Names(Vec<String>);

impl Completer for Names {
    type Candidate = String;
    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
        let start = line[..at].rfind(|c| !word(c)).map_or(0, |i| i + 1);
        let stem = &line[start..at];
        let found =
            if stem.is_empty() { vec![] } else { self.0.iter().filter(|n| n.starts_with(stem)).cloned().collect() };
        Ok((start, found))
    }
}

impl Validator for Names {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if is_open(ctx.input()) { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

/// True while a function that was begun is not closed: its text may go on in further lines.
fn is_open(text: &str) -> bool {
    let Ok(tokens) = crate::syntax::lex::lex(text.as_bytes()) else { return false };
    let mut open = 0i32;
    for t in &tokens {
        match t.tok {
            Tok::Punct(b'{') => open += 1,
            Tok::Punct(b'}') => open -= 1,
            _ => {}
        }
    }
    open > 0 && !text.starts_with('\\')
}

fn edit(post: &Post, asked: &Receiver<(String, Vec<String>)>) {
    let editor = rustyline::Editor::<Names, rustyline::history::FileHistory>::new();
    let Ok(mut editor) = editor else { return pipe(post) };
    editor.set_helper(Some(Names(vec![])));
    let history = std::env::var_os("HOME").map(|h| std::path::PathBuf::from(h).join(".quill_history"));
    if let Some(p) = &history {
        // there is none the first time
        let _ = editor.load_history(p);
    }
    while let Ok((prompt, names)) = asked.recv() {
        editor.set_helper(Some(Names(names)));
        let line = match editor.readline(&prompt) {
            Ok(t) => {
                if !t.trim().is_empty() {
                    // history is a convenience: a session without it works
                    let _ = editor.add_history_entry(t.as_str());
                    if let Some(p) = &history {
                        let _ = editor.save_history(p);
                    }
                }
                Line::Text(t)
            }
            Err(ReadlineError::Interrupted) => Line::Abandoned,
            Err(_) => Line::End,
        };
        let end = matches!(line, Line::End);
        if !post.send(line) || end {
            return;
        }
    }
}
