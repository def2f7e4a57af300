//! What may stand where, one entry at a time; and what must be tolerated.

use urne_cli::rehearsal::{Draft, Server, ServerKeys, Town, Witness};
use urne_client::issuer::{Issuer, signed_change};
use urne_crypto::ballot::Slot;
use urne_crypto::elgamal::EncryptionSeed;
use urne_crypto::signature::SigningKey;
use urne_election::entry::{
    BallotEntry, BoothFile, Destruction, Entry, Extension, Notice, Operation, Reason, sign_payload,
    split,
};
use urne_election::json::base64url;
use urne_election::manifest::Manifest;
use urne_election::outcome::Status;
use urne_election::phase::Phase;
use urne_election::question::Kind;

use super::Case;
use super::ceremony::trustee_key;
use super::files::{assembled, forced, notice, opened};
use super::outcomes::{A, B, C, answer, counted, voted};
use super::whole::{ended, result_members};
use crate::ballots::{choose, one_of, question};
use crate::record::Record;

pub(super) fn cases() -> Vec<Case> {
    [
        tolerated(),
        misplaced(),
        elsewhere(),
        acceptance(),
        stated(),
    ]
    .concat()
}

/// What a verifier that is too strict would refuse.
fn tolerated() -> Vec<Case> {
    let mut all = Draft::plain("unanimous", vec![one_of(3)], 3);
    all.threshold = 3;
    let mut none = Draft::plain("sealing", vec![one_of(3)], 3);
    none.witnesses = 0;
    let mut unwitnessed = voted(none.clone(), &[A, B]);
    unwitnessed.close().expect("honest");
    unwitnessed.seal(&[1, 2]).expect("honest");
    let mut complete = voted(none, &[A, B]);
    complete.close().expect("honest");
    complete.seal(&[1, 2, 3]).expect("honest");
    let early = complete.decryption_of(1).expect("honest");
    vec![
        two_languages(),
        long(),
        counted(
            "three-of-three",
            "Every trustee is needed.",
            all,
            &[A, B, A],
            (Status::Decided, &[1], &[]),
        ),
        cap_replace(),
        Case::incomplete(
            "no-witnesses-sealing",
            "Two seals of three trustees with a threshold of two: without witnesses three seals are needed.",
            Record::of(&unwitnessed.server),
        ),
        Case::fail(
            "V26",
            "no-witnesses-decryption",
            "A decryption after two seals, where three are needed because there are no witnesses.",
            forced(&unwitnessed, early),
        ),
    ]
}

/// The seal of a trustee's tool that has lost its memory.
fn forgetful(town: &Town, number: u32, seal: &[u8]) -> Vec<u8> {
    resigned(seal, "\"kept\"", "\"lost\"", &[trustee_key(town, number)])
}

/// An entry with a piece of its text replaced, signed by these keys.
fn resigned(entry: &[u8], from: &str, to: &str, keys: &[&SigningKey]) -> Vec<u8> {
    let (payload, _) = split(entry).expect("an entry of our own");
    let payload = String::from_utf8(payload.to_vec()).expect("UTF-8");
    assert!(payload.contains(from), "{payload} has no {from}");
    sign_payload(payload.replacen(from, to, 1).into_bytes(), keys)
}

fn two_languages() -> Case {
    let text = |english: &str, french: &str| vec![english.to_owned(), french.to_owned()];
    let mut question = one_of(2);
    question.title = text("\"Yes\" or \\no\\?", "Oui\nou non ?");
    question.description = text("", "\u{7f}\u{feff}é\u{10ffff}");
    for option in &mut question.options {
        option.name = text("a\nb", "\\\"");
        option.description = text("/", "");
    }
    let mut draft = Draft::plain("two", vec![question], 3);
    draft.languages = text("en", "fr-CA");
    draft.title = text("A \"quoted\" title", "Un titre\nsur deux lignes");
    draft.description = text("\\n is not a line feed", "");
    draft.colleges[0].name = text("Everybody", "Tout le monde");
    let mut town = Town::found(draft, 61).expect("a valid draft");
    let say = |town: &mut Town, words: &str| {
        let entry = Entry::Notice(Notice {
            election: *town.server.replica().election().id(),
            text: text(words, "\"\\\n"),
        });
        let entry = entry.signed(&[&town.organizer_key]);
        town.server.admit(entry).expect("a notice may stand");
    };
    say(&mut town, "dealing");
    town.deal().expect("honest");
    say(&mut town, "confirming");
    town.confirm().expect("honest");
    say(&mut town, "preparing");
    town.publish_roll().expect("honest");
    town.drill().expect("honest");
    let booth = ["/", "/a\"b", "/a.js"].map(|path| BoothFile {
        path: path.into(),
        hash: [1; 32],
    });
    town.open(booth.to_vec()).expect("honest");
    say(&mut town, "voting");
    town.vote(0, &[choose(1, 2)]).expect("valid");
    town.close().expect("honest");
    say(&mut town, "sealing");
    let seal = town.seal_of(3).expect("honest");
    let seal = forgetful(&town, 3, &seal);
    town.server.admit(seal).expect("a seal");
    town.seal(&[1]).expect("honest");
    town.decrypt(&[3]).expect("honest");
    town.seal(&[2]).expect("honest");
    town.decrypt(&[1, 2]).expect("honest");
    let result = town.publish_result().expect("it has ended");
    say(&mut town, "after the end");
    let mut case = Case::pass(
        "pass-two-languages",
        "Two languages, texts with quotation marks, backslashes, line feeds and rare characters, a notice in every phase, a \
         booth with files, a seal whose tool lost its memory, a seal after a decryption, three decryptions where two are \
         enough, by 3, 1 and 2.",
        Record::of(&town.server),
    );
    case.result = Some(result_members(&result));
    case
}

