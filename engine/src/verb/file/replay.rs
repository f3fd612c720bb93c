//! `-11!`: messages of a log, executed one by one.

use super::path_of;
use crate::ensure;
use crate::error::{Error, Result};
use crate::store::log::{self, Log};
use crate::value::{Host, Sym, Value};
use crate::verb::ipc::compile;

/// Messages decoded at a time.
const BATCH: usize = 256;

/// `-11!x`, `-11!(n;x)`, `-11!(-1;x)`, `-11!(-2;x)`.
pub fn replay(host: &mut dyn Host, x: &Value) -> Result<Value> {
    let (limit, file) = match x {
        Value::List(l) => {
            ensure!(l.len() == 2, "length");
            (l[0].as_long().ok_or_else(Error::ty)?, &l[1])
        }
        _ => (-1, x),
    };
    let path = path_of(file)?;
    if limit == -2 {
        let (n, bytes, torn) = log::check(&path)?;
        let n = Value::long(i64::try_from(n).unwrap_or(i64::MAX));
        let bytes = Value::long(i64::try_from(bytes).unwrap_or(i64::MAX));
        return Ok(if torn { Value::collapse(vec![n, bytes]) } else { n });
    }
    ensure!(limit >= -1, "domain");
    let mut log = Log::open(&path)?;
    let ps = Sym::new(".z.ps");
    let mut done = 0;
    while limit < 0 || done < limit {
        let most = if limit < 0 { BATCH } else { BATCH.min(usize::try_from(limit - done).unwrap_or(BATCH)) };
        let batch = log.next_batch(most, &mut compile)?;
        if batch.is_empty() {
            break;
        }
        for message in batch {
            host.poll()?;
            match host.peek(ps) {
                Some(f) => host.call(&f, vec![message])?,
                None => execute(host, message)?,
            };
            done += 1;
        }
    }
    if log.torn && (limit < 0 || done < limit) {
        return Err(log::badtail());
    }
    Ok(Value::long(done))
}

/// A message as `value` takes it: a function (or its name, or its text) and arguments, a string, or a name.
pub fn execute(host: &mut dyn Host, message: Value) -> Result<Value> {
    match message {
        Value::List(l) => apply(host, std::sync::Arc::unwrap_or_clone(l).into_vec()),
        Value::Vec(v) if v.ty == crate::value::Ty::Sym => apply(host, Value::Vec(v).items()),
        m if m.is_string() => host.eval_text(&m.as_text().unwrap_or_default()),
        Value::Sym(s) => host.get(s),
        m => Ok(m),
    }
}

/// The first item, or the function it names, applied to the others.
fn apply(host: &mut dyn Host, items: Vec<Value>) -> Result<Value> {
    let mut items = items.into_iter();
    let Some(first) = items.next() else { return Ok(Value::empty()) };
    let f = function(host, first)?;
    let args: Vec<Value> = items.collect();
    host.call(&f, if args.is_empty() { vec![Value::Null] } else { args })
}

fn function(host: &mut dyn Host, f: Value) -> Result<Value> {
    match f {
        Value::Sym(s) => match host.peek(s) {
            Some(f) => Ok(f),
            None => match std::str::from_utf8(s.bytes()).ok().and_then(crate::verb::lookup) {
                Some(v) => Ok(Value::Verb(v, false)),
                None => Err(Error::new(s.text())),
            },
        },
        f if f.is_string() => host.eval_text(&f.as_text().unwrap_or_default()),
        f => Ok(f),
    }
}
