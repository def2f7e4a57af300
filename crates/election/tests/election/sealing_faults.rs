//! The closed ballot box: seals, decryptions, the result; which colleges are decrypted, what counts.

use urne_crypto::encoding::Point;
use urne_election::entry::{CollegeState, Decryption, Entry, Memory, Seal, TallyResult};
use urne_election::manifest::{Manifest, Witnesses};
use urne_election::outcome::Status;
use urne_election::phase::{Check, Past as _};

use crate::sample::manifest;
use crate::story::{Story, small_manifest};

fn seal_of(entry: Entry) -> Seal {
    let Entry::Seal(seal) = entry else {
        panic!("a seal");
    };
    seal
}

fn decryption_of(entry: Entry) -> Decryption {
    let Entry::Decryption(decryption) = entry else {
        panic!("a decryption");
    };
    decryption
}

fn result_of(story: &Story) -> TallyResult {
    let Entry::Result(result) = story.result() else {
        panic!("a result");
    };
    result
}

#[test]
fn a_seal_names_the_closed_log_and_its_sums() {
    let mut story = Story::found(&small_manifest()).until_sealing();
    let entry = story.seal(2);
    let seal = seal_of(entry.clone());
    let faults: [fn(&mut Seal); 4] = [
        |seal| seal.size += 1,
        |seal| seal.size -= 1,
        |seal| seal.root[0] ^= 1,
        |seal| seal.sums[0] ^= 1,
    ];
    for fault in faults {
        let mut faulty = seal.clone();
        fault(&mut faulty);
        story.refuse(&Entry::Seal(faulty), Check::Seals);
    }
    assert!(story.sealing().awaits_seal(2));
    story.stand(&entry);
    assert!(!story.sealing().awaits_seal(2) && story.sealing().awaits_seal(1));
    let lost = Seal {
        memory: Memory::Lost,
        ..seal_of(story.seal(3))
    };
    story.stand(&Entry::Seal(lost));
    let memories: Vec<_> = story
        .sealing()
        .seals()
        .iter()
        .map(|(&number, &memory)| (number, memory))
        .collect();
    assert_eq!(memories, [(2, Memory::Kept), (3, Memory::Lost)]);
    // The size stays that of the closed log while seals are added.
    assert_eq!(story.sealing().closed().0 + 2, story.board.size());
}

#[test]
fn decryptions_wait_for_the_quorum_of_seals_and_for_the_authors_own() {
    // Without witnesses all three of (2,3) must seal.
    let mut story = Story::found(&small_manifest()).until_sealing();
    for trustee in 1..=3 {
        let decryption = story.decryption(1);
        story.refuse(&decryption, Check::Order);
        assert!(!story.sealing().is_sealed() && !story.sealing().awaits_decryption(1));
        let seal = story.seal(trustee);
        story.stand(&seal);
    }
    assert!(story.sealing().is_sealed() && story.sealing().awaits_decryption(1));
    let decryption = story.decryption(1);
    story.stand(&decryption);
    story.refuse(&decryption, Check::Order);
    assert!(!story.sealing().awaits_decryption(1) && story.sealing().awaits_decryption(2));
}

#[test]
fn with_witnesses_as_many_seals_suffice_as_trustees() {
    let with = Manifest {
        witnesses: manifest().witnesses,
        ..small_manifest()
    };
    let mut story = Story::found(&with).until_sealing();
    for trustee in [1, 3] {
        assert!(!story.sealing().is_sealed());
        let seal = story.seal(trustee);
        story.stand(&seal);
    }
    assert!(story.sealing().is_sealed());
    // Trustee 2 has not sealed.
    let decryption = story.decryption(2);
    story.refuse(&decryption, Check::Order);
    for trustee in [3, 1] {
        let decryption = story.decryption(trustee);
        story.stand(&decryption);
    }
    // A seal may stand after decryptions, and its author's decryption after the result is known.
    let result = story.result();
    let seal = story.seal(2);
    story.stand(&seal);
    let decryption = story.decryption(2);
    story.stand(&decryption);
    assert_eq!(story.result(), result);
    story.stand(&result);
    story.refuse(&result, Check::Order);
}

