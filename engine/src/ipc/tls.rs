//! TLS: its settings from the environment, the keys and certificates they name, who is trusted.

use super::x509;
use crate::error::{Error, Result};
use crate::value::{Sym, Value};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConnection, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConnection,
    SignatureScheme, SupportedProtocolVersion,
};
use std::path::Path;
use std::sync::Arc;

/// Where OpenSSL keeps its files on the systems that there are; the first that exists is the base of the defaults.
const BASES: [&str; 3] = ["/usr/lib/ssl", "/etc/pki/tls", "/etc/ssl"];
/// Protocols from the oldest on, as SSL_MINPROTOCOL and SSL_MAXPROTOCOL name them.
const PROTOCOLS: [&str; 5] = ["SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
/// The names that settings are shown by, apart from the library's.
const SHOWN: [&str; 7] = [
    "SSL_CERT_FILE",
    "SSL_CA_CERT_FILE",
    "SSL_CA_CERT_PATH",
    "SSL_KEY_FILE",
    "SSL_CIPHER_LIST",
    "SSL_VERIFY_CLIENT",
    "SSL_VERIFY_SERVER",
];

/// A file or folder, and whether the environment names it: one that is only the default may be missing.
#[derive(Clone, Debug)]
struct Place {
    path: String,
    named: bool,
}

impl Place {
    fn exists(&self) -> bool {
        self.named || Path::new(&self.path).exists()
    }
}

/// The environment's settings of TLS.
#[derive(Clone, Debug)]
pub struct Settings {
    cert: Place,
    key: Place,
    ca_file: Place,
    ca_path: Place,
    ciphers: String,
    suites: String,
    min: String,
    max: String,
    verify_client: String,
    verify_server: String,
}

impl Settings {
    /// Reads them; `variable` gives the value of an environment variable, empty where there is none.
    pub fn read(mut variable: impl FnMut(&str) -> String) -> Settings {
        let mut get = |name: &str| match variable(&format!("KX_{name}")) {
            v if v.is_empty() => variable(name),
            v => v,
        };
        let base = BASES.into_iter().find(|b| Path::new(b).is_dir()).unwrap_or(BASES[0]);
        let mut place = |name: &str, default: String| match get(name) {
            v if v.is_empty() => Place { path: default, named: false },
            v => Place { path: v, named: true },
        };
        let cert = place("SSL_CERT_FILE", format!("{base}/server-crt.pem"));
        let key = place("SSL_KEY_FILE", format!("{base}/server-key.pem"));
        let ca_file = place("SSL_CA_CERT_FILE", format!("{base}/cacert.pem"));
        let ca_path = place("SSL_CA_CERT_PATH", base.to_owned());
        let mut text = |name: &str, default: &str| match get(name) {
            v if v.is_empty() => default.to_owned(),
            v => v,
        };
        let known = |tls13| {
            let all = rustls::crypto::ring::ALL_CIPHER_SUITES.iter();
            all.filter(|s| s.tls13().is_some() == tls13).map(|s| suite_name(s.suite())).collect::<Vec<_>>().join(":")
        };
        Settings {
            cert,
            key,
            ca_file,
            ca_path,
            ciphers: text("SSL_CIPHER_LIST", &known(false)),
            suites: text("SSL_CIPHERSUITES", &known(true)),
            min: text("SSL_MINPROTOCOL", "TLSv1"),
            max: text("SSL_MAXPROTOCOL", "None"),
            verify_client: text("SSL_VERIFY_CLIENT", "NO"),
            verify_server: text("SSL_VERIFY_SERVER", "YES"),
        }
    }
    /// `-26!()`
    pub fn show(&self) -> Value {
        let mut keys = vec![Sym::new("SSLEAY_VERSION")];
        keys.extend(SHOWN.map(Sym::new));
        let values = [
            "rustls 0.23",
            &self.cert.path,
            &self.ca_file.path,
            &self.ca_path.path,
            &self.key.path,
            &self.ciphers,
            &self.verify_client,
            &self.verify_server,
        ];
        Value::dict(Value::syms(keys), Value::syms(values.map(Sym::new).to_vec()))
    }
    /// The cryptography, less the ciphers that are not wanted.
    fn provider(&self) -> Result<Arc<CryptoProvider>> {
        let mut p = rustls::crypto::ring::default_provider();
        let all = std::mem::take(&mut p.cipher_suites);
        for (name, list, tls13) in [("SSL_CIPHERSUITES", &self.suites, true), ("SSL_CIPHER_LIST", &self.ciphers, false)]
        {
            let before = p.cipher_suites.len();
            for word in list.split([':', ',', ' ']) {
                for s in all.iter().filter(|s| s.tls13().is_some() == tls13) {
                    let wanted = matches!(word, "ALL" | "DEFAULT" | "HIGH") || word == suite_name(s.suite());
                    if wanted && !p.cipher_suites.contains(s) {
                        p.cipher_suites.push(*s);
                    }
                }
            }
            // what is refused is refused wherever in the list it stands
            p.cipher_suites
                .retain(|s| !list.split([':', ',', ' ']).any(|w| w.strip_prefix('!') == Some(&suite_name(s.suite()))));
            if p.cipher_suites.len() == before {
                return Err(Error::new(format!("{name}: no cipher match")));
            }
        }
        Ok(Arc::new(p))
    }
    fn versions(&self) -> Result<Vec<&'static SupportedProtocolVersion>> {
        let rank = |name: &str, text: &str, none: usize| match text {
            "None" => Ok(none),
            t => {
                PROTOCOLS.iter().position(|p| *p == t).ok_or_else(|| Error::new(format!("{name}: {t} is no protocol")))
            }
        };
        let (low, high) =
            (rank("SSL_MINPROTOCOL", &self.min, 0)?, rank("SSL_MAXPROTOCOL", &self.max, PROTOCOLS.len())?);
        let known = [(4, &rustls::version::TLS13), (3, &rustls::version::TLS12)];
        let v: Vec<_> = known.into_iter().filter(|(r, _)| (low..=high).contains(r)).map(|(_, v)| v).collect();
        if v.is_empty() {
            return Err(Error::new("SSL_MAXPROTOCOL: TLSv1.2 and TLSv1.3 are spoken"));
        }
        Ok(v)
    }
    /// The certificate to show, with its key.
    fn identity(&self, provider: &CryptoProvider) -> Result<CertifiedKey> {
        let chain = certificates(&self.cert.path)?;
        if chain.is_empty() {
            return Err(Error::new(format!("{}: no certificate in it", self.cert.path)));
        }
        let path = &self.key.path;
        let text = std::fs::read(path).map_err(|e| Error::os(path, &e))?;
        let key = PrivateKeyDer::from_pem_slice(&text).map_err(|e| Error::new(format!("{path}: {e}")))?;
        let key = provider.key_provider.load_private_key(key).map_err(|e| Error::new(format!("{path}: {e}")))?;
        let identity = CertifiedKey::new(chain, key);
        match identity.keys_match() {
            // others it cannot compare: certificates of version 1
            Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) => {
                Err(Error::new(format!("{path}: not the key of {}", self.cert.path)))
            }
            _ => Ok(identity),
        }
    }
    fn trust(&self, provider: Arc<CryptoProvider>) -> Result<Arc<Trust>> {
        let mut certs = if self.ca_file.exists() { certificates(&self.ca_file.path)? } else { vec![] };
        if self.ca_path.exists() {
            let dir = &self.ca_path.path;
            for entry in std::fs::read_dir(dir).map_err(|e| Error::os(dir, &e))? {
                let path = entry.map_err(|e| Error::os(dir, &e))?.path();
                let end = path.extension().and_then(|e| e.to_str()).unwrap_or("");
                // the names that OpenSSL gives: a hash and a number
                let hashed = !end.is_empty() && end.bytes().all(|b| b.is_ascii_digit());
                if (hashed || matches!(end, "pem" | "crt" | "cer")) && path.is_file() {
                    // keys that only others may read stand here too
                    certs.extend(certificates(&path.to_string_lossy()).unwrap_or_default());
                }
            }
        }
        let mut roots = RootCertStore::empty();
        // what rustls cannot read as an authority it does not trust
        roots.add_parsable_certificates(certs.iter().cloned());
        Ok(Arc::new(Trust { certs, roots: Arc::new(roots), provider }))
    }
}

