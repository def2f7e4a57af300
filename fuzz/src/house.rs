//! A service in this process, with an election whose ballot box is open; asked without a socket.

use std::sync::{Arc, OnceLock};
use std::thread;

use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt as _;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tower::ServiceExt as _;
use urne_cli::stage::{Company, Founding, StageError};
use urne_cli::wire::server::Server as Reached;
use urne_client::http::{DraftOpened, ElectionStatus, Role};
use urne_service::api::{App, router};
use urne_service::clock::SystemClock;
use urne_service::config::{Config, PublicUrl};
use urne_service::desk::Token;
use urne_service::serve::Server;
use urne_tests::ballots::choose;
use urne_tests::load::election::{OPTIONS, content};

/// The service and what a caller may know of it.
pub struct House {
    runtime: Runtime,
    router: Router,
    /// the election whose box is open
    pub election: String,
    /// a draft that is not founded
    pub draft: String,
    /// of the operator, the draft's organizer, a seat of the draft, the election's organizer and its issuer
    pub tokens: Vec<String>,
    /// ballots that may be cast, and entries on the board
    pub entries: Vec<Vec<u8>>,
    /// good bodies of the operations that read JSON
    pub bodies: Vec<Vec<u8>>,
    _folder: tempfile::TempDir,
}

/// An answer.
pub struct Answer {
    /// HTTP's number
    pub status: u16,
    /// the header Content-Type
    pub kind: String,
    /// the body
    pub body: Vec<u8>,
}

const IT_STARTS: &str = "a service starts in a new folder";
const VOTERS: usize = 12;

/// The service; the first call takes a moment.
pub fn house() -> &'static House {
    static HOUSE: OnceLock<House> = OnceLock::new();
    HOUSE.get_or_init(make)
}

fn config(folder: &tempfile::TempDir, operator: &Token) -> Config {
    let mut config = Config::local(&folder.path().join("data"));
    config.operator = Some(operator.hash());
    config.batch_ms = 1;
    config.publication_ms = 1;
    config.limits.requests_per_second = u32::MAX;
    config.limits.burst = u32::MAX;
    config.limits.body_timeout_ms = 1000;
    config
}

fn make() -> House {
    let folder = tempfile::tempdir().expect(IT_STARTS);
    let operator = Token::random().expect(IT_STARTS);
    let runtime = Runtime::new().expect(IT_STARTS);
    // Founded and opened as in life, through a socket; the fuzzer then has the same boards without one.
    let (stop, stopped) = oneshot::channel::<()>();
    let clock = Arc::new(SystemClock);
    let server = runtime.block_on(Server::start(config(&folder, &operator), clock.clone()));
    let server = server.expect(IT_STARTS);
    let url = server.url();
    let running = runtime.spawn(server.run(async {
        let _ = stopped.await;
    }));
    let played = thread::spawn({
        let (url, operator) = (url.clone(), operator.reveal());
        move || play(&url, &operator)
    });
    let played = played
        .join()
        .expect(IT_STARTS)
        .expect("the election is valid");
    let _ = stop.send(());
    runtime.block_on(running).expect(IT_STARTS);
    let public_url = PublicUrl::parse(&url).expect(IT_STARTS);
    let app = runtime.block_on(App::open(config(&folder, &operator), public_url, clock));
    House {
        router: router(app.expect(IT_STARTS)),
        runtime,
        election: played.election,
        draft: played.draft,
        tokens: played.tokens,
        entries: played.entries,
        bodies: played.bodies,
        _folder: folder,
    }
}

struct Played {
    election: String,
    draft: String,
    tokens: Vec<String>,
    entries: Vec<Vec<u8>>,
    bodies: Vec<Vec<u8>>,
}

fn play(url: &str, operator: &str) -> Result<Played, StageError> {
    let anybody = Reached::at(url)?;
    let invitation = anybody
        .clone()
        .with_token(operator)
        .invite("fuzz")?
        .invitation;
    let DraftOpened { draft, token } = anybody.open_draft(&invitation)?;
    let organizer = anybody.clone().with_token(&token);
    organizer.save_content(&draft, &content())?;
    let seat = organizer.open_seat(&draft, Role::Trustee, "Anne")?.token;
    let seat = seat.ok_or(StageError::Answer("the seat's token"))?;

    let mut founding = Founding::open(&anybody, operator, &content())?;
    founding.seat_trustee("Anne")?;
    founding.seat_trustee("Bruno")?;
    founding.seat_issuer("Registrar")?;
    let mut tokens = vec![operator.to_owned(), token, seat];
    tokens.push(founding.organizer_token().to_owned());
    tokens.extend(founding.issuer_tokens().map(str::to_owned));
    let mut company = founding.found()?;
    let entries = open(&mut company)?;
    let bodies = vec![
        serde_json::to_vec(&content()).expect("a draft can be written"),
        br#"{"note":"a"}"#.to_vec(),
        br#"{"role":"issuer","name":"B"}"#.to_vec(),
        format!(r#"{{"invitation":"{invitation}"}}"#).into_bytes(),
        format!(
            r#"{{"key":"{0}","encryption":"{0}","proof":"{0}{0}"}}"#,
            "A".repeat(43)
        )
        .into_bytes(),
    ];
    Ok(Played {
        election: company.election(),
        draft,
        tokens,
        entries,
        bodies,
    })
}

/// Opens the box, casts one ballot, and makes one for everybody else.
fn open(company: &mut Company) -> Result<Vec<Vec<u8>>, StageError> {
    company.make_key()?;
    let electors = (1..=VOTERS).map(|number| urne_cli::rehearsal::Elector {
        identifier: format!("member {number}"),
        weight: 1,
        college: 1,
    });
    company.publish_roll(&electors.collect::<Vec<_>>())?;
    company.drill()?;
    company.open()?;
    company.vote(0, &[choose(1, OPTIONS)])?;
    company.board_mut().catch_up()?;
    let mut rng = urne_cli::stage::company::own_randomness();
    let mut entries = Vec::new();
    for voter in company.voters() {
        entries.push(company.ballot(voter, &[choose(2, OPTIONS)], &mut rng)?);
    }
    entries.extend(company.replica().entries().iter().cloned());
    Ok(entries)
}

impl House {
    /// Hands a request to the routes.
    pub fn ask(&self, request: axum::http::Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let response = match self.router.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let (head, body) = response.into_parts();
            let body = body.collect().await.expect("a body is whole").to_bytes();
            let kind = head.headers.get(axum::http::header::CONTENT_TYPE);
            Answer {
                status: head.status.as_u16(),
                kind: kind.map_or_else(String::new, |kind| {
                    String::from_utf8_lossy(kind.as_bytes()).into_owned()
                }),
                body: body.to_vec(),
            }
        })
    }

    /// Where the election stands.
    pub fn status(&self) -> ElectionStatus {
        let path = format!("/api/v1/elections/{}", self.election);
        let request = axum::http::Request::get(path).body(Body::empty());
        let answer = self.ask(request.expect("a request"));
        serde_json::from_slice(&answer.body).expect("a status")
    }
}
