//! The clients: each has a connection of its own, casts one ballot after the other, and keeps at it until there is a receipt.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode, Uri, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use indicatif::ProgressBar;
use urne_cli::stage::LocalServer;

use super::election::{Prepared, bar};
use super::{LoadError, Options};

/// What became of all ballots.
pub struct Casts {
    /// from the first request to the last receipt
    pub took: Duration,
    /// one for each ballot that has its receipt
    pub receipted: Vec<Receipted>,
    /// answers 503, after which the same bytes were sent again
    pub overloaded: u64,
    /// connections that broke, after which the same bytes were sent again
    pub broken: u64,
    /// ballots that were refused for good, with what the server said
    pub refused: Vec<String>,
}

/// A ballot with its receipt.
pub struct Receipted {
    /// which
    pub ballot: usize,
    /// since the first request of all
    pub after: Duration,
    /// from this ballot's first request, over all it took, to the receipt
    pub waited: Duration,
    /// the receipt's bytes
    pub receipt: Vec<u8>,
}

/// No receipt of a small ballot is longer.
const LONGEST_ANSWER: usize = 1 << 20;
/// How long to wait where an overloaded server does not say, or a connection broke.
const PAUSE: Duration = Duration::from_millis(500);
/// A ballot that has no receipt by then never gets one.
const ATTEMPTS: u32 = 600;

type Http = Client<HttpConnector, Full<Bytes>>;

struct Queue {
    http: Http,
    address: Uri,
    ballots: Vec<Bytes>,
    next: AtomicUsize,
    begun: Instant,
    bar: ProgressBar,
}

/// Casts every ballot.
///
/// # Errors
/// [`LoadError`].
pub fn all(
    server: &LocalServer,
    prepared: &Prepared,
    options: &Options,
) -> Result<Casts, LoadError> {
    let election = prepared.company.election();
    let address = format!("{}/api/v1/elections/{election}/ballots", server.url());
    let address = address
        .parse()
        .map_err(|_| LoadError::Lost("the server's address cannot be read".into()))?;
    let ballots = prepared.ballots.iter().cloned().map(Bytes::from);
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let queue = Arc::new(Queue {
            http: Client::builder(TokioExecutor::new()).build(connector),
            address,
            ballots: ballots.collect(),
            next: AtomicUsize::new(0),
            begun: Instant::now(),
            bar: bar("casting", options),
        });
        let clients = (0..options.clients).map(|_| tokio::spawn(client(queue.clone())));
        let mut casts = Casts {
            took: Duration::ZERO,
            receipted: Vec::new(),
            overloaded: 0,
            broken: 0,
            refused: Vec::new(),
        };
        for client in clients.collect::<Vec<_>>() {
            let own = client.await.map_err(std::io::Error::other)?;
            casts.receipted.extend(own.receipted);
            casts.overloaded += own.overloaded;
            casts.broken += own.broken;
            casts.refused.extend(own.refused);
        }
        casts.took = queue.begun.elapsed();
        queue.bar.finish_and_clear();
        Ok(casts)
    })
}

async fn client(queue: Arc<Queue>) -> Casts {
    let mut own = Casts {
        took: Duration::ZERO,
        receipted: Vec::new(),
        overloaded: 0,
        broken: 0,
        refused: Vec::new(),
    };
    loop {
        let number = queue.next.fetch_add(1, Ordering::Relaxed);
        let Some(ballot) = queue.ballots.get(number) else {
            return own;
        };
        let begun = Instant::now();
        match persist(&queue, ballot, &mut own).await {
            Ok(receipt) => own.receipted.push(Receipted {
                ballot: number,
                after: queue.begun.elapsed(),
                waited: begun.elapsed(),
                receipt,
            }),
            Err(why) => own.refused.push(why),
        }
        queue.bar.inc(1);
    }
}

/// The same bytes until there is a receipt, or a refusal for good.
async fn persist(queue: &Queue, ballot: &Bytes, own: &mut Casts) -> Result<Vec<u8>, String> {
    for _ in 0..ATTEMPTS {
        let pause = match attempt(queue, ballot).await {
            Ok(Answer::Receipt(receipt)) => return Ok(receipt),
            Ok(Answer::Overloaded(pause)) => {
                own.overloaded += 1;
                pause
            }
            Ok(Answer::Refused(why)) => return Err(why),
            Err(_) => {
                own.broken += 1;
                PAUSE
            }
        };
        tokio::time::sleep(pause).await;
    }
    Err("no receipt after many attempts".into())
}

enum Answer {
    Receipt(Vec<u8>),
    Overloaded(Duration),
    Refused(String),
}

async fn attempt(
    queue: &Queue,
    ballot: &Bytes,
) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
    let request = Request::post(queue.address.clone())
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(Full::new(ballot.clone()))?;
    let response = queue.http.request(request).await?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, LONGEST_ANSWER).collect().await?;
    let body = body.to_bytes().to_vec();
    Ok(match head.status {
        StatusCode::OK => Answer::Receipt(body),
        StatusCode::SERVICE_UNAVAILABLE => {
            let seconds = head.headers.get(header::RETRY_AFTER);
            let seconds = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
            Answer::Overloaded(seconds.map_or(PAUSE, Duration::from_secs))
        }
        status => Answer::Refused(format!("{status}: {}", String::from_utf8_lossy(&body))),
    })
}
