//! The wire: documented and captured bytes, hostile bytes, and raw bytes against a live server.

use quill::eval::Session;
use quill::ipc::{self, Body, Kind, decode_message, decode_object, encode_message, uncompiled};
use quill::value::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn hex(b: &[u8]) -> String {
    b.iter().map(|b| format!("{b:02x}")).collect()
}
fn unhex(h: &str) -> Vec<u8> {
    (0..h.len() / 2).map(|i| u8::from_str_radix(&h[2 * i..2 * i + 2], 16).unwrap()).collect()
}
fn eval(q: &mut Session, text: &str) -> Value {
    q.eval_line(text).unwrap_or_else(|e| panic!("{text}: {e}")).unwrap_or_else(|| panic!("{text}: nothing"))
}

/// kb/serialization.md of the kdb+ documentation: expression and the bytes that `-8!` makes.
const DOCUMENTED: &[(&str, &str)] = &[
    ("1i", "010000000d000000fa01000000"),
    ("enlist 1i", "010000001200000006000100000001000000"),
    ("`byte$til 5", "01000000130000000400050000000001020304"),
    ("`byte$enlist til 5", "01000000190000000000010000000400050000000001020304"),
    ("`a`b!2 3i", "0100000021000000630b0002000000610062000600020000000200000003000000"),
    ("`s#`a`b!2 3i", "01000000210000007f0b0102000000610062000600020000000200000003000000"),
    (
        "`a`b!enlist each 2 3i",
        "010000002d000000630b0002000000610062000000020000000600010000000200000006000100000003000000",
    ),
    (
        "flip`a`b!enlist each 2 3i",
        "010000002f0000006200630b0002000000610062000000020000000600010000000200000006000100000003000000",
    ),
    (
        "([a:enlist 2i]b:enlist 3i)",
        "010000003f000000636200630b00010000006100000001000000060001000000020000006200630b0001000000620000000100000006000100000003000000",
    ),
    ("{x+y}", "010000001500000064000a00050000007b782b797d"),
    ("test", "01000000160000006464000a00050000007b782b797d"),
];

/// Made by PyKX 4.2.0 (`kx.serialize` of the object that the expression stands for, unlicensed mode).
const CAPTURED: &[(&str, &str)] = &[
    ("5", "0100000011000000f90500000000000000"),
    ("1 2 3", "0100000026000000070003000000010000000000000002000000000000000300000000000000"),
    ("`abc", "010000000d000000f561626300"),
    ("\"abc\"", "01000000110000000a0003000000616263"),
    ("1.5", "0100000011000000f7000000000000f83f"),
    ("1b", "010000000a000000ff01"),
    ("\"G\"$\"00000000-0000-0000-0000-000000000005\"", "0100000019000000fe00000000000000000000000000000005"),
    ("(1;`a;\"bc\";2.5)", "010000002b000000000004000000f90100000000000000f561000a00020000006263f70000000000000440"),
    ("2024.01.01D01:02:03.5", "0100000011000000f4001307a1aac6820a"),
];

#[test]
fn documented_bytes_both_ways() {
    let mut q = Session::new();
    q.eval_line("\\d .d").unwrap();
    q.eval_line("test:{x+y}").unwrap();
    q.eval_line("\\d .").unwrap();
    for (text, want) in DOCUMENTED.iter().chain(CAPTURED) {
        let want = want.replace(' ', "");
        let text = if *text == "test" { ".d.test" } else { text };
        let v = eval(&mut q, text);
        assert_eq!(hex(&encode_message(&v, Kind::Async).unwrap()), want, "{text}");
        let back = eval(&mut q, &format!("-8!-9!0x{want}"));
        assert_eq!(hex(&encode_message(&back, Kind::Async).unwrap()[14..]), want, "{text}");
    }
}

/// One expression a wire type, atoms and lists, nulls and infinities among them.
const EVERY: &[&str] = &[
    "0b",
    "10b",
    "0x2a",
    "0x0102",
    "-5h",
    "0N 0W 3h",
    "7i",
    "0N 0W -0W 7i",
    "42",
    "0N 0W -0W 42",
    "1.5e",
    "0N 0W 2.5e",
    "0n",
    "0n 0w -0w 2.5",
    "\"c\"",
    "\"\"",
    "\"text\"",
    "`",
    "`sym",
    "`a``c",
    "2024.01.02D03:04:05.678901234",
    "0Np,2024.01.02D0",
    "2024.03m",
    "0N 2024.03m",
    "2024.02.29",
    "0Nd,2024.02.29",
    "2024.01.02T03:04:05.678",
    "0Nz,2024.01.02T03:04:05.678",
    "1D02:03:04.5",
    "0Nn,1D",
    "12:34",
    "0Nu,12:34",
    "12:34:56",
    "0Nv,12:34:56",
    "12:34:56.789",
    "0Nt,12:34:56.789",
    "0Ng",
    "2#0Ng",
    "()",
    "(1;`a;\"x\")",
    "((1 2;3);();(::))",
    "`a`b!1 2",
    "(1 2;3 4)!`a`b",
    "([]a:1 2;b:`x`y)",
    "([]a:();b:`$())",
    "([k:`x`y]v:1 2)",
    "`s#1 2 3",
    "`u#`a`b",
    "`p#1 1 2",
    "`g#`a`b`a",
    "{x+y*z}",
    "{[a;b]a-b}",
    "{x+y}[1]",
    "{[a;b;c]a}[;2;]",
    "+",
    "neg",
    "count",
    "+/",
    "{x}'",
    "+\\:",
    "'[neg;+]",
    "(::)",
    "within",
    "each",
    "ssr",
    "lj",
];

