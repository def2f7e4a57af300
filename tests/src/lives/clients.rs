//! Clients that do not give up: each sends the same bytes until it has a receipt, whatever happens to the server meanwhile. Whoever
//! has nothing left to cast sends again what has a receipt already, and must get that one.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use urne_board::tree::leaf_hash;
use urne_cli::stage::LocalServer;
use urne_election::json::base64url;

use crate::load::LoadError;
use crate::load::cast::{Casts, Receipted};
use crate::load::election::Prepared;

/// No answer asked for here is longer.
const LONGEST_ANSWER: usize = 1 << 20;
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(5);
/// Between two looks at the checkpoint.
const LOOK: Duration = Duration::from_millis(12);
/// A server that answers nothing for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everybody who casts, with what they were given. Copies share it.
#[derive(Clone)]
pub struct Clients(Arc<Inner>);

struct Inner {
    http: Client<HttpConnector, Full<Bytes>>,
    /// of the election, at the server
    elections: String,
    board: String,
    ups: watch::Sender<bool>,
    ends: watch::Sender<bool>,
    waiting: Mutex<VecDeque<(usize, Bytes)>>,
    under_way: AtomicU64,
    receipts: Mutex<BTreeMap<usize, (Bytes, Bytes)>>,
    checkpoints: Mutex<Vec<Bytes>>,
    complaints: Mutex<Vec<String>>,
    same_again: AtomicU64,
    broken: AtomicU64,
}

/// What was counted.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// receipts given again for the same bytes
    pub same_again: u64,
    /// requests without an answer
    pub broken: u64,
}

/// Clients at work.
pub struct Everybody {
    clients: Clients,
    tasks: Vec<JoinHandle<()>>,
}