/// The certificates of a PEM file.
fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>> {
    let text = std::fs::read(path).map_err(|e| Error::os(path, &e))?;
    let all: std::result::Result<_, _> = CertificateDer::pem_slice_iter(&text).collect();
    all.map_err(|e| Error::new(format!("{path}: {e}")))
}

/// OpenSSL's name of a cipher suite.
fn suite_name(suite: rustls::CipherSuite) -> String {
    let name = suite.as_str().unwrap_or("unknown");
    match name.strip_prefix("TLS13_") {
        Some(rest) => format!("TLS_{rest}"),
        None => name
            .trim_start_matches("TLS_")
            .replace("_WITH_", "_")
            .replace("AES_", "AES")
            .trim_end_matches(if name.contains("CHACHA20") { "_SHA256" } else { "" })
            .replace('_', "-"),
    }
}

fn refused(e: rustls::Error) -> Error {
    Error::new(format!("tls: {e}"))
}

/// Whom certificates must come from.
#[derive(Debug)]
pub struct Trust {
    certs: Vec<CertificateDer<'static>>,
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

/// On which side the peer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Peer {
    Server,
    Client,
}

impl Trust {
    fn algorithms(&self) -> &WebPkiSupportedAlgorithms {
        &self.provider.signature_verification_algorithms
    }
    /// Checks that a chain of certificates leads to one that is trusted, now.
    pub fn check(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        peer: Peer,
        now: UnixTime,
    ) -> std::result::Result<(), rustls::Error> {
        if self.certs.iter().any(|c| c == leaf) {
            return x509::check_time(leaf, now);
        }
        if x509::is_old(leaf) {
            return x509::check_issued(leaf, &self.certs, now);
        }
        if self.roots.is_empty() {
            return Err(CertificateError::UnknownIssuer.into());
        }
        match peer {
            Peer::Server => {
                let leaf = rustls::server::ParsedCertificate::try_from(leaf)?;
                let all = self.algorithms().all;
                rustls::client::verify_server_cert_signed_by_trust_anchor(&leaf, &self.roots, between, now, all)
            }
            Peer::Client => {
                let roots = self.roots.clone();
                let v = rustls::server::WebPkiClientVerifier::builder_with_provider(roots, self.provider.clone());
                let v = v.build().map_err(|e| rustls::Error::General(e.to_string()))?;
                v.verify_client_cert(leaf, between, now).map(|_| ())
            }
        }
    }
    fn signed12(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, self.algorithms())
    }
    fn signed13(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        if x509::is_old(cert) {
            let key = x509::key_of(cert)?;
            return rustls::crypto::verify_tls13_signature_with_raw_key(message, &key, dss, self.algorithms());
        }
        rustls::crypto::verify_tls13_signature(message, cert, dss, self.algorithms())
    }
}