#[test]
fn every_type_survives_the_trip() {
    let mut q = Session::new();
    for text in EVERY {
        let r = eval(&mut q, &format!("{{x~-9!-8!x}}({text})"));
        // keywords without a code of their own travel as a function that calls them
        if !["each", "ssr", "lj"].contains(text) {
            assert!(matches!(r, Value::U8(_, 1)), "{text}");
        }
        let r = eval(&mut q, &format!("{{(-22!x)~count -8!x}}({text})"));
        assert!(matches!(r, Value::U8(_, 1)), "-22! {text}");
    }
    assert_eq!(q.show("(-9!-8!`g#`a`b`a)").unwrap(), "`g#`a`b`a");
}

#[test]
fn enumerations_travel_as_symbols() {
    let mut q = Session::new();
    q.eval_line("d:`a`b`c").unwrap();
    assert_eq!(q.show("-9!-8!`d$`b`a").unwrap(), "`b`a");
    assert_eq!(q.show("type -9!-8!`d$`b").unwrap(), "-11h");
    assert_eq!(q.show("(-22!x)~count -8!x:([]s:`d$`c`a;n:1 2)").unwrap(), "1b");
}

#[test]
fn long_columns_of_symbols_are_their_texts() {
    let mut q = Session::new();
    // few words again and again, many words, texts of 0 to 40 bytes; at the end of the message a short one
    for column in [
        "1000#`a`bc`",
        "`$string til 5000",
        "`$(til[3000]mod 41)#\\:\"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO\"",
        "1000#`abcdefghijklmno`abcdefghijklmnop",
    ] {
        let bytes = encode_message(&eval(&mut q, column), Kind::Async).unwrap();
        let by_hand = eval(
            &mut q,
            &format!("\"c\"$0x0b00,(reverse 0x0 vs\"i\"$count {column}),\"x\"$raze string[{column}],\\:\"\\000\""),
        );
        assert_eq!(Some(&bytes[8..]), by_hand.as_bytes().as_deref(), "{column}");
        let head = u32::from_le_bytes(bytes[4..8].try_into().unwrap());
        assert_eq!(head as usize, bytes.len(), "{column}");
    }
}

#[test]
fn what_is_shared_is_measured_once() {
    let mut q = Session::new();
    for more in ["(x;x)", "`a`b`c!(x;0;x)", "([]a:enlist x;b:enlist x)", "([a:enlist x]b:enlist x)"] {
        eval(&mut q, &format!("x:1 2;do[40;x:{more}];0b"));
        assert!(ipc::object_size(&eval(&mut q, "x")).unwrap() > 1 << 40, "{more}");
        assert_eq!(q.eval_line("-8!x").unwrap_err().kind, "wsfull", "{more}");
    }
}

#[test]
fn big_endian_peers_are_read() {
    for (bytes, want) in [
        ("000000000000000dfa00000001", "010000000d000000fa01000000"),
        ("0000000000000012060000000001 00000001", "010000001200000006000100000001000000"),
        ("0000000000000016090000000001 3ff8000000000000", "0100000016000000090001000000000000000000f83f"),
        (
            "0000000000000021630b0000000002610062000600000000020000000200000003",
            "0100000021000000630b0002000000610062000600020000000200000003000000",
        ),
    ] {
        let Ok(Body::Value(v)) = decode_message(&unhex(&bytes.replace(' ', "")), &mut uncompiled) else {
            panic!("{bytes}")
        };
        assert_eq!(hex(&encode_message(&v, Kind::Async).unwrap()), want);
    }
}

