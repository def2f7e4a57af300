//! A witness on loopback that speaks the tlog-witness protocol, and can be told to be slow of answer, or to lie.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use urne_board::cosignature::cosign;
use urne_board::note::{KeyName, SignatureKind, VerifierKey};
use urne_board::public_key::PublicKey;
use urne_board::tree::verify_consistency;
use urne_board::witness::AddCheckpoint;
use urne_client::http::NamedKey;
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::json::base64url;

/// How a witness behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Honest,
    /// answers 503
    Down,
    /// says it has seen more than there is
    Ahead,
    /// sends a line that does not hold
    Garbled,
}

struct Seen {
    manner: Manner,
    size: u64,
    root: [u8; 32],
    asked: u64,
}

pub(crate) struct Witness {
    name: String,
    key: SigningKey,
    port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Witness {
    /// Listens until the test ends.
    pub(crate) fn start(number: u8) -> Witness {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let name = format!("witness-{number}.example");
        let key = SigningKey::from_bytes(&[100 + number; 32]);
        let seen = Arc::new(Mutex::new(Seen {
            manner: Manner::Honest,
            size: 0,
            root: urne_board::tree::empty_root(),
            asked: 0,
        }));
        let (theirs, signs, called) = (Arc::clone(&seen), key.clone(), name.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &theirs, &signs, &called);
            }
        });
        Witness {
            name,
            key,
            port,
            seen,
        }
    }

    pub(crate) fn party(&self) -> NamedKey {
        NamedKey {
            name: self.name.clone(),
            key: base64url(&public_key(&self.key)),
        }
    }

    pub(crate) fn address(&self) -> (String, String) {
        (
            self.name.clone(),
            format!("http://127.0.0.1:{}/", self.port),
        )
    }

    pub(crate) fn behave(&self, manner: Manner) {
        self.seen.lock().unwrap().manner = manner;
    }

    /// Size it cosigned last.
    pub(crate) fn size(&self) -> u64 {
        self.seen.lock().unwrap().size
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> u64 {
        self.seen.lock().unwrap().asked
    }

    pub(crate) fn verifier_key(&self) -> VerifierKey {
        VerifierKey::new(
            KeyName::new(&self.name).unwrap(),
            SignatureKind::CosignatureV1,
            PublicKey::from_bytes(&public_key(&self.key)).unwrap(),
        )
    }
}

fn answer(mut stream: TcpStream, seen: &Mutex<Seen>, key: &SigningKey, name: &str) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    // One connection may carry several requests.
    loop {
        let mut length = 0;
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        assert!(first.starts_with("POST /add-checkpoint "), "{first}");
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.trim().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let (status, body) = judge(&body, &mut seen.lock().unwrap(), key, name);
        let head = format!(
            "HTTP/1.1 {status} .\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

fn judge(body: &[u8], seen: &mut Seen, key: &SigningKey, name: &str) -> (u16, String) {
    seen.asked += 1;
    let request = AddCheckpoint::parse(body).unwrap();
    let stated = request.checkpoint().checkpoint();
    match seen.manner {
        Manner::Down => return (503, String::new()),
        Manner::Ahead => return (409, format!("{}\n", stated.size() + 1000)),
        Manner::Garbled => return (200, "— witness.example AAAA\n".into()),
        Manner::Honest => {}
    }
    if request.old_size() != seen.size {
        return (409, format!("{}\n", seen.size));
    }
    let proof = request.consistency_proof();
    if verify_consistency(seen.size, &seen.root, stated.size(), stated.root(), proof).is_err() {
        return (422, String::new());
    }
    seen.size = stated.size();
    seen.root = *stated.root();
    let line = cosign(
        stated,
        &KeyName::new(name).unwrap(),
        key,
        1_000_000 + seen.asked,
    )
    .unwrap();
    (200, line.to_string())
}
