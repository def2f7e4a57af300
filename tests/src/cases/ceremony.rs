//! V11 to V13 and V16, V17: the key ceremony, the drill, the opening; and ceremonies that fail with a name.

use rand::rngs::StdRng;
use urne_cli::rehearsal::{Draft, Town};
use urne_client::trustee::SecondStep;
use urne_crypto::ceremony::Setup;
use urne_crypto::ceremony::deal::DealBytes;
use urne_crypto::encoding::Point;
use urne_crypto::signature::SigningKey;
use urne_crypto::transcript::{self, DealStatement};
use urne_crypto::{RistrettoPoint, Scalar};
use urne_election::entry::{self, BoothFile, Complaint, Entry, SignedEntry};
use urne_election::phase::Phase;

use super::Case;
use super::files::{forced, founded};
use crate::ballots::one_of;
use crate::record::Record;

pub(super) fn cases() -> Vec<Case> {
    [
        deals(),
        confirms(),
        complaints(),
        drills(),
        openings(),
        failures(),
    ]
    .concat()
}

/// Reads an entry of this election back.
pub(super) fn read(town: &Town, bytes: &[u8]) -> Entry {
    let shape = &town.server.replica().election().constants().shape;
    SignedEntry::decode(bytes, shape)
        .expect("an entry of our own")
        .entry
}

/// The signing key of trustee `number`.
pub(super) fn trustee_key(town: &Town, number: u32) -> &SigningKey {
    town.trustees[number as usize - 1].keys.signing()
}

/// One more point on the board than there should be: an encoded point plus G.
pub(super) fn moved(bytes: &[u8]) -> [u8; 32] {
    let point = Point::decode(bytes.try_into().expect("32 bytes")).expect("a point");
    *Point::from(point.element() + RistrettoPoint::mul_base(&Scalar::ONE)).bytes()
}

/// Changes the 32-byte word number `index` of a byte string to another valid point.
pub(super) fn move_point(bytes: &mut [u8], index: usize) {
    let word = &mut bytes[32 * index..32 * (index + 1)];
    let other = moved(word);
    word.copy_from_slice(&other);
}

/// Adds one to the scalar that is the 32-byte word number `index`.
pub(super) fn move_scalar(bytes: &mut [u8], index: usize) {
    let word: [u8; 32] = bytes[32 * index..32 * (index + 1)]
        .try_into()
        .expect("32 bytes");
    let scalar = Scalar::from_canonical_bytes(word).expect("a scalar") + Scalar::ONE;
    bytes[32 * index..32 * (index + 1)].copy_from_slice(scalar.as_bytes());
}

fn deals() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut bad = |name: &str, why: &str, change: &dyn Fn(&mut entry::Deal)| {
        let mut town = founded();
        let made = town_deal(&mut town, 1);
        let mut entry = read(&town, &made);
        if let Entry::Deal(deal) = &mut entry {
            change(deal);
        }
        let record = forced(&town, entry.signed(&[trustee_key(&town, 1)]));
        cases.push(Case::fail("V11", name, why, record));
    };
    bad(
        "shares",
        "One bit of an encrypted share is changed and the dealer signs again: the proof covers every share.",
        &|deal| {
            deal.bytes.shares[50] ^= 1;
        },
    );
    bad(
        "commitment",
        "The last commitment is another point.",
        &|deal| {
            move_point(&mut deal.bytes.commitments, 1);
        },
    );
    bad("ephemeral", "E is another point.", &|deal| {
        deal.bytes.ephemeral = moved(&deal.bytes.ephemeral);
    });
    bad(
        "identity",
        "The constant commitment is the identity.",
        &|deal| {
            deal.bytes.commitments[..32].fill(0);
        },
    );
    bad(
        "point",
        "A commitment is not the encoding of a point.",
        &|deal| {
            deal.bytes.commitments[32..].fill(0xff);
        },
    );
    bad("response", "The second response is off by one.", &|deal| {
        move_scalar(&mut deal.bytes.proof, 3);
    });
    cases.push(copied_deal());
    cases
}

