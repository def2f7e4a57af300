//! One small, complete election, always the same, with all its parties' keys.

use std::sync::OnceLock;

use urne_cli::rehearsal::{Draft, Elector, Town};
use urne_client::voter;
use urne_crypto::encoding::Point;
use urne_crypto::signature::SigningKey;
use urne_election::entry::{Complaint, Entry, Shape, SignedEntry, Signer, sign_payload};
use urne_election::json::base64url;
use urne_election::question::{Answer, Kind, Question};
use urne_election::receipt::Refusal;
use urne_tests::ballots::{greedy_skip, one_of, question, several};

/// What the targets damage.
pub struct Sample {
    /// everybody and the board, after the result
    pub town: Town,
    /// every entry, in order; a complaint and a notice are added at the end, though they do not stand on the board
    pub entries: Vec<Vec<u8>>,
    /// what the templates depend on
    pub shape: Shape,
    /// receipts and a refusal
    pub receipts: Vec<Vec<u8>>,
    /// what voting devices revealed, for a first ballot and for a later one
    pub audits: Vec<Vec<u8>>,
    /// a tracker that a second device captured before
    pub tracker: [u8; 32],
}

const EVERYTHING_IS_VALID: &str = "the sample election is valid";

/// The election; the first call takes a moment.
pub fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(make)
}

fn questions() -> Vec<Question> {
    let budget = Question {
        envelope: 10,
        rule: greedy_skip(),
        ..question(Kind::Knapsack, &[4, 7, 3])
    };
    let points = Question {
        least: 1,
        most: 4,
        each: 3,
        ..question(Kind::Points, &[0, 0])
    };
    vec![one_of(2), several(3, 1, 2), budget, points]
}

fn answers(first: Answer) -> Vec<Answer> {
    vec![
        first,
        Answer::Values(vec![0, 1, 1]),
        Answer::Values(vec![0, 1, 1]),
        Answer::Values(vec![1, 3]),
    ]
}

fn make() -> Sample {
    let draft = Draft {
        issuers: vec!["Registrar".into(), "Mail room".into()],
        ..Draft::plain("A small vote", questions(), 4)
    };
    let mut town = Town::found(draft, 1).expect(EVERYTHING_IS_VALID);
    let mut receipts = Vec::new();
    let mut audits = Vec::new();
    let tracker = vote(&mut town, &mut receipts, &mut audits).expect(EVERYTHING_IS_VALID);
    town.close_and_count().expect(EVERYTHING_IS_VALID);
    let replica = town.server.replica();
    let constants = replica.election().constants();
    receipts.push(
        Refusal::sign(
            &town.server.keys().receipts,
            constants.id,
            [1; 32],
            "cap".to_owned(),
            replica.tree().size(),
        )
        .to_bytes(),
    );
    let mut entries = replica.entries().to_vec();
    let complaint = Complaint {
        election: constants.id,
        trustee: 1,
        dealer: 2,
        shared: constants.manifest.trustees[0].encryption,
        proof: [0; 96],
    };
    entries.push(Entry::Complaint(complaint).signed(&[town.trustees[0].keys.signing()]));
    entries.push(town.organizer.notice(replica, vec!["Hello".into()]));
    Sample {
        shape: constants.shape,
        entries,
        receipts,
        audits,
        tracker,
        town,
    }
}

/// Opening, ballots, changes of the roll; the tracker of the first ballot that was revealed.
fn vote(
    town: &mut Town,
    receipts: &mut Vec<Vec<u8>>,
    audits: &mut Vec<Vec<u8>>,
) -> Result<[u8; 32], urne_cli::rehearsal::TownError> {
    town.prepare_and_open()?;
    let tracker = audit(town, audits)?;
    for (voter, first) in [
        (0, Answer::Values(vec![1, 0])),
        (1, Answer::Blank),
        (0, Answer::Values(vec![0, 1])),
    ] {
        receipts.push(town.vote(voter, &answers(first))?.to_bytes());
    }
    audit(town, audits)?;
    town.replace_letter(1)?;
    town.remove(2)?;
    let late = town.admit_elector(&Elector {
        identifier: "late".into(),
        weight: 1,
        college: 1,
    })?;
    town.vote(late, &answers(Answer::Blank))?;
    Ok(tracker)
}

/// The first voter has a ballot revealed.
fn audit(
    town: &mut Town,
    audits: &mut Vec<Vec<u8>>,
) -> Result<[u8; 32], urne_cli::rehearsal::TownError> {
    let credential = town.voters[0].credential();
    let replica = town.server.replica();
    let answers = answers(Answer::Blank);
    let prepared = voter::prepare(replica, &credential, &answers, &mut town.rng)?;
    let tracker = prepared.tracker();
    audits.push(prepared.reveal(replica).to_bytes());
    Ok(tracker)
}

impl Sample {
    /// The entries of the board alone.
    pub fn board(&self) -> &[Vec<u8>] {
        self.town.server.replica().entries()
    }

    /// The first voter's public credential.
    pub fn credential(&self) -> Point {
        self.town.voters[0].key()
    }

    /// If the first line can be read as an entry, the same entry signed by whoever must sign it: damage that no
    /// signature gives away.
    pub fn signed_anew(&self, bytes: Vec<u8>) -> Vec<u8> {
        let payload = bytes
            .split(|&byte| byte == b'\n')
            .next()
            .unwrap_or_default();
        let unsigned = |count| joined(payload, &vec![[0; 64]; count]);
        let readable = (0..=self.shape.issuers)
            .find_map(|count| SignedEntry::decode(&unsigned(count), &self.shape).ok());
        let signers = readable.and_then(|signed| self.signers(signed.entry.signer()));
        match signers {
            Some(signers) => sign_payload(payload.to_vec(), &signers),
            None => bytes,
        }
    }

    fn signers(&self, signer: Signer) -> Option<Vec<&SigningKey>> {
        Some(match signer {
            Signer::Nobody => Vec::new(),
            Signer::Organizer => vec![&self.town.organizer_key],
            Signer::Trustee(number) => {
                let seat = self.town.trustees.get(number as usize - 1)?;
                vec![seat.keys.signing()]
            }
            Signer::Issuers => {
                let issuers = self.town.issuers.iter();
                issuers.map(|issuer| issuer.key()).collect()
            }
        })
    }
}

/// Payload and signatures as an entry's bytes.
pub fn joined(payload: &[u8], signatures: &[[u8; 64]]) -> Vec<u8> {
    let mut bytes = payload.to_vec();
    bytes.push(b'\n');
    for signature in signatures {
        bytes.extend_from_slice(base64url(signature).as_bytes());
        bytes.push(b'\n');
    }
    bytes
}