impl Everybody {
    /// Lets everybody finish the ballot they have in hand, and go.
    ///
    /// # Errors
    /// When one of them was interrupted.
    pub async fn end(self) -> Result<(), LoadError> {
        self.clients.0.ends.send_replace(true);
        for task in self.tasks {
            task.await.map_err(std::io::Error::other)?;
        }
        Ok(())
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Clients {
    /// For one election.
    ///
    /// # Errors
    /// None so far; addresses are checked when they are used.
    pub fn new(server: &LocalServer, prepared: &Prepared) -> Result<Clients, LoadError> {
        let election = prepared.company.election();
        let url = server.url();
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Clients(Arc::new(Inner {
            http: Client::builder(TokioExecutor::new()).build(connector),
            elections: format!("{url}/api/v1/elections/{election}"),
            board: format!("{url}/boards/{election}"),
            ups: watch::Sender::new(true),
            ends: watch::Sender::new(false),
            waiting: Mutex::default(),
            under_way: AtomicU64::new(0),
            receipts: Mutex::default(),
            checkpoints: Mutex::default(),
            complaints: Mutex::default(),
            same_again: AtomicU64::new(0),
            broken: AtomicU64::new(0),
        })))
    }

    /// Further ballots to cast.
    pub fn offer(&self, ballots: impl Iterator<Item = (usize, Vec<u8>)>) {
        lock(&self.0.waiting).extend(ballots.map(|(number, bytes)| (number, bytes.into())));
    }

    /// Tells everybody whether it makes sense to ask.
    pub fn set_up(&self, up: bool) {
        self.0.ups.send_replace(up);
    }

    /// Whether somebody has sent, or is about to send, a ballot that has no receipt yet.
    pub fn has_ballots_under_way(&self) -> bool {
        self.0.under_way.load(Ordering::SeqCst) > 0
    }

    /// Sets so many clients to work, and one who keeps checkpoints.
    pub fn begin(&self, count: usize, runtime: &Runtime) -> Everybody {
        let _inside = runtime.enter();
        self.set_to_work(count)
    }

    fn set_to_work(&self, count: usize) -> Everybody {
        self.0.ends.send_replace(false);
        let mut tasks = vec![tokio::spawn(self.clone().keep_checkpoints())];
        tasks.extend((0..count).map(|_| tokio::spawn(self.clone().cast_all())));
        Everybody {
            clients: self.clone(),
            tasks,
        }
    }

    /// Casts whatever still waits, on a server that lives.
    ///
    /// # Errors
    /// As [`Everybody::end`].
    pub async fn finish(&self, count: usize) -> Result<(), LoadError> {
        let everybody = self.set_to_work(count);
        while !lock(&self.0.waiting).is_empty() && lock(&self.0.complaints).is_empty() {
            tokio::time::sleep(PAUSE).await;
        }
        everybody.end().await
    }

    /// # Errors
    /// [`LoadError::Lost`] with the first complaint.
    pub fn must_be_content(&self) -> Result<(), LoadError> {
        match lock(&self.0.complaints).first() {
            Some(complaint) => Err(LoadError::Lost(complaint.clone())),
            None => Ok(()),
        }
    }

    /// All receipts, as the load test has them.
    pub fn casts(&self) -> Casts {
        let receipts = lock(&self.0.receipts);
        let receipted = receipts.iter().map(|(&ballot, (_, receipt))| Receipted {
            ballot,
            after: Duration::ZERO,
            waited: Duration::ZERO,
            receipt: receipt.to_vec(),
        });
        Casts {
            took: Duration::ZERO,
            receipted: receipted.collect(),
            overloaded: 0,
            broken: self.counts().broken,
            refused: Vec::new(),
        }
    }

    /// Ballots that have a receipt, with it.
    pub fn receipts(&self) -> Vec<(Bytes, Bytes)> {
        lock(&self.0.receipts).values().cloned().collect()
    }

    /// Every checkpoint that was shown, in the order it was.
    pub fn checkpoints(&self) -> Vec<Bytes> {
        lock(&self.0.checkpoints).clone()
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        Counts {
            same_again: self.0.same_again.load(Ordering::Relaxed),
            broken: self.0.broken.load(Ordering::Relaxed),
        }
    }

    /// Hands in a ballot once.
    ///
    /// # Errors
    /// Without an answer.
    pub async fn send(&self, ballot: &Bytes) -> Result<(StatusCode, Bytes), String> {
        let request = Request::post(format!("{}/ballots", self.0.elections))
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .body(Full::new(ballot.clone()));
        self.ask(request).await
    }

    /// Asks for the receipt of a ballot by its leaf hash.
    ///
    /// # Errors
    /// Without an answer.
    pub async fn fetch(&self, ballot: &Bytes) -> Result<(StatusCode, Bytes), String> {
        let leaf = base64url(&leaf_hash(ballot));
        let address = format!("{}/receipts/{leaf}", self.0.elections);
        self.ask(Request::get(address).body(Full::default())).await
    }

    async fn ask(
        &self,
        request: hyper::http::Result<Request<Full<Bytes>>>,
    ) -> Result<(StatusCode, Bytes), String> {
        let request = request.map_err(|error| error.to_string())?;
        let answer = async {
            let response = self.0.http.request(request).await;
            let (head, body) = response.map_err(|error| error.to_string())?.into_parts();
            let body = Limited::new(body, LONGEST_ANSWER).collect().await;
            let body = body.map_err(|error| error.to_string())?.to_bytes();
            Ok((head.status, body))
        };
        within(answer).await
    }

    async fn is_up(&self) {
        let mut ups = self.0.ups.subscribe();
        let mut ends = self.0.ends.subscribe();
        tokio::select! {
            _ = ups.wait_for(|up| *up) => {}
            _ = ends.wait_for(|ends| *ends) => {}
        }
    }

    fn ends(&self) -> bool {
        *self.0.ends.borrow() || !lock(&self.0.complaints).is_empty()
    }

    fn complain(&self, what: String) {
        lock(&self.0.complaints).push(what);
    }

    async fn cast_all(self) {
        let mut turn = 0_usize;
        while !self.ends() {
            let next = lock(&self.0.waiting).pop_front();
            match next {
                Some((number, ballot)) => {
                    self.0.under_way.fetch_add(1, Ordering::SeqCst);
                    self.persist(number, &ballot).await;
                    self.0.under_way.fetch_sub(1, Ordering::SeqCst);
                }
                None => {
                    turn = turn.wrapping_add(7919);
                    self.cast_again(turn).await;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// The same bytes until there is a receipt.
    async fn persist(&self, number: usize, ballot: &Bytes) {
        while lock(&self.0.complaints).is_empty() {
            self.is_up().await;
            match self.send(ballot).await {
                Ok((StatusCode::OK, receipt)) => {
                    lock(&self.0.receipts).insert(number, (ballot.clone(), receipt));
                    return;
                }
                // Accepted, not published yet; or: come again.
                Ok((StatusCode::ACCEPTED | StatusCode::SERVICE_UNAVAILABLE, _)) => {}
                Ok((status, body)) => {
                    let body = String::from_utf8_lossy(&body);
                    return self.complain(format!("a good ballot got {status}: {body}"));
                }
                Err(why) if why == STUCK => return self.complain(why),
                Err(_) => {
                    self.0.broken.fetch_add(1, Ordering::Relaxed);
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// A ballot that has its receipt, once more.
    async fn cast_again(&self, turn: usize) {
        let known = {
            let receipts = lock(&self.0.receipts);
            let nth = turn % receipts.len().max(1);
            receipts.values().nth(nth).cloned()
        };
        let Some((ballot, receipt)) = known else {
            return;
        };
        self.is_up().await;
        match self.send(&ballot).await {
            Ok((StatusCode::OK, again)) if again == receipt => {
                self.0.same_again.fetch_add(1, Ordering::Relaxed);
            }
            Ok((StatusCode::SERVICE_UNAVAILABLE, _)) | Err(_) => {}
            Ok((status, _)) => {
                self.complain(format!("the same bytes got {status} or another receipt"));
            }
        }
    }

    async fn keep_checkpoints(self) {
        let address = format!("{}/checkpoint", self.0.board);
        while !self.ends() {
            self.is_up().await;
            let request = Request::get(&address).body(Full::default());
            if let Ok((StatusCode::OK, shown)) = self.ask(request).await {
                let mut checkpoints = lock(&self.0.checkpoints);
                if checkpoints.last() != Some(&shown) {
                    checkpoints.push(shown);
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

const STUCK: &str = "the server lives and does not answer";

async fn within<T>(answer: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let answer = tokio::time::timeout(PATIENCE, answer).await;
    answer.unwrap_or_else(|_| Err(STUCK.to_owned()))
}
