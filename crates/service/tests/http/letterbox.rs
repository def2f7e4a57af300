//! Where mails of a test arrive: a folder, filled by the server itself or by a mail server written by others.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;

/// A mail, read as its recipient would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) to: String,
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// A folder of mails.
pub(crate) struct Letterbox(pub(crate) PathBuf);

impl Letterbox {
    /// Every mail so far, in no particular order.
    pub(crate) fn all(&self) -> Vec<Received> {
        let Ok(files) = fs::read_dir(&self.0) else {
            return Vec::new();
        };
        let files = files.map(|file| file.unwrap().path());
        let mails = files.filter(|path| path.extension().is_some_and(|end| end == "eml"));
        // The server may be writing one at this moment: whole ones end like all of them.
        let whole = mails.filter_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            text.trim_end().ends_with("--").then(|| read(&text))
        });
        whole.collect()
    }

    /// The mails to an address whose text says something.
    pub(crate) fn to(&self, address: &str, saying: &str) -> Vec<Received> {
        let mut all = self.all();
        all.retain(|mail| mail.to.contains(address) && mail.text.contains(saying));
        all
    }

    /// Waits for so many of them.
    pub(crate) fn wait(&self, count: usize, address: &str, saying: &str) -> Vec<Received> {
        let start = Instant::now();
        loop {
            let found = self.to(address, saying);
            if found.len() >= count {
                return found;
            }
            assert!(
                start.elapsed() < Duration::from_secs(40),
                "{} of {count} mails to {address} saying {saying}; {:#?}",
                found.len(),
                self.all()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Received {
    /// The token in the link's fragment.
    pub(crate) fn token(&self) -> String {
        let after = self
            .text
            .split("&t=")
            .nth(1)
            .or(self.text.split("#s=").nth(1));
        let token = after.unwrap_or_else(|| panic!("no link: {}", self.text));
        token.split_whitespace().next().unwrap().to_owned()
    }

    /// The eight digits.
    pub(crate) fn code(&self) -> String {
        let is_code = |line: &&str| {
            let (four, other) = line.split_once(' ').unwrap_or_default();
            let digits =
                |part: &str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit());
            digits(four) && digits(other)
        };
        let code = self.text.lines().find(is_code);
        code.unwrap_or_else(|| panic!("no code: {}", self.text))
            .to_owned()
    }
}

fn header(head: &str, name: &str) -> String {
    // A folded header goes on in lines that begin with a space.
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let line = head.lines().find_map(|line| {
        let (known, value) = line.split_once(": ")?;
        known.eq_ignore_ascii_case(name).then_some(value)
    });
    line.unwrap_or("").to_owned()
}

fn read(whole: &str) -> Received {
    let whole = whole.replace("\r\n", "\n").replace('\n', "\r\n");
    let (head, body) = whole.split_once("\r\n\r\n").unwrap();
    let kind = header(head, "Content-Type");
    let boundary = kind
        .split("boundary=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let line = format!("--{boundary}");
    let part = |wanted: &str| {
        let parts = body.split(&line);
        let mut parts = parts.filter_map(|part| part.split_once("\r\n\r\n"));
        let (head, text) = parts
            .find(|(head, _)| header(head, "Content-Type").starts_with(wanted))
            .unwrap();
        let text = text.strip_suffix("\r\n").unwrap();
        let decoded = match header(head, "Content-Transfer-Encoding").as_str() {
            "quoted-printable" => quoted_printable(text),
            "base64" => {
                let packed: String = text.split_whitespace().collect();
                let engine = base64::engine::general_purpose::STANDARD;
                String::from_utf8(engine.decode(packed).unwrap()).unwrap()
            }
            _ => text.to_owned(),
        };
        decoded.replace("\r\n", "\n")
    };
    Received {
        to: header(head, "To"),
        id: header(head, "Message-ID"),
        text: part("text/plain"),
        html: part("text/html"),
    }
}

fn quoted_printable(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut pieces = text.split('=');
    let mut bytes = pieces.next().unwrap().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

/// A mail server written by others, in a process of its own.
pub(crate) struct Sink {
    process: Child,
    pub(crate) port: u16,
}

impl Sink {
    /// A port that is free at this moment.
    pub(crate) fn free_port() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    }

    /// Starts it; nothing, said aloud, where Python has no aiosmtpd.
    pub(crate) fn start(folder: &Path, port: u16) -> Option<Sink> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/sink.py");
        let python = ["python3", "/usr/bin/python3"].into_iter().find(|python| {
            let asked = Command::new(python)
                .args(["-c", "import aiosmtpd"])
                .stderr(Stdio::null())
                .status();
            asked.is_ok_and(|status| status.success())
        });
        let Some(python) = python else {
            println!("SKIPPED: no aiosmtpd here (Debian: python3-aiosmtpd)");
            return None;
        };
        fs::create_dir_all(folder).unwrap();
        let mut process = Command::new(python)
            .arg(script)
            .arg(folder)
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        assert_eq!(line, "listening\n");
        Some(Sink { process, port })
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
