//! Every primitive with odd arguments: whatever the answer, there is one.
//!
//! All one-argument forms are tried, and of the two- and more-argument forms a share that a seed picks.
//! `QUILL_ODD=all cargo test --test odd` tries every pair (a few minutes), `QUILL_ODD=<number>` another share.

use quill::access::{Reach, within};
use quill::eval::Session;
use quill::value::{Host, Value, memory};
use quill::verb;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Values at the edges of what primitives take.
const NOUNS: &[&str] = &[
    "()",
    "::",
    "0",
    "1",
    "-1",
    "2",
    "0N",
    "0W",
    "-0W",
    "-9223372036854775807",
    "1000000000000",
    "0Nh",
    "0Wh",
    "-0Wh",
    "3h",
    "0Ni",
    "0Wi",
    "-0Wi",
    "5i",
    "-2147483647i",
    "1b",
    "0b",
    "0x00",
    "0xff",
    "0n",
    "0w",
    "-0w",
    "1.5",
    "-1e300",
    "1e-300",
    "0Ne",
    "1.5e",
    "0we",
    "\"a\"",
    "\" \"",
    "\"\\377\"",
    "\"\"",
    "\"abc\"",
    "\"12 ab\\n3\"",
    "\"\\303\\244\\377\"",
    "`",
    "`a",
    "`a`b",
    "`:a",
    "0#`",
    "`int`b`",
    "0Ng",
    "2#0Ng",
    "0Nd",
    "0Wd",
    "-0Wd",
    "2000.01.01",
    "-2147483647i$0d",
    "0Nm",
    "0Wm",
    "-0Wm",
    "2000.01m",
    "0Np",
    "0Wp",
    "-0Wp",
    "2000.01.01D12",
    "0Nz",
    "0wz",
    "-0wz",
    "1e300$0z",
    "0Nn",
    "0Wn",
    "-0Wn",
    "1D",
    "0Nu",
    "0Wu",
    "-0Wu",
    "12:00",
    "0Nv",
    "0Wv",
    "12:00:00",
    "0Nt",
    "0Wt",
    "-0Wt",
    "12:00:00.000",
    "0#0",
    "1 2 3",
    "0N 0W -0W",
    "0 -1",
    "3 1 2i",
    "0 0W 0Nh",
    "0x0102",
    "101b",
    "0#0b",
    "1 0n 0w -0w",
    "1.5 2e",
    "2000.01.01 0N 0W",
    "0Np 0Wp -0Wp",
    "0Nz 0w -0w",
    "0Nt 0W 12:00:00.000",
    "2000.01 0Nm",
    "0Nn 0Wn",
    "0Nu 0W",
    "(1;`a)",
    "(1 2;3 4)",
    "(1 2;3)",
    "(();())",
    "enlist()",
    "(\"ab\";\"c\")",
    "(\"\";\"a\";::)",
    "`s#1 2 3",
    "`u#1 2 3",
    "`p#1 1 2",
    "`g#1 2 1",
    "`s#`a`b",
    "`s#0#0",
    "`a`b!1 2",
    "(0#`)!()",
    "()!()",
    "`a`b!(1 2;3)",
    "1 2!3 4",
    "(1 2;3)!`a`b",
    "`s#1 3!`a`b",
    "([]a:1 2;b:`x`y)",
    "([]a:();b:())",
    "([]a:0#0)",
    "([]a:(1 2;3))",
    "([k:1 2]v:3 4)",
    "([k:0#0]v:0#0)",
    "([]a:\"ab\";b:(\"x\";\"yy\"))",
    "([]t:0D 0D01;s:`a`b;p:1 2f)",
    "([]x:([]y:1 2))",
    "enlist each 1 2",
    "{x}",
    "{x+y}",
    "{[a;b;c]a}",
    "{}",
    "{'x}",
    "+",
    "neg",
    "+[1]",
    "+[;1]",
    "+/",
    "+'",
    "(+/)'",
    "{x}'",
    "(neg sum@)",
    "'[neg;+]",
    "(::)'",
    "`a`b'",
    "(?)",
    "@",
    ".",
    "'",
    "1 2 3?",
    "\"a\"?",
    "(;)",
    "(1;;2)",
    "`s#`a`b!1 2",
    "flip`a`b!(();())",
    "`a`a!1 2",
    "flip`a`a!(1 2;3 4)",
    "-5!\"a+b\"",
    "enlist enlist enlist 1",
    "2 2 2#til 8",
    "100#enlist 0N 2",
    "(1b;0x01;2h;3i;4;5e;6f;\"c\";`s;2000.01m;2000.01.01;0D;0u)",
    "`e$()",
    "`esym$`a`b",
    "\"k=v;x\"",
    "\"%\"",
    "\"{\\\"a\\\":[1,null]}\"",
    "\"*?[]\"",
    "\"[\"",
    "\"[^\"",
    "\"[a-\"",
];

