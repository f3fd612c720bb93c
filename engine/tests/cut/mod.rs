//! Power cuts for tests: real runs of quill are recorded operation by operation (`QUILL_RECORD_IO`), the disk is rebuilt as a cut
//! after each of them would leave it, and opened again. What is there must be the state before or the one after, or be
//! refused; never a mixture.
//!
//! After each operation four disks are tried: the process was killed (all writes are there); it was killed within a write
//! (half of the last is there); power was cut and the names are kept but not the bytes that nobody synced; power was cut
//! and everything since the last sync is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory of its own for each test, removed at the end.
pub struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        // in memory where that can be had: the forcing to disk is modelled here, not needed
        let memory = PathBuf::from("/dev/shm");
        let base = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let dir = base.join(format!("quillcut{name}{}", std::process::id()));
        std::fs::remove_dir_all(&dir).ok();
        std::fs::create_dir_all(&dir).unwrap();
        Scratch(dir)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Bytes {
    now: Vec<u8>,
    /// What is on the disk for certain.
    synced: Vec<u8>,
}

/// Files and directories below the root of a recording.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Disk {
    dirs: BTreeSet<PathBuf>,
    files: BTreeMap<PathBuf, Bytes>,
}

/// What a disk holds: directories, and files with their bytes.
type Shown = (BTreeSet<PathBuf>, BTreeMap<PathBuf, Vec<u8>>);

impl Disk {
    /// What is there before the recording, all of it synced.
    fn load(root: &Path) -> Disk {
        let mut disk = Disk::default();
        let mut open = vec![root.to_owned()];
        while let Some(dir) = open.pop() {
            for e in std::fs::read_dir(&dir).unwrap() {
                let p = e.unwrap().path();
                let at = p.strip_prefix(root).unwrap().to_owned();
                if p.is_dir() {
                    disk.dirs.insert(at);
                    open.push(p);
                } else {
                    let now = std::fs::read(&p).unwrap();
                    disk.files.insert(at, Bytes { synced: now.clone(), now });
                }
            }
        }
        disk
    }

    fn make_dirs(&mut self, p: &Path) {
        p.ancestors().filter(|a| !a.as_os_str().is_empty()).for_each(|a| {
            self.dirs.insert(a.to_owned());
        });
    }

    fn sync_all(&mut self) {
        self.files.values_mut().for_each(|b| b.synced.clone_from(&b.now));
    }

    fn rename(&mut self, from: &Path, to: &Path) {
        // into a directory that is there, as mv does
        let to = if self.dirs.contains(to) { to.join(from.file_name().unwrap()) } else { to.to_owned() };
        let moved = |p: &Path| {
            p.strip_prefix(from).map(|rest| if rest.as_os_str().is_empty() { to.clone() } else { to.join(rest) })
        };
        let names: Vec<PathBuf> = self.files.keys().filter(|p| p.starts_with(from)).cloned().collect();
        for p in names {
            let b = self.files.remove(&p).unwrap();
            self.files.insert(moved(&p).unwrap(), b);
        }
        let dirs: Vec<PathBuf> = self.dirs.iter().filter(|p| p.starts_with(from)).cloned().collect();
        for p in dirs {
            self.dirs.remove(&p);
            self.dirs.insert(moved(&p).unwrap());
        }
    }

    fn remove(&mut self, p: &Path) {
        self.files.retain(|f, _| !f.starts_with(p));
        self.dirs.retain(|d| !d.starts_with(p));
    }

