//! Cheating provers: each draws its challenge over the false statement, so that exactly one equation is what catches it. A byte
//! changed afterwards would change the challenge and break every equation at once, and show nothing about any of them.

use rand::rngs::StdRng;
use urne_board::checkpoint::SignedCheckpoint;
use urne_board::cosignature::cosign;
use urne_board::note::KeyName;
use urne_cli::rehearsal::Town;
use urne_crypto::encoding::Point;
use urne_crypto::generators::Generators;
use urne_crypto::signature::SigningKey;
use urne_crypto::transcript::{self, ComplaintStatement, DealStatement, DecryptionStatement};
use urne_crypto::{RistrettoPoint, Scalar};
use urne_election::entry::{self, BallotEntry, Complaint, Entry};
use urne_election::phase::Phase;

use super::Case;
use super::ceremony::{complaint, dealt, prepared, read, town_deal, trustee_key};
use super::files::{finished, forced, founded, opened};
use super::tally::{closed, sealed};
use crate::ballots::choose;
use crate::record::Record;

pub(super) fn cases() -> Vec<Case> {
    [
        ballots(),
        deals(),
        complaints(),
        drills(),
        decryptions(),
        signatures(),
        vouchers(),
    ]
    .concat()
}

fn public(secret: &Scalar) -> Point {
    Point::from(RistrettoPoint::mul_base(secret))
}

fn plus_generator(point: &Point) -> Point {
    Point::from(point.element() + RistrettoPoint::mul_base(&Scalar::ONE))
}

fn words(words: &[&[u8; 32]]) -> Vec<u8> {
    words.iter().flat_map(|word| **word).collect()
}

/// The same scalar with the group order added: another encoding, which must be refused.
fn unreduced(word: &mut [u8]) {
    let mut carry = 1_u16;
    for (byte, order) in word.iter_mut().zip((-Scalar::ONE).to_bytes()) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
}

/// Where a voter's prover departs from the truth.
struct Lies {
    /// what it calls bits
    bits: [Scalar; 3],
    /// added to the first α and the first β
    moved: [Scalar; 2],
    /// added to the secret of the credential
    credential: Scalar,
    /// whether the first ciphertext has no randomness at all
    bare: bool,
}

impl Lies {
    fn none() -> Lies {
        Lies {
            bits: [Scalar::ONE, Scalar::ZERO, Scalar::ZERO],
            moved: [Scalar::ZERO; 2],
            credential: Scalar::ZERO,
            bare: false,
        }
    }
}

/// A prover for one of two with blank (n = N = 3, L the identity, Σ b = 1), after `spec/ballot.md`, section 3.
fn lying_ballot(town: &mut Town, lies: &Lies) -> BallotEntry {
    let Phase::Voting(voting) = town.server.replica().election().phase() else {
        unreachable!("the box is open");
    };
    let rng = &mut town.rng;
    let credential = town.voters[2].credential();
    let key = credential.public();
    let (ctx, election_key) = (*voting.context().ctx(), *voting.context().election_key());
    let h = election_key.element();
    let g = RistrettoPoint::mul_base(&Scalar::ONE);

    let mut r: Vec<Scalar> = (0..3).map(|_| Scalar::random(rng)).collect();
    if lies.bare {
        r[0] = Scalar::ZERO;
    }
    let mut ciphertexts = Vec::new();
    for (index, (bit, r)) in lies.bits.iter().zip(&r).enumerate() {
        let moved = if index == 0 {
            lies.moved
        } else {
            [Scalar::ZERO; 2]
        };
        let alpha = Point::from((r + moved[0]) * g);
        let beta = Point::from((bit + moved[1]) * g + r * h);
        ciphertexts.extend_from_slice(alpha.bytes());
        ciphertexts.extend_from_slice(beta.bytes());
    }
    let generators = Generators::new(3);
    let a: Vec<Scalar> = (0..3).map(|_| Scalar::random(rng)).collect();
    let [rho_a, rho_b, tau, kappa] = [0; 4].map(|_| Scalar::random(rng));
    let mut commitments = [rho_a * generators.blinding, rho_b * generators.blinding];
    for index in 0..3 {
        let (a, b) = (a[index], lies.bits[index]);
        let (bit, square) = (generators.bits[index], generators.squares[index]);
        commitments[0] += a * bit - a * a * square;
        commitments[1] += b * bit + a * (Scalar::ONE - b - b) * square;
    }
    let commitments = commitments.map(Point::from);
    let after = [0; 32];
    let prefix = transcript::ballot_prefix(&ctx, &election_key, voting.context().program().bytes());
    let statement = transcript::ballot(&prefix, 1, &key, &after, &ciphertexts);
    let (statement, y) =
        transcript::ballot_first_challenge(statement, [&commitments[0], &commitments[1]]);
    let powers = [y, y * y, y * y * y, y * y * y * y];
    let weighted: Scalar = (0..3)
        .map(|index| (powers[index] + powers[3]) * a[index])
        .sum();
    let links = [
        public(&tau),
        Point::from(weighted * g + tau * h),
        public(&kappa),
    ];
    let x = transcript::ballot_second_challenge(statement, [&links[0], &links[1], &links[2]]);
    let mut proof = ciphertexts;
    for point in commitments.iter().chain(&links) {
        proof.extend_from_slice(point.bytes());
    }
    let f = (0..3).map(|index| lies.bits[index] * x + a[index]);
    let sum: Scalar = (0..3).map(|index| powers[index] * r[index]).sum();
    let last = [
        rho_b * x + rho_a,
        x * sum + tau,
        x * (credential.expose() + lies.credential) + kappa,
    ];
    for scalar in f.chain(last) {
        proof.extend_from_slice(scalar.as_bytes());
    }
    BallotEntry { after, key, proof }
}

