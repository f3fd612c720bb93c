//! `quill [file|dir] [options]`: the engine as an executable.

use quill::error::{Error, Result};
use quill::eval::Session;
use quill::ipc::conn::Users;
use quill::server::{self, input};
use quill::value::Value;
use quill::verb::ipc::{self, report, with};
use quill::verb::journal;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
usage: quill [file.q | directory] [options] [arguments for the script, see .z.x]

  -p [rp,][host:]port  listen; port may be low/high, a service name or 0W (any free port)
  -t ms                timer: call .z.ts that often
  -s n                 threads for peach and large vectors; -n: peach uses the processes of .z.pd
  -l                   log messages that change the default namespace to file.log, replayed at start; \\l: checkpoint to file.qdb
  -L                   as -l, each message on the disk before its answer
  -r :host:port[:u:p]  replicate a process that logs
  -m path              accepted: objects of .m are memory domain 1, but stay in memory
  -q                   quiet: no banner
  -u file | -u 1       users and passwords, remote callers get no system commands, no files elsewhere | only the latter
  -U file              users and passwords; \\x is refused
  -b                   remote callers cannot change anything
  -T s                 seconds that a remote query may take
  -c rows cols         console size              -C rows cols   size of HTTP output
  -P n                 digits of floats (0: 17)  -z 0|1         dates as m/d/y or d/m/y
  -o n                 offset from UTC           -W n           first day of the week
  -S n                 random seed               -g 0|1         memory given back when freed
  -e 0|1|2             errors of remote callers: told to them | suspend for the debug prompt | shown with their levels
  -w MB                memory that may be in use; beyond it expressions end with 'wsfull
  -E 0|1|2             the port is plain | speaks TLS too | speaks TLS alone; SSL_CERT_FILE, SSL_KEY_FILE, … name the files
  --help [name]        this, or what quill knows of a name   --version

