//! Codes of bytes and addresses: base 64, SHA-1, host names.

use crate::error::{Error, Result};
use crate::value::{Data, Host, Ty, Value, Verb};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Digest;
use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs};

pub static VERBS: &[Verb] = &[
    Verb {
        name: ".Q.btoa",
        monad: Some(btoa),
        doc: ".Q.btoa x: text or bytes as base 64",
        examples: &[(".Q.btoa\"Hello World!\"", "\"SGVsbG8gV29ybGQh\"")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.atob",
        monad: Some(atob),
        doc: ".Q.atob x: bytes of base 64 text",
        examples: &[("10h$.Q.atob \"aGVsbG8=\"", "\"hello\"")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.sha1",
        monad: Some(sha1_of),
        doc: ".Q.sha1 x: SHA-1 of a string",
        examples: &[(".Q.sha1\"Hello World!\"", "0x2ef7bde608ce5404e97d5f042f95f89f1c232871")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.addr",
        monad: Some(addr),
        doc: ".Q.addr x: IPv4 address of a host name as an int, -1i when unknown",
        examples: &[(".Q.addr`$\"127.0.0.1\"", "2130706433i")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.host",
        monad: Some(host_name),
        doc: ".Q.host x: name in the hosts file of an IPv4 address, null when it has none",
        ..Verb::BLANK
    },
];

/// The bytes of a string, char or byte vector.
fn bytes(x: &Value) -> Result<Vec<u8>> {
    match x {
        Value::Vec(v) if v.ty == Ty::Byte => match &v.data {
            Data::U8(b) => Ok(b.to_vec()),
            _ => Err(Error::ty()),
        },
        _ => x.as_bytes().ok_or_else(Error::ty),
    }
}

fn btoa(_: &mut dyn Host, x: Value) -> Result<Value> {
    Ok(Value::string(STANDARD.encode(bytes(&x)?)))
}

fn atob(_: &mut dyn Host, x: Value) -> Result<Value> {
    STANDARD.decode(bytes(&x)?).map(Value::bytes).map_err(|_| Error::domain())
}

fn sha1_of(_: &mut dyn Host, x: Value) -> Result<Value> {
    Ok(Value::bytes(sha1::Sha1::digest(bytes(&x)?).to_vec()))
}

fn addr(_: &mut dyn Host, x: Value) -> Result<Value> {
    let name = x.as_text().ok_or_else(Error::ty)?;
    let found = (name.as_str(), 0).to_socket_addrs().ok().and_then(|mut all| {
        all.find_map(|a| match a.ip() {
            IpAddr::V4(ip) => Some(i32::from_be_bytes(ip.octets())),
            IpAddr::V6(_) => None,
        })
    });
    Ok(Value::int(found.unwrap_or(-1)))
}

/// Only the hosts file is asked: the standard library has no reverse look-up.
fn host_name(_: &mut dyn Host, x: Value) -> Result<Value> {
    let Value::I32(Ty::Int, n) = x else { return Err(Error::ty()) };
    let ip = Ipv4Addr::from(n.to_be_bytes());
    let text = match std::fs::read_to_string("/etc/hosts") {
        Ok(t) => t,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(Error::os("/etc/hosts", &e)),
    };
    let name = text.lines().find_map(|l| {
        let mut words = l.split('#').next().unwrap_or("").split_whitespace();
        let at = words.next()?.parse::<Ipv4Addr>().ok()?;
        if at == ip { words.next() } else { None }
    });
    Ok(Value::sym(name.unwrap_or("")))
}
