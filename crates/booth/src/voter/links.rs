//! What travels from one screen to another: a link in a QR code, so that any phone's camera opens it. Everything stands in the
//! link's fragment, which no server sees.
//!
//! | fragment | from | to |
//! |---|---|---|
//! | `e`, `u` | letter | second device: which election, which line |
//! | `e`, `k` | voting device, before the voter decides | second device: the tracker to capture |
//! | `e`, `f`, `v`, `s` | voting device after "Check" | second device: what the ballot replaces, its values, its seed |
//! | `e`, `k`, `n` | voting device after "Cast" | the page that says what became of the ballot |

use urne_client::voter::Audit;
use urne_crypto::ballot::NO_BALLOT;
use urne_election::json::base64url;

use crate::failure::Failure;

/// What a link carries that opens a ballot, in this order.
const REVEALED: [&str; 4] = ["e", "f", "v", "s"];

/// The fragment of a link that carries what a voting device reveals.
pub fn revealed_fragment(election: &[u8; 32], revealed: &Audit) -> String {
    let (after, choices, seed) = revealed.parts();
    let replaces = if *after == NO_BALLOT { &[][..] } else { after };
    let values: Vec<String> = choices.iter().map(u64::to_string).collect();
    format!(
        "e={}&f={}&v={}&s={}",
        base64url(election),
        base64url(replaces),
        values.join("."),
        base64url(seed)
    )
}

/// Reads what was scanned or pasted: the line of JSON that `urne voter test` prints, a link, or a link's fragment. Such a link
/// carries what [`revealed_fragment`] wrote and nothing else: never what a second device must know from elsewhere.
///
/// # Errors
/// `not-revealed`.
pub fn read_revealed(text: &str) -> Result<Audit, Failure> {
    let text = text.trim();
    if text.starts_with('{') {
        return Audit::decode(text.as_bytes()).map_err(Failure::of("not-revealed"));
    }
    let fragment = text.rsplit('#').next().unwrap_or(text);
    let mut parts = [""; REVEALED.len()];
    let mut pairs = fragment.split('&');
    for (name, part) in REVEALED.iter().zip(&mut parts) {
        let value = pairs.next().and_then(|pair| pair.split_once('='));
        let value = value.filter(|(key, _)| key == name);
        (_, *part) = value.ok_or(Failure::new("not-revealed", name))?;
    }
    if let Some(more) = pairs.next() {
        return Err(Failure::new("not-revealed", more));
    }
    let [election, after, choices, seed] = parts;
    // The line's own reader judges every part: here nothing is taken apart but the link.
    let line = format!(
        r#"{{"kind":"audit","election":"{}","after":"{}","choices":[{}],"seed":"{}"}}"#,
        election,
        after,
        choices.replace('.', ","),
        seed
    );
    Audit::decode(line.as_bytes()).map_err(Failure::of("not-revealed"))
}

/// A tracker in eight digits, for looking up and reading aloud only; programs compare all of it.
pub fn spoken(tracker: &[u8; 32]) -> String {
    urne_crypto::ceremony::spoken_digits(&tracker[..5], 8)
}

/// The fragment by which a second device captures a tracker.
pub fn capture_fragment(election: &[u8; 32], tracker: &[u8; 32]) -> String {
    format!("e={}&k={}", base64url(election), base64url(tracker))
}

/// The fragment by which any phone asks what became of a ballot.
pub fn receipt_fragment(election: &[u8; 32], tracker: &[u8; 32], index: u64) -> String {
    format!("{}&n={index}", capture_fragment(election, tracker))
}