pub(super) fn town_deal(town: &mut Town, number: u32) -> Vec<u8> {
    town.deal_of(number).expect("an honest deal")
}

/// A dealer republishes another dealer's deal as its own.
fn copied_deal() -> Case {
    let mut town = founded();
    let first = town_deal(&mut town, 1);
    town.server.admit(first.clone()).expect("a good deal");
    let mut copy = read(&town, &first);
    if let Entry::Deal(deal) = &mut copy {
        deal.trustee = 2;
    }
    let record = forced(&town, copy.signed(&[trustee_key(&town, 2)]));
    Case::fail(
        "V11",
        "copied",
        "Trustee 2 publishes trustee 1's deal as its own.",
        record,
    )
}

pub(super) fn dealt() -> Town {
    let mut town = founded();
    town.deal().expect("honest deals");
    town
}

fn confirms() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut bad = |name: &str, why: &str, change: &dyn Fn(&mut entry::Confirm)| {
        let mut town = dealt();
        let SecondStep::Confirm(entry) = town.second_step_of(2).expect("honest") else {
            unreachable!("honest deals leave nothing to complain about");
        };
        let mut entry = read(&town, &entry);
        if let Entry::Confirm(confirm) = &mut entry {
            change(confirm);
        }
        let record = forced(&town, entry.signed(&[trustee_key(&town, 2)]));
        cases.push(Case::fail("V12", name, why, record));
    };
    let other = Point::from(RistrettoPoint::mul_base(&Scalar::from(5_u64)));
    bad("key", "It confirms another election key.", &|confirm| {
        confirm.key = other
    });
    bad("share", "It confirms another public share.", &|confirm| {
        confirm.share = other
    });
    bad("deals", "It confirms other deals.", &|confirm| {
        confirm.deals[0] ^= 1
    });
    bad(
        "response",
        "The response of the proof is off by one.",
        &|confirm| {
            move_scalar(&mut confirm.proof, 1);
        },
    );
    cases
}

/// A complaint of trustee `trustee` about dealer `dealer`, made by its own tool.
pub(super) fn complaint(town: &mut Town, trustee: u32, dealer: u32) -> Entry {
    let Phase::Confirming(phase) = town.server.replica().election().phase() else {
        unreachable!("all deals stand");
    };
    let secret = town.trustees[trustee as usize - 1].keys.encryption();
    let made = phase
        .dealt()
        .complain(trustee, dealer, secret, &mut town.rng);
    Entry::Complaint(Complaint {
        election: *town.server.replica().election().id(),
        trustee,
        dealer,
        shared: made.shared,
        proof: made.proof.to_bytes(),
    })
}

fn complaints() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut bad = |name: &str, why: &str, change: &dyn Fn(&mut Complaint)| {
        let mut town = dealt();
        let mut entry = complaint(&mut town, 2, 1);
        if let Entry::Complaint(complaint) = &mut entry {
            change(complaint);
        }
        let record = forced(&town, entry.signed(&[trustee_key(&town, 2)]));
        cases.push(Case::fail("V13", name, why, record));
    };
    bad(
        "shared",
        "It shows a point that is not p·E, so that a good share seems not to open.",
        &|complaint| {
            complaint.shared = Point::from(complaint.shared.element() + complaint.shared.element());
        },
    );
    bad(
        "dealer",
        "It names another dealer than the one its proof is about.",
        &|complaint| {
            complaint.dealer = 3;
        },
    );
    bad(
        "response",
        "The response of the proof is off by one.",
        &|complaint| {
            move_scalar(&mut complaint.proof, 2);
        },
    );
    cases
}

