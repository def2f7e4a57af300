//! Whatever is asked: no panic, no fault of the server's, a `Problem` for whoever is wrong, and a board that only grows where the
//! answer says so.
#![no_main]

use axum::body::Body;
use axum::http::{Request, Uri};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use urne_client::http::Problem;
use urne_fuzz::Damage;
use urne_fuzz::house::{Answer, House, house};

#[derive(Arbitrary, Debug)]
struct Asked {
    method: u8,
    route: u8,
    names: [Name; 2],
    token: u8,
    kind: u8,
    body: Damage,
    /// instead of a route
    path: Option<String>,
}

#[derive(Arbitrary, Debug)]
enum Name {
    Known,
    Number(u32),
    Any(String),
}

const METHODS: [&str; 6] = ["POST", "GET", "PUT", "DELETE", "HEAD", "PATCH"];
/// `E` and `D` stand for the election and the draft, `*` for a name of the fuzzer's.
const ROUTES: [&str; 27] = [
    "/api/v1/elections/E/ballots",
    "/api/v1/elections/E/entries",
    "/api/v1/drafts/D/content",
    "/api/v1/drafts/D/seats",
    "/api/v1/drafts/D/manifest",
    "/api/v1/drafts/D/seats/*/*/token",
    "/api/v1/drafts/D",
    "/api/v1/drafts",
    "/api/v1/invitations",
    "/api/v1/seat",
    "/api/v1/seat/keys",
    "/api/v1/elections",
    "/api/v1/elections/E",
    "/api/v1/elections/*",
    "/api/v1/elections/E/receipts/*",
    "/api/v1/elections/E/lines/*",
    "/api/v1/elections/E/freeze",
    "/api/v1/elections/E/parcels",
    "/api/v1/elections/E/parcels/1/*",
    "/boards/E/checkpoint",
    "/boards/E/checkpoints/*",
    "/boards/E/tile/*/*",
    "/boards/E/tile/entries/*",
    "/elections/E",
    "/",
    "/readyz",
    "/api/v1/openapi.json",
];
const KINDS: [&str; 3] = ["application/octet-stream", "application/json", "text/plain"];

fn chosen<T>(all: &[T], number: u8) -> &T {
    &all[usize::from(number) % all.len()]
}

impl Asked {
    fn path(&self, house: &House) -> String {
        if let Some(path) = &self.path {
            return format!("/{path}");
        }
        let mut names = self.names.iter();
        let segments = chosen(&ROUTES, self.route).split('/');
        let named = segments.map(|segment| match segment {
            "E" => house.election.clone(),
            "D" => house.draft.clone(),
            "*" => match names.next() {
                Some(Name::Number(number)) => number.to_string(),
                Some(Name::Any(text)) => text.clone(),
                Some(Name::Known) | None => house.election.clone(),
            },
            other => other.to_owned(),
        });
        named.collect::<Vec<String>>().join("/")
    }

    fn request(&self, house: &House) -> Option<Request<Body>> {
        let uri: Uri = self.path(house).parse().ok()?;
        let samples = match chosen(&KINDS, self.kind) {
            &"application/json" => &house.bodies,
            _ => &house.entries,
        };
        let mut request = Request::builder()
            .method(*chosen(&METHODS, self.method))
            .uri(uri)
            .header("content-type", *chosen(&KINDS, self.kind));
        // One more than there are: nobody's.
        if let Some(token) = house
            .tokens
            .get(usize::from(self.token) % (house.tokens.len() + 1))
        {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.body(Body::from(self.body.done_to(samples))).ok()
    }
}

fuzz_target!(|asked: Asked| {
    let house = house();
    let Some(request) = asked.request(house) else {
        return;
    };
    let is_entry =
        request.uri().path().ends_with("/ballots") || request.uri().path().ends_with("/entries");
    let is_head = request.method() == "HEAD";
    let before = house.status().size;
    let Answer { status, kind, body } = house.ask(request);
    let after = house.status().size;
    assert!(
        status < 500 || status == 503,
        "{status} {}",
        String::from_utf8_lossy(&body)
    );
    if status >= 400 && !is_head && !kind.starts_with("text/html") {
        let problem: Problem = serde_json::from_slice(&body).expect("an error is a problem");
        assert!(!problem.code.is_empty() && !problem.message.is_empty());
    }
    let grows = is_entry && [200, 202].contains(&status);
    assert!(
        after == before || (grows && after > before),
        "{before} {after} {status}"
    );
});
