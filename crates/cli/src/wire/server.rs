//! Requests to a server: limits, time-outs, and the same bytes again until there is an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use urne_client::http::Problem;

use crate::hours;

/// Most bytes of an answer that is no parcel and no file of a board.
pub const LARGEST_ANSWER: u64 = 4 * 1024 * 1024;

/// Whoever casts for many voters at the same time keeps a connection for each.
const IDLE_CONNECTIONS: usize = 64;
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A server that says it is busy for less than this is not worth a word.
const BUSY: Duration = Duration::from_secs(3);

/// Why there is no answer to use.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The address is none.
    #[error("“{0}” is not the address of a server: it should begin with http:// or https://")]
    Address(String),
    /// The server does not answer.
    #[error("no answer from {address} ({cause}); nothing was lost, try again later")]
    Silent {
        /// the address asked
        address: String,
        /// what the connection says
        cause: String,
    },
    /// The server says no, and why.
    #[error("the server refuses ({}): {}", .0.code, .0.message)]
    Refused(Problem),
    /// There is nothing at this address.
    #[error("{0} has no such thing")]
    NotFound(String),
    /// Not the answer of an urne server.
    #[error(
        "{address} answered something an urne server does not say ({what}): is the address right?"
    )]
    Strange {
        /// the address asked
        address: String,
        /// what was strange
        what: String,
    },
}

/// What a request sends.
#[derive(Clone, Copy)]
pub enum Sent<'a> {
    /// nothing
    Nothing,
    /// JSON
    Json(&'a [u8]),
    /// exact bytes
    Bytes(&'a [u8]),
}

/// An answer with a status below 400.
#[derive(Debug)]
pub struct Answer {
    /// the status
    pub status: u16,
    /// the body
    pub bytes: Vec<u8>,
}

/// A server at an address. Copies share the connections open to it.
#[derive(Clone)]
pub struct Server {
    base: String,
    agent: ureq::Agent,
    token: Option<String>,
    /// how long a request that can be repeated is repeated
    patience: Duration,
    notice: Arc<Notice>,
}

/// What is said when a request has to be repeated: once, until there is an answer again.
struct Notice {
    said: AtomicBool,
    say: Box<dyn Fn(&Waiting) + Send + Sync>,
}

/// A request is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// the server
    pub address: String,
    /// why, in words
    pub why: String,
    /// when it is given up, as a time of day in UTC
    pub until: String,
}

impl Notice {
    fn new(say: impl Fn(&Waiting) + Send + Sync + 'static) -> Arc<Notice> {
        Arc::new(Notice {
            said: AtomicBool::new(false),
            say: Box::new(say),
        })
    }
}

/// What became of one attempt.
enum Attempt {
    Answered(Answer),
    /// worth another attempt, after this pause if the server named one
    Later(WireError, Option<Duration>),
    Failed(WireError),
}