fn ballots() -> Vec<Case> {
    let two = Scalar::from(2_u64);
    let [zero, one] = [Scalar::ZERO, Scalar::ONE];
    let lies = [
        (
            "bit",
            "The “bits” are 2, −1 and 0: ciphertexts, rule and credential are in order, only equation 1 sees it.",
            Lies {
                bits: [two, -one, zero],
                ..Lies::none()
            },
        ),
        (
            "alpha-alone",
            "The first α hides other randomness than its β: only equation 2 sees it.",
            Lies {
                moved: [one, zero],
                ..Lies::none()
            },
        ),
        (
            "beta-alone",
            "The first ciphertext encrypts 2 while its bit is 1: only equation 3 sees it.",
            Lies {
                moved: [zero, one],
                ..Lies::none()
            },
        ),
        (
            "rule-alone",
            "Two options are chosen where one is allowed, in honest bits: only equation 3 sees it.",
            Lies {
                bits: [one, one, zero],
                ..Lies::none()
            },
        ),
        (
            "nothing-chosen",
            "Nothing is chosen, not even blank: only equation 3 sees it.",
            Lies {
                bits: [zero; 3],
                ..Lies::none()
            },
        ),
        (
            "credential-alone",
            "The prover does not know the credential: only equation 4 sees it.",
            Lies {
                credential: one,
                ..Lies::none()
            },
        ),
        (
            "no-randomness",
            "The first α is the identity, with a proof in which every equation holds.",
            Lies {
                bare: true,
                ..Lies::none()
            },
        ),
    ];
    let mut town = opened();
    let honest = lying_ballot(&mut town, &Lies::none());
    town.server
        .admit(Entry::Ballot(honest.clone()).signed(&[]))
        .expect("without a lie this prover is believed");
    let mut cases: Vec<Case> = lies
        .iter()
        .map(|(name, why, lies)| {
            let mut town = opened();
            let ballot = lying_ballot(&mut town, lies);
            let record = forced(&town, Entry::Ballot(ballot).signed(&[]));
            Case::fail("V20", name, why, record)
        })
        .collect();
    for (word, name) in [(11, "f"), (14, "z"), (15, "zr"), (16, "zu")] {
        let mut town = opened();
        let mut ballot = lying_ballot(&mut town, &Lies::none());
        unreduced(&mut ballot.proof[32 * word..32 * word + 32]);
        let why = "A response with the group order added: the same scalar, another encoding.";
        let record = forced(&town, Entry::Ballot(ballot).signed(&[]));
        cases.push(Case::fail("V20", &format!("unreduced-{name}"), why, record));
    }
    cases
}

