//! V22 to V25: closing, seals, decryptions, result.

use urne_cli::rehearsal::Town;
use urne_election::entry::{Entry, Extension, TallyResult};

use super::Case;
use super::ceremony::{move_point, move_scalar, read, trustee_key};
use super::files::{forced, opened};
use crate::ballots::choose;

pub(super) fn cases() -> Vec<Case> {
    [closings(), seals(), decryptions(), results()].concat()
}

fn voted() -> Town {
    let mut town = opened();
    town.vote(0, &[choose(1, 2)]).expect("valid");
    town.vote(1, &[choose(2, 2)]).expect("valid");
    town
}

pub(super) fn closed() -> Town {
    let mut town = voted();
    town.close().expect("honest");
    town
}

pub(super) fn sealed() -> Town {
    let mut town = closed();
    town.seal(&[1, 2, 3]).expect("honest");
    town
}

fn closings() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut bad = |name: &str, why: &str, change: &dyn Fn(&mut urne_election::entry::Close)| {
        let mut town = voted();
        let entry = town.organizer.close(town.server.replica()).expect("honest");
        let mut entry = read(&town, &entry);
        if let Entry::Close(close) = &mut entry {
            change(close);
        }
        let record = forced(&town, entry.signed(&[&town.organizer_key]));
        cases.push(Case::fail("V22", name, why, record));
    };
    bad("size", "It names another position.", &|close| {
        close.size -= 1
    });
    bad("root", "It names another root.", &|close| {
        close.root[0] ^= 1
    });

    let extended = |closes: u64| {
        Entry::Extension(Extension {
            election: *voted().server.replica().election().id(),
            closes,
            reason: vec!["Snow.".into()],
        })
    };
    let announced = voted().server.replica().manifest().closes;
    for (name, why, hours) in [
        (
            "extension-same",
            "An extension to the hour that is announced already.",
            &[announced][..],
        ),
        (
            "extension-back",
            "An extension, then one to an hour before it, though after the manifest's.",
            &[announced + 7_200, announced + 3_600],
        ),
    ] {
        let mut town = voted();
        let (last, before) = hours.split_last().expect("an hour");
        for hour in before {
            let entry = extended(*hour).signed(&[&town.organizer_key]);
            town.server.admit(entry).expect("a later hour");
        }
        let entry = extended(*last).signed(&[&town.organizer_key]);
        cases.push(Case::fail("V22", name, why, forced(&town, entry)));
    }

    let mut town = voted();
    let early = town.organizer.close(town.server.replica()).expect("honest");
    town.vote(2, &[choose(1, 2)]).expect("valid");
    cases.push(Case::fail(
        "V22",
        "late",
        "A closing signed for an earlier position: the server let one more ballot in.",
        forced(&town, early),
    ));
    cases
}

fn seals() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut bad = |name: &str, why: &str, change: &dyn Fn(&mut urne_election::entry::Seal)| {
        let mut town = closed();
        let entry = town.seal_of(1).expect("honest");
        let mut entry = read(&town, &entry);
        if let Entry::Seal(seal) = &mut entry {
            change(seal);
        }
        let record = forced(&town, entry.signed(&[trustee_key(&town, 1)]));
        cases.push(Case::fail("V23", name, why, record));
    };
    bad("size", "It seals a log of another size.", &|seal| {
        seal.size += 1
    });
    bad("root", "It seals another root.", &|seal| seal.root[0] ^= 1);
    bad("sums", "It seals other sums.", &|seal| seal.sums[0] ^= 1);
    cases
}

fn decryptions() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut bad =
        |name: &str, why: &str, change: &dyn Fn(&mut urne_election::entry::Decryption)| {
            let mut town = sealed();
            let entry = town.decryption_of(1).expect("honest");
            let mut entry = read(&town, &entry);
            if let Entry::Decryption(decryption) = &mut entry {
                change(decryption);
            }
            let record = forced(&town, entry.signed(&[trustee_key(&town, 1)]));
            cases.push(Case::fail("V24", name, why, record));
        };
    bad("size", "It decrypts a log of another size.", &|entry| {
        entry.size += 1
    });
    bad("root", "It decrypts another root.", &|entry| {
        entry.root[0] ^= 1
    });
    bad(
        "share",
        "One share is another point: the trustee changes the total.",
        &|entry| {
            move_point(&mut entry.shares, 1);
        },
    );
    bad("swapped", "Two shares have changed places.", &|entry| {
        entry.shares[..64].rotate_left(32);
    });
    bad("few", "A share is missing.", &|entry| {
        entry.shares.truncate(64)
    });
    bad("bytes", "The shares are not whole points.", &|entry| {
        entry.shares.pop();
    });
    bad("point", "A share is not a point.", &|entry| {
        entry.shares[..32].fill(0xff)
    });
    bad(
        "response",
        "The response of the proof is off by one.",
        &|entry| {
            move_scalar(&mut entry.proof, 2);
        },
    );

    let mut town = sealed();
    let entry = town.decryption_of(1).expect("honest");
    let mut entry = read(&town, &entry);
    if let Entry::Decryption(decryption) = &mut entry {
        decryption.trustee = 2;
    }
    let record = forced(&town, entry.signed(&[trustee_key(&town, 2)]));
    cases.push(Case::fail(
        "V24",
        "copied",
        "Trustee 2 publishes trustee 1's shares.",
        record,
    ));
    cases.push(unsealed());
    cases
}

/// A decryption before the seal quorum is misplaced.
fn unsealed() -> Case {
    let mut town = sealed();
    let early = town.decryption_of(1).expect("honest");
    let mut town = closed();
    town.seal(&[1]).expect("honest");
    Case::fail(
        "V26",
        "unsealed",
        "A decryption when only one of two seals stands.",
        forced(&town, early),
    )
}

fn results() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut bad = |name: &str, why: &str, change: &dyn Fn(&mut TallyResult)| {
        let mut town = sealed();
        town.decrypt(&[2, 3]).expect("honest");
        let mut result = town.result().expect("it has ended").clone();
        change(&mut result);
        let record = forced(&town, Entry::Result(result).signed(&[]));
        cases.push(Case::fail("V25", name, why, record));
    };
    bad("total", "A total is higher by one.", &|result| {
        result.questions[0].totals[0] += 1
    });
    bad(
        "college",
        "The total of a college is higher by one.",
        &|result| {
            result.colleges[0].totals[0] += 1;
        },
    );
    bad(
        "winner",
        "It names a winner where the rule lists a tie.",
        &|result| {
            let outcome = &mut result.questions[0].outcome;
            outcome.winners = vec![1];
            outcome.tied.clear();
            outcome.status = urne_election::outcome::Status::Decided;
        },
    );
    bad(
        "expressed",
        "It counts one vote more as expressed.",
        &|result| {
            result.questions[0].expressed += 1;
        },
    );
    bad("turnout", "It counts one ballot more.", &|result| {
        result.colleges[0].ballots += 1
    });
    let mut town = sealed();
    town.decrypt(&[2, 3]).expect("honest");
    town.publish_result().expect("honest");
    let again = town
        .server
        .replica()
        .entries()
        .last()
        .expect("the result")
        .clone();
    cases.push(Case::fail(
        "V26",
        "second-result",
        "The result twice.",
        forced(&town, again),
    ));
    cases
}