/// Three hundred entries by three voters who cannot make up their minds.
fn long() -> Case {
    let mut draft = Draft::plain("long", vec![question(Kind::One, &[0, 0])], 3);
    draft.cap = 1000;
    let mut town = Town::found(draft, 62).expect("a valid draft");
    town.prepare_and_open().expect("an honest ceremony");
    for number in 0..285 {
        town.vote(number % 3, &[choose(1 + number % 2, 2)])
            .expect("valid");
    }
    ended(
        "300-entries",
        "More than 256 entries: two bundles, a full tile and a tile of the second level.",
        &mut town,
    )
}

fn cap_replace() -> Case {
    let mut draft = Draft::plain("capped", vec![one_of(3)], 3);
    draft.cap = 2;
    let mut town = voted(draft, &[A, B]);
    for vote in [B, A] {
        town.replace_letter(0).expect("valid");
        town.vote(0, &[answer(vote)]).expect("valid");
        town.vote(0, &[answer(C)]).expect("valid");
    }
    ended(
        "cap-replace",
        "Two ballots per key: after a lost letter the new key may cast two of its own, though the line has cast five in all.",
        &mut town,
    )
}

/// A finished election with every kind of entry but a complaint.
fn eventful() -> (Town, Vec<Vec<u8>>) {
    let mut town = voted(Draft::plain("eventful", vec![one_of(3)], 3), &[A, B]);
    town.remove(2).expect("valid");
    town.close_and_count().expect("honest");
    let entries = town.server.replica().entries().to_vec();
    (town, entries)
}

/// Where the entry number `nth` (from 0) of this kind stands.
fn place(entries: &[Vec<u8>], kind: &str, nth: usize) -> usize {
    let start = format!("{{\"kind\":\"{kind}\"");
    let mut places = (0..entries.len()).filter(|&at| entries[at].starts_with(start.as_bytes()));
    places.nth(nth).expect("an entry of this kind")
}

/// Entries where their kind may not stand: everything before an entry, then a copy of another one.
fn misplaced() -> Vec<Case> {
    const TABLE: [(&str, &str, &str, usize, &str); 19] = [
        (
            "second-deal-dealing",
            "Trustee 1 deals twice while others have not dealt.",
            "deal",
            1,
            "deal",
        ),
        (
            "confirm-dealing",
            "A confirm before the last deal.",
            "deal",
            2,
            "confirm",
        ),
        (
            "deal-confirming",
            "A deal when all deals stand.",
            "confirm",
            0,
            "deal",
        ),
        (
            "roll-confirming",
            "The roll before the last confirm.",
            "confirm",
            2,
            "roll",
        ),
        (
            "second-confirm",
            "Trustee 1 confirms twice.",
            "confirm",
            1,
            "confirm",
        ),
        (
            "confirm-preparing",
            "A confirm when the key exists.",
            "roll",
            0,
            "confirm",
        ),
        (
            "second-drill",
            "Trustee 1 passes the drill twice.",
            "drill",
            1,
            "drill",
        ),
        (
            "ballot-before-open",
            "A ballot before the opening.",
            "open",
            0,
            "ballot",
        ),
        (
            "close-before-open",
            "A closing before the opening.",
            "open",
            0,
            "close",
        ),
        (
            "change-before-open",
            "A late change of the roll before the opening.",
            "open",
            0,
            "roll-change",
        ),
        (
            "roll-after-open",
            "A chunk of the roll after the opening.",
            "ballot",
            0,
            "roll",
        ),
        (
            "drill-after-open",
            "A drill after the opening.",
            "ballot",
            0,
            "drill",
        ),
        (
            "second-open",
            "The box is opened twice.",
            "ballot",
            0,
            "open",
        ),
        (
            "seal-before-close",
            "A seal before the closing.",
            "close",
            0,
            "seal",
        ),
        (
            "second-close",
            "The box is closed twice.",
            "seal",
            0,
            "close",
        ),
        (
            "change-after-close",
            "The roll changes after the closing.",
            "seal",
            0,
            "roll-change",
        ),
        (
            "result-sealed",
            "The result before any decryption.",
            "decryption",
            0,
            "result",
        ),
        (
            "result-early",
            "The result after one decryption of two.",
            "decryption",
            1,
            "result",
        ),
        (
            "open-after-close",
            "The box is opened again after the closing.",
            "result",
            0,
            "open",
        ),
    ];
    let (town, entries) = eventful();
    let mut cases: Vec<Case> = TABLE
        .iter()
        .map(|&(name, why, before, nth, kind)| {
            let mut cut = entries[..place(&entries, before, nth)].to_vec();
            cut.push(entries[place(&entries, kind, 0)].clone());
            Case::fail("V26", name, why, assembled(&town, &cut))
        })
        .collect();
    cases.extend(once_per_trustee());
    cases.extend(forbidden());
    cases
}

