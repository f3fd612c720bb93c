//! The command line and the console without a terminal.

use std::io::Write;
use std::process::{Command, Stdio};

struct Out {
    out: String,
    err: String,
    code: Option<i32>,
}

fn run(args: &[&str], input: &str) -> Out {
    let mut child = Command::new(env!("CARGO_BIN_EXE_quill"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // a process that ends before it has read everything closes the pipe
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let r = child.wait_with_output().unwrap();
    Out { out: String::from_utf8(r.stdout).unwrap(), err: String::from_utf8(r.stderr).unwrap(), code: r.status.code() }
}

fn script(name: &str, text: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("quill-cli-{}-{name}.q", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn lines_are_evaluated_without_a_prompt() {
    let r = run(&[], "2+2\nx:til 3\nx\n-1\"printed\";\n\n/ a comment\n([]a:1 2)\n");
    assert_eq!(r.out, "4\n0 1 2\nprinted\na\n-\n1\n2\n");
    assert_eq!((r.err.as_str(), r.code), ("", Some(0)));
}

#[test]
fn errors_do_not_end_the_session() {
    let r = run(&[], "1+`a\n`still`here\n'mine\n3\n");
    assert_eq!(r.out, "`still`here\n3\n");
    let kinds: Vec<&str> = r.err.lines().filter(|l| l.starts_with('\'')).collect();
    assert_eq!(kinds, ["'type", "'mine"]);
    assert_eq!(r.code, Some(0));
}

#[test]
fn exit_status_and_handler() {
    assert_eq!(run(&[], "exit 3\n-1\"not reached\";\n").code, Some(3));
    let r = run(&[], ".z.exit:{-1\"code \",string x;}\nexit 5\n");
    assert_eq!((r.out.as_str(), r.code), ("code 5\n", Some(5)));
    let r = run(&[], ".z.exit:{-1\"end \",string x;}\n\\\\\n1\n");
    assert_eq!((r.out.as_str(), r.code), ("end 0\n", Some(0)));
    // the end of stdin is an exit as well
    assert_eq!(run(&[], ".z.exit:{-1\"eof\";}\n").out, "eof\n");
}

#[test]
fn queries_over_partitions_are_the_same_on_threads() {
    let lang = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/lang");
    let file = |n: &str| lang.join(n).to_str().unwrap().to_owned();
    let r = run(&[&file("run.q"), &file("partitions.q"), "-s", "3"], "");
    let last = r.out.lines().last().unwrap_or_default();
    assert!(last.ends_with(" passed, 0 failed") && !last.starts_with('0'), "{}{}", r.out, r.err);
}

#[test]
fn aggregates_by_group_are_the_same_to_the_bit_on_threads() {
    let path = script(
        "threads",
        "system\"S 5\";n:400000;ids:200?`4\n\
         t:([]tm:asc 2024.03.04D09:30+n?0D06:30;s:n?ids;k:n?1000;f:n?100f)\n\
         u:update tm:reverse tm from t\n\
         p:{-1 raze string md5\"c\"$-8!x;}\n\
         p select v:k wavg f,w:sum f,a:avg f,n:count i by s,0D00:05 xbar tm from t\n\
         p select o:first f,h:max f,l:min f,c:last f,x:sum k by 0D00:01 xbar tm,s from t\n\
         p select v:k wavg f,w:sum f by s,0D00:05 xbar tm from u\n\
         p select n:count i by s,k from t\n\
         p select v:k wavg f,w:prd f by s from t\n\
         exit 0\n",
    );
    let file = path.to_str().unwrap();
    let one = run(&[file], "");
    assert_eq!((one.out.lines().count(), one.err.as_str()), (5, ""));
    for threads in ["2", "3"] {
        assert_eq!(run(&[file, "-s", threads], "").out, one.out);
    }
}

#[test]
fn scripts_and_their_arguments() {
    let path = script("args", "-1 \" \" sv .z.x;\n-1 string .z.f;\nf:{x+\n  1}\nf 41\n");
    let p = path.to_str().unwrap();
    let r = run(&[p, "sym", ".", "-P", "3", "-name", "v"], "1%3\n.z.q\n");
    assert_eq!(r.out, format!("sym . -name v\n{p}\n42\n0.333\n0b\n"));
    assert_eq!(r.code, Some(0));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_failing_script_ends_with_status_1() {
    let path = script("fail", "a:1\nb:a+`x\nc:3\n");
    let r = run(&[path.to_str().unwrap()], "a\n`c in key`.\n");
    assert_eq!(r.out, "1\n0b\n");
    assert!(r.err.starts_with("'type\n") && r.err.contains("b:a+`x"), "{}", r.err);
    assert_eq!(r.code, Some(1));
    let r = run(&["/nonexistent/x.q"], "");
    assert!(r.err.contains("OS reports: No such file or directory"), "{}", r.err);
    assert_eq!(r.code, Some(1));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn options() {
    assert_eq!(run(&["--version"], "").out, concat!("quill ", env!("CARGO_PKG_VERSION"), "\n"));
    assert!(run(&["--help"], "").out.starts_with("usage: quill"));
    assert_eq!(run(&["-c", "10", "20"], "til 20\n").out, "0 1 2 3 4 5 6 7 8..\n");
    assert_eq!(run(&["-P", "3", "-q"], "1%3\n.z.q\n").out, "0.333\n1b\n");
    assert_eq!(run(&["-P"], "").code, Some(2));
    let r = run(&["-p", "nosuchservice"], "");
    assert_eq!(r.code, Some(1));
    assert!(r.err.starts_with('\''), "{}", r.err);
    assert_eq!(run(&["-E", "1"], "").code, Some(1));
    assert_eq!(run(&["-E", "0"], "\\E\n").out, "0i\n");
    for (option, value) in [("-e", "3"), ("-g", "2"), ("-z", "7"), ("-P", "18"), ("-W", "9")] {
        let r = run(&[option, value], "");
        assert!(r.err.starts_with("'invalid") && r.code == Some(1), "{option}: {}", r.err);
    }
    let set =
        ["-e", "2", "-g", "1", "-z", "1", "-W", "3", "-P", "5", "-o", "2", "-T", "7", "-S", "42", "-C", "12", "90"];
    let asked = "(system\"e\";system\"g\";system\"z\";system\"W\";system\"P\";system\"o\";system\"T\")\n\\S\n\\C\n";
    assert_eq!(run(&set, asked).out, "2 1 1 3 5 2 7i\n42i\n12 90i\n");
}

#[test]
fn console_input_reaches_programs() {
    let r = run(&[], "x:read0 0\nthis is data\nx\n.z.pi:{-1\"got \",-1_x;}\n1+1\n");
    assert_eq!(r.out, "\"this is data\"\ngot 1+1\n");
}

#[test]
fn a_busy_port_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let r = run(&["-p", &format!("127.0.0.1:{port}")], "");
    assert_eq!(r.code, Some(1));
    assert!(r.err.contains("Address already in use"), "{}", r.err);
}

#[test]
fn a_signal_ends_the_process_by_its_exit_handler() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_quill"))
        .args(["-p", "127.0.0.1:0W"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, ".z.exit:{{-1\"saved\";}}\n-1\"ready\";").unwrap();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    assert_eq!(line, "ready\n");
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    line.clear();
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    assert_eq!((line.as_str(), child.wait().unwrap().code()), ("saved\n", Some(0)));
}

#[test]
fn the_memory_limit_ends_expressions_and_not_the_process() {
    let asked = "{x,x}/[60;til 1000]\n\
        grow:til 1000\n\
        do[60;grow,:grow]\n\
        count{(x;x+1)}/[28;til 100]\n\
        1b,count[grow]>1000\n\
        grow:()\n\
        til 100000000\n\
        x:til 10000000\n\
        y:x+1\n\
        y:x:()\n\
        .Q.w[]`wmax\n\
        sum til 1000\n\
        {x+y}/[til 10]\n\
        \\w 50\n\
        \\w 2000\n\
        count til 20000000\n";
    let r = run(&["-w", "128"], asked);
    assert_eq!(r.out, "11b\n134217728\n499500\n45\n134217728\n2097152000\n20000000\n", "{}", r.err);
    let kinds: Vec<&str> = r.err.lines().filter(|l| l.starts_with('\'')).collect();
    assert_eq!(kinds, ["'wsfull"; 5]);
    assert_eq!(r.code, Some(0));
    // without -w there is no limit to raise
    assert!(run(&[], "\\w 100\n").err.starts_with("'-w init via cmd line"));
}

#[test]
fn a_database_without_its_symbols_is_refused_where_they_are_needed() {
    let dir = std::env::temp_dir().join(format!("quill-cli-{}-nosym", std::process::id()));
    let at = dir.display();
    run(&[], &format!("t:([]sym:`a`b`a;p:1 2 3)\n.Q.dpft[hsym`$\"{at}\";2024.01.02;`sym;`t]\n"));
    let query = "exec sum p from t\nexec first string sym from t where date=2024.01.02\n";
    assert_eq!(run(&[&at.to_string()], query).out, "6\n,\"a\"\n");
    let sym = dir.join("sym");
    for left in [None, Some(&b""[..]), Some(b"not a list"), Some(b"\xff\x01\x0b\x00\x01")] {
        match left {
            None => std::fs::remove_file(&sym).unwrap(),
            Some(bytes) => std::fs::write(&sym, bytes).unwrap(),
        }
        let r = run(&[&at.to_string()], query);
        assert!(r.err.contains("/sym: "), "{left:?}: {}{}", r.out, r.err);
        assert!(!r.out.contains('"'), "{left:?}: {}", r.out);
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

/// A function comes over the port as its text; text that goes on behind it would otherwise run before any `.z.pg` is asked.
#[test]
fn nothing_of_a_message_runs_when_it_is_decoded() {
    let message = "f:{b:0x64000a00,(reverse 0x0 vs`int$count x),`byte$x;0x01000000,(reverse 0x0 vs`int$8+count b),b}\n";
    let decode =
        "t:{@[-9!;f x;{`$x}]}\nt\"{x+1}\"\nt\"{x}done::1\"\nt\"{x};done::1\"\nt\"{done::x}1\"\n`done in key`.\n";
    let r = run(&[], &format!("{message}{decode}"));
    assert_eq!((r.out.as_str(), r.err.as_str()), ("{x+1}\n`badmsg\n`badmsg\n`badmsg\n0b\n", ""));
}