    /// Applies an operation; true where it is a sync, after which nothing before it can be lost.
    fn apply(&mut self, op: &Op) -> bool {
        match op {
            Op::Create(p) => {
                self.files.entry(p.clone()).or_default().now.clear();
            }
            Op::Open(p) => {
                self.files.entry(p.clone()).or_default();
            }
            Op::Write(p, at, body) => {
                let now = &mut self.files.get_mut(p).unwrap_or_else(|| panic!("write to {}", p.display())).now;
                now.resize(now.len().max(at + body.len()), 0);
                now[*at..at + body.len()].copy_from_slice(body);
            }
            Op::Length(p, n) => self.files.get_mut(p).unwrap().now.resize(*n, 0),
            Op::Sync(p) => {
                // of a directory it is the names, which have no state of their own here
                if let Some(b) = self.files.get_mut(p) {
                    b.synced.clone_from(&b.now);
                }
                return true;
            }
            Op::SyncLike(pattern) => {
                let fits = |p: &Path| {
                    let name = |(a, b): (std::path::Component<'_>, std::path::Component<'_>)| {
                        let b = b.as_os_str().to_string_lossy();
                        a.as_os_str() == "*" && !b.starts_with('.') || *a.as_os_str() == *b
                    };
                    p.components().count() == pattern.components().count()
                        && pattern.components().zip(p.components()).all(name)
                };
                self.files.iter_mut().filter(|(p, _)| fits(p)).for_each(|(_, b)| b.synced.clone_from(&b.now));
                return true;
            }
            Op::SyncAll => {
                self.sync_all();
                return true;
            }
            Op::Rename(a, b) => self.rename(a, b),
            Op::Take(a, b) => {
                let holds = |p: &PathBuf| p != b && p.starts_with(b);
                if self.dirs.contains(a) && !self.files.keys().any(holds) && !self.dirs.iter().any(holds) {
                    self.dirs.remove(b);
                    self.rename(a, b);
                }
            }
            Op::Remove(p) => self.remove(p),
            Op::Mkdir(p) => self.make_dirs(p),
            Op::Copy(a, b) => {
                let to = |p: &Path| b.join(p.strip_prefix(a.parent().unwrap()).unwrap());
                let dirs: Vec<PathBuf> = self.dirs.iter().filter(|p| p.starts_with(a)).map(|p| to(p)).collect();
                let files: Vec<_> =
                    self.files.iter().filter(|(p, _)| p.starts_with(a)).map(|(p, f)| (to(p), f.clone())).collect();
                self.dirs.extend(dirs);
                self.files.extend(files);
            }
            Op::Link(a, b) => {
                let f = self.files[a].clone();
                self.files.insert(b.clone(), f);
            }
            Op::Mark(_) => {}
        }
        false
    }

    fn all(&self) -> Shown {
        (self.dirs.clone(), self.files.iter().map(|(p, b)| (p.clone(), b.now.clone())).collect())
    }

    fn synced(&self) -> Shown {
        (self.dirs.clone(), self.files.iter().map(|(p, b)| (p.clone(), b.synced.clone())).collect())
    }
}

#[derive(Debug)]
enum Op {
    Create(PathBuf),
    Open(PathBuf),
    Write(PathBuf, usize, Vec<u8>),
    Length(PathBuf, usize),
    Sync(PathBuf),
    SyncAll,
    /// Files whose path has as many names as this one, each the same or `*`, which a name with a leading dot is not.
    SyncLike(PathBuf),
    Rename(PathBuf, PathBuf),
    /// A directory takes the place of an empty one or none; nothing happens where there is another.
    Take(PathBuf, PathBuf),
    Remove(PathBuf),
    Mkdir(PathBuf),
    /// Hard links of a directory's files, in a directory that is there.
    Copy(PathBuf, PathBuf),
    /// A file's second name. Nothing here writes to a file that has two, so that it may be a file of its own.
    Link(PathBuf, PathBuf),
    /// `system": MARK"`: the run tells how far it is.
    Mark(usize),
}

/// The operations of a record, with paths below `root`; others are left out.
fn parse(text: &str, root: &Path) -> Vec<Op> {
    let mut out = vec![];
    for line in text.lines() {
        let f: Vec<&str> = line.split('\t').collect();
        let below = |p: &str| Path::new(p).strip_prefix(root).map(Path::to_owned);
        if f[0] == "command" {
            out.extend(command(f[3], root));
            continue;
        }
        let Ok(p) = below(f[1]) else { continue };
        let at: usize = f[2].parse().unwrap();
        out.push(match f[0] {
            "create" => Op::Create(p),
            "open" => Op::Open(p),
            "write" => {
                let hex = f[3].as_bytes();
                let digit = |c: u8| (c as char).to_digit(16).unwrap() as u8;
                Op::Write(p, at, hex.chunks(2).map(|h| digit(h[0]) << 4 | digit(h[1])).collect())
            }
            "length" => Op::Length(p, at),
            "sync" => Op::Sync(p),
            "rename" => Op::Rename(p, below(f[3]).unwrap()),
            "remove" | "rmdir" => Op::Remove(p),
            "mkdir" => Op::Mkdir(p),
            o => panic!("operation {o}"),
        });
    }
    out
}