fn once_per_trustee() -> Vec<Case> {
    let closed = || {
        let mut town = voted(Draft::plain("once", vec![one_of(3)], 3), &[A, B]);
        town.close().expect("honest");
        town
    };
    let mut sealed = closed();
    let seal = sealed.seal_of(1).expect("honest");
    let again = forgetful(&sealed, 1, &seal);
    sealed.server.admit(seal).expect("a seal");
    let mut decrypted = closed();
    decrypted.seal(&[1, 2, 3]).expect("honest");
    let third = decrypted.decryption_of(3).expect("honest");
    decrypted.decrypt(&[1]).expect("honest");
    let second = decrypted.decryption_of(1).expect("honest");
    let mut without = closed();
    without.seal(&[1, 2]).expect("honest");
    vec![
        Case::fail(
            "V26",
            "second-seal",
            "A second seal of trustee 1, in other words, where two trustees must seal.",
            forced(&sealed, again),
        ),
        Case::fail(
            "V26",
            "second-decryption",
            "A second decryption of trustee 1, with a fresh proof: two trustees are needed, the election has not ended.",
            forced(&decrypted, second),
        ),
        Case::fail(
            "V26",
            "own-seal",
            "Trustees 1 and 2 have sealed, trustee 3 decrypts without having sealed.",
            forced(&without, third),
        ),
    ]
}

/// The same town under another manifest.
fn refounded(draft: Draft, change: impl FnOnce(&mut Manifest)) -> Town {
    let mut town = Town::found(draft, 63).expect("a valid draft");
    let mut manifest = town.server.replica().manifest().clone();
    let clock = manifest.opens;
    change(&mut manifest);
    let old = town.server.keys();
    let keys = ServerKeys {
        log: old.log.clone(),
        receipts: old.receipts.clone(),
        witnesses: old
            .witnesses
            .iter()
            .map(|witness| Witness {
                name: witness.name.clone(),
                key: witness.key.clone(),
            })
            .collect(),
    };
    let entry = sign_payload(manifest.payload(), &[&town.organizer_key]);
    town.server = Server::start(keys, entry, clock).expect("a valid manifest");
    let election = *town.server.replica().election().id();
    town.issuers = (1..)
        .zip(&town.issuers)
        .map(|(number, issuer)| Issuer::new(number, issuer.key().clone(), election))
        .collect();
    town
}

/// Manifests that allow no notice, or no change of the roll.
fn forbidden() -> Vec<Case> {
    let draft = || Draft::plain("forbidden", vec![one_of(3)], 3);
    let silent = refounded(draft(), |manifest| manifest.notices = false);
    let rain = notice(&silent, "rain").signed(&[&silent.organizer_key]);
    let settled = |changes| {
        let mut town = refounded(draft(), |manifest| manifest.changes = changes);
        town.prepare_and_open().expect("an honest ceremony");
        town
    };
    let mut fixed = settled(false);
    let before = fixed.server.replica().entries().len();
    fixed.remove(2).expect_err("no change may stand");
    assert_eq!(fixed.server.replica().entries().len(), before);
    let remove = signed_change(
        &fixed.all_issuers(),
        Reason::Paper,
        Operation::Remove {
            key: fixed.voters[2].key(),
        },
    );
    vec![
        Case::fail(
            "V26",
            "notices-off",
            "A notice where the manifest allows none.",
            forced(&silent, rain),
        ),
        Case::fail(
            "V26",
            "changes-off",
            "A change of the roll where the manifest allows none.",
            forced(&fixed, remove),
        ),
    ]
}