/// SSL_VERIFY_SERVER
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum OfServer {
    Any,
    Trusted,
    /// The certificate must be of the host as well.
    Named,
}

/// SSL_VERIFY_CLIENT, where it is not `NO`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum OfClient {
    Required,
    Asked,
    ValidIfPresent,
}

/// What rustls asks of a verifier of either side: how signatures are checked.
macro_rules! signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
            self.1.signed12(message, cert, dss)
        }
        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
            self.1.signed13(message, cert, dss)
        }
        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.1.algorithms().supported_schemes()
        }
    };
}

#[derive(Debug)]
struct ServerCheck(OfServer, Arc<Trust>);

impl ServerCertVerifier for ServerCheck {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        if self.0 != OfServer::Any {
            self.1.check(leaf, between, Peer::Server, now)?;
        }
        if self.0 == OfServer::Named {
            rustls::client::verify_server_name(&rustls::server::ParsedCertificate::try_from(leaf)?, name)?;
        }
        Ok(ServerCertVerified::assertion())
    }
    signatures!();
}

#[derive(Debug)]
struct ClientCheck(OfClient, Arc<Trust>);

impl ClientCertVerifier for ClientCheck {
    fn client_auth_mandatory(&self) -> bool {
        self.0 == OfClient::Required
    }
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }
    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> std::result::Result<ClientCertVerified, rustls::Error> {
        if self.0 != OfClient::Asked {
            self.1.check(leaf, between, Peer::Client, now)?;
        }
        Ok(ClientCertVerified::assertion())
    }
    signatures!();
}

/// What a port needs that speaks TLS.
pub struct Server {
    config: Arc<rustls::ServerConfig>,
    pub trust: Arc<Trust>,
    /// Nothing but TLS is spoken (`-E 2`).
    pub only: bool,
}

impl Server {
    pub fn new(s: &Settings, only: bool) -> Result<Server> {
        let provider = s.provider()?;
        let identity = s.identity(&provider)?;
        let trust = s.trust(provider.clone())?;
        let check = match s.verify_client.as_str() {
            "NO" => None,
            "YES" => Some(OfClient::Required),
            "REQUESTONLY" => Some(OfClient::Asked),
            "IFPRESENT" => Some(OfClient::ValidIfPresent),
            v => return Err(Error::new(format!("SSL_VERIFY_CLIENT: {v} is not NO, YES, REQUESTONLY or IFPRESENT"))),
        };
        let b = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&s.versions()?)
            .map_err(refused)?;
        let b = match check {
            None => b.with_no_client_auth(),
            Some(c) => b.with_client_cert_verifier(Arc::new(ClientCheck(c, trust.clone()))),
        };
        let config = Arc::new(b.with_cert_resolver(Arc::new(SingleCertAndKey::from(identity))));
        Ok(Server { config, trust, only })
    }
    pub fn begin(&self) -> std::io::Result<ServerConnection> {
        ServerConnection::new(self.config.clone()).map_err(std::io::Error::other)
    }
}