impl Server {
    /// A server at an address such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// [`WireError::Address`].
    pub fn at(address: &str) -> Result<Server, WireError> {
        let base = address.trim().trim_end_matches('/');
        let host = base
            .strip_prefix("http://")
            .or_else(|| base.strip_prefix("https://"));
        let unusable = |host: &str| host.is_empty() || host.contains([' ', '#', '?', '@']);
        if host.is_none_or(unusable) {
            return Err(WireError::Address(address.to_owned()));
        }
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(Duration::from_secs(120)))
            .user_agent("urne")
            .max_idle_connections(IDLE_CONNECTIONS)
            .max_idle_connections_per_host(IDLE_CONNECTIONS)
            .build()
            .into();
        Ok(Server {
            base: base.to_owned(),
            agent,
            token: None,
            patience: Duration::from_secs(30),
            notice: Notice::new(|waiting| {
                let Waiting {
                    address,
                    why,
                    until,
                } = waiting;
                eprintln!("no answer from {address} ({why}); trying again until {until}");
            }),
        })
    }

    /// The same server, with a token that says who asks.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Server {
        self.token = Some(token.to_owned());
        self
    }

    /// The same server, asked again and again for this long before giving up.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Server {
        self.patience = patience;
        self
    }

    /// The same server; what is said while it does not answer is said by `say`, and not in English on standard error.
    #[must_use]
    pub fn with_notice(mut self, say: impl Fn(&Waiting) + Send + Sync + 'static) -> Server {
        self.notice = Notice::new(say);
        self
    }

    /// What lies below a path of this server, without its token.
    #[must_use]
    pub fn below(&self, path: &str) -> Server {
        Server {
            base: format!("{}{path}", self.base),
            token: None,
            ..self.clone()
        }
    }

    /// Its address, without a slash at the end.
    pub fn address(&self) -> &str {
        &self.base
    }

    /// Sends once: for what must not happen twice.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn send_once(
        &self,
        method: &str,
        path: &str,
        sent: Sent<'_>,
        limit: u64,
    ) -> Result<Answer, WireError> {
        match self.attempt(method, path, sent, limit) {
            Attempt::Answered(answer) => Ok(answer),
            Attempt::Later(error, _) | Attempt::Failed(error) => Err(error),
        }
    }

    /// Sends the same bytes until there is an answer, with growing pauses: for what may happen twice without harm. That it waits
    /// is said once.
    ///
    /// # Errors
    /// [`WireError`] once patience is at its end, or where trying again is of no use.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        sent: Sent<'_>,
        limit: u64,
    ) -> Result<Answer, WireError> {
        let start = Instant::now();
        let mut pause = SHORTEST_PAUSE;
        loop {
            match self.attempt(method, path, sent, limit) {
                Attempt::Answered(answer) => {
                    self.notice.said.store(false, Ordering::Relaxed);
                    return Ok(answer);
                }
                Attempt::Failed(error) => return Err(error),
                Attempt::Later(error, named) => {
                    let pause_now = named.unwrap_or(pause).min(LONGEST_PAUSE);
                    if start.elapsed() + pause_now > self.patience {
                        return Err(error);
                    }
                    self.say_once(&error, start);
                    sleep(pause_now);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    fn say_once(&self, error: &WireError, start: Instant) {
        let why = match error {
            WireError::Silent { cause, .. } => cause.clone(),
            _ if start.elapsed() < BUSY => return,
            other => other.to_string(),
        };
        if self.notice.said.swap(true, Ordering::Relaxed) {
            return;
        }
        let end = SystemTime::now() + self.patience.saturating_sub(start.elapsed());
        let end = end.duration_since(SystemTime::UNIX_EPOCH);
        (self.notice.say)(&Waiting {
            address: self.base.clone(),
            why,
            until: hours::time_of_day(end.map_or(0, |end| end.as_secs())),
        });
    }

    fn attempt(&self, method: &str, path: &str, sent: Sent<'_>, limit: u64) -> Attempt {
        let address = format!("{}{path}", self.base);
        let strange = |what: String| WireError::Strange {
            address: address.clone(),
            what,
        };
        let mut request = ureq::http::Request::builder().method(method).uri(&address);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let (kind, body) = match sent {
            Sent::Nothing => (None, &[][..]),
            Sent::Json(bytes) => (Some("application/json"), bytes),
            Sent::Bytes(bytes) => (Some("application/octet-stream"), bytes),
        };
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        // A GET has no body at all.
        let result = match kind {
            None if method == "GET" => request.body(()).map(|request| self.agent.run(request)),
            _ => request.body(body).map(|request| self.agent.run(request)),
        };
        let response = match result {
            Err(error) => return Attempt::Failed(strange(error.to_string())),
            Ok(Err(error)) => {
                let cause = error.to_string();
                return Attempt::Later(WireError::Silent { address, cause }, None);
            }
            Ok(Ok(response)) => response,
        };
        let status = response.status().as_u16();
        let pause = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        let limit = if status < 400 { limit } else { LARGEST_ANSWER };
        let bytes = response
            .into_body()
            .with_config()
            .limit(limit)
            .read_to_vec();
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(ureq::Error::BodyExceedsLimit(_)) => {
                return Attempt::Failed(strange(format!("more than {limit} bytes")));
            }
            Err(error) => {
                let cause = error.to_string();
                return Attempt::Later(WireError::Silent { address, cause }, pause);
            }
        };
        if (200..300).contains(&status) {
            return Attempt::Answered(Answer { status, bytes });
        }
        let error = match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => WireError::Refused(problem),
            Err(_) if status == 404 => WireError::NotFound(address),
            Err(_) => strange(format!("status {status}")),
        };
        match status {
            429 | 502 | 503 | 504 => Attempt::Later(error, pause),
            _ => Attempt::Failed(error),
        }
    }
}