/// A deal whose proof is honest but for what is added to the two published points after the secrets were chosen.
fn lying_deal(town: &mut Town, constant: bool, ephemeral: bool) -> Entry {
    let Phase::Dealing(phase) = town.server.replica().election().phase() else {
        unreachable!("only the manifest stands");
    };
    let setup = phase.setup();
    let rng: &mut StdRng = &mut town.rng;
    let secrets = [Scalar::random(rng), Scalar::random(rng)];
    let published = |secret: &Scalar, moved: bool| {
        let point = public(secret);
        if moved { plus_generator(&point) } else { point }
    };
    let commitments = [
        published(&secrets[0], constant),
        public(&Scalar::random(rng)),
    ];
    let ephemeral = published(&secrets[1], ephemeral);
    let shares = [[7; 48]; 3];
    let nonces = [Scalar::random(rng), Scalar::random(rng)];
    let [first, second] = nonces.map(|nonce| public(&nonce));
    let challenge = transcript::deal(&DealStatement {
        election: &setup.election,
        trustee: 1,
        threshold: setup.threshold,
        encryption_keys: &setup.encryption_keys,
        signing_key: &setup.signing_keys[0],
        commitments: &commitments,
        ephemeral: &ephemeral,
        shares: &shares,
    })
    .challenge(&[&first, &second]);
    let responses = [0, 1].map(|index| nonces[index] + challenge * secrets[index]);
    let proof = words(&[
        first.bytes(),
        second.bytes(),
        responses[0].as_bytes(),
        responses[1].as_bytes(),
    ]);
    Entry::Deal(entry::Deal {
        election: setup.election,
        trustee: 1,
        bytes: urne_crypto::ceremony::deal::DealBytes {
            commitments: words(&[commitments[0].bytes(), commitments[1].bytes()]),
            ephemeral: *ephemeral.bytes(),
            shares: shares.concat(),
            proof: proof.try_into().expect("128 bytes"),
        },
    })
}

fn deals() -> Vec<Case> {
    let lies = [
        (
            "constant-alone",
            "The dealer knows e but not a_0: only the first equation sees it.",
            true,
            false,
        ),
        (
            "ephemeral-alone",
            "The dealer knows a_0 but not e (it copied another's E to harvest a complaint): only the second equation sees it.",
            false,
            true,
        ),
    ];
    let case = |(name, why, constant, ephemeral): &(&str, &str, bool, bool)| {
        let mut town = founded();
        let entry = lying_deal(&mut town, *constant, *ephemeral);
        Case::fail(
            "V11",
            name,
            why,
            forced(&town, entry.signed(&[trustee_key(&town, 1)])),
        )
    };
    lies.iter().map(case).collect()
}

/// A complaint of trustee 2 about dealer 1, with another shared point, or with another secret.
fn lying_complaint(town: &mut Town, shared_moved: bool, secret_moved: bool) -> Entry {
    let Entry::Complaint(honest) = complaint(town, 2, 1) else {
        unreachable!("a complaint");
    };
    let replica = town.server.replica();
    let manifest = replica.manifest();
    let deal_entry = &replica.entries()[1];
    let Entry::Deal(deal) = read(town, deal_entry) else {
        unreachable!("the first entry after the manifest is trustee 1's deal");
    };
    let ephemeral = Point::decode(&deal.bytes.ephemeral).expect("a point");
    let mut secret = *town.trustees[1].keys.encryption().expose();
    if secret_moved {
        secret += Scalar::ONE;
    }
    let mut shared = Point::from(secret * ephemeral.element());
    if shared_moved {
        shared = plus_generator(&shared);
    }
    let nonce = Scalar::random(&mut town.rng);
    let commitments = [public(&nonce), Point::from(nonce * ephemeral.element())];
    let challenge = transcript::complaint(&ComplaintStatement {
        election: &honest.election,
        trustee: 2,
        dealer: 1,
        deal: &urne_board::tree::leaf_hash(deal_entry),
        encryption_key: &manifest.trustees[1].encryption,
        ephemeral: &ephemeral,
        shared: &shared,
    })
    .challenge(&[&commitments[0], &commitments[1]]);
    let response = nonce + challenge * secret;
    let proof = words(&[
        commitments[0].bytes(),
        commitments[1].bytes(),
        response.as_bytes(),
    ]);
    Entry::Complaint(Complaint {
        shared,
        proof: proof.try_into().expect("96 bytes"),
        ..honest
    })
}