/// Verbs that wait or end the session by design.
const LEFT_OUT: &[&str] = &["exit"];

fn session() -> (Session, Vec<Value>) {
    let mut s = Session::new();
    s.eval_line("esym:`a`b`c").expect("a domain");
    s.eval_line("e:1 2 3").expect("a name");
    let nouns =
        NOUNS.iter().filter_map(|n| s.eval_line(&format!("odd:{n}")).ok().and_then(|_| s.lookup("odd"))).collect();
    (s, nouns)
}

/// What happened with `f` applied to `args`, when it was neither a value nor an error.
fn trial(s: &mut Session, f: &Value, args: Vec<Value>) -> Option<String> {
    s.limit_steps(2_000);
    memory::set_limit(memory::used() + (64 << 20));
    let r = catch_unwind(AssertUnwindSafe(|| {
        within(Reach::NONE, || {
            if let Ok(v) = s.call(f, args) {
                let _ = s.render(&v);
                let _ = quill::format::literal(&v, 0);
            }
        });
    }));
    r.err().map(|e| {
        e.downcast_ref::<String>()
            .cloned()
            .or_else(|| e.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            .unwrap_or_default()
    })
}

#[test]
fn every_primitive_answers() {
    let choice = std::env::var("QUILL_ODD").unwrap_or_default();
    let mut seed = choice.parse::<u64>().unwrap_or(1).wrapping_mul(2_654_435_761);
    let log = std::env::var("QUILL_ODD_LOG").ok();
    let mut lot = move |of: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % of == 0
    };
    let share = if choice == "all" { 1 } else { 60 };
    let work = move || {
        let (mut s, nouns) = session();
        assert!(nouns.len() * 10 > NOUNS.len() * 9, "only {} of {} nouns are q", nouns.len(), NOUNS.len());
        let mut failures = vec![];
        let mut tried = 0u32;
        let text = |v: &Value| String::from_utf8_lossy(&quill::format::literal(v, 0)).into_owned();
        let mut go = |name: &str, f: &Value, args: Vec<Value>| {
            let shown = args.iter().map(text).collect::<Vec<_>>().join(";");
            if let Some(path) = &log {
                // the last line names what ended the process
                std::fs::write(path, format!("{name}[{shown}]")).expect("the log");
            }
            tried += 1;
            if let Some(why) = trial(&mut s, f, args) {
                failures.push(format!("{name}[{shown}]: {why}"));
                if failures.len() < 400 {
                    eprintln!("{}", failures[failures.len() - 1]);
                }
                s = session().0;
            }
        };
        for v in verb::all().filter(|v| !LEFT_OUT.contains(&v.name)) {
            let f = Value::Verb(v, v.dyad.is_none() && v.variad.is_none());
            if v.monad.is_some() || v.variad.is_some() {
                for x in &nouns {
                    go(v.name, &f, vec![x.clone()]);
                }
            }
            if v.dyad.is_some() || v.variad.is_some() {
                for x in &nouns {
                    for y in &nouns {
                        if lot(share) {
                            go(v.name, &f, vec![x.clone(), y.clone()]);
                        }
                    }
                }
            }
            if v.variad.is_some() {
                for n in 3..7u64 {
                    for x in &nouns {
                        for y in &nouns {
                            if lot(share * 20) {
                                let mut args = vec![x.clone(), y.clone()];
                                while (args.len() as u64) < n {
                                    let k =
                                        (0..30).position(|_| lot(12)).unwrap_or(7) * 7 + args.len() * 31 + args.len();
                                    args.push(nouns[(k * 13 + x.len()) % nouns.len()].clone());
                                }
                                go(v.name, &f, args);
                            }
                        }
                    }
                }
            }
        }
        eprintln!("{tried} tried, {} failed", failures.len());
        assert!(failures.is_empty(), "{} of {tried} panicked", failures.len());
    };
    std::thread::Builder::new().stack_size(8 << 20).spawn(work).expect("a thread").join().expect("no panic");
}