#[test]
fn one_trustee_alone_seals_and_decrypts() {
    let mut manifest = small_manifest();
    manifest.threshold = 1;
    manifest.trustees.truncate(1);
    let mut story = Story::found(&manifest);
    let entry = story.deal(1);
    story.stand(&entry);
    let entry = story.confirm(1);
    story.stand(&entry);
    for chunk in 0..2 {
        let entry = story.chunk(chunk);
        story.stand(&entry);
    }
    let entry = story.drill(1);
    story.stand(&entry);
    let entry = story.open();
    story.stand(&entry);
    story.vote(0, 1, [1, 0]);
    let entry = story.close();
    story.stand(&entry);
    let entry = story.seal(1);
    story.stand(&entry);
    assert!(story.sealing().tally().is_none() && !story.sealing().awaits_result());
    let entry = story.decryption(1);
    story.stand(&entry);
    assert!(story.sealing().awaits_result());
    assert_eq!(result_of(&story).questions[0].totals, [1, 0, 0]);
}

#[test]
fn a_decryption_is_of_the_closed_log_complete_and_proven() {
    let mut story = Story::found(&small_manifest()).until_sealed();
    let entry = story.decryption(1);
    let good = decryption_of(entry.clone());
    let other = decryption_of(story.decryption(2));
    // Two colleges with five ciphertexts each.
    assert_eq!(good.shares.len(), 320);
    let faults: [fn(&mut Decryption); 9] = [
        |entry| entry.size += 1,
        |entry| entry.size -= 1,
        |entry| entry.root[0] ^= 1,
        |entry| entry.shares.truncate(319),
        |entry| entry.shares.truncate(288),
        |entry| entry.shares.extend([0; 32]),
        |entry| entry.shares[..32].copy_from_slice(&[255; 32]),
        |entry| entry.shares.rotate_left(32),
        |entry| entry.proof[70] ^= 1,
    ];
    for fault in faults {
        let mut faulty = good.clone();
        fault(&mut faulty);
        story.refuse(&Entry::Decryption(faulty), Check::Decryptions);
    }
    for faulty in [
        Decryption {
            trustee: 2,
            ..good.clone()
        },
        Decryption {
            shares: other.shares,
            ..good.clone()
        },
        Decryption {
            proof: other.proof,
            ..good.clone()
        },
        Decryption {
            proof: [255; 96],
            ..good.clone()
        },
    ] {
        story.refuse(&Entry::Decryption(faulty), Check::Decryptions);
    }
    // One bad point among good ones.
    let mut shares = good.shares.clone();
    shares[..32].copy_from_slice(Point::identity().bytes());
    story.refuse(
        &Entry::Decryption(Decryption { shares, ..good }),
        Check::Decryptions,
    );
    story.stand(&entry);
}

#[test]
fn a_result_is_the_one_everybody_computes() {
    let mut story = Story::found(&small_manifest()).until_sealed();
    for trustee in [2, 3] {
        assert!(!story.sealing().awaits_result());
        assert!(story.sealing().tally().is_none());
        let decryption = story.decryption(trustee);
        story.stand(&decryption);
    }
    let good = result_of(&story);
    let faults: [fn(&mut TallyResult); 8] = [
        |result| result.colleges[0].totals[0] += 1,
        |result| result.colleges[0].totals.truncate(4),
        |result| result.colleges[1].turnout += 1,
        |result| result.colleges.truncate(1),
        |result| result.questions.swap(0, 1),
        |result| result.questions[0].expressed += 1,
        |result| result.questions[0].outcome.winners = vec![1],
        |result| result.questions[1].outcome.status = Status::None,
    ];
    for fault in faults {
        let mut faulty = good.clone();
        fault(&mut faulty);
        story.refuse(&Entry::Result(faulty), Check::Result);
    }
    assert!(story.sealing().awaits_result());
    story.stand(&Entry::Result(good));
    assert!(!story.sealing().awaits_result());
}

#[test]
fn any_threshold_of_decryptions_gives_the_same_result() {
    let expected = Story::found(&small_manifest()).until_decrypted().result();
    for trustees in [[1, 2], [2, 1], [2, 3], [3, 1]] {
        let mut story = Story::found(&small_manifest()).until_sealed();
        for trustee in trustees {
            let decryption = story.decryption(trustee);
            story.stand(&decryption);
        }
        assert_eq!(story.result().payload(), expected.payload());
    }
}

