//! From the deals to the opening: every fault of content is charged to its check, and the right entry still stands after it.

use urne_crypto::ceremony::Setup;
use urne_crypto::ceremony::complaint::Blame;
use urne_crypto::ceremony::deal::{DealBytes, ShareFault};
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::transcript::{self, DealStatement};
use urne_election::entry::{BoothFile, Complaint, Confirm, Deal, Drill, Entry, Open, RollChunk};
use urne_election::phase::{Applied, Check, Phase};
use urne_election::roll::{Issued, Row};

use crate::sample::{point, secret};
use crate::story::{Story, Voter, small_manifest};

fn story() -> Story {
    Story::found(&small_manifest())
}

fn deal_of(entry: Entry) -> Deal {
    let Entry::Deal(deal) = entry else {
        panic!("a deal");
    };
    deal
}

#[test]
fn a_deal_must_decode_and_prove_what_it_commits_to() {
    let mut story = story();
    let entry = story.deal(1);
    let deal = deal_of(entry.clone());
    let faults: [fn(&mut Deal); 8] = [
        |deal| deal.bytes.commitments[..32].copy_from_slice(&[0; 32]),
        |deal| deal.bytes.commitments[..32].copy_from_slice(&[255; 32]),
        |deal| deal.bytes.commitments[32..].copy_from_slice(&[255; 32]),
        |deal| deal.bytes.ephemeral = *point(77).bytes(),
        |deal| deal.bytes.shares[100] ^= 1,
        |deal| deal.bytes.proof[100] ^= 1,
        |deal| deal.bytes.proof[64..].copy_from_slice(&[255; 64]),
        |deal| deal.trustee = 2,
    ];
    for fault in faults {
        let mut faulty = deal.clone();
        fault(&mut faulty);
        story.refuse(&Entry::Deal(faulty), Check::Deals);
    }
    assert!(story.dealing().awaits(1));
    story.stand(&entry);
    assert!(!story.dealing().awaits(1) && story.dealing().awaits(2));
}

#[test]
fn a_commitment_above_the_constant_may_be_the_identity_as_far_as_form_goes() {
    // It breaks the proof here, which absorbs it; the point itself is allowed.
    let mut story = story();
    let mut deal = deal_of(story.deal(1));
    deal.bytes.commitments[32..].copy_from_slice(&[0; 32]);
    let void = story.refuse(&Entry::Deal(deal), Check::Deals);
    assert!(void.why.contains("proof"), "{void}");
}

#[test]
fn a_confirm_repeats_what_anyone_computes_and_proves_the_share() {
    let mut story = story().until_confirming();
    let entry = story.confirm(2);
    let Entry::Confirm(confirm) = entry.clone() else {
        panic!("a confirm");
    };
    let Entry::Confirm(other) = story.confirm(1) else {
        panic!("a confirm");
    };
    let same = [
        Confirm {
            key: point(5),
            ..confirm.clone()
        },
        Confirm {
            share: other.share,
            ..confirm.clone()
        },
        Confirm {
            deals: [1; 32],
            ..confirm.clone()
        },
    ];
    for faulty in same {
        let void = story.refuse(&Entry::Confirm(faulty), Check::Confirms);
        assert!(void.why.contains("another"), "{void}");
    }
    let mut flipped = confirm.clone();
    flipped.proof[40] ^= 1;
    for faulty in [
        flipped,
        Confirm {
            proof: other.proof,
            ..confirm.clone()
        },
        Confirm {
            proof: [255; 64],
            ..confirm
        },
    ] {
        let void = story.refuse(&Entry::Confirm(faulty), Check::Confirms);
        assert!(void.why.contains("proof"), "{void}");
    }
    story.stand(&entry);
}