/// What a command of the shell does to the disk. One that is not known fails the test.
fn command(text: &str, root: &Path) -> Vec<Op> {
    text.replace("2>/dev/null", "").replace("&&", ";").split(';').flat_map(|t| simple(t.trim(), root)).collect()
}

fn simple(text: &str, root: &Path) -> Vec<Op> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let path = |w: &str| {
        Path::new(w).strip_prefix(root).unwrap_or_else(|_| panic!("{text}: outside {}", root.display())).to_owned()
    };
    match words[..] {
        [":", n] => vec![Op::Mark(n.parse().unwrap())],
        // they read
        ["realpath" | "stat" | "cat", ..] => vec![],
        // the whole of the run is on one file system
        ["sync"] | ["sync", "-f", _] => vec![Op::SyncAll],
        ["sync", "-d", ref ps @ ..] | ["sync", ref ps @ ..] => {
            ps.iter().map(|p| if p.contains('*') { Op::SyncLike(path(p)) } else { Op::Sync(path(p)) }).collect()
        }
        ["cp", "-al", a, b] => vec![Op::Copy(path(a), path(b))],
        ["ln", "-f", a, b] => vec![Op::Link(path(a), path(b))],
        ["mkdir", "-p", p] | ["mkdir", p] => vec![Op::Mkdir(path(p))],
        // of one that the run itself saw fail nothing is left to be done
        ["mv", "-T", a, b] => vec![Op::Take(path(a), path(b))],
        ["mv", a, b] => vec![Op::Rename(path(a), path(b))],
        ["rm", "-rf" | "-f", p] => vec![Op::Remove(path(p))],
        _ => panic!("command {text:?} is not known to this test"),
    }
}

/// Runs a q program; `ROOT` in it stands for the directory.
fn run(program: &str, root: &Path, record: Option<&Path>) -> String {
    let file = root.with_extension("q");
    std::fs::write(&file, program.replace("ROOT", root.to_str().unwrap())).unwrap();
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../q").canonicalize().unwrap();
    let mut c = Command::new(env!("CARGO_BIN_EXE_quill"));
    c.arg(&file).arg("-q").env("SLIPSTREAM_Q", home).stdin(std::process::Stdio::null());
    match record {
        Some(r) => drop(c.env("QUILL_RECORD_IO", r)),
        // nothing is cut off here, so that nothing needs to be forced to disk
        None => drop(c.env("PATH", format!("{}:{}", lazy(root).display(), std::env::var("PATH").unwrap()))),
    }
    let done = c.output().unwrap();
    std::fs::remove_file(&file).ok();
    let out = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{out}{}", String::from_utf8_lossy(&done.stderr));
    out
}

