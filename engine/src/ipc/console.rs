//! Lines typed or piped to the process, read by a thread of their own.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, sync_channel};

/// Something that the reader reports.
#[derive(Debug)]
pub enum Line {
    Text(String),
    /// Ctrl-C at the prompt: the line is given up.
    Abandoned,
    End,
}

/// The receiving end, kept with the connections so that `read0 0` can take a line too.
#[derive(Debug)]
pub struct Console {
    lines: Receiver<Line>,
    /// Asks an interactive reader for the next line: the prompt, and names to complete.
    ask: Option<Sender<(String, Vec<String>)>>,
    asked: bool,
    pub ended: bool,
}

impl Console {
    /// A console whose reader runs `read` with the line sender and, when interactive, the requests.
    pub fn start(
        waker: Arc<mio::Waker>,
        interactive: bool,
        read: impl FnOnce(Post, Receiver<(String, Vec<String>)>) + Send + 'static,
    ) -> std::io::Result<Console> {
        let (tx, lines) = sync_channel(256);
        let (ask, asked) = std::sync::mpsc::channel();
        let post = Post { tx, waker };
        std::thread::Builder::new().name("console".into()).spawn(move || read(post, asked))?;
        Ok(Console { lines, ask: interactive.then_some(ask), asked: false, ended: false })
    }
    /// True when a person types.
    pub fn interactive(&self) -> bool {
        self.ask.is_some()
    }
    /// Lets an interactive reader show the prompt, once a line.
    pub fn prompt(&mut self, prompt: &str, names: impl FnOnce() -> Vec<String>) {
        if let Some(a) = &self.ask
            && !self.asked
            && !self.ended
        {
            self.asked = true;
            // a reader that has ended reports that itself
            let _ = a.send((prompt.to_owned(), names()));
        }
    }
    /// The next line if there is one.
    pub fn take(&mut self) -> Option<Line> {
        if self.ended {
            return None;
        }
        let l = match self.lines.try_recv() {
            Ok(l) => l,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Line::End,
        };
        self.asked = false;
        self.ended = matches!(l, Line::End);
        Some(l)
    }
    /// Waits for the next line; a person is shown `prompt`.
    pub fn wait(&mut self, prompt: &str) -> Line {
        if self.ended {
            return Line::End;
        }
        if self.asked && self.interactive() {
            // the editor waits at an earlier prompt, for which the evaluation of a message has interrupted the person
            let mut out = std::io::stdout().lock();
            // a closed terminal shows itself at the line read
            let _ = out.write_all(prompt.as_bytes()).and_then(|()| out.flush());
        }
        self.prompt(prompt, Vec::new);
        let l = self.lines.recv().unwrap_or(Line::End);
        self.asked = false;
        self.ended = matches!(l, Line::End);
        l
    }
}

/// Where a reader puts its lines.
pub struct Post {
    tx: SyncSender<Line>,
    waker: Arc<mio::Waker>,
}

impl Post {
    /// Hands a line over; false when nobody listens any more.
    pub fn send(&self, l: Line) -> bool {
        self.tx.send(l).is_ok() && self.waker.wake().is_ok()
    }
}