/// Ceremonies that end with a name.
fn failures() -> Vec<Case> {
    let mut town = dealt();
    let entry = complaint(&mut town, 2, 1).signed(&[trustee_key(&town, 2)]);
    let mut false_complaint = Case::incomplete(
        "false-complaint",
        "Trustee 2 complains about a good share of trustee 1: the complainer is guilty.",
        forced(&town, entry),
    );
    false_complaint.ceremony = Some((2, "complainer"));
    let mut bad_share = Case::incomplete(
        "bad-share",
        "Trustee 1 deals with a good proof, but its share for trustee 2 does not open: the dealer is guilty.",
        Record::of(&with_bad_shares().server),
    );
    bad_share.ceremony = Some((1, "dealer"));
    vec![false_complaint, bad_share]
}

/// A dealer whose commitments and proof are good and whose encrypted shares are nothing at all.
fn with_bad_shares() -> Town {
    let mut town = founded();
    let Phase::Dealing(phase) = town.server.replica().election().phase() else {
        unreachable!("only the manifest stands");
    };
    let bytes = deal_without_shares(phase.setup(), 1, &mut town.rng);
    let entry = Entry::Deal(entry::Deal {
        election: *town.server.replica().election().id(),
        trustee: 1,
        bytes,
    });
    let entry = entry.signed(&[trustee_key(&town, 1)]);
    town.server.admit(entry).expect("its proof is good");
    for number in [2, 3] {
        let entry = town_deal(&mut town, number);
        town.server.admit(entry).expect("a good deal");
    }
    match town.second_step_of(2).expect("at this step") {
        SecondStep::Complaint(entry, _) => town.server.admit(entry).expect("a good complaint"),
        SecondStep::Confirm(_) => unreachable!("the share does not open"),
    };
    town
}

/// The proof of a deal is about a_i0 and e_i only: whoever knows them can prove over any encrypted shares.
fn deal_without_shares(setup: &Setup, trustee: u32, rng: &mut StdRng) -> DealBytes {
    let coefficients: Vec<Scalar> = (0..setup.threshold).map(|_| Scalar::random(rng)).collect();
    let ephemeral_secret = Scalar::random(rng);
    let public = |secret: &Scalar| Point::from(RistrettoPoint::mul_base(secret));
    let commitments: Vec<Point> = coefficients.iter().map(public).collect();
    let ephemeral = public(&ephemeral_secret);
    let shares = vec![[7; 48]; setup.encryption_keys.len()];
    let statement = transcript::deal(&DealStatement {
        election: &setup.election,
        trustee,
        threshold: setup.threshold,
        encryption_keys: &setup.encryption_keys,
        signing_key: &setup.signing_keys[trustee as usize - 1],
        commitments: &commitments,
        ephemeral: &ephemeral,
        shares: &shares,
    });
    let nonces = [Scalar::random(rng), Scalar::random(rng)];
    let [first, second] = [public(&nonces[0]), public(&nonces[1])];
    let challenge = statement.challenge(&[&first, &second]);
    let responses = [
        nonces[0] + challenge * coefficients[0],
        nonces[1] + challenge * ephemeral_secret,
    ];
    let words = [
        first.bytes(),
        second.bytes(),
        responses[0].as_bytes(),
        responses[1].as_bytes(),
    ];
    DealBytes {
        commitments: commitments
            .iter()
            .flat_map(|point| *point.bytes())
            .collect(),
        ephemeral: *ephemeral.bytes(),
        shares: shares.concat(),
        proof: words
            .map(|word| *word)
            .concat()
            .try_into()
            .expect("128 bytes"),
    }
}

pub(super) fn prepared() -> Town {
    let mut town = dealt();
    town.confirm().expect("honest");
    town.publish_roll().expect("honest");
    town
}