#[test]
fn the_leaves_of_deals_and_confirms_are_hashed_in_the_order_of_trustees() {
    let mut story = story();
    for trustee in [3, 1, 2] {
        let entry = story.deal(trustee);
        story.stand(&entry);
    }
    let leaf = |story: &Story, index: usize| urne_election::entry::leaf_hash(&story.board.0[index]);
    let deals = [leaf(&story, 2), leaf(&story, 3), leaf(&story, 1)];
    let expected = urne_crypto::hash::hash_256("urne/0 deals", &[&deals.concat()]);
    assert_eq!(*story.confirming().dealt().deals_hash(), expected);
    for trustee in [2, 3, 1] {
        let entry = story.confirm(trustee);
        story.stand(&entry);
    }
    let confirms = [leaf(&story, 6), leaf(&story, 4), leaf(&story, 5)];
    let hash = urne_crypto::hash::hash_256("urne/0 confirms", &[&confirms.concat()]);
    let chunks = [story.chunk(0), story.chunk(1)];
    for chunk in &chunks {
        story.stand(chunk);
    }
    let Entry::Open(open) = story.open() else {
        panic!("an open");
    };
    let roll = [leaf(&story, 7), leaf(&story, 8)].concat();
    assert_eq!((open.deals, open.confirms), (expected, hash));
    assert_eq!(
        open.roll,
        urne_crypto::hash::hash_256("urne/0 roll", &[&roll])
    );
    assert_eq!((open.lines, open.size, open.election), (7, 9, story.id()));
}

#[test]
fn a_complaint_must_prove_its_point_and_then_names_the_guilty() {
    let mut unfounded = story().until_confirming();
    let entry = unfounded.complaint(2, 3);
    let Entry::Complaint(complaint) = entry.clone() else {
        panic!("a complaint");
    };
    let mut flipped = complaint.clone();
    flipped.proof[70] ^= 1;
    for faulty in [
        flipped,
        Complaint {
            shared: point(5),
            ..complaint.clone()
        },
        Complaint {
            dealer: 1,
            ..complaint.clone()
        },
        Complaint {
            trustee: 1,
            ..complaint.clone()
        },
        Complaint {
            proof: [255; 96],
            ..complaint
        },
    ] {
        unfounded.refuse(&Entry::Complaint(faulty), Check::Complaints);
    }
    let blame = Blame::Complainer { trustee: 2 };
    assert_eq!(unfounded.stand(&entry), Applied::Failed(blame));
    assert!(matches!(unfounded.election.phase(), Phase::Failed(found) if *found == blame));
}

/// A deal that holds in public, with shares that nobody can open.
fn garbled_deal(setup: &Setup, trustee: u32) -> DealBytes {
    let coefficients = [secret(501), secret(502)];
    let (ephemeral, nonces) = (secret(503), [secret(504), secret(505)]);
    let commitments = coefficients.each_ref().map(SecretScalar::public);
    let shares = [[7; 48]; 3];
    let statement = transcript::deal(&DealStatement {
        election: &setup.election,
        trustee,
        threshold: setup.threshold,
        encryption_keys: &setup.encryption_keys,
        signing_key: &setup.signing_keys[trustee as usize - 1],
        commitments: &commitments,
        ephemeral: &ephemeral.public(),
        shares: &shares,
    });
    let [first, second] = nonces.each_ref().map(SecretScalar::public);
    let challenge = statement.challenge(&[&first, &second]);
    let response = |nonce: &SecretScalar, secret: &SecretScalar| {
        (nonce.expose() + challenge * secret.expose()).to_bytes()
    };
    let responses = [
        response(&nonces[0], &coefficients[0]),
        response(&nonces[1], &ephemeral),
    ];
    let proof = [*first.bytes(), *second.bytes(), responses[0], responses[1]].concat();
    DealBytes {
        commitments: [*commitments[0].bytes(), *commitments[1].bytes()].concat(),
        ephemeral: *ephemeral.public().bytes(),
        shares: shares.concat(),
        proof: proof.try_into().unwrap(),
    }
}

#[test]
fn a_dealer_whose_share_does_not_open_is_guilty() {
    let mut story = story();
    for trustee in 1..=2 {
        let entry = story.deal(trustee);
        story.stand(&entry);
    }
    let setup = story.dealing().setup().clone();
    let deal = Deal {
        election: story.id(),
        trustee: 3,
        bytes: garbled_deal(&setup, 3),
    };
    story.stand(&Entry::Deal(deal));
    let complaint = story.complaint(2, 3);
    let blame = Blame::Dealer {
        trustee: 3,
        fault: ShareFault::Ciphertext,
    };
    assert_eq!(story.stand(&complaint), Applied::Failed(blame));
}

fn roll_of(entry: Entry) -> RollChunk {
    let Entry::Roll(chunk) = entry else {
        panic!("a chunk");
    };
    chunk
}

