//! A server on a free port, with a clock that stands, and somebody who speaks HTTP to it byte by byte.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use urne_client::http::Problem;
use urne_service::clock::{Clock, SetClock};
use urne_service::config::Config;
use urne_service::desk::Token;
use urne_service::serve::Server;

pub(crate) const JSON: &str = "application/json";
pub(crate) const OCTETS: &str = "application/octet-stream";

/// A running server.
pub(crate) struct House {
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) operator: String,
    pub(crate) address: String,
    pub(crate) document: Value,
    config: Config,
    runtime: Runtime,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

/// A request before it is sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) media_type: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn get(path: impl Into<String>) -> Ask {
    ask("GET", path)
}

pub(crate) fn ask(method: &'static str, path: impl Into<String>) -> Ask {
    Ask {
        method,
        path: path.into(),
        ..Ask::default()
    }
}

impl Ask {
    pub(crate) fn token(mut self, token: &str) -> Ask {
        self.token = Some(token.to_owned());
        self
    }

    pub(crate) fn json(self, body: &impl Serialize) -> Ask {
        self.body(JSON, serde_json::to_vec(body).unwrap())
    }

    pub(crate) fn octets(self, body: impl Into<Vec<u8>>) -> Ask {
        self.body(OCTETS, body)
    }

    pub(crate) fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Ask {
        self.media_type = Some(media_type.to_owned());
        self.body = Some(body.into());
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Ask {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The request's first part, up to the empty line.
    pub(crate) fn head(&self) -> String {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n",
            self.method, self.path
        );
        let token = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let length = self.body.as_ref().map(|body| body.len().to_string());
        let mut line = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        token.iter().for_each(|value| line("authorization", value));
        self.media_type
            .iter()
            .for_each(|value| line("content-type", value));
        length
            .iter()
            .for_each(|value| line("content-length", value));
        self.headers
            .iter()
            .for_each(|(name, value)| line(name, value));
        head + "\r\n"
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body of a success.
    pub(crate) fn ok<T: DeserializeOwned>(&self) -> T {
        assert!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            self.text()
        );
        self.json()
    }

    /// Status and code of a failure, whose form is always the same.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert!(self.status >= 400, "{} {}", self.status, self.text());
        assert_eq!(self.header("content-type"), Some(JSON));
        let problem: Problem = self.json();
        assert!(problem.message.len() > 10, "{problem:?}");
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        assert!(problem.code.split('-').all(is_word), "{problem:?}");
        (self.status, problem.code)
    }
}

/// A server that answers.
struct Started {
    runtime: Runtime,
    address: String,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Started {
    fn new(config: Config, clock: &Arc<SetClock>) -> Started {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let moving: Arc<dyn Clock> = Arc::clone(clock) as _;
        let server = runtime.block_on(Server::start(config, moving)).unwrap();
        let address = server.address().to_string();
        let (stop, stopped) = oneshot::channel();
        let running = runtime.spawn(server.run(async {
            stopped.await.ok();
        }));
        Started {
            runtime,
            address,
            stop,
            running,
        }
    }
}

impl House {
    pub(crate) fn new() -> House {
        House::with(|_| {})
    }

    /// A server with other settings than the tests' own.
    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> House {
        let folder = tempfile::tempdir().unwrap();
        let token = Token::random().unwrap();
        let clock = Arc::new(SetClock::new(crate::village::OPENS));
        let mut config = Config::local(&folder.path().join("data"));
        config.operator = Some(token.hash());
        config.batch_ms = 10;
        config.publication_ms = 20;
        config.limits.requests_per_second = 1_000_000;
        config.limits.burst = 1_000_000;
        config.limits.sign_ins_per_minute = 1_000_000;
        change(&mut config);
        let started = Started::new(config.clone(), &clock);
        let document = serde_json::to_value(urne_service::api::document()).unwrap();
        House {
            folder,
            clock,
            operator: token.reveal(),
            address: started.address,
            document,
            config,
            runtime: started.runtime,
            stop: Some(started.stop),
            running: Some(started.running),
        }
    }

    /// The server is gone at once, as if its process were killed, and another starts on the same data and address.
    pub(crate) fn kill_and_start(mut self, change: impl FnOnce(&mut Config)) -> House {
        self.config.listen = self.address.parse().unwrap();
        change(&mut self.config);
        let House {
            folder,
            clock,
            operator,
            document,
            config,
            runtime,
            ..
        } = self;
        runtime.shutdown_timeout(Duration::from_secs(10));
        let started = Started::new(config.clone(), &clock);
        House {
            folder,
            clock,
            operator,
            address: started.address,
            document,
            config,
            runtime: started.runtime,
            stop: Some(started.stop),
            running: Some(started.running),
        }
    }

    /// A connection to the server.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Sends a request; the answer's status must be documented for it.
    pub(crate) fn send(&self, ask: &Ask) -> Reply {
        let mut stream = self.connect();
        let mut request = ask.head().into_bytes();
        request.extend_from_slice(ask.body.as_deref().unwrap_or_default());
        // The server may have answered and gone before it read all of a body it does not want.
        let _ = stream.write_all(&request);
        let reply = read_reply(&mut stream);
        self.must_be_documented(ask, reply.status);
        self.code_must_be_documented(&reply);
        reply
    }