/// Every kind of entry with another election's id, signed again.
fn elsewhere() -> Vec<Case> {
    let (town, entries) = eventful();
    let id = base64url(town.server.replica().election().id());
    let other = base64url(&[7; 32]);
    let organizer = || vec![&town.organizer_key];
    let trustee = || vec![trustee_key(&town, 1)];
    let issuer = || vec![town.issuers[0].key()];
    let table: [(&str, Vec<&SigningKey>); 10] = [
        ("deal", trustee()),
        ("confirm", trustee()),
        ("roll", issuer()),
        ("drill", trustee()),
        ("open", organizer()),
        ("roll-change", issuer()),
        ("close", organizer()),
        ("seal", trustee()),
        ("decryption", trustee()),
        ("result", Vec::new()),
    ];
    table
        .into_iter()
        .map(|(kind, keys)| {
            let at = place(&entries, kind, 0);
            let mut cut = entries[..at].to_vec();
            cut.push(resigned(&entries[at], &id, &other, &keys));
            Case::fail(
                "V26",
                &format!("other-election-{kind}"),
                &format!("A {kind} that names another election and is sound otherwise."),
                assembled(&town, &cut),
            )
        })
        .collect()
}

/// Extensions, and keys that are said to be destroyed.
fn stated() -> Vec<Case> {
    let mut town = voted(Draft::plain("stated", vec![one_of(3)], 3), &[A, B]);
    let election = *town.server.replica().election().id();
    let announced = town.server.replica().manifest().closes;
    let extension = |closes: u64| {
        Entry::Extension(Extension {
            election,
            closes,
            reason: vec!["Snow.".into()],
        })
    };
    let destruction = |town: &Town, trustee: u32| {
        let entry = Entry::Destruction(Destruction { election, trustee });
        entry.signed(&[trustee_key(town, trustee)])
    };
    let stand = |town: &mut Town, entry: Vec<u8>| {
        town.server.admit(entry).expect("it may stand");
    };
    let by_a_stranger = extension(announced + 60).signed(&[trustee_key(&town, 1)]);
    let mut cases = vec![Case::fail(
        "V10",
        "extension-stranger",
        "An extension signed by a trustee.",
        forced(&town, by_a_stranger),
    )];
    for hours in [1, 2] {
        let entry = extension(announced + hours * 3_600).signed(&[&town.organizer_key]);
        stand(&mut town, entry);
    }
    let late = extension(announced + 9_000).signed(&[&town.organizer_key]);
    town.close().expect("honest");
    let mut bad = |name: &str, why: &str, record: Record| {
        cases.push(Case::fail("V26", name, why, record));
    };
    bad(
        "extension-after-close",
        "An extension after the closing.",
        forced(&town, late),
    );
    town.seal(&[1, 2, 3]).expect("honest");
    town.decrypt(&[1]).expect("honest");
    bad(
        "destruction-early",
        "A trustee's key is said to be destroyed after one decryption of two.",
        forced(&town, destruction(&town, 3)),
    );
    town.decrypt(&[2]).expect("honest");
    let entry = destruction(&town, 3);
    stand(&mut town, entry.clone());
    bad(
        "destruction-twice",
        "The same trustee's key is said to be destroyed twice.",
        forced(&town, entry),
    );
    let result = town.publish_result().expect("it has ended");
    let entry = destruction(&town, 1);
    stand(&mut town, entry);
    let mut case = Case::pass(
        "pass-stated",
        "Two extensions, and two trustees who say that their keys are destroyed, one before the result stands.",
        Record::of(&town.server),
    );
    case.result = Some(result_members(&result));
    cases.push(case);
    cases
}

/// A first ballot that says it replaces one, with an honest proof of just that.
fn acceptance() -> Vec<Case> {
    let mut town = opened();
    let Town {
        rng,
        server,
        voters,
        ..
    } = &mut town;
    let Phase::Voting(voting) = server.replica().election().phase() else {
        unreachable!("the box is open");
    };
    let slot = Slot {
        college: 1,
        credential: voters[2].key(),
        after: [7; 32],
    };
    let form = &server.replica().election().constants().form;
    let bits = form.encode(&[choose(1, 2)]).expect("valid");
    let seed = EncryptionSeed::random(rng);
    let encrypted = voting.context().encrypt(slot, bits, seed).expect("valid");
    let ballot = encrypted.cast(voting.context(), &voters[2].credential(), rng);
    let entry = Entry::Ballot(BallotEntry {
        after: slot.after,
        key: slot.credential,
        proof: ballot.to_bytes(),
    });
    let record = forced(&town, entry.signed(&[]));
    vec![Case::fail(
        "V21",
        "after-none",
        "The first ballot of its line says that it replaces one, and its proof is honest about that.",
        record,
    )]
}