#[test]
fn hostile_bytes_are_badmsg() {
    let mut q = Session::new();
    let mut tried = 0;
    for text in EVERY {
        let Value::Vec(m) = eval(&mut q, &format!("-8!({text})")) else { panic!("{text}") };
        let quill::value::Data::U8(m) = &m.data else { panic!("{text}") };
        let m = m.to_vec();
        for cut in 0..m.len() {
            assert!(decode_message(&m[..cut], &mut uncompiled).is_err(), "{text} cut at {cut}");
        }
        for at in 8..m.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut d = m.clone();
                d[at] ^= flip;
                // whatever comes out, it comes without a crash and can be sent on
                if let Ok(Body::Value(v)) = decode_message(&d, &mut uncompiled) {
                    ipc::object_size(&v).unwrap();
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 3000);
    // counts that promise more than there is, columns of different lengths, nesting without end
    for bad in [
        "0700ffffff7f",
        "0000ffffff7f",
        "0b00ffffff7f",
        "0700ffffffff",
        "6200630b00010000006100000001000000f901",
        "63f90100000000000000",
    ] {
        assert!(decode_object(&unhex(bad), &mut uncompiled).is_err(), "{bad}");
    }
    let deep: Vec<u8> = [0, 0, 1, 0, 0, 0].repeat(100_000);
    assert!(decode_object(&deep, &mut uncompiled).is_err());
    let uneven =
        "6200630b0002000000610062000000020000000600010000000200000006000200000003000000 04000000".replace(' ', "");
    assert!(decode_object(&unhex(&uneven), &mut uncompiled).is_err());
    // a false claim of order is not believed
    let (v, _) = decode_object(&unhex("0601020000000200000001000000"), &mut uncompiled).unwrap();
    assert_eq!(hex(&encode_message(&v, Kind::Async).unwrap()[9..10]), "00");
}

/// A quill on a free port of the loopback address; killed when dropped.
struct Server {
    child: Child,
    port: u16,
    out: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start(args: &[&str], lines: &[&str]) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_quill"))
            .args(args)
            .args(["-p", "127.0.0.1:0W"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        for l in lines {
            writeln!(input, "{l}").unwrap();
        }
        writeln!(input, "-1 string system\"p\";").unwrap();
        drop(input);
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap_or_else(|_| panic!("no port: {line:?}"));
        Server { child, port, out }
    }
    fn raw(&self) -> TcpStream {
        let s = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        s.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        s.set_nodelay(true).unwrap();
        s
    }
    fn peer(&self) -> Peer {
        self.login(b"tester:secret\x03\0").expect("accepted")
    }
    fn login(&self, hello: &[u8]) -> Option<Peer> {
        let mut s = self.raw();
        s.write_all(hello).unwrap();
        let mut answer = [0];
        match s.read(&mut answer) {
            Ok(1) => Some(Peer { s, capability: answer[0] }),
            _ => None,
        }
    }
    fn line(&mut self) -> String {
        let mut l = String::new();
        self.out.read_line(&mut l).unwrap();
        l.trim_end().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

struct Peer {
    s: TcpStream,
    capability: u8,
}

impl Peer {
    fn send(&mut self, kind: Kind, v: &Value) {
        self.s.write_all(&encode_message(v, kind).unwrap()).unwrap();
    }
    fn receive(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 8];
        self.s.read_exact(&mut head).unwrap();
        let n = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let mut m = head.to_vec();
        m.resize(n, 0);
        self.s.read_exact(&mut m[8..]).unwrap();
        (head[1], m)
    }
    /// The answer to q text: a value's serialised body in hex, or the error with a quote.
    fn ask(&mut self, text: &str) -> String {
        self.send(Kind::Sync, &Value::string(text));
        self.answer()
    }
    fn answer(&mut self) -> String {
        let (kind, m) = self.receive();
        assert_eq!(kind, 2);
        body(&m)
    }
    fn closed(&mut self) -> bool {
        matches!(self.s.read(&mut [0; 16]), Ok(0) | Err(_))
    }
}

fn body(m: &[u8]) -> String {
    if m[8] == 128 { format!("'{}", String::from_utf8_lossy(&m[9..m.len() - 1])) } else { hex(&m[8..]) }
}

fn long(n: i64) -> String {
    format!("f9{}", hex(&n.to_le_bytes()))
}
fn chars(t: &str) -> String {
    format!("0a00{}{}", hex(&(t.len() as u32).to_le_bytes()), hex(t.as_bytes()))
}

#[test]
fn sync_async_errors_and_order() {
    let server = Server::start(&[], &[]);
    let mut p = server.peer();
    assert_eq!(p.capability, 3);
    assert_eq!(p.ask("2+2"), long(4));
    assert_eq!(p.ask("1+`a"), "'type");
    assert_eq!(p.ask("'mine"), "'mine");
    assert_eq!(p.ask("nosuchname"), "'nosuchname");
    p.send(Kind::Async, &Value::string("x:41"));
    p.send(Kind::Async, &Value::string("1+`a"));
    assert_eq!(p.ask("x+1"), long(42));
    let call = Value::list(vec![Value::string("{x-y}"), Value::long(5), Value::long(3)]);
    p.send(Kind::Sync, &call);
    assert_eq!(p.answer(), long(2));
    // two requests in one segment, and one in many
    let m = encode_message(&Value::string("x"), Kind::Sync).unwrap();
    p.s.write_all(&[m.clone(), m.clone()].concat()).unwrap();
    assert_eq!((p.answer(), p.answer()), (long(41), long(41)));
    for b in &m {
        p.s.write_all(&[*b]).unwrap();
    }
    assert_eq!(p.answer(), long(41));
    // nothing to say is `::`
    assert_eq!(p.ask("y:1"), "6500");
}

#[test]
fn capabilities_and_short_greetings() {
    let server = Server::start(&[], &[]);
    assert_eq!(server.login(b"u:p\x06\0").unwrap().capability, 6);
    assert_eq!(server.login(b"u\x01\0").unwrap().capability, 1);
    assert_eq!(server.login(b"u:p\0").unwrap().capability, 0);
    assert_eq!(server.login(b"\x09\0").unwrap().capability, 6);
    assert_eq!(server.login(b"geoffrey:pw\x03\0").unwrap().ask(".z.u"), "f567656f666672657900");
}

#[test]
fn credentials() {
    let dir = std::env::temp_dir().join(format!("quill-users-{}", std::process::id()));
    // md5 of "this is my password" as basics/cmdline.md gives it
    std::fs::write(&dir, "ann:plain\nbob:210d53992dff432ec1b1a9698af9da16\n").unwrap();
    let file = dir.to_str().unwrap();
    let server = Server::start(&["-U", file], &[]);
    assert!(server.login(b"ann:plain\x03\0").is_some());
    assert!(server.login(b"bob:this is my password\x03\0").is_some());
    for bad in [&b"ann:wrong\x03\0"[..], b"eve:plain\x03\0", b"ann\x03\0", b"\x03\0"] {
        assert!(server.login(bad).is_none());
    }
    // the file is read again by `\u`
    let mut ann = server.login(b"ann:plain\x03\0").unwrap();
    std::fs::write(&dir, "eve:new\n").unwrap();
    assert!(server.login(b"eve:new\x03\0").is_none());
    ann.ask("system\"u\"");
    assert!(server.login(b"eve:new\x03\0").is_some());
    assert!(server.login(b"ann:plain\x03\0").is_none());
    let server = Server::start(&[], &[".z.pw:{[u;p]calls,:enlist(u;p;.z.w>0);p~\"sesame\"}", "calls:()"]);
    assert!(server.login(b"ann:plain\x03\0").is_none());
    let mut p = server.login(b"elmo:sesame\x03\0").unwrap();
    assert_eq!(p.ask("calls~((`ann;\"plain\";1b);(`elmo;\"sesame\";1b))"), "ff01");
    std::fs::remove_file(dir).unwrap();
}

#[test]
fn handlers_see_the_handle() {
    let server = Server::start(
        &[],
        &[
            "seen:()",
            ".z.po:{seen,:enlist(`po;x;.z.w=x)}",
            ".z.pc:{seen,:enlist(`pc;x;.z.w)}",
            ".z.pg:{seen,:enlist(`pg;.z.w>0);value x}",
            ".z.ps:{seen,:enlist(`ps;.z.u;x);value x}",
        ],
    );
    let mut p = server.peer();
    p.send(Kind::Async, &Value::string("a:1"));
    assert_eq!(p.ask("seen[;0]"), "0b0003000000706f0070730070670 0".replace(' ', ""));
    assert_eq!(p.ask("seen[1]~(`ps;`tester;\"a:1\")"), "ff01");
    assert_eq!(p.ask("(first key .z.W)=seen[0;1]"), "ff01");
    assert_eq!(p.ask(".z.H~key .z.W"), "ff01");
    assert_eq!(p.ask("\"i\"$0x0 vs .z.a"), "0600040000007f000000000000000000000001000000");
    let mut other = server.peer();
    let h = other.ask(".z.w");
    drop(other);
    assert_eq!(wait_for(&mut p, "`pc in seen[;0]"), "ff01");
    // the close came with the closed handle, and with the console's as current
    assert_eq!(p.ask(&format!("seen[seen[;0]?`pc]~(`pc;{}i;0i)", handle(&h))), "ff01");
}

fn handle(hex: &str) -> i32 {
    i32::from_le_bytes(unhex(&hex[2..]).try_into().unwrap())
}

/// Asks until the answer is `1b` (or a long while has gone).
fn wait_for(p: &mut Peer, text: &str) -> String {
    let start = Instant::now();
    loop {
        let r = p.ask(text);
        if r == "ff01" || start.elapsed() > Duration::from_secs(20) {
            return r;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn deferred_responses() {
    let server = Server::start(&[], &["waiting:()", "defer:{waiting,:.z.w;-30!(::)}"]);
    let (mut a, mut b) = (server.peer(), server.peer());
    a.send(Kind::Sync, &Value::string("defer[]"));
    assert_eq!(wait_for(&mut b, "1=count waiting"), "ff01");
    assert_eq!(b.ask("-30!(first waiting;0b;`done)"), "6500");
    assert_eq!(a.answer(), "f5646f6e6500");
    a.send(Kind::Sync, &Value::string("defer[]"));
    assert_eq!(wait_for(&mut b, "2=count waiting"), "ff01");
    b.ask("-30!(first waiting;1b;\"failed\")");
    assert_eq!(a.answer(), "'failed");
    assert!(b.ask("-30!(first waiting;0b;1)").ends_with("was not expecting a response msg"));
    assert_eq!(b.ask("-30!(999i;0b;1)"), "'domain");
}

#[test]
fn broadcast_and_push() {
    let server = Server::start(&[], &[]);
    let mut asker = server.peer();
    let mut peers = [server.peer(), server.peer(), server.peer()];
    let hs: Vec<i32> = peers.iter_mut().map(|p| handle(&p.ask(".z.w"))).collect();
    let list = format!("{} {} {}i", hs[0], hs[1], hs[2]);
    assert_eq!(asker.ask(&format!("-25!({list};(`upd;`t;til 3))")), "6500");
    let want = hex(&encode_message(
        &Value::list(vec![Value::sym("upd"), Value::sym("t"), Value::longs(vec![0, 1, 2])]),
        Kind::Async,
    )
    .unwrap()[8..]);
    for p in &mut peers {
        let (kind, m) = p.receive();
        assert_eq!((kind, hex(&m[8..])), (0, want.clone()));
    }
    assert_eq!(asker.ask("-25!(7777 7778;1)"), "'7777 is not an ipc handle");
    assert_eq!(asker.ask(&format!("-25!({list};til 100000);1")), long(1));
    for p in &mut peers {
        assert_eq!(p.receive().1.len(), 14 + 800_000);
    }
}

#[test]
fn bad_messages_close_their_connection_alone() {
    let server = Server::start(&[], &["bad:();gone:()", ".z.bm:{bad,:enlist x}", ".z.pc:{gone,:x}"]);
    let mut good = server.peer();
    for bytes in [
        "0100000012000000 0700ffffff7f00000000",
        "0101000009000000 00",
        "0901000010000000 f90000000000000000",
        "010100000a000000 2000",
    ] {
        let mut p = server.peer();
        let h = handle(&p.ask(".z.w"));
        p.s.write_all(&unhex(&bytes.replace(' ', ""))).unwrap();
        assert!(p.closed(), "{bytes}");
        assert_eq!(wait_for(&mut good, &format!("{h}i in gone")), "ff01", "{bytes}");
    }
    assert_eq!(good.ask("count bad"), long(4));
    assert_eq!(good.ask("last last bad"), "04000a000000010100000a0000002000");
    // greetings without end
    let mut s = server.raw();
    let flood = s.write_all(&vec![b'a'; 200_000]);
    assert!(flood.is_err() || matches!(s.read(&mut [0; 1]), Ok(0) | Err(_)));
    // a header that promises gigabytes, and silence: costs nothing and holds nobody up
    let mut p = server.peer();
    p.s.write_all(&unhex("01010000ffffff7f")).unwrap();
    assert_eq!(good.ask("1+1"), long(2));
}

#[test]
fn compressed_requests_are_read() {
    let server = Server::start(&[], &[]);
    let mut p = server.peer();
    let text = format!("count \"{}\"", "ab".repeat(5000));
    let m = encode_message(&Value::string(text), Kind::Sync).unwrap();
    let c = ipc::compress::compress(&m).unwrap();
    p.s.write_all(&c).unwrap();
    assert_eq!(p.answer(), long(10_000));
    let mut d = c.clone();
    d.truncate(c.len() - 10);
    let n = (d.len() as u32).to_le_bytes();
    d[4..8].copy_from_slice(&n);
    p.s.write_all(&d).unwrap();
    assert!(p.closed());
}

#[test]
fn slow_readers_hold_up_nobody() {
    let server = Server::start(&[], &[]);
    let (mut slow, mut p) = (server.peer(), server.peer());
    slow.send(Kind::Sync, &Value::string("h:.z.w;til 5000000"));
    assert_eq!(wait_for(&mut p, "(`h in key`.)and 0<.z.W h"), "ff01");
    assert_eq!(p.ask("((-38!h)`m)=.z.W h"), "ff01");
    assert_eq!(p.ask("(-38!h)`n"), long(1));
    let (_, m) = slow.receive();
    assert_eq!(m.len(), 14 + 40_000_000);
    assert_eq!(wait_for(&mut p, "0=.z.W h"), "ff01");
}

#[test]
fn one_quill_asks_another() {
    let a = Server::start(&[], &["f:{x+y}", "got:()"]);
    let mut b = Server::start(&[], &["back:0", ".z.ps:{order,:enlist x;value x}", "order:()"]);
    let mut p = b.peer();
    assert_eq!(p.ask(&format!("h:hopen`::{};type h", a.port)), "fbfaff");
    assert_eq!(p.ask("h\"2+2\""), long(4));
    assert_eq!(p.ask("h(`f;3;4)"), long(7));
    assert_eq!(p.ask("h({x*y};3;4)"), long(12));
    assert_eq!(p.ask("@[h;\"'oops\";{x}]"), chars("oops"));
    assert_eq!(p.ask("neg[h]\"got,:1\";neg[h](`got set;7);h\"got\""), long(7));
    // messages that come while an answer is awaited are handled in their order
    assert_eq!(p.ask("h\"neg[.z.w]\\\"back:1\\\";neg[.z.w]\\\"back+:10\\\";5\""), long(5));
    assert_eq!(p.ask("back"), long(11));
    assert_eq!(p.ask("order"), "000002000000".to_owned() + &chars("back:1") + &chars("back+:10"));
    // the server may ask back before it answers
    assert_eq!(p.ask("h\".z.w\\\"back+1\\\"\""), long(12));
    // deferred sync: basics/ipc.md
    assert_eq!(p.ask("neg[h]\"neg[.z.w](f . 5 6)\";h[]"), long(11));
    assert_eq!(p.ask(&format!("`::{} \"6*7\"", a.port)), long(42));
    assert_eq!(p.ask("h({x~y};t;t:([]a:til 10;b:10#`x`y))"), "ff01");
    assert_eq!(p.ask("hclose h;@[h;\"1\";{x}]").get(..4), Some("0a00"));
    assert_eq!(
        p.ask(&format!("u:hopen`:unix://{};u\"(.z.a;2+3)\"", a.port)),
        "000002000000fa00000000".to_owned() + &long(5)
    );
    assert_eq!(p.ask("@[hopen;(`::1;500);{`$4#x}]"), "f5686f702e00");
    drop(a);
    assert_eq!(p.ask("@[u;\"1\";{`lost}]"), "f56c6f737400");
    assert_eq!(p.ask("1+1"), long(2));
    p.send(Kind::Async, &Value::string("-1\"heard\";"));
    assert_eq!(b.line(), "heard");
}

#[test]
fn an_answer_that_nobody_waits_for_is_not_the_next_one() {
    let a = Server::start(&[], &[]);
    let b = Server::start(&["-T", "1"], &[]);
    let mut p = b.peer();
    assert_eq!(p.ask(&format!("h:hopen`::{};h\"1+1\"", a.port)), long(2));
    assert_eq!(p.ask("h\"system\\\"sleep 2\\\";`late\""), "'stop");
    // basics/ipc.md, Interrupting requests
    assert!(p.ask("@[h;\"3+3\";::]").ends_with(&hex(b"Bad file descriptor")));
    assert_eq!(p.ask(&format!("h:hopen`::{};h\"4+4\"", a.port)), long(8));
}

#[test]
fn an_answer_goes_to_nobody_else_than_who_asked() {
    let server = Server::start(&[], &[]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut p = server.peer();
    let text = format!("hclose w:.z.w;h:hopen`::{};`secret", listener.local_addr().unwrap().port());
    p.send(Kind::Sync, &Value::string(text));
    let (s, _) = listener.accept().unwrap();
    let mut other = Peer { s, capability: 3 };
    let mut hello = vec![];
    while hello.last() != Some(&0) {
        let mut b = [0];
        other.s.read_exact(&mut b).unwrap();
        hello.push(b[0]);
    }
    other.s.write_all(&[3]).unwrap();
    let mut q = server.peer();
    assert_eq!(wait_for(&mut q, "h=w"), "ff01");
    q.ask("neg[h]`public");
    assert_eq!(other.receive().0, Kind::Async as u8);
}

#[test]
fn who_sends_more_than_is_handled_has_to_wait() {
    let server = Server::start(&[], &["n:0", "f:{n+:1;do[20;x*x]}"]);
    let (mut fast, mut p) = (server.peer(), server.peer());
    let many = encode_message(&Value::string("f 2"), Kind::Async).unwrap().repeat(1 << 16);
    let sender = std::thread::spawn(move || while fast.s.write_all(&many).is_ok() {});
    assert_eq!(wait_for(&mut p, "n>40*512"), "ff01");
    let memory = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let kb = memory.lines().find_map(|l| l.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    assert!(kb.is_some_and(|kb| kb < 80_000), "{kb:?} kB");
    drop(server);
    sender.join().unwrap();
}

#[test]
fn refused_logins_are_access() {
    let a = Server::start(&[], &[".z.pw:{[u;p]p~\"yes\"}"]);
    let mut q = Session::new();
    let e = q.eval_line(&format!("hopen`$\"::{}:me:no\"", a.port)).unwrap_err();
    assert_eq!(e.kind, "access");
    assert_eq!(q.show(&format!("h:hopen`$\"::{}:me:yes\";h\".z.u\"", a.port)).unwrap(), "`me");
}

#[test]
fn limits_on_remote_callers() {
    // -b: basics/cmdline.md
    let server = Server::start(&["-b"], &["aa:til 4"]);
    let mut p = server.peer();
    assert_eq!(p.ask("count aa"), long(4));
    assert!(p.ask("aa:10#aa").starts_with("'noupdate"));
    assert_eq!(p.ask("count aa"), long(4));
    let path = std::env::temp_dir().join(format!("quill_blocked_{}", std::process::id()));
    let file = path.display().to_string();
    for text in [
        "`aa upsert 5".to_owned(),
        "`aa set 5".to_owned(),
        "@[`aa;0;:;5]".to_owned(),
        "delete aa from `.".to_owned(),
        format!("`:{file} set 1 2"),
        format!("`:{file} 0: enlist\"xy\""),
        "system\"t 100\"".to_owned(),
    ] {
        assert_eq!(p.ask(&text), "'noupdate", "{text}");
    }
    for text in [format!("hdel`:{file}"), format!("hopen`:{file}")] {
        assert_eq!(p.ask(&text), format!("'access: {file}"));
    }
    assert!(!path.exists());
    assert_eq!(p.ask("0\"2+3\""), "'restricted");
    assert_eq!(p.ask("system\"_\""), "ff01");
    // -u 1
    let server = Server::start(&["-u", "1"], &["here:system\"cd\"", "up:`:../x", "g:{get up}", "s:{system\"p\"}"]);
    let mut p = server.peer();
    for text in [
        "get`:/etc/passwd",
        "read0`:/etc/passwd",
        "read1`:/etc/passwd",
        "hcount`:/etc/passwd",
        "key`:/etc",
        "key`:..",
        "(enlist\"S\";\":\")0:`:/etc/passwd",
        "`:/tmp/x set 1",
        "`:../x 0: enlist\"xy\"",
        "`:a/../../x set 1",
        "get up",
        "g[]",
        "{get x}peach`:/etc/passwd`:/etc/group",
        "-11!`:/etc/passwd",
        "@[get;`:/etc/passwd;{'x}]",
        "0\"2+2\"",
        "value\"\\\\l /etc/passwd\"",
        "s[]",
        "load`:/etc/passwd",
    ] {
        let want = if text.starts_with('0') { "'restricted" } else { "'access" };
        let got = p.ask(text);
        assert_eq!(got.split(": ").next(), Some(want), "{text}: {got}");
    }
    // files below the directory are in reach
    let name = format!("quill_own_{}", std::process::id());
    assert_eq!(p.ask(&format!("`:{name} set 1 2;get`:./{name}")), "07000200000001000000000000000200000000000000");
    assert_eq!(p.ask("(key`:.)~key`$\":\",here"), "ff01");
    std::fs::remove_file(name).unwrap();
    for text in ["system\"ls\"", "\\\\", "\\ls", "exit 0", "hdel`:nosuchfile", "hopen`:nosuchfile"] {
        assert_eq!(p.ask(text).split(": ").next(), Some("'access"), "{text}");
    }
    assert_eq!(p.ask("x:5;x+1"), long(6));
    // -T
    let server = Server::start(&["-T", "1"], &[]);
    let mut p = server.peer();
    assert_eq!(p.ask("while[1b;1]"), "'stop");
    assert_eq!(p.ask("{while[1b;x]}2"), "'stop");
    assert_eq!(p.ask("1+1"), long(2));
}

#[test]
fn more_callers_than_descriptors() {
    // a shell lowers the limit for quill alone
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -n 40; exec \"$0\" -p 127.0.0.1:0W", env!("CARGO_BIN_EXE_quill")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "-1 string system\"p\";").unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let server = Server { child, port: line.trim().parse().unwrap(), out };
    let mut waiting: Vec<TcpStream> = (0..60).map(|_| server.raw()).collect();
    let mut late = server.raw();
    late.write_all(b"u:p\x03\0").unwrap();
    // room is made, and the one who waited longest in vain is served
    waiting.clear();
    let mut answer = [0];
    late.read_exact(&mut answer).unwrap();
    assert_eq!(answer, [3]);
    assert_eq!(server.peer().ask("1+1"), long(2));
}

#[test]
fn timer_and_exit() {
    let mut server = Server::start(&["-t", "5"], &["n:0", ".z.ts:{n+:1;if[n=3;-1 string type x;system\"t 0\"]}"]);
    assert_eq!(server.line(), "-12");
    let mut p = server.peer();
    assert_eq!(p.ask("system\"t\""), "fa00000000");
    assert_eq!(p.ask("n"), long(3));
    p.ask(".z.exit:{-1\"bye \",string x;}");
    p.send(Kind::Async, &Value::string("exit 7"));
    assert_eq!(server.line(), "bye 7");
    assert_eq!(server.child.wait().unwrap().code(), Some(7));
}

#[test]
fn port_changes_at_run_time() {
    let server = Server::start(&[], &[]);
    let mut p = server.peer();
    let new = p.ask("system\"p 127.0.0.1:0W\";system\"p\"");
    let new = handle(&new);
    assert!(TcpStream::connect(("127.0.0.1", u16::try_from(new).unwrap())).is_ok());
    if i32::from(server.port) != new {
        assert!(TcpStream::connect(("127.0.0.1", server.port)).is_err());
    }
    // open connections stay
    assert_eq!(p.ask("system\"p 0\";system\"p\""), "fa00000000");
    assert!(TcpStream::connect(("127.0.0.1", u16::try_from(new).unwrap())).is_err());
}

fn http(server: &Server, request: &str) -> String {
    let mut s = server.raw();
    s.write_all(request.as_bytes()).unwrap();
    let mut all = String::new();
    s.read_to_string(&mut all).unwrap();
    all
}

#[test]
fn http_requests() {
    let server = Server::start(&[], &["a:1 2 3"]);
    let r = http(&server, "GET /?1+1 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(r.starts_with("HTTP/1.1 200 OK\r\n") && r.contains("<pre>2"), "{r}");
    let r = http(&server, "GET /.json?a HTTP/1.1\r\n\r\n");
    assert!(r.ends_with("\r\n\r\n[1,2,3]"), "{r}");
    assert!(http(&server, "GET /?1+%60a HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400"));
    assert!(http(&server, "GET / HTTP/1.1\r\n\r\n").contains("?a"));
    assert!(http(&server, "GET /none.html HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
    let mut p = server.peer();
    p.ask(".z.ph:{\"HTTP/1.1 200 OK\\r\\n\\r\\n\",(x 0),\"|\",x[1;`Host]}");
    p.ask(".z.pp:{\"HTTP/1.1 200 OK\\r\\n\\r\\n\",x 0}");
    assert!(http(&server, "GET /some%20where HTTP/1.1\r\nHost: here\r\n\r\n").ends_with("\r\n\r\nsome where|here"));
    assert!(http(&server, "POST /in HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody").ends_with("in body"));
    let chunked = "POST /in HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n";
    assert!(http(&server, chunked).starts_with("HTTP/1.1 501"));
    p.ask(".z.pw:{[u;p]p~\"ok\"}");
    assert!(http(&server, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 401"));
    // base64 of me:ok
    assert!(http(&server, "GET /x HTTP/1.1\r\nAuthorization: Basic bWU6b2s=\r\nHost: h\r\n\r\n").ends_with("x|h"));
}

#[test]
fn websockets() {
    let server = Server::start(
        &[],
        &["opened:closed:()", ".z.wo:{opened,:x}", ".z.wc:{closed,:x}", ".z.ws:{neg[.z.w]reverse x}"],
    );
    let mut s = server.raw();
    s.write_all(b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut b = [0];
        s.read_exact(&mut b).unwrap();
        head.push(b[0]);
    }
    let head = String::from_utf8(head).unwrap();
    // the answer of RFC 6455, 1.3
    assert!(head.starts_with("HTTP/1.1 101") && head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    s.write_all(&ipc::ws::frame(ipc::ws::TEXT, b"hello", Some([1, 2, 3, 4]))).unwrap();
    let mut b = [0; 7];
    s.read_exact(&mut b).unwrap();
    assert_eq!(&b, b"\x81\x05olleh");
    s.write_all(&ipc::ws::frame(ipc::ws::BINARY, &[1, 2], Some([9, 9, 9, 9]))).unwrap();
    let mut b = [0; 4];
    s.read_exact(&mut b).unwrap();
    assert_eq!(b, [0x82, 2, 2, 1]);
    s.write_all(&ipc::ws::frame(ipc::ws::PING, b"p", Some([0; 4]))).unwrap();
    let mut b = [0; 3];
    s.read_exact(&mut b).unwrap();
    assert_eq!(&b, b"\x8a\x01p");
    drop(s);
    let mut p = server.peer();
    assert_eq!(wait_for(&mut p, "(1=count opened)and closed~opened"), "ff01");
}