/// What connecting by TLS needs.
pub struct Client {
    config: Arc<rustls::ClientConfig>,
    pub trust: Arc<Trust>,
}

impl Client {
    pub fn new(s: &Settings) -> Result<Client> {
        let provider = s.provider()?;
        let trust = s.trust(provider.clone())?;
        let check = match s.verify_server.as_str() {
            "YES" => OfServer::Trusted,
            "NO" => OfServer::Any,
            "HOSTIP" => OfServer::Named,
            v => return Err(Error::new(format!("SSL_VERIFY_SERVER: {v} is not YES, NO or HOSTIP"))),
        };
        let identity = if s.cert.exists() && s.key.exists() { Some(s.identity(&provider)?) } else { None };
        let b = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&s.versions()?)
            .map_err(refused)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(ServerCheck(check, trust.clone())));
        let config = match identity {
            None => b.with_no_client_auth(),
            Some(i) => b.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(i))),
        };
        Ok(Client { config: Arc::new(config), trust })
    }
    pub fn begin(&self, host: &str) -> Result<ClientConnection> {
        let name = ServerName::try_from(host.to_owned()).map_err(|e| Error::new(format!("{host}: {e}")))?;
        ClientConnection::new(self.config.clone(), name).map_err(refused)
    }
}

/// `.z.e`: what is spoken on a connection and who its peer is; empty where it is not encrypted.
pub fn describe(session: Option<(&rustls::Connection, &Trust)>) -> Value {
    let (mut keys, mut values) = (vec![], vec![]);
    if let Some((s, trust)) = session {
        if let Some(suite) = s.negotiated_cipher_suite() {
            keys.push(Sym::new("CIPHER"));
            values.push(Value::sym(suite_name(suite.suite())));
        }
        if let Some(v) = s.protocol_version() {
            keys.push(Sym::new("PROTOCOL"));
            values.push(Value::sym(v.as_str().unwrap_or("unknown").replace("TLSv1_", "TLSv1.")));
        }
        if let Some((leaf, between)) = s.peer_certificates().and_then(|c| c.split_first()) {
            let peer = if matches!(s, rustls::Connection::Client(_)) { Peer::Server } else { Peer::Client };
            keys.push(Sym::new("CERT"));
            values.push(x509::describe(leaf, &trust.check(leaf, between, peer, UnixTime::now())));
        }
    }
    Value::dict(Value::syms(keys), if values.is_empty() { Value::empty() } else { Value::list(values) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(set: &[(&str, &str)]) -> Settings {
        Settings::read(|name| set.iter().find(|(n, _)| *n == name).map_or(String::new(), |(_, v)| (*v).to_owned()))
    }

    #[test]
    fn suites_have_openssl_names() {
        let s = settings(&[]);
        assert_eq!(s.suites, "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256");
        for name in ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"] {
            assert!(s.ciphers.split(':').any(|c| c == name), "{name} is not in {}", s.ciphers);
        }
    }
    #[test]
    fn ciphers_are_chosen_in_the_order_of_the_list() {
        let names = |set: &[(&str, &str)]| {
            let p = settings(set).provider().unwrap();
            p.cipher_suites.iter().map(|s| suite_name(s.suite())).collect::<Vec<_>>()
        };
        let list = "ECDHE-RSA-CHACHA20-POLY1305:DES-CBC3-SHA:ECDHE-RSA-AES128-GCM-SHA256:!DSS";
        let got = names(&[("SSL_CIPHER_LIST", list), ("SSL_CIPHERSUITES", "TLS_AES_128_GCM_SHA256")]);
        assert_eq!(got, ["TLS_AES_128_GCM_SHA256", "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-RSA-AES128-GCM-SHA256"]);
        assert!(settings(&[("SSL_CIPHER_LIST", "ALL:!ECDHE-RSA-AES128-GCM-SHA256")]).provider().is_ok());
        assert!(settings(&[("SSL_CIPHER_LIST", "DES-CBC3-SHA")]).provider().is_err());
    }
    #[test]
    fn names_with_kx_come_first_and_protocols_have_an_order() {
        let s = settings(&[("SSL_KEY_FILE", "a"), ("KX_SSL_KEY_FILE", "b"), ("SSL_MINPROTOCOL", "TLSv1.3")]);
        assert_eq!(s.key.path, "b");
        assert_eq!(s.versions().unwrap().len(), 1);
        assert_eq!(settings(&[]).versions().unwrap().len(), 2);
        assert!(settings(&[("SSL_MAXPROTOCOL", "TLSv1.1")]).versions().is_err());
        assert!(settings(&[("SSL_MINPROTOCOL", "TLS9")]).versions().is_err());
    }
}
