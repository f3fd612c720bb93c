//! The targets as plain functions from bytes.

use quill::access::{Reach, within};
use quill::eval::Session;
use quill::format::{console, literal};
use quill::ipc::decode::{Body, decode_message};
use quill::ipc::frame::{HEADER, Header, Kind};
use quill::ipc::{compress, encode_message};
use quill::store::log::Log;
use quill::store::{compressed, file as column, nested};
use quill::syntax::{self, Source};
use quill::value::{Domain, Host, Sym, Value, compare, memory};
use quill::verb;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a target does with one input.
pub type Target = fn(&[u8]);

/// Name and function of every target.
pub const ALL: &[(&str, Target)] = &[("parse", parse), ("eval", eval), ("ipc", ipc), ("file", file), ("text", text)];

/// Calls and turns of loops that one input may take.
const STEPS: u64 = 2_000;
/// Bytes of memory that one input may take.
const MEMORY: usize = 64 << 20;

/// Lets one more input take its share.
fn limit(s: &mut Session) {
    s.limit_steps(STEPS);
    memory::set_limit(memory::used() + MEMORY);
}

thread_local! {
    static SESSION: RefCell<Session> = RefCell::new(Session::new());
}

/// Runs `f` in this thread's session with nothing outside in reach. For targets whose inputs define no globals.
fn in_session<R>(f: impl FnOnce(&mut Session) -> R) -> R {
    SESSION.with_borrow_mut(|s| {
        limit(s);
        within(Reach::NONE, || f(s))
    })
}

/// Shows a value in every way there is.
fn show(v: &Value) {
    let _ = console::show(v, 25, 80, 7);
    let _ = literal::literal(v, 0);
}

fn shown(v: &Value) -> String {
    String::from_utf8_lossy(&literal::literal(v, 0)).into_owned()
}

/// Text to code, code to tree, tree to text and to code again.
pub fn parse(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let src = |k| Source { origin: Arc::from(""), context: Sym::new("."), k, module: Sym::NULL };
    for s in syntax::script::statements(&text) {
        let _ = syntax::compile(&s.text, &src(false));
    }
    for k in [false, true] {
        if let Ok(code) = syntax::parse::raw(&text, &src(k)) {
            let tree = syntax::tree::to_tree(&code);
            show(&tree);
            if let Ok(code) = syntax::tree::from_tree(&tree, false) {
                show(&syntax::tree::to_tree(&code));
            }
        }
    }
}

/// Lines of q, one after another in one session.
pub fn eval(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut s = Session::new();
    limit(&mut s);
    within(Reach::NONE, || {
        for line in syntax::script::statements(&text).into_iter().take(20) {
            match s.eval_line(&line.text) {
                Ok(Some(v)) => {
                    let _ = s.render(&v);
                    let _ = literal::literal(&v, 0);
                }
                Ok(None) => {}
                Err(e) => {
                    let _ = e.report();
                }
            }
        }
    });
}

/// Primitives that look into any value: they rely on what its type, attribute and lengths promise.
const PROBES: &[&str] = &[
    "count", "type", "attr", "first", "last", "reverse", "asc", "desc", "iasc", "distinct", "group", "where", "sum",
    "max", "string", ".j.j", "key", "value", "cols", "meta", "flip", "raze", "null", "neg", "not", "til", "enlist",
    "ungroup", "rank", "deltas", "sums", "-3!",
];

fn probe(s: &mut Session, v: &Value) {
    show(v);
    let mut one = |f: &str, args: Vec<Value>| {
        if let Some(f) = verb::lookup(f) {
            s.limit_steps(STEPS);
            let _ = s.call(&Value::Verb(f, args.len() == 1), args);
        }
    };
    // what `value` and `.` would run is no longer decoding
    let code = v.is_func() || matches!(v, Value::List(_)) || v.is_string() || matches!(v, Value::Sym(_));
    for p in PROBES.iter().filter(|p| !(code && **p == "value")) {
        one(p, vec![v.clone()]);
    }
    let item = v.at(v.len() / 2);
    for p in ["?", "bin", "=", "~", ",", "except", "in", "+"] {
        one(p, vec![v.clone(), item.clone()]);
        one(p, vec![item.clone(), v.clone()]);
        one(p, vec![v.clone(), v.clone()]);
    }
    for p in ["#", "_", "rotate", "sublist"] {
        one(p, vec![Value::long(2), v.clone()]);
    }
    if !code {
        one("@", vec![v.clone(), Value::long(1)]);
    }
}

