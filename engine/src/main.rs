//! The quill executable (temporary line reader until the server is wired).
use quill::eval::Session;
use std::io::BufRead;
fn main() {
    let t = std::thread::Builder::new().stack_size(1 << 30).spawn(|| {
        let mut s = Session::new();
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if let Some(x) = line.strip_prefix("-1\"") { println!("{}", x.trim_end_matches("\";")); continue; }
            if let Some(x) = line.strip_prefix("-2\"") { eprintln!("{}", x.trim_end_matches("\";")); continue; }
            match s.eval_line(&line) {
                Ok(Some(v)) => println!("{}", s.render(&v)),
                Ok(None) => {}
                Err(e) => { if let Some(c) = e.exit { std::process::exit(c); } eprint!("{}", quill::verb::system::report(&e)); }
            }
        }
    });
    let _ = t.map(|t| t.join());
}