    /// A code with its status stands in the document's table, or, where a refusal is signed, in an operation's answer.
    fn code_must_be_documented(&self, reply: &Reply) {
        if reply.status < 400 || reply.header("content-type") != Some(JSON) {
            return;
        }
        let Problem { code, refusal, .. } = reply.json();
        let row = match refusal {
            None => format!("| `{code}` | {} |", reply.status),
            Some(_) => format!("`{code}`"),
        };
        assert!(self.document.to_string().contains(&row), "{row}");
    }

    fn must_be_documented(&self, ask: &Ask, status: u16) {
        let Some(operation) = self.operation(ask.method, &ask.path) else {
            return;
        };
        let answers = operation["responses"].as_object().unwrap();
        assert!(
            answers.contains_key(&status.to_string()),
            "{} {} answers {status}, which is not documented",
            ask.method,
            ask.path
        );
    }

    /// The documented operation that a request meets.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap();
        let paths = self.document["paths"].as_object().unwrap();
        let (_, item) = paths.iter().find(|(template, _)| fits(template, path))?;
        item.get(method.to_lowercase())
    }

    /// Does something while somebody else reads the database, as a copy of it that is being made would.
    pub(crate) fn while_it_is_read(&self, act: impl FnOnce()) {
        let file = self.folder.path().join("data/urne.sqlite");
        let options = SqliteConnectOptions::new().filename(file);
        let pool = self.runtime.block_on(async {
            let one = SqlitePoolOptions::new().max_connections(1);
            let pool = one.connect_with(options).await.unwrap();
            for statement in ["BEGIN", "SELECT count(*) FROM voter"] {
                sqlx::query(statement).execute(&pool).await.unwrap();
            }
            pool
        });
        act();
        self.runtime.block_on(async {
            sqlx::query("COMMIT").execute(&pool).await.unwrap();
            pool.close().await;
        });
    }

    /// Changes the database behind the server's back.
    pub(crate) fn spoil(&self, statement: &'static str) {
        let file = self.folder.path().join("data/urne.sqlite");
        let options = SqliteConnectOptions::new().filename(file);
        self.runtime.block_on(async {
            let pool = SqlitePool::connect_with(options).await.unwrap();
            sqlx::query(statement).execute(&pool).await.unwrap();
            pool.close().await;
        });
    }

    /// Whether the write-ahead log holds a value, as `quote` shows it.
    pub(crate) fn log_holds(&self, value: &str) -> bool {
        let file = self.folder.path().join("data/urne.sqlite-wal");
        let log = std::fs::read(file).unwrap();
        let digits = value.trim_start_matches("X'").trim_end_matches('\'');
        let digit = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..digits.len()).step_by(2).map(digit).collect();
        assert!(bytes.len() >= 32, "{value}");
        log.windows(bytes.len()).any(|window| window == bytes)
    }

    /// Every row of every table, for a comparison.
    pub(crate) fn rows(&self) -> Vec<String> {
        let file = self.folder.path().join("data/urne.sqlite");
        let options = SqliteConnectOptions::new().filename(file);
        self.runtime.block_on(async {
            let pool = SqlitePool::connect_with(options).await.unwrap();
            let mut all = Vec::new();
            for table in [
                "invitation",
                "draft",
                "seat",
                "parcel",
                "voter_list",
                "voter",
                "voter_line",
                "roll_change",
                "link",
                "code_try",
                "outbox",
                "log",
                "leaf",
                "checkpoint",
            ] {
                let columns: Vec<String> =
                    sqlx::query_scalar("SELECT name FROM pragma_table_info(?)")
                        .bind(table)
                        .fetch_all(&pool)
                        .await
                        .unwrap();
                assert!(!columns.is_empty(), "there is no table {table}");
                let quoted: Vec<String> = columns
                    .iter()
                    .map(|name| format!("quote({name})"))
                    .collect();
                let select = format!(
                    "SELECT {} FROM {table} ORDER BY 1, 2",
                    quoted.join("||','||")
                );
                let select = select.replace("ORDER BY 1, 2", "ORDER BY 1");
                let rows = sqlx::query(sqlx::AssertSqlSafe(select))
                    .fetch_all(&pool)
                    .await
                    .unwrap();
                all.extend(
                    rows.iter()
                        .map(|row| format!("{table} {}", row.get::<String, _>(0))),
                );
            }
            pool.close().await;
            all
        })
    }

    /// Asks the server to stop.
    pub(crate) fn ask_to_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits until it has.
    pub(crate) fn wait(&mut self) {
        let running = self.running.take().unwrap();
        self.runtime.block_on(running).unwrap();
    }
}

/// Whether a path is one of a template's.
fn fits(template: &str, path: &str) -> bool {
    let wanted: Vec<&str> = template.split('/').collect();
    let given: Vec<&str> = path.split('/').collect();
    let rest = wanted.last() == Some(&"{file}");
    (wanted.len() == given.len() || rest && given.len() > wanted.len())
        && wanted
            .iter()
            .zip(&given)
            .all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
}

/// Reads an answer to its end.
pub(crate) fn read_reply(stream: &mut TcpStream) -> Reply {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer, but {:?}", String::from_utf8_lossy(&bytes)));
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    };
    let headers: Vec<(String, String)> = lines.map(header).collect();
    let is_chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = &bytes[end + 4..];
    Reply {
        status,
        body: if is_chunked {
            joined(body)
        } else {
            body.to_vec()
        },
        headers,
    }
}

/// A body that came in pieces, each after its length in hexadecimal.
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let length = str::from_utf8(&rest[..end]).unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            return whole;
        }
        whole.extend_from_slice(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 2 + length + 2..];
    }
}