fn complaints() -> Vec<Case> {
    let lies = [
        (
            "shared-alone",
            "The shown point is not p·E, while the prover knows p: only the second equation keeps an honest dealer from blame.",
            true,
            false,
        ),
        (
            "secret-alone",
            "The shown point and the proof belong to another secret: only the first equation sees it.",
            false,
            true,
        ),
    ];
    let case = |(name, why, shared, secret): &(&str, &str, bool, bool)| {
        let mut town = dealt();
        let entry = lying_complaint(&mut town, *shared, *secret);
        Case::fail(
            "V13",
            name,
            why,
            forced(&town, entry.signed(&[trustee_key(&town, 2)])),
        )
    };
    lies.iter().map(case).collect()
}

/// x_j of trustee `number`, as its own tool computes it.
fn key_share(town: &Town, number: u32) -> Scalar {
    let dealt = match town.server.replica().election().phase() {
        Phase::Preparing(phase) => phase.dealt(),
        Phase::Sealing(phase) => phase.dealt(),
        _ => unreachable!("the ceremony has ended, the box is not open"),
    };
    let secret = town.trustees[number as usize - 1].keys.encryption();
    *dealt
        .open_shares(number, secret)
        .expect("honest deals")
        .secret()
        .expose()
}

fn drills() -> Vec<Case> {
    let mut cases = Vec::new();
    for (moved, name, why) in [
        (
            0,
            "generator-alone",
            "The first commitment is another point, drawn before the challenge: only the equation for G sees it.",
        ),
        (
            1,
            "alpha-alone",
            "The second commitment is another point, drawn before the challenge: only the equation for α sees it.",
        ),
    ] {
        let mut town = prepared();
        let entry = town.drill_of(3).expect("honest");
        let Entry::Drill(mut drill) = read(&town, &entry) else {
            unreachable!("a drill");
        };
        let secret = key_share(&town, 3);
        let Phase::Preparing(phase) = town.server.replica().election().phase() else {
            unreachable!("not open yet");
        };
        let ciphertext = phase.drill_to_answer().ciphertext();
        let nonce = Scalar::random(&mut town.rng);
        let mut commitments = [
            public(&nonce),
            Point::from(nonce * ciphertext.alpha.element()),
        ];
        commitments[moved] = plus_generator(&commitments[moved]);
        let challenge = transcript::drill_proof(
            phase.hashes(),
            3,
            phase.dealt().share(3),
            [&ciphertext.alpha, &ciphertext.beta],
            &drill.share,
        )
        .challenge(&[&commitments[0], &commitments[1]]);
        let response = nonce + challenge * secret;
        let proof = words(&[
            commitments[0].bytes(),
            commitments[1].bytes(),
            response.as_bytes(),
        ]);
        drill.proof = proof.try_into().expect("96 bytes");
        let entry = Entry::Drill(drill).signed(&[trustee_key(&town, 3)]);
        cases.push(Case::fail("V16", name, why, forced(&town, entry)));
    }
    cases
}

fn decryptions() -> Vec<Case> {
    let mut cases = Vec::new();
    for (share_moved, secret_moved, name, why) in [
        (
            true,
            false,
            "share-alone",
            "A share is another point, with a proof drawn over it by somebody who knows x: only the equation for the sums sees that the trustee changes a total.",
        ),
        (
            false,
            true,
            "secret-alone",
            "All shares are made with another secret than x, and proven with it: only the equation for G sees it.",
        ),
    ] {
        let mut town = sealed();
        let entry = town.decryption_of(1).expect("honest");
        let Entry::Decryption(mut decryption) = read(&town, &entry) else {
            unreachable!("a decryption");
        };
        let mut secret = key_share(&town, 1);
        if secret_moved {
            secret += Scalar::ONE;
        }
        let Phase::Sealing(phase) = town.server.replica().election().phase() else {
            unreachable!("it is closed");
        };
        let sums = phase.sums().ciphertexts();
        let mut shares: Vec<Point> = sums
            .iter()
            .map(|sum| Point::from(secret * sum.alpha.element()))
            .collect();
        if share_moved {
            shares[0] = plus_generator(&shares[0]);
        }
        let ctx = town
            .server
            .replica()
            .election()
            .ctx()
            .expect("it has been opened");
        let (statement, w) = transcript::decryption(&DecryptionStatement {
            ctx,
            root: &decryption.root,
            phase: 1,
            trustee: 1,
            share: phase.dealt().share(1),
            sums: &urne_crypto::elgamal::concatenated(sums),
            shares: &shares,
        });
        let mut power = Scalar::ONE;
        let mut alpha = RistrettoPoint::default();
        for sum in sums {
            power *= w;
            alpha += power * sum.alpha.element();
        }
        let nonce = Scalar::random(&mut town.rng);
        let commitments = [public(&nonce), Point::from(nonce * alpha)];
        let challenge = statement.challenge(&[&commitments[0], &commitments[1]]);
        let response = nonce + challenge * secret;
        let proof = words(&[
            commitments[0].bytes(),
            commitments[1].bytes(),
            response.as_bytes(),
        ]);
        decryption.proof = proof.try_into().expect("96 bytes");
        decryption.shares = shares.iter().flat_map(|share| *share.bytes()).collect();
        let entry = Entry::Decryption(decryption).signed(&[trustee_key(&town, 1)]);
        cases.push(Case::fail("V24", name, why, forced(&town, entry)));
    }
    cases
}