/// A folder with a `sync` that returns at once.
fn lazy(root: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let dir = root.with_file_name("lazy");
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("sync");
    std::fs::write(&file, "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

fn write_out(shown: &Shown, root: &Path) {
    std::fs::create_dir_all(root).unwrap();
    shown.0.iter().for_each(|d| std::fs::create_dir_all(root.join(d)).unwrap());
    for (p, b) in &shown.1 {
        let at = root.join(p);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::fs::write(at, b).unwrap();
    }
}

/// A disk to open again: how far the run had told that it was, and the operation at which it was cut.
pub struct Cut {
    pub told: usize,
    pub why: String,
    disk: Shown,
}

/// Records `act` after `prepare`; gives every disk that a cut can leave, none twice, and how many operations there were.
pub fn cuts(name: &str, prepare: &str, act: &str) -> (Scratch, Vec<Cut>, usize) {
    let scratch = Scratch::new(name);
    let root = scratch.0.join("run");
    std::fs::create_dir_all(&root).unwrap();
    run(prepare, &root, None);
    let mut disk = Disk::load(&root);
    let record = scratch.0.join("record");
    run(act, &root, Some(&record));
    let ops = parse(&std::fs::read_to_string(&record).unwrap(), &root);
    assert!(!ops.is_empty(), "nothing was recorded");
    let mut seen = BTreeSet::new();
    let mut out = vec![];
    let mut told = 0;
    let mut before = disk.all();
    let mut add = |told: usize, why: String, shown: Shown| {
        if seen.insert((told, shown.clone())) {
            out.push(Cut { told, why, disk: shown });
        }
    };
    add(0, "before the first".into(), disk.all());
    for (k, op) in ops.iter().enumerate() {
        if let Op::Write(p, at, body) = op {
            let mut torn = disk.clone();
            torn.apply(&Op::Write(p.clone(), *at, body[..body.len() / 2].to_vec()));
            add(told, format!("{k} torn write to {}", p.display()), torn.all());
        }
        let synced = disk.apply(op);
        if let Op::Mark(n) = op {
            told = *n;
        }
        if synced {
            before = disk.synced();
        }
        let text = format!("{op:?}");
        let text = format!("{k} {}", &text[..text.len().min(90)]);
        add(told, format!("killed after {text}"), disk.all());
        add(told, format!("bytes lost after {text}"), disk.synced());
        add(told, format!("all lost after {text}"), before.clone());
    }
    // the model of the disk and the disk agree in the end
    let real = Disk::load(&root).all();
    assert_eq!(real.1.keys().collect::<Vec<_>>(), disk.all().1.keys().collect::<Vec<_>>(), "{name}: files at the end");
    assert!(real.1 == disk.all().1, "{name}: bytes at the end");
    (scratch, out, ops.len())
}

/// Leaves a tenth of the cuts at operations below `place`, where columns are written one like the other; all of them with
/// `QUILL_CUTS=all`.
#[allow(dead_code, reason = "the sweeps of a few operations take every cut")]
pub fn thin(cuts: &mut Vec<Cut>, place: &str) {
    if std::env::var("QUILL_CUTS").is_ok() {
        return;
    }
    let mut k = 0;
    cuts.retain(|c| {
        let there = c.why.contains(place);
        k += usize::from(there);
        !there || k % 10 == 0
    });
}

/// Opens every disk with `check`, a q program that prints a line for each directory of the list `disks` (with what was
/// told in `told`); gives those lines.
pub fn open(scratch: &Scratch, cuts: &[Cut], check: &str) -> Vec<String> {
    let base = scratch.0.join("disks");
    for (k, c) in cuts.iter().enumerate() {
        write_out(&c.disk, &base.join(k.to_string()));
    }
    let told: Vec<String> = cuts.iter().map(|c| c.told.to_string()).collect();
    let head = format!("disks:\"ROOT/\",/:string til {}\ntold:0,{}\ntold:1_told\n", cuts.len(), told.join(" "));
    let out = run(&format!("{head}{check}"), &base, None);
    let lines: Vec<String> = out.lines().map(str::to_owned).collect();
    let said: Vec<String> = lines.iter().zip(cuts).map(|(l, c)| format!("{l} when {}", c.why)).collect();
    assert_eq!(lines.len(), cuts.len(), "{}", said.join("\n"));
    lines
}

/// Every line must be one of `good`, and each of `must` must occur.
pub fn expect(name: &str, cuts: &[Cut], lines: &[String], good: &[&str], must: &[&str]) {
    let bad: Vec<String> = cuts
        .iter()
        .zip(lines)
        .filter(|(_, l)| !good.contains(&l.as_str()))
        .map(|(c, l)| format!("{l} when {} (told {})", c.why, c.told))
        .collect();
    assert!(bad.is_empty(), "{name}: {} of {} cuts\n{}", bad.len(), cuts.len(), bad.join("\n"));
    for m in must {
        assert!(lines.iter().any(|l| l == m), "{name}: no cut left the {m} state");
    }
}