/// Rows written over by the caller, proofs made for what results.
fn chunk_with(story: &mut Story, voters: &[Voter], change: fn(&mut [u8])) -> Entry {
    let mut chunk = roll_of(story.chunk_of(0, voters));
    change(&mut chunk.rows);
    Entry::Roll(chunk)
}

#[test]
fn a_chunk_has_the_next_number_and_good_rows() {
    let mut story = story().until_preparing();
    let voters = story.sorted_voters();
    let faults: [fn(&mut [u8]); 8] = [
        |rows| rows[..32].copy_from_slice(&[0; 32]),
        |rows| rows[32..64].copy_from_slice(&[0; 32]),
        |rows| rows[32..64].copy_from_slice(&[255; 32]),
        |rows| rows[64..68].copy_from_slice(&[0; 4]),
        |rows| rows[68..72].copy_from_slice(&[0; 4]),
        |rows| rows[68..72].copy_from_slice(&[3, 0, 0, 0]),
        |rows| rows.copy_within(72..144, 0),
        |rows| rows[144 + 64..144 + 68].copy_from_slice(&[0; 4]),
    ];
    for fault in faults {
        let entry = chunk_with(&mut story, &voters[..4], fault);
        story.refuse(&entry, Check::Roll);
    }
    let mut swapped = voters[..4].to_vec();
    swapped.swap(1, 2);
    let entry = story.chunk_of(0, &swapped);
    story.refuse(&entry, Check::Roll);
    let twice = story.chunk_of(0, &[voters[0], voters[0]]);
    story.refuse(&twice, Check::Roll);
    let cancelling = {
        let mut chunk = roll_of(story.chunk_of(0, &voters[..1]));
        let minus = Point::from(-point(5).element());
        chunk.rows = Row::new(vec![point(5), minus], 1, 1).to_bytes();
        Entry::Roll(chunk)
    };
    story.refuse(&cancelling, Check::Roll);
    for number in [1, 1 << 32, (1 << 53) - 1] {
        let mut chunk = roll_of(story.chunk(0));
        chunk.chunk = number;
        story.refuse(&Entry::Roll(chunk), Check::Roll);
    }
    let first = story.chunk(0);
    assert_eq!(story.preparing().next_chunk(), 0);
    story.stand(&first);
    assert_eq!(story.preparing().next_chunk(), 1);
    assert_eq!(story.preparing().lines().len(), 4);
    story.refuse(&first, Check::Roll);
    let early = story.chunk_of(1, &voters[..4]);
    story.refuse(&early, Check::Roll);
    let second = story.chunk(1);
    story.stand(&second);
    assert_eq!(story.preparing().lines().len(), 7);
}

#[test]
fn the_weights_of_a_chunk_stay_within_the_bound_for_the_largest_score() {
    let mut manifest = small_manifest();
    manifest.questions.push(crate::sample::score(1, 65_535));
    let mut story = Story::found(&manifest).until_preparing();
    let heavy = |weight| Voter::new(1, weight, 1);
    let above = story.chunk_of(0, &[heavy(16_777_473)]);
    story.refuse(&above, Check::Roll);
    let at = story.chunk_of(0, &[heavy(16_777_472)]);
    story.stand(&at);
}

#[test]
fn the_issuers_prove_the_very_chunk() {
    let mut story = story().until_preparing();
    let entry = story.chunk(0);
    let chunk = roll_of(entry.clone());
    let voters = story.sorted_voters();
    let (first, second) = chunk.proofs.split_at(64);
    let mut flipped = chunk.proofs.clone();
    flipped[127] ^= 1;
    for proofs in [
        flipped,
        [second, first].concat(),
        [first, first].concat(),
        vec![255; 128],
        story.proofs(Issued::Chunk(1), &voters[..4]),
        story.proofs(Issued::Add, &voters[..4]),
        story.proofs(Issued::Chunk(0), &voters[..3]),
    ] {
        let faulty = RollChunk {
            proofs,
            ..chunk.clone()
        };
        story.refuse(&Entry::Roll(faulty), Check::IssuerProofs);
    }
    let mut heavier = chunk;
    heavier.rows[64] += 1;
    story.refuse(&Entry::Roll(heavier), Check::IssuerProofs);
    story.stand(&entry);
}

