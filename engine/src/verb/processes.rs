//! `peach` over other processes: `-s -N` and the handles of `.z.pd`.

use super::ipc::{bad_message, decode, handler, hang_up, queue, with};
use super::iterate::each;
use crate::ensure;
use crate::error::{Error, Result};
use crate::ipc::{Body, Kind, compress, encode_message};
use crate::value::{Adverb, Attr, Derived, Host, Ty, Value};
use std::sync::Arc;

/// Parts that each process gets on the average: the fast ones take over from the slow ones.
const PARTS: usize = 4;

/// The handles that `.z.pd` is, or returns.
fn handles(host: &mut dyn Host) -> Result<Vec<i32>> {
    let Some(mut v) = handler(host, ".z.pd") else { return Ok(vec![]) };
    if v.is_func() {
        v = host.call(&v, vec![Value::Null])?;
    }
    match &v {
        Value::Vec(x) if x.ty == Ty::Int && x.attr == Attr::Unique => {
            v.items().iter().map(|h| h.as_long().and_then(|h| i32::try_from(h).ok()).ok_or_else(Error::ty)).collect()
        }
        _ => Err(Error::ty()),
    }
}

/// `f peach x`: parts of `x` go to the processes as they have finished those before.
pub fn peach(host: &mut dyn Host, f: &Value, x: Value) -> Result<Value> {
    let all = handles(host)?;
    if all.is_empty() {
        return each(host, f, vec![x]);
    }
    let n = x.len();
    let size = n.div_ceil(all.len() * PARTS).max(1);
    let each_of = Value::Derived(Arc::new(Derived { adverb: Adverb::Each, func: f.clone() }));
    let mut todo = (0..n).step_by(size);
    let mut send = |host: &mut dyn Host, h: i32| -> Result<Option<usize>> {
        let Some(from) = todo.next() else { return Ok(None) };
        let part = x.slice(from, (from + size).min(n));
        let m = encode_message(&Value::list(vec![each_of.clone(), part]), Kind::Sync)?;
        with(host, |hs| {
            queue(hs, h, m)?;
            hs.find(h)?.drain();
            Ok(Some(from))
        })
    };
    // which part each busy process works on
    let mut busy: Vec<(i32, usize)> = vec![];
    let mut done: Vec<(usize, Value)> = vec![];
    let mut failed = None;
    for &h in &all {
        match send(host, h) {
            Ok(Some(from)) => busy.push((h, from)),
            Ok(None) => break,
            Err(e) => {
                failed = Some(e);
                break;
            }
        }
    }
    // after an error the others are waited for all the same: their answers must not meet a later question
    while !busy.is_empty() {
        let waiting: Vec<i32> = busy.iter().map(|b| b.0).collect();
        let (h, m) = match with(host, |hs| Ok(hs.receive_any(&waiting)))? {
            Ok(got) => got,
            Err((Some(h), e)) => {
                busy.retain(|b| b.0 != h);
                hang_up(host, h)?;
                failed.get_or_insert(e);
                continue;
            }
            Err((None, e)) => {
                // interrupted: whoever has not answered is closed, as its answer would be taken for another's
                for h in waiting {
                    hang_up(host, h)?;
                }
                return Err(e);
            }
        };
        let k = busy.iter().position(|b| b.0 == h).ok_or_else(|| Error::new("peach"))?;
        let (_, from) = busy.swap_remove(k);
        let r = if compress::kind_of(&m) == Some(Kind::Response) {
            decode(&m).and_then(|b| match b {
                Body::Value(v) if v.len() == size.min(n - from) => Ok(v),
                Body::Value(_) => Err(Error::length()),
                Body::Error(e) => Err(Error::new(e)),
            })
        } else {
            // these processes are for nothing else
            bad_message(host, h, &m)?;
            Err(Error::new(format!("close handle: {h}")))
        };
        match r {
            Ok(v) => done.push((from, v)),
            Err(e) => {
                failed.get_or_insert(e);
            }
        }
        if failed.is_none() {
            match send(host, h) {
                Ok(Some(from)) => busy.push((h, from)),
                Ok(None) => {}
                Err(e) => failed = Some(e),
            }
        }
    }
    if let Some(e) = failed {
        return Err(e);
    }
    done.sort_by_key(|d| d.0);
    ensure!(done.iter().map(|d| d.1.len()).sum::<usize>() == n, "length");
    Ok(Value::collapse(done.iter().flat_map(|d| d.1.items()).collect()))
}