On a terminal an error in a function or a script suspends it: locals at the q)) prompt, ` up, . down, & where,
:x goes on with x, 'x signals x, \\ gives up. LINES and COLUMNS, or the window, size the console.
Ends at the end of stdin unless a port is open or a connection is.
";

/// Bytes of stack of the thread that evaluates: q programs recurse.
const STACK: usize = 1 << 30;

/// Options with the number of values each takes.
const OPTIONS: &str = "b0c2C2e1E1g1l0L0m1o1p1P1q0r1s1S1t1T1u1U1w1W1z1";

/// The command line, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
struct Args {
    file: Option<String>,
    options: Vec<(char, Vec<String>)>,
    /// `.z.x`
    rest: Vec<String>,
}

impl Args {
    fn parse(argv: &[String]) -> Result<Args> {
        let mut a = Args::default();
        let mut i = 0;
        if let Some(f) = argv.first().filter(|f| !f.starts_with('-')) {
            a.file = Some(f.clone());
            i = 1;
        }
        while i < argv.len() {
            let word = &argv[i];
            i += 1;
            let letter = word.strip_prefix('-').and_then(|w| {
                let mut c = w.chars();
                c.next().filter(|_| c.next().is_none())
            });
            let count = letter.and_then(|c| {
                let at = OPTIONS.find(c).filter(|_| c.is_ascii_alphabetic())?;
                OPTIONS[at + 1..].chars().next()?.to_digit(10)
            });
            match (letter, count) {
                (Some(c), Some(n)) => {
                    let end = i + n as usize;
                    let values =
                        argv.get(i..end).ok_or_else(|| Error::new(format!("-{c} needs {n} value(s), see --help")))?;
                    a.options.push((c, values.to_vec()));
                    i = end;
                }
                _ => a.rest.push(word.clone()),
            }
        }
        Ok(a)
    }
    fn has(&self, c: char) -> bool {
        self.options.iter().any(|(o, _)| *o == c)
    }
}

/// Rows and columns of the console: by the environment, else those of the terminal's window.
fn window(interactive: bool) -> Option<(usize, usize)> {
    let named = |n: &str| std::env::var(n).ok()?.parse::<usize>().ok();
    let (rows, cols) = match (named("LINES"), named("COLUMNS")) {
        (Some(r), Some(c)) => (r, c),
        _ if interactive => {
            let w = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
            (usize::from(w.ws_row), usize::from(w.ws_col))
        }
        _ => return None,
    };
    (rows > 0 && cols > 0).then(|| (rows.clamp(10, 2000), cols.clamp(10, 2000)))
}

fn strings(v: &[String]) -> Value {
    Value::list(v.iter().map(|s| Value::string(s.as_bytes())).collect())
}

/// Sets what the options say; the port and the timer start here.
fn apply(session: &mut Session, args: &Args) -> Result<()> {
    use quill::value::Host;
    for (c, v) in &args.options {
        let number = |k: usize| {
            let bad = || Error::new(format!("-{c}: not a number: {}", v[k]));
            v[k].trim_end_matches('i').parse::<i64>().map_err(|_| bad())
        };
        let within = |low: i64, high: i64| match number(0)? {
            n if (low..=high).contains(&n) => Ok(n),
            n => Err(Error::new(format!("invalid: -{c} {n}, not within {low} and {high}"))),
        };
        let size = |k: usize| number(k).map(|n| usize::try_from(n).unwrap_or(0));
        match c {
            'c' => session.settings().console = (size(0)?.clamp(10, 2000), size(1)?.clamp(10, 2000)),
            'C' => session.settings().http = (size(0)?.clamp(10, 2000), size(1)?.clamp(10, 2000)),
            'P' => session.settings().precision = within(0, 17)? as usize,
            'z' => session.settings().date_order = within(0, 1)? as u8,
            'W' => session.settings().week_start = within(0, 6)? as u8,
            'o' => session.settings().utc_offset = Some(number(0)? as i32),
            'e' => session.settings().error_trap = within(0, 2)? as i32,
            'g' => session.settings().gc_mode = within(0, 1)? as i32,
            'T' => session.settings().timeout = within(0, i64::from(i32::MAX))?,
            'q' => session.settings().quiet = true,
            's' => {
                let n = number(0)?;
                session.settings().processes = n < 0;
                let n = n.unsigned_abs() as usize;
                (session.settings().threads, session.settings().max_threads) = (n, n);
            }
            'S' => {
                session.eval_line(&format!("\\S {}", number(0)?))?;
            }
            't' => {
                ipc::timer(session, Some(number(0)?))?;
            }
            'p' => {
                ipc::port(session, Some(&v[0]))?;
            }
            'u' | 'U' => {
                let users = if *c == 'u' && v[0] == "1" { None } else { Some(Users::read(&v[0])?) };
                with(session, |hs| {
                    hs.users = users.or(hs.users.take());
                    hs.restricted |= *c == 'u';
                    Ok(())
                })?;
            }
            'w' => quill::value::memory::set_limit(size(0)?.saturating_mul(1 << 20)),
            'b' => with(session, |hs| {
                hs.blocked = true;
                Ok(())
            })?,
            'l' | 'L' if args.file.is_none() => {
                return Err(Error::new(format!("-{c}: needs a script to name the log by")));
            }
            'm' if !Path::new(&v[0]).is_dir() => return Err(Error::new(format!("-m: no directory: {}", v[0]))),
            'E' => ipc::serve_tls(session, within(0, 2)?)?,
            _ => {}
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let argv: Vec<String> = std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect();
    if let Some(k) = argv.iter().position(|a| a == "--help") {
        let Some(name) = argv.get(k + 1) else {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        };
        let text = quill::verb::help::text(name);
        print!("{text}");
        if text.is_empty() {
            eprintln!("nothing is known of {name}");
            return ExitCode::FAILURE;
        }
        return ExitCode::SUCCESS;
    }
    if argv.iter().any(|a| a == "--version") {
        println!("quill {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    let session = std::thread::Builder::new().name("quill".into()).stack_size(STACK).spawn(move || run(&argv));
    match session.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => ExitCode::from(code as u8),
        Ok(Err(_)) => ExitCode::from(101),
        Err(e) => {
            eprintln!("cannot start: {e}");
            ExitCode::FAILURE
        }
    }
}

/// Recovers and logs updates (`-l`, `-L`), and follows another process that does (`-r`), once the script has run.
/// A script that failed has not defined what a log needs: it is left alone.
fn follow(session: &mut Session, args: &Args, ready: bool) -> Result<()> {
    if let Some(f) = args.file.as_ref().filter(|_| args.has('l') || args.has('L')) {
        if !ready {
            return Err(Error::new(format!("{f} failed: its log is not replayed")));
        }
        journal::start(session, f, args.has('L'))?;
    }
    if let Some((_, v)) = args.options.iter().find(|(c, _)| *c == 'r') {
        journal::replicate(session, &v[0])?;
    }
    Ok(())
}

fn run(argv: &[String]) -> i32 {
    let args = match Args::parse(&argv[1..]) {
        Ok(a) => a,
        Err(e) => {
            eprintln!("{e}");
            return 2;
        }
    };
    let threads = args.options.iter().rev().find(|(c, _)| *c == 's').and_then(|(_, v)| v[0].parse::<i64>().ok());
    let threads = threads.map_or(1, |n| n.unsigned_abs().max(1) as usize);
    // fails only if a pool exists already
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(64 << 20).build_global();
    let mut session = Session::new();
    let interactive = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    session.define(".z.X", strings(argv));
    session.define(".z.x", strings(&args.rest));
    session.define(".z.f", Value::sym(args.file.as_deref().unwrap_or("")));
    session.define(".z.q", Value::bool(args.has('q')));
    if let Some(size) = window(interactive) {
        use quill::value::Host;
        session.settings().console = size;
    }
    let started = with(&mut session, |hs| Ok(hs.waker())).and_then(|w| server::signals(w, interactive));
    #[cfg(target_os = "linux")]
    server::profile::start();
    if let Err(e) = started.and_then(|()| apply(&mut session, &args)) {
        report(&e);
        return 1;
    }
    if interactive && !args.has('q') {
        println!("quill {} (q-compatible; \\\\ ends)", env!("CARGO_PKG_VERSION"));
        // a closed terminal shows itself at the first line read
        let _ = std::io::stdout().flush();
    }
    // a person may be asked about an error in the script; a pipe is read when the script has run
    if interactive {
        session.debuggable();
        if let Err(e) = input::start(&mut session) {
            report(&e);
            return 1;
        }
    }
    let mut failed = false;
    let logs = args.has('l') || args.has('L');
    // what is logged may have no script
    let script = args
        .file
        .as_ref()
        .filter(|f| !logs || [String::new(), ".q".into()].iter().any(|e| Path::new(&format!("{f}{e}")).exists()));
    if let Some(f) = script {
        match server::busy(|| session.eval_line(&format!("\\l {f}"))) {
            Ok(_) => {}
            Err(e) if e.exit.is_some() => return server::exit(&mut session, e.exit.unwrap_or(0)),
            Err(e) => {
                report(&e);
                failed = true;
            }
        }
    }
    if let Err(e) = server::busy(|| follow(&mut session, &args, !failed)) {
        report(&e);
        return e.exit.unwrap_or(1);
    }
    if !interactive && let Err(e) = input::start(&mut session) {
        report(&e);
        return 1;
    }
    server::run(&mut session, failed && !interactive)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Args {
        Args::parse(&line.split(' ').map(str::to_owned).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn script_arguments_are_what_q_does_not_take() {
        // ref/dotz.md, .z.x
        let a = args("test.q -P 0 -abc 123");
        assert_eq!((a.file.as_deref(), a.rest), (Some("test.q"), vec!["-abc".to_owned(), "123".to_owned()]));
        let a = args("tick.q sym . -p 5010");
        assert_eq!(a.rest, ["sym", "."]);
        assert_eq!(a.options, [('p', vec!["5010".to_owned()])]);
        assert_eq!(args("-c 25 80 -q").options.len(), 2);
        assert!(Args::parse(&["-p".to_owned()]).is_err());
    }
}