#[test]
fn a_drill_is_answered_with_the_trustees_own_share() {
    let mut story = story().until_preparing();
    let entry = story.drill(2);
    let Entry::Drill(drill) = entry.clone() else {
        panic!("a drill");
    };
    let Entry::Drill(other) = story.drill(1) else {
        panic!("a drill");
    };
    let mut flipped = drill.clone();
    flipped.proof[70] ^= 1;
    for faulty in [
        flipped,
        Drill {
            share: other.share,
            ..drill.clone()
        },
        Drill {
            share: Point::identity(),
            ..drill.clone()
        },
        Drill {
            proof: other.proof,
            ..drill.clone()
        },
        Drill {
            trustee: 1,
            ..drill.clone()
        },
        Drill {
            proof: [255; 96],
            ..drill
        },
    ] {
        story.refuse(&Entry::Drill(faulty), Check::Drills);
    }
    assert!(story.preparing().awaits(2));
    story.stand(&entry);
    assert!(!story.preparing().awaits(2) && story.preparing().awaits(1));
}

fn open_of(entry: Entry) -> Open {
    let Entry::Open(open) = entry else {
        panic!("an open");
    };
    open
}

fn file(path: &str) -> BoothFile {
    BoothFile {
        path: path.into(),
        hash: [1; 32],
    }
}

#[test]
fn an_opening_names_what_stands_and_its_own_place() {
    let mut story = story().until_ready();
    let open = open_of(story.open());
    type Fault = (fn(&mut Open), &'static str);
    let faults: [Fault; 12] = [
        (|open| open.key = point(5), "another key"),
        (|open| open.deals[0] ^= 1, "another key"),
        (|open| open.confirms[0] ^= 1, "another key"),
        (|open| open.roll[0] ^= 1, "another key"),
        (|open| open.lines += 1, "another key"),
        (|open| open.lines = 0, "another key"),
        (|open| open.size += 1, "position"),
        (|open| open.size -= 1, "position"),
        (|open| open.root[0] ^= 1, "position"),
        (|open| open.booth = vec![file("b"), file("a")], "ascend"),
        (|open| open.booth = vec![file("a"), file("a")], "ascend"),
        (
            |open| open.booth = vec![file("a"), file("b"), file("B")],
            "ascend",
        ),
    ];
    for (fault, word) in faults {
        let mut faulty = open.clone();
        fault(&mut faulty);
        let void = story.refuse(&Entry::Open(faulty), Check::Opening);
        assert!(void.why.contains(word), "{void}");
    }
    // The place it names is its own: not one further on.
    let notice = story.notice("soon");
    story.stand(&notice);
    story.refuse(&Entry::Open(open.clone()), Check::Opening);
    let mut with_booth = open_of(story.open());
    with_booth.booth = vec![file("B"), file("a"), file("a/b"), file("é")];
    story.stand(&Entry::Open(with_booth));
    let bytes = story.board.0.last().unwrap();
    let context = story.voting().context();
    assert_eq!(*context.ctx(), urne_crypto::hash::fingerprint(bytes));
    assert_eq!(*context.election_key(), open.key);
    assert_eq!(story.voting().roll().len(), 7);
}

#[test]
fn the_box_opens_only_after_every_drill_and_with_a_roll() {
    let mut story = story().until_preparing();
    let refuse = |story: &mut Story, word: &str| {
        let open = story.open();
        let void = story.refuse(&open, Check::Opening);
        assert!(void.why.contains(word), "{void}");
    };
    refuse(&mut story, "drill");
    for chunk in 0..2 {
        let entry = story.chunk(chunk);
        story.stand(&entry);
    }
    for trustee in 1..=3 {
        refuse(&mut story, "drill");
        let drill = story.drill(trustee);
        story.stand(&drill);
    }
    let open = story.open();
    story.stand(&open);

    let mut without_roll = Story::found(&small_manifest()).until_preparing();
    for trustee in 1..=3 {
        let drill = without_roll.drill(trustee);
        without_roll.stand(&drill);
    }
    refuse(&mut without_roll, "roll");
}

#[test]
fn the_box_opens_only_where_weights_are_shared_or_an_exception_is_signed() {
    let mut manifest = small_manifest();
    manifest.weights.shared = 3;
    let mut story = Story::found(&manifest).until_ready();
    let open = story.open();
    let void = story.refuse(&open, Check::Opening);
    assert!(void.why.contains("weight"), "{void}");
    manifest.weights.exception = "two shareholders".into();
    let mut story = Story::found(&manifest).until_ready();
    let open = story.open();
    story.stand(&open);
}
