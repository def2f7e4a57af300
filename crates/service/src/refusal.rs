//! Why an entry is not taken: stable codes for programs, one sentence for people.
//!
//! | code | when | check |
//! |---|---|---|
//! | `not-an-entry` | not of its kind's template, or of another kind than this address takes | V9 |
//! | `bad-signature` | a signature does not hold | V10 |
//! | `bad-deal`, `bad-confirm`, `bad-complaint` | the ceremony's proofs | V11, V12, V13 |
//! | `bad-roll`, `bad-issuer-proof` | rows of the roll, an issuer's proof | V14, V15 |
//! | `bad-drill`, `bad-opening` | the drill's answer; the opening | V16, V17 |
//! | `bad-roll-change` | a change of the roll | V18 |
//! | `not-on-roll`, `bad-ballot` | no line has this key; the ballot's proof | V19, V20 |
//! | `outdated`, `cap-reached` | not after the ballot now accepted; as many as a line may cast | V21 |
//! | `bad-closing`, `bad-seal`, `bad-decryption`, `bad-result` | the end | V22 to V25 |
//! | `wrong-phase`, `other-election` | may not stand now; names another election | V26 |
//! | `not-yet-open`, `closed`, `closing` | the ballot box by state and announced hours; frozen for closing | – |

use urne_election::phase::{CAP_REACHED, Check, OTHER_ELECTION, Void};

/// A refusal before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// stable, for programs
    pub code: &'static str,
    /// one sentence for people
    pub message: String,
}

impl Reason {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Reason {
        Reason {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn not_yet_open() -> Reason {
        Reason::new(
            "not-yet-open",
            "the ballot box is not open yet: come back at the announced hour",
        )
    }

    pub(crate) fn closed() -> Reason {
        Reason::new(
            "closed",
            "the ballot box is closed: the announced hour has passed",
        )
    }

    pub(crate) fn closing() -> Reason {
        Reason::new(
            "closing",
            "the organizer is about to close the ballot box: try again in a minute, in case it stays open",
        )
    }

    pub(crate) fn outdated() -> Reason {
        Reason::new(
            "outdated",
            "another ballot was accepted on this line meanwhile: look which, and vote again if you still want to",
        )
    }
}

impl From<Void> for Reason {
    fn from(void: Void) -> Reason {
        let code = match void.check {
            Check::Form => "not-an-entry",
            Check::Signatures => "bad-signature",
            Check::Deals => "bad-deal",
            Check::Confirms => "bad-confirm",
            Check::Complaints => "bad-complaint",
            Check::Roll => "bad-roll",
            Check::IssuerProofs => "bad-issuer-proof",
            Check::Drills => "bad-drill",
            Check::Opening => "bad-opening",
            Check::RollChanges => "bad-roll-change",
            Check::Voters => "not-on-roll",
            Check::BallotProofs => "bad-ballot",
            Check::Acceptance if void.why == CAP_REACHED => "cap-reached",
            Check::Acceptance => return Reason::outdated(),
            Check::Closing => "bad-closing",
            Check::Seals => "bad-seal",
            Check::Decryptions => "bad-decryption",
            Check::Result => "bad-result",
            Check::Order if void.why == OTHER_ELECTION => "other-election",
            Check::Order => "wrong-phase",
        };
        Reason::new(code, format!("the entry is refused: {}", void.why))
    }
}