/// Every kind of signed entry, in order, but signed by a stranger.
fn signatures() -> Vec<Case> {
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let mut cases = Vec::new();
    let mut forge = |name: &str, town: &Town, entry: &Entry, keys: &[&SigningKey]| {
        let why = format!(
            "A {} that is in order, signed by somebody else.",
            entry.kind()
        );
        cases.push(Case::fail(
            "V10",
            name,
            &why,
            forced(town, entry.signed(keys)),
        ));
    };
    let mut town = founded();
    let made = town_deal(&mut town, 1);
    forge("deal", &town, &read(&town, &made), &[&stranger]);
    let mut town = dealt();
    let made = match town.second_step_of(2).expect("honest") {
        urne_client::trustee::SecondStep::Confirm(entry) => entry,
        urne_client::trustee::SecondStep::Complaint(..) => unreachable!("honest deals"),
    };
    forge("confirm", &town, &read(&town, &made), &[&stranger]);
    let made = complaint(&mut town, 2, 1);
    forge("complaint", &town, &made, &[&stranger]);
    let mut town = prepared();
    let made = town.drill_of(3).expect("honest");
    forge(
        "drill",
        &town,
        &read(&town, &made),
        &[trustee_key(&town, 2)],
    );
    town.drill().expect("honest");
    let made = town
        .organizer
        .open(town.server.replica(), Vec::new())
        .expect("honest");
    forge("open", &town, &read(&town, &made), &[&stranger]);
    let mut town = closed();
    let made = town.seal_of(1).expect("honest");
    forge("seal", &town, &read(&town, &made), &[trustee_key(&town, 2)]);
    let mut town = sealed();
    let made = town.decryption_of(1).expect("honest");
    forge(
        "decryption",
        &town,
        &read(&town, &made),
        &[trustee_key(&town, 2)],
    );

    // With two issuers each must sign, in order.
    let (town, chunks) = super::roll::honest_chunks();
    let [first, second] = [town.issuers[0].key(), town.issuers[1].key()];
    forge("roll-first", &town, &chunks[0], &[&stranger, second]);
    forge("roll-second", &town, &chunks[0], &[first, first]);
    let town = super::roll::open();
    let [first, second] = [town.issuers[0].key(), town.issuers[1].key()];
    let change = Entry::RollChange(entry::RollChange {
        election: *town.server.replica().election().id(),
        reason: entry::Reason::Struck,
        operation: entry::Operation::Remove {
            key: town.voters[3].key(),
        },
    });
    forge("change-first", &town, &change, &[second, second]);
    forge("change-second", &town, &change, &[first, first]);
    cases
}

/// Changes one character of a line of a text file, `from_end` characters before the line's end.
fn smudged(text: &[u8], line: usize, from_end: usize) -> Vec<u8> {
    let text = String::from_utf8(text.to_vec()).expect("UTF-8");
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let place = lines[line].len() - from_end;
    let other = if lines[line].as_bytes()[place] == b'A' {
        "B"
    } else {
        "A"
    };
    lines[line].replace_range(place..=place, other);
    lines.join("\n").into_bytes()
}