#[test]
fn totals_weigh_every_ballot_and_colleges_add_up() {
    let story = Story::found(&small_manifest()).until_decrypted();
    let result = result_of(&story);
    // Voter 0: option 1, weight 1. Voter 3: option 2, weight 3. Voter 5, in college 2: blank.
    assert_eq!(result.colleges[0].totals, [1, 3, 0, 4, 3]);
    assert_eq!(result.colleges[1].totals, [0, 0, 1, 0, 1]);
    let sizes: Vec<_> = result
        .colleges
        .iter()
        .map(|college| {
            (
                college.lines,
                college.weight,
                college.ballots,
                college.turnout,
                college.state,
            )
        })
        .collect();
    let decrypted = CollegeState::Decrypted;
    assert_eq!(sizes, [(5, 9, 2, 4, decrypted), (2, 2, 1, 1, decrypted)]);
    let [first, second] = &result.questions[..] else {
        panic!("two questions");
    };
    assert_eq!(
        (&first.totals[..], first.expressed, first.registered),
        (&[1, 3, 1][..], 4, 11)
    );
    assert_eq!(
        (&second.totals[..], second.expressed, second.registered),
        (&[4, 4][..], 5, 11)
    );
    assert_eq!(
        (first.outcome.status, &first.outcome.winners[..]),
        (Status::Decided, &[2][..])
    );
    assert_eq!(
        (second.outcome.status, &second.outcome.tied[..]),
        (Status::Tied, &[1, 2][..])
    );
    assert_eq!(story.sealing().colleges().len(), 2);
    assert_eq!(story.sealing().roll().len(), 7);
}

#[test]
fn quorum_and_majority_look_at_the_weights_of_ballots_cast_and_of_the_roll() {
    let with = |change: fn(&mut Manifest)| {
        let mut manifest = small_manifest();
        change(&mut manifest);
        let story = Story::found(&manifest).until_decrypted();
        let result = result_of(&story);
        (
            result.questions[0].outcome.status,
            result.questions[1].outcome.status,
        )
    };
    // 5 of 11 have voted, one of them blank.
    let quorum = with(|manifest| {
        let rule = &mut manifest.questions[0].rule.quorum;
        (rule.numerator, rule.denominator) = (5, 11);
        manifest.questions[1].rule.quorum.numerator = 1;
        manifest.questions[1].rule.quorum.denominator = 2;
    });
    assert_eq!(quorum, (Status::Decided, Status::NoQuorum));
    // Option 2 of question 1 has 3 of 4 expressed and of 11 registered.
    let majority = |of| {
        let mut manifest = small_manifest();
        let majority = &mut manifest.questions[0].rule.majority;
        (majority.numerator, majority.denominator, majority.of) = (3, 4, of);
        result_of(&Story::found(&manifest).until_decrypted()).questions[0]
            .outcome
            .status
    };
    assert_eq!(
        majority(urne_election::outcome::Base::Expressed),
        Status::Decided
    );
    assert_eq!(
        majority(urne_election::outcome::Base::Registered),
        Status::None
    );
}

/// Closes after these votes (voter, option of the first question), with a guard of 2 in college 2.
fn guarded(votes: &[(usize, usize)]) -> Story {
    let mut manifest = small_manifest();
    manifest.colleges[1].guard = 2;
    let mut story = Story::found(&manifest).until_voting();
    for &(voter, first) in votes {
        story.vote(voter, first, [0, 1]);
    }
    let close = story.close();
    story.stand(&close);
    story
}

#[test]
fn a_college_below_its_guard_is_withheld_and_one_without_ballots_is_empty() {
    let states = |story: &Story| -> Vec<CollegeState> {
        story
            .sealing()
            .colleges()
            .iter()
            .map(|college| college.state)
            .collect()
    };
    use CollegeState::{Decrypted, Empty, Withheld};
    for (votes, expected, positions) in [
        (&[][..], [Empty, Empty], 0),
        (&[(0, 1)], [Decrypted, Empty], 5),
        (&[(5, 1)], [Empty, Withheld], 0),
        (&[(0, 1), (5, 1)], [Decrypted, Withheld], 5),
        (&[(5, 1), (6, 2)], [Empty, Decrypted], 5),
        // Two ballots of one voter are one counting ballot.
        (&[(5, 1), (5, 2)], [Empty, Withheld], 0),
        (&[(0, 1), (5, 1), (6, 1)], [Decrypted, Decrypted], 10),
    ] {
        let story = guarded(votes);
        assert_eq!(states(&story), expected, "{votes:?}");
        assert_eq!(story.sealing().sums().positions(), positions, "{votes:?}");
    }
}