/// A message from the port: whatever decodes must encode to bytes that decode to the same value.
pub fn ipc(data: &[u8]) {
    in_session(|s| {
        let _ = Header::read(data);
        let Ok(body) = decode_message(data, &mut verb::ipc::compile) else { return };
        let Body::Value(v) = body else { return };
        if let Ok(bytes) = encode_message(&v, Kind::Sync) {
            let Ok(Body::Value(again)) = decode_message(&bytes, &mut verb::ipc::compile) else {
                panic!("what was decoded and encoded does not decode: {}", shown(&v))
            };
            // `hopen` travels as the text of a function that calls it
            let same = compare::matches(&v, &again) || shown(&v).contains("hopen");
            assert!(same, "{} became {}", shown(&v), shown(&again));
            let packed = compress::pack(bytes.clone());
            if packed[2] == 1 {
                assert!(compress::decompress(&packed).is_ok_and(|plain| plain == bytes), "compression is not undone");
            }
        }
        assert!(data.len() >= HEADER);
        probe(s, &v);
    });
}

/// A directory of this process's own, in memory where there is such a place.
fn scratch() -> PathBuf {
    let shm = Path::new("/dev/shm");
    let base = if shm.is_dir() { shm.to_owned() } else { std::env::temp_dir() };
    base.join(format!("quill-fuzz-{}-{:?}", std::process::id(), std::thread::current().id()))
}

/// A column file and its `#` companion. The first two bytes say where the input is cut in two.
pub fn file(data: &[u8]) {
    let Some((cut, rest)) = data.split_first_chunk::<2>() else { return };
    let cut = usize::from(u16::from_le_bytes(*cut)).min(rest.len());
    let (main, side) = rest.split_at(rest.len() - cut);
    let dir = scratch();
    let at = dir.join("c");
    let write = |p: &Path, b: &[u8]| std::fs::write(p, b).expect("scratch file");
    std::fs::create_dir_all(&dir).expect("scratch directory");
    write(&at, main);
    if side.is_empty() {
        let _ = std::fs::remove_file(nested::companion(&at));
    } else {
        write(&nested::companion(&at), side);
    }
    Domain(Sym::new("sym")).set(Value::syms(vec![Sym::new("a"), Sym::new("b")]));
    SESSION.with_borrow_mut(|s| {
        limit(s);
        let n = column::count_items(&at);
        if let Ok(v) = column::read_with(&at, &mut verb::ipc::compile) {
            probe(s, &v);
            if let (Ok(n), Value::Vec(_)) = (n, &v) {
                assert_eq!(n, v.len(), "count and content differ");
            }
        }
        let _ = compressed::stats(main, &at);
        if let Ok(mut log) = Log::open(&at) {
            while let Ok(batch) = log.next_batch(64, &mut verb::ipc::compile)
                && !batch.is_empty()
            {
                batch.iter().for_each(show);
            }
        }
        let _ = quill::store::log::check(&at);
    });
}

/// Text readers: `"…"$`, `0:` and `.j.k`. The first byte chooses.
pub fn text(data: &[u8]) {
    let Some((&how, rest)) = data.split_first() else { return };
    let string = || Value::string(rest);
    in_session(|s| {
        let mut run = |f: &str, args: Vec<Value>| {
            let f = verb::lookup(f).expect("a verb");
            if let Ok(v) = s.call(&Value::Verb(f, args.len() == 1), args) {
                show(&v);
            }
        };
        match how {
            b'{' => run(".j.k", vec![string()]),
            // the types, a blank, the delimiter, then the lines
            b',' | b';' | b'=' => {
                let Some(n) = rest.iter().position(|&b| b == b' ') else { return };
                let (types, lines) = (&rest[..n.min(40)], &rest[n + 1..]);
                let lines: Vec<Value> = lines.split(|&b| b == b'\n').map(Value::string).collect();
                let d = Value::char(how);
                run("0:", vec![Value::list(vec![Value::string(types), d.clone()]), Value::list(lines.clone())]);
                run("0:", vec![Value::list(vec![Value::string(types), d.enlist()]), Value::list(lines)]);
                run("0:", vec![Value::string(types), Value::string(&rest[n + 1..])]);
            }
            // widths 1 to 9
            b'1'..=b'9' => {
                let Some(n) = rest.iter().position(|&b| b == b' ') else { return };
                let types = &rest[..n.min(40)];
                let widths = Value::longs(types.iter().map(|&t| i64::from(t % 8)).collect());
                let lines = rest[n + 1..].split(|&b| b == b'\n').map(Value::string).collect();
                run("0:", vec![Value::list(vec![Value::string(types), widths.clone()]), Value::list(lines)]);
                run("1:", vec![Value::list(vec![Value::string(types), widths]), Value::bytes(rest[n + 1..].to_vec())]);
            }
            t => {
                run("$", vec![Value::char(t), string()]);
                run("$", vec![Value::char(t), Value::list(rest.split(|&b| b == b'\n').map(Value::string).collect())]);
                run("like", vec![string(), Value::string([&[t][..], rest].concat())]);
                run("vs", vec![Value::char(t), string()]);
                run("ss", vec![string(), Value::char(t).enlist()]);
            }
        }
    });
}