fn drills() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut bad = |name: &str, why: &str, change: &dyn Fn(&mut entry::Drill)| {
        let mut town = prepared();
        let entry = town.drill_of(3).expect("honest");
        let mut entry = read(&town, &entry);
        if let Entry::Drill(drill) = &mut entry {
            change(drill);
        }
        let record = forced(&town, entry.signed(&[trustee_key(&town, 3)]));
        cases.push(Case::fail("V16", name, why, record));
    };
    bad(
        "share",
        "The decryption share is another point.",
        &|drill| {
            drill.share = Point::from(drill.share.element() + drill.share.element());
        },
    );
    bad(
        "response",
        "The right share, which anyone can compute, with a proof that does not hold.",
        &|drill| {
            move_scalar(&mut drill.proof, 2);
        },
    );
    let mut town = prepared();
    let entry = town.drill_of(3).expect("honest");
    let mut entry = read(&town, &entry);
    if let Entry::Drill(drill) = &mut entry {
        drill.trustee = 2;
    }
    let record = forced(&town, entry.signed(&[trustee_key(&town, 2)]));
    cases.push(Case::fail(
        "V16",
        "copied",
        "Trustee 2 answers with trustee 3's answer.",
        record,
    ));
    cases
}

fn openings() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut bad = |name: &str, why: &str, change: &dyn Fn(&mut entry::Open)| {
        let mut town = prepared();
        town.drill().expect("honest");
        let mut entry = opening(&town, &["/a", "/b"]);
        if let Entry::Open(open) = &mut entry {
            change(open);
        }
        let record = forced(&town, entry.signed(&[&town.organizer_key]));
        cases.push(Case::fail("V17", name, why, record));
    };
    bad("size", "It names another position.", &|open| open.size += 1);
    bad("root", "It names another root.", &|open| open.root[0] ^= 1);
    bad(
        "key",
        "It names another election key, chosen by the organizer.",
        &|open| {
            open.key = Point::from(RistrettoPoint::mul_base(&Scalar::from(5_u64)));
        },
    );
    bad("deals", "It names other deals.", &|open| open.deals[0] ^= 1);
    bad("confirms", "It names other confirms.", &|open| {
        open.confirms[0] ^= 1
    });
    bad("roll", "It names another roll.", &|open| open.roll[0] ^= 1);
    bad("lines", "It counts one line more.", &|open| open.lines += 1);
    bad("booth", "The paths of the booth do not ascend.", &|open| {
        open.booth.reverse()
    });
    bad(
        "booth-twice",
        "A path of the booth stands twice.",
        &|open| {
            open.booth[1].path = open.booth[0].path.clone();
        },
    );

    let town = prepared();
    let early = opening(&town, &[]).signed(&[&town.organizer_key]);
    cases.push(Case::fail(
        "V17",
        "no-drill",
        "It opens before the drill.",
        forced(&town, early),
    ));
    let mut town = dealt();
    town.confirm().expect("honest");
    town.drill().expect("honest");
    let early = opening(&town, &[]).signed(&[&town.organizer_key]);
    cases.push(Case::fail(
        "V17",
        "no-roll",
        "It opens without a roll.",
        forced(&town, early),
    ));
    cases.push(exposed_weight());
    cases
}

fn opening(town: &Town, booth: &[&str]) -> Entry {
    let Phase::Preparing(phase) = town.server.replica().election().phase() else {
        unreachable!("the ceremony has ended");
    };
    let files = booth.iter().map(|path| BoothFile {
        path: (*path).to_owned(),
        hash: [1; 32],
    });
    Entry::Open(phase.opening(files.collect(), town.server.replica().past()))
}

fn exposed_weight() -> Case {
    let mut draft = Draft::plain("small", vec![one_of(2)], 6);
    draft.electors[0].weight = 2;
    let mut town = Town::found(draft, 21).expect("a valid draft");
    town.deal().expect("honest");
    town.confirm().expect("honest");
    town.publish_roll().expect("honest");
    town.drill().expect("honest");
    let entry = opening(&town, &[]).signed(&[&town.organizer_key]);
    Case::fail(
        "V17",
        "weight",
        "One line alone has weight 2, and the organizer has signed no exception.",
        forced(&town, entry),
    )
}
