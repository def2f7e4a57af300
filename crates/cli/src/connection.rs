//! A connection to a server: requests over HTTP with `ureq`, answers as the shapes of `urne_client::http`.
//!
//! Where the server is overloaded it says so, and when to come back (503, `Retry-After`); the same request is then sent again.
//! Everything that may be sent twice has the same effect as once, so a lost answer is asked for again too.

use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};
use urne_client::http::Problem;

/// Why a request was not served.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The server cannot be reached.
    #[error("{url} cannot be reached: {cause}")]
    Unreachable {
        /// what was asked for
        url: String,
        /// in the library's words
        cause: Box<ureq::Error>,
    },
    /// The server says no, and why.
    #[error("{} ({})", problem.message, problem.code)]
    Refused {
        /// HTTP's number
        status: u16,
        /// code, sentence and, for entries, the signed refusal
        problem: Problem,
    },
    /// Something else than Urne answered, or an answer cannot be read.
    #[error("{url} does not answer as an Urne server does ({what})")]
    Unexpected {
        /// what was asked for
        url: String,
        /// status or fault
        what: String,
    },
}

impl CallError {
    /// The problem's code, where the server gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            CallError::Refused { problem, .. } => Some(&problem.code),
            _ => None,
        }
    }
}

/// A server's address and the connections open to it. Copies share them.
#[derive(Clone)]
pub struct Connection {
    base: String,
    agent: Agent,
}

/// How often an overloaded server is asked again.
const ATTEMPTS: u32 = 60;
/// How long to wait where an overloaded server does not say.
const PAUSE: Duration = Duration::from_secs(1);
/// No answer is longer: an entry bundle of 256 of the largest entries.
const LONGEST_ANSWER: u64 = 36 << 20;
/// One for each voter cast for at the same time.
const IDLE_CONNECTIONS: usize = 128;

impl Connection {
    /// To the server at `base`: `http://…` or `https://…`.
    pub fn new(base: &str) -> Connection {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(120)))
            .max_idle_connections(IDLE_CONNECTIONS)
            .max_idle_connections_per_host(IDLE_CONNECTIONS)
            .build()
            .into();
        Connection {
            base: base.trim_end_matches('/').to_owned(),
            agent,
        }
    }

    /// The address, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The bytes at a path.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn get(&self, path: &str, token: Option<&str>) -> Result<Vec<u8>, CallError> {
        self.call(path, || {
            let mut request = self.agent.get(self.url(path));
            if let Some(token) = token {
                request = request.header(header::AUTHORIZATION, bearer(token));
            }
            request.call()
        })
    }

    /// The bytes at a path, or nothing where there is nothing.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn get_if_there(
        &self,
        path: &str,
        token: Option<&str>,
    ) -> Result<Option<Vec<u8>>, CallError> {
        match self.get(path, token) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(CallError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// An answer in JSON.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn get_json<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&str>,
    ) -> Result<T, CallError> {
        self.read(path, &self.get(path, token)?)
    }

    /// Sends JSON, reads JSON.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&str>,
        body: &impl Serialize,
    ) -> Result<T, CallError> {
        let body = self.json(path, body)?;
        let answer = self.send(Method::Post, path, token, &body, "application/json")?;
        self.read(path, &answer)
    }

    /// Puts JSON.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn put(
        &self,
        path: &str,
        token: Option<&str>,
        body: &impl Serialize,
    ) -> Result<(), CallError> {
        let body = self.json(path, body)?;
        self.send(Method::Put, path, token, &body, "application/json")?;
        Ok(())
    }

    /// Sends an entry's exact bytes.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn post_bytes(
        &self,
        path: &str,
        token: Option<&str>,
        body: &[u8],
    ) -> Result<Vec<u8>, CallError> {
        self.send(Method::Post, path, token, body, "application/octet-stream")
    }

    /// Puts bytes.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn put_bytes(&self, path: &str, token: Option<&str>, body: &[u8]) -> Result<(), CallError> {
        self.send(Method::Put, path, token, body, "application/octet-stream")?;
        Ok(())
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn json(&self, path: &str, body: &impl Serialize) -> Result<Vec<u8>, CallError> {
        serde_json::to_vec(body).map_err(|error| self.unexpected(path, error.to_string()))
    }

    fn read<T: DeserializeOwned>(&self, path: &str, answer: &[u8]) -> Result<T, CallError> {
        serde_json::from_slice(answer).map_err(|error| self.unexpected(path, error.to_string()))
    }

    fn unexpected(&self, path: &str, what: String) -> CallError {
        CallError::Unexpected {
            url: self.url(path),
            what,
        }
    }

    fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: &[u8],
        kind: &str,
    ) -> Result<Vec<u8>, CallError> {
        self.call(path, || {
            let url = self.url(path);
            let request = match method {
                Method::Post => self.agent.post(url),
                Method::Put => self.agent.put(url),
            };
            let mut request = request.header(header::CONTENT_TYPE, kind);
            if let Some(token) = token {
                request = request.header(header::AUTHORIZATION, bearer(token));
            }
            request.send(body)
        })
    }

    /// Asks, and asks again while the server is overloaded.
    fn call(
        &self,
        path: &str,
        ask: impl Fn() -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Vec<u8>, CallError> {
        let unreachable = |cause| CallError::Unreachable {
            url: self.url(path),
            cause: Box::new(cause),
        };
        let mut attempt = 1;
        loop {
            let answer = ask().map_err(unreachable)?;
            let status = answer.status();
            if status == StatusCode::SERVICE_UNAVAILABLE && attempt < ATTEMPTS {
                attempt += 1;
                thread::sleep(retry_after(&answer).unwrap_or(PAUSE));
                continue;
            }
            let mut body = answer.into_body();
            let body = body.with_config().limit(LONGEST_ANSWER).read_to_vec();
            let body = body.map_err(unreachable)?;
            if status.is_success() {
                return Ok(body);
            }
            return Err(match serde_json::from_slice(&body) {
                Ok(problem) => CallError::Refused {
                    status: status.as_u16(),
                    problem,
                },
                Err(_) => self.unexpected(path, status.to_string()),
            });
        }
    }
}

#[derive(Clone, Copy)]
enum Method {
    Post,
    Put,
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn retry_after(answer: &Response<Body>) -> Option<Duration> {
    let seconds = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    seconds.parse().ok().map(Duration::from_secs)
}
