//! What certificates say, and the checks of them that rustls leaves out.

use crate::value::{Sym, Value};
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, Error};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::{ASN1Time, FromDer, X509Name, X509Version};

fn parse<'a>(der: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, Error> {
    X509Certificate::from_der(der).map(|(_, c)| c).map_err(|_| CertificateError::BadEncoding.into())
}

/// True for a certificate of version 1, such as `openssl x509 -req` makes where it is told of no extensions.
pub fn is_old(der: &CertificateDer<'_>) -> bool {
    parse(der).is_ok_and(|c| c.version() == X509Version::V1)
}

/// The public key of a certificate.
pub fn key_of(der: &CertificateDer<'_>) -> Result<SubjectPublicKeyInfoDer<'static>, Error> {
    Ok(SubjectPublicKeyInfoDer::from(parse(der)?.public_key().raw.to_vec()))
}

fn in_time(c: &X509Certificate<'_>, now: UnixTime) -> Result<(), Error> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let v = c.validity();
    if now < v.not_before.timestamp() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > v.not_after.timestamp() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

/// Checks that a certificate is of this time: all that is asked of one that is trusted itself.
pub fn check_time(der: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    in_time(&parse(der)?, now)
}

/// Checks that one of `trusted` has issued a certificate, and that both are of this time.
pub fn check_issued(der: &CertificateDer<'_>, trusted: &[CertificateDer<'_>], now: UnixTime) -> Result<(), Error> {
    let c = parse(der)?;
    in_time(&c, now)?;
    let mut why = CertificateError::UnknownIssuer;
    for root in trusted.iter().filter_map(|r| parse(r).ok()) {
        if root.subject().as_raw() != c.issuer().as_raw() || (root.version() == X509Version::V3 && !root.is_ca()) {
            continue;
        }
        if c.verify_signature(Some(root.public_key())).is_ok() {
            return in_time(&root, now);
        }
        why = CertificateError::BadSignature;
    }
    Err(why.into())
}

/// The number that OpenSSL has for the outcome of a check; 0 is well.
pub fn error_code(der: &CertificateDer<'_>, checked: &Result<(), Error>) -> i64 {
    let Err(Error::InvalidCertificate(e)) = checked else { return i64::from(checked.is_err()) };
    match e {
        CertificateError::BadSignature => 7,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => 9,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => 10,
        // its own issuer, or one that is not here
        CertificateError::UnknownIssuer => {
            if parse(der).is_ok_and(|c| c.subject().as_raw() == c.issuer().as_raw()) {
                18
            } else {
                20
            }
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => 62,
        _ => 1,
    }
}

/// A certificate as `.z.e` shows it, with the outcome of its check.
pub fn describe(der: &CertificateDer<'_>, checked: &Result<(), Error>) -> Value {
    let names = ["SUBJECT", "ISSUER", "SERIALNUMBER", "NOTVALIDBEFORE", "NOTVALIDAFTER", "VERIFIED", "VERIFYERROR"];
    // one that cannot be read was not accepted, unless nobody asked
    let text = match parse(der) {
        Ok(c) => [
            line(c.subject()),
            line(c.issuer()),
            c.serial.to_string(),
            time(c.validity().not_before),
            time(c.validity().not_after),
        ],
        Err(_) => Default::default(),
    };
    let mut values: Vec<Value> = text.iter().map(|t| Value::string(t.as_bytes())).collect();
    values.push(Value::bool(checked.is_ok()));
    values.push(Value::long(error_code(der, checked)));
    Value::dict(Value::syms(names.map(Sym::new).to_vec()), Value::list(values))
}

/// A name as OpenSSL writes it on one line: `/C=US/O=Example`.
fn line(name: &X509Name<'_>) -> String {
    use x509_parser::objects::{oid_registry, oid2abbrev};
    let mut out = String::new();
    for part in name.iter_attributes() {
        let short = oid2abbrev(part.attr_type(), oid_registry())
            .map_or_else(|_| part.attr_type().to_id_string(), str::to_owned);
        out.push_str(&format!("/{short}={}", part.as_str().unwrap_or("?")));
    }
    out
}

/// `Jul  6 10:08:57 2021 GMT`
fn time(t: ASN1Time) -> String {
    let t = t.to_datetime();
    let month = t.month().to_string();
    let (month, day, year) = (&month[..3], t.day(), t.year());
    format!("{month} {day:>2} {:02}:{:02}:{:02} {year} GMT", t.hour(), t.minute(), t.second())
}
