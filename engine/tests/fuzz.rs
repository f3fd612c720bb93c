//! Runs the fuzz targets over their seeds and over every input that once crashed one.

#[path = "../fuzz/src/targets.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

fn inputs(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return vec![] };
    let mut v: Vec<PathBuf> = entries.map(|e| e.expect("directory entry").path()).collect();
    v.sort();
    v
}

/// Runs one target over its files, on as much stack as a main thread has; the name of the file comes before a panic.
fn run(name: &str) {
    let target = targets::ALL.iter().find(|t| t.0 == name).expect("a target").1;
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seeds = inputs(&here.join("fuzz/seeds").join(name));
    assert!(!seeds.is_empty(), "no seeds for {name}: run scripts/fuzz seeds");
    let files: Vec<PathBuf> = seeds.into_iter().chain(inputs(&here.join("tests/crashes").join(name))).collect();
    let work = move || {
        for f in files {
            let bytes = fs::read(&f).expect("an input");
            eprintln!("{}", f.display());
            target(&bytes);
        }
    };
    std::thread::Builder::new().stack_size(8 << 20).spawn(work).expect("a thread").join().expect("no crash");
}

#[test]
fn parse() {
    run("parse");
}
#[test]
fn eval() {
    run("eval");
}
#[test]
fn ipc() {
    run("ipc");
}
#[test]
fn file() {
    run("file");
}
#[test]
fn text() {
    run("text");
}