/// Lines of a signed checkpoint: 0–2 origin, size, root; 3 empty; 4 the log's; 5–7 the witnesses'.
fn vouchers() -> Vec<Case> {
    let town = finished();
    let good = Record::of(&town.server);
    let kept = good
        .files
        .keys()
        .find(|path| path.starts_with("checkpoints/"));
    let kept = kept.expect("a kept checkpoint").clone();
    let with = |check, name: &str, why: &str, path: &str, line, from_end| {
        let mut record = good.clone();
        record.edit(path, |bytes| *bytes = smudged(bytes, line, from_end));
        Case::fail(check, name, why, record)
    };
    let mut cases = vec![
        with(
            "V5",
            "bad-signature",
            "The log's line has the right name and key id, and a signature that does not hold.",
            "checkpoint",
            4,
            20,
        ),
        with(
            "V7",
            "bad-signature",
            "The log's signature on a kept checkpoint does not hold.",
            &kept,
            4,
            20,
        ),
        with(
            "V8",
            "bad-signature",
            "A witness's line has the right name and key id, and a signature that does not hold.",
            "checkpoint",
            5,
            20,
        ),
        with(
            "V8",
            "bad-kept",
            "A witness's signature on a kept checkpoint does not hold.",
            &kept,
            7,
            20,
        ),
        with(
            "V8",
            "other-time",
            "The timestamp of a cosignature is changed.",
            "checkpoint",
            6,
            92,
        ),
    ];
    let mut twice = good;
    twice.edit("checkpoint", |bytes| {
        let text = String::from_utf8(bytes.clone()).expect("UTF-8");
        let stated = SignedCheckpoint::parse(bytes).expect("a checkpoint");
        let witness = &town.server.keys().witnesses[0];
        let name = KeyName::new(&witness.name).expect("a name");
        let again = cosign(stated.checkpoint(), &name, &witness.key, 1_764_700_000).expect("signs");
        let mut lines: Vec<&str> = text.lines().collect();
        let again = again.to_string();
        lines[7] = again.trim_end();
        *bytes = format!("{}\n", lines.join("\n")).into_bytes();
    });
    cases.push(Case::fail(
        "V8",
        "same-witness",
        "Three good cosignatures of two witnesses, where three witnesses are needed.",
        twice,
    ));
    cases.extend(receipts());
    cases
}

/// Receipts the server signed, with proofs that show nothing.
fn receipts() -> Vec<Case> {
    let mut town = opened();
    let receipt = town.vote(0, &[choose(1, 2)]).expect("valid");
    town.close_and_count().expect("honest");
    let good = Record::of(&town.server);
    let case = |name: &str, why: &str, edit: &dyn Fn(&str) -> String| {
        let mut case = Case::fail("V27", name, why, good.clone());
        let mut changed = receipt.clone();
        changed.proof = edit(&receipt.proof);
        assert_ne!(changed.proof, receipt.proof);
        case.receipts = vec![changed.to_bytes()];
        case.receipt_states = vec!["counts"];
        case
    };
    let smudge = |line: usize, from_end: usize| {
        move |proof: &str| {
            String::from_utf8(smudged(proof.as_bytes(), line, from_end)).expect("UTF-8")
        }
    };
    let empty = receipt
        .proof
        .split('\n')
        .position(str::is_empty)
        .expect("an empty line");
    vec![
        case(
            "inclusion",
            "A hash of the inclusion proof is another.",
            &smudge(2, 20),
        ),
        case(
            "log-signature",
            "The log's signature on the receipt's checkpoint does not hold.",
            &smudge(empty + 5, 20),
        ),
        case(
            "cosignature",
            "A cosignature on the receipt's checkpoint does not hold.",
            &smudge(empty + 6, 20),
        ),
        case(
            "index-line",
            "The proof is for another index than the receipt.",
            &|proof| proof.replacen(&format!("index {}", receipt.index), "index 1", 1),
        ),
        case("extra", "The proof carries an extra line.", &|proof| {
            proof.replacen("\nindex ", "\nextra AAAA\nindex ", 1)
        }),
        case(
            "too-few",
            "The receipt's checkpoint lacks a cosignature.",
            &|proof| {
                let lines: Vec<&str> = proof.trim_end().split('\n').collect();
                format!("{}\n", lines[..lines.len() - 1].join("\n"))
            },
        ),
    ]
}
