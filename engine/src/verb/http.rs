//! The default answer to HTTP GET, `.z.ph`.

use super::ipc::handler;
use crate::error::{Error, Result};
use crate::value::{Host, Sym, Value, Verb};
use std::path::{Component, Path};

pub static VERBS: &[Verb] = &[Verb {
    name: ".z.ph",
    monad: Some(|host, x| {
        let text = if x.is_list() && !x.is_string() { x.at(0) } else { x };
        Ok(Value::string(default_page(host, &text.as_bytes().ok_or_else(Error::ty)?)?))
    }),
    doc: ".z.ph (text;headers): the response to HTTP GET, until it is set",
    ..Verb::BLANK
}];

/// A response with a body.
pub fn page(status: &str, kind: &str, body: &[u8], extra: &str) -> Vec<u8> {
    let mut out = format!(
        "HTTP/1.1 {status}\r\n{extra}Content-Type: {kind}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    out.extend_from_slice(body);
    out
}

fn escape(t: &str) -> String {
    t.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The answer to GET: `?expression` shows a value (`.csv?`, `.json?`, `.txt?` in those forms), a path is a file below `.h.HOME`,
/// nothing at all the names of globals.
pub fn default_page(host: &mut dyn Host, text: &[u8]) -> Result<Vec<u8>> {
    let text = String::from_utf8_lossy(text).into_owned();
    let (path, query) = text.split_once('?').map_or((text.as_str(), None), |(p, q)| (p, Some(q)));
    let Some(q) = query else {
        if !path.is_empty() {
            return file_page(host, path);
        }
        let names = host.names(Sym::ROOT);
        let list: String = names
            .iter()
            .map(|n| {
                let n = escape(&n.text());
                format!("<a href=\"?{n}\">{n}</a>\n")
            })
            .collect();
        let body = format!("<!doctype html><title>quill</title><pre>{list}</pre>");
        return Ok(page("200 OK", "text/html", body.as_bytes(), ""));
    };
    let v = match handler(host, ".h.val") {
        Some(f) => host.call(&f, vec![Value::string(q)]),
        None => host.eval_text(q),
    };
    let v = match v {
        Ok(v) => v,
        Err(e) if e.exit.is_some() => return Err(e),
        Err(e) => return Ok(page("400 Bad Request", "text/plain", format!("{e}\n").as_bytes(), "")),
    };
    if path.ends_with("json") {
        let j = crate::verb::lookup(".j.j").and_then(|v| v.monad).ok_or_else(Error::nyi)?;
        let body = j(host, v)?.as_bytes().ok_or_else(Error::ty)?;
        return Ok(page("200 OK", "application/json", &body, ""));
    }
    if path.ends_with("csv") {
        let f = host.eval_text("{\"\\n\"sv csv 0: x}")?;
        let body = host.call(&f, vec![v])?.as_bytes().ok_or_else(Error::ty)?;
        return Ok(page("200 OK", "text/csv", &body, ""));
    }
    let (rows, cols) = host.settings().http;
    let precision = host.settings().precision;
    let shown = crate::format::console::show(&v, rows, cols, precision);
    if path.ends_with("txt") {
        return Ok(page("200 OK", "text/plain", shown.as_bytes(), ""));
    }
    let body = format!("<!doctype html><title>{0}</title><pre>{1}</pre>", escape(q), escape(&shown));
    Ok(page("200 OK", "text/html", body.as_bytes(), ""))
}

/// A file of the web server's root.
fn file_page(host: &mut dyn Host, path: &str) -> Result<Vec<u8>> {
    let missing = || Ok(page("404 Not Found", "text/plain", b"404 Not Found", ""));
    let inside = Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
    let Some(home) = handler(host, ".h.HOME").and_then(|v| v.as_text()).filter(|h| inside && !h.is_empty()) else {
        return missing();
    };
    let file = Path::new(&home).join(path);
    if !file.is_file() {
        return missing();
    }
    let Ok(body) = std::fs::read(&file) else { return missing() };
    let ending = file.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
    let kind = match handler(host, ".h.ty") {
        Some(Value::Dict(d)) => d.get(Sym::new(&ending)).and_then(|v| v.as_text()),
        _ => None,
    };
    Ok(page("200 OK", kind.as_deref().unwrap_or("application/octet-stream"), &body, ""))
}