#[test]
fn a_withheld_college_gives_numbers_but_no_totals_and_no_outcome() {
    let mut story = guarded(&[(0, 1), (3, 0), (5, 1)]);
    for trustee in 1..=3 {
        let seal = story.seal(trustee);
        story.stand(&seal);
    }
    for trustee in [1, 2] {
        let decryption = story.decryption(trustee);
        story.stand(&decryption);
    }
    let result = result_of(&story);
    assert_eq!(result.colleges[0].totals, [1, 0, 3, 0, 4]);
    assert_eq!(result.colleges[1].totals, [0_u64; 0]);
    assert_eq!(
        (result.colleges[1].ballots, result.colleges[1].turnout),
        (1, 1)
    );
    let [first, second] = &result.questions[..] else {
        panic!("two questions");
    };
    assert_eq!(
        (&first.totals[..], first.expressed, first.registered),
        (&[1, 0, 3][..], 1, 11)
    );
    assert_eq!(
        (&second.totals[..], second.expressed, second.registered),
        (&[0, 4][..], 4, 11)
    );
    for question in &result.questions {
        assert_eq!(question.outcome.status, Status::Withheld);
        assert!(question.outcome.winners.is_empty() && question.outcome.tied.is_empty());
    }
    story.stand(&Entry::Result(result));
}

#[test]
fn where_nothing_is_decrypted_the_election_ends_with_the_seals() {
    for votes in [&[][..], &[(5, 1)]] {
        let mut story = guarded(votes);
        let shares = Decryption {
            election: story.id(),
            trustee: 1,
            phase: 1,
            size: story.sealing().closed().0,
            root: story.sealing().closed().1,
            shares: vec![0; 32],
            proof: [0; 96],
        };
        for trustee in 1..=3 {
            assert!(!story.sealing().awaits_result());
            let seal = story.seal(trustee);
            story.stand(&seal);
        }
        // There is nothing to decrypt, so no decryption may stand.
        story.refuse(&Entry::Decryption(shares), Check::Order);
        assert!(story.sealing().awaits_result());
        let result = result_of(&story);
        assert_eq!(result.colleges[0].state, CollegeState::Empty);
        assert_eq!(result.colleges[0].totals, [0; 5]);
        let expected = if votes.is_empty() {
            Status::None
        } else {
            Status::Withheld
        };
        assert_eq!(result.questions[0].outcome.status, expected);
        story.stand(&Entry::Result(result));
    }
}

#[test]
fn the_sums_hash_of_nothing_is_that_of_the_empty_string() {
    let story = guarded(&[]);
    let expected = urne_crypto::hash::hash_256("urne/0 sums", &[b""]);
    assert_eq!(story.sealing().sums().hash(), expected);
    assert_eq!(story.sealing().dealt().setup().trustees(), 3);
    assert_eq!(small_manifest().witnesses, Witnesses::default());
}

#[test]
fn a_trustee_states_once_and_only_at_the_end_that_the_key_is_destroyed() {
    let mut story = Story::found(&small_manifest()).until_sealed();
    story.refuse(&story.destruction(2), Check::Order);
    let decryption = story.decryption(1);
    story.stand(&decryption);
    story.refuse(&story.destruction(1), Check::Order);
    let decryption = story.decryption(3);
    story.stand(&decryption);
    // Before the result stands as well as after; and whoever did not decrypt has a key to destroy, too.
    story.stand(&story.destruction(2));
    story.refuse(&story.destruction(2), Check::Order);
    let result = story.result();
    story.stand(&result);
    story.stand(&story.destruction(1));
    let stated: Vec<u32> = story.sealing().destructions().iter().copied().collect();
    assert_eq!(stated, [1, 2]);
    assert!(story.sealing().awaits_destruction(3) && !story.sealing().awaits_destruction(1));
}
