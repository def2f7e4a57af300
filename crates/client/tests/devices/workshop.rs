//! Two issuers at work: what they make together stands on the board, and a dishonest second one gets nowhere.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use urne_client::issuer::{Entitlement, Issuer};
use urne_client::voter::{self, HalfError, VoteError};
use urne_client::workshop::exchange::{Exchange, ExchangeError, Progress, Round, SecretRow};
use urne_client::workshop::parcel::{ChangeKind, Parcel, ParcelError, Task};
use urne_client::workshop::register::{Register, RegisterError, RegisteredVoter, RowId};
use urne_crypto::RistrettoPoint;
use urne_crypto::credential::{Identifier, VotingCode, credential};
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::signature::{PublicKey, public_key};
use urne_election::entry::Reason;
use urne_election::phase::{Applied, Phase};

use crate::setting::{ISSUER, Setting, first, key, party};

const SECOND: u8 = 5;

fn setting(issuers: usize) -> Setting {
    Setting::found_as(false, |manifest| {
        let both = [party("First", ISSUER), party("Second", SECOND)];
        manifest.issuers = both[..issuers].to_vec();
    })
}

fn issuer(setting: &Setting, number: u32) -> Issuer {
    let holder = [ISSUER, SECOND][number as usize - 1];
    Issuer::new(number, key(holder), *setting.replica.election().id())
}

fn row(number: u8) -> RowId {
    RowId([number; 16])
}

fn secret(voter: u8, issuer: u32) -> SecretScalar {
    let mut rng = StdRng::seed_from_u64(u64::from(voter) * 10 + u64::from(issuer));
    SecretScalar::random(&mut rng)
}

/// The halves of voters 1 to `count`, voter k with weight k, in no particular order.
fn secrets(issuer: u32, count: u8) -> Vec<SecretRow> {
    (1..=count)
        .rev()
        .map(|voter| SecretRow {
            row: row(voter),
            entitlement: Entitlement {
                weight: u32::from(voter),
                college: 1,
            },
            half: secret(voter, issuer),
        })
        .collect()
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(77)
}

/// Sends a parcel as its bytes.
fn sent(exchange: &Exchange<'_>, holder: u8) -> Parcel {
    let bytes = exchange.parcel().to_bytes(&key(holder));
    let author = PublicKey::decode(&public_key(&key(holder))).unwrap();
    Parcel::decode(&bytes, &author).unwrap()
}

/// Both issuers, in turn, until both are done: the entries of each.
fn together(one: &mut Exchange<'_>, two: &mut Exchange<'_>) -> [Progress; 2] {
    let rng = &mut rng();
    assert_eq!(one.advance(None, rng), Ok(Progress::Waiting(Round::Halves)));
    for expected in [Round::Proofs, Round::Signatures] {
        let (from_one, from_two) = (sent(one, ISSUER), sent(two, SECOND));
        assert_eq!(
            one.advance(Some(&from_two), rng),
            Ok(Progress::Waiting(expected))
        );
        assert_eq!(
            two.advance(Some(&from_one), rng),
            Ok(Progress::Waiting(expected))
        );
    }
    let (from_one, from_two) = (sent(one, ISSUER), sent(two, SECOND));
    [
        two.advance(Some(&from_one), rng).unwrap(),
        one.advance(Some(&from_two), rng).unwrap(),
    ]
}

fn complete(progress: Progress) -> (Vec<Vec<u8>>, Vec<(RowId, Point)>) {
    match progress {
        Progress::Complete { entries, lines } => (entries, lines),
        Progress::Waiting(round) => panic!("waits for {round:?}"),
    }
}

/// Issuers 1 and 2 make the roll of voters 1 to 3; the box is open.
fn opened() -> Setting {
    let mut setting = setting(2).until_preparing();
    let (one, two) = (issuer(&setting, 1), issuer(&setting, 2));
    let manifest = setting.replica.manifest().clone();
    let mut first = Exchange::start(&one, &manifest, Task::Roll, secrets(1, 3));
    let mut second = Exchange::start(&two, &manifest, Task::Roll, secrets(2, 3));
    let [by_two, by_one] = together(&mut first, &mut second);
    assert_eq!(by_one, by_two, "both hold the same bytes");
    let (entries, lines) = complete(by_one);
    for (row, line) in lines {
        let voter = row.0[0];
        let halves = [secret(voter, 1), secret(voter, 2)];
        assert_eq!(line, credential(&halves).public());
    }
    for entry in entries {
        assert_eq!(setting.stand(entry), Applied::Done);
    }
    for index in 0..2 {
        let drill = setting.drill(index).unwrap();
        setting.stand(drill);
    }
    let open = setting
        .organizer
        .open(&setting.replica, Vec::new())
        .unwrap();
    setting.stand(open);
    setting
}

fn line(voter: u8) -> Point {
    credential(&[secret(voter, 1), secret(voter, 2)]).public()
}

#[test]
fn two_issuers_make_a_roll_that_stands() {
    let setting = opened();
    let Phase::Voting(phase) = setting.replica.election().phase() else {
        panic!("open");
    };
    assert_eq!(phase.roll().len(), 3);
    for voter in 1..=3 {
        let found = phase.roll().line(line(voter).bytes()).unwrap();
        assert_eq!(found.weight, u32::from(voter));
    }
}

#[test]
fn one_issuer_needs_no_parcel() {
    let mut setting = setting(1).until_preparing();
    let one = issuer(&setting, 1);
    let manifest = setting.replica.manifest().clone();
    let mut exchange = Exchange::start(&one, &manifest, Task::Roll, secrets(1, 3));
    let (entries, lines) = complete(exchange.advance(None, &mut rng()).unwrap());
    assert_eq!((entries.len(), lines.len()), (1, 3));
    assert_eq!(setting.stand(entries[0].clone()), Applied::Done);
}

#[test]
fn every_change_is_made_by_both_and_stands() {
    let mut setting = opened();
    let manifest = setting.replica.manifest().clone();
    let changes = [
        (ChangeKind::Replace(line(1)), Reason::Lost, 1, 41),
        (ChangeKind::Add, Reason::Admitted, 9, 42),
        (ChangeKind::Remove(line(2)), Reason::Paper, 2, 0),
    ];
    for (kind, reason, voter, fresh) in changes {
        let task = Task::Change {
            row: row(voter),
            reason,
            kind: kind.clone(),
        };
        let halves = |issuer: u32| match fresh {
            0 => Vec::new(),
            fresh => vec![SecretRow {
                row: row(voter),
                entitlement: Entitlement {
                    weight: 1,
                    college: 1,
                },
                half: secret(fresh, issuer),
            }],
        };
        let (one, two) = (issuer(&setting, 1), issuer(&setting, 2));
        let mut first = Exchange::start(&one, &manifest, task.clone(), halves(1));
        let mut second = Exchange::start(&two, &manifest, task, halves(2));
        let [by_two, by_one] = together(&mut first, &mut second);
        assert_eq!(by_one, by_two);
        let (entries, lines) = complete(by_one);
        assert_eq!(entries.len(), 1);
        assert_eq!(lines.len(), usize::from(fresh != 0));
        assert!(matches!(
            setting.stand(entries[0].clone()),
            Applied::RollChanged { .. }
        ));
    }
    let new = credential(&[secret(41, 1), secret(41, 2)]);
    let prepared = voter::prepare(&setting.replica, &new, &first(), &mut setting.rng).unwrap();
    let entry = prepared
        .cast(&setting.replica, &new, &mut setting.rng)
        .unwrap();
    setting.stand(entry);
}

#[test]
fn a_second_device_finds_the_line_by_either_half_on_a_letter() {
    let mut setting = opened();
    for voter in 1..=3 {
        for issuer in 1..=2 {
            let half = secret(voter, issuer).public();
            assert_eq!(voter::key_of_half(&setting.replica, &half), Ok(line(voter)));
        }
        let whole = voter::key_of_half(&setting.replica, &line(voter));
        assert_eq!(whole, Err(HalfError::Unknown));
    }
    // After a change the old half still leads to the old key, which is no line's any more; the new one to the new.
    let manifest = setting.replica.manifest().clone();
    let (one, two) = (issuer(&setting, 1), issuer(&setting, 2));
    let task = Task::Change {
        row: row(1),
        reason: Reason::Lost,
        kind: ChangeKind::Replace(line(1)),
    };
    let fresh = |issuer: u32| {
        let mut rows = secrets(issuer, 1);
        rows[0].half = secret(41, issuer);
        rows
    };
    let mut first = Exchange::start(&one, &manifest, task.clone(), fresh(1));
    let mut second = Exchange::start(&two, &manifest, task, fresh(2));
    let [by_two, _] = together(&mut first, &mut second);
    setting.stand(complete(by_two).0.remove(0));
    let old = voter::key_of_half(&setting.replica, &secret(1, 1).public()).unwrap();
    assert_eq!(
        voter::slot(&setting.replica, &old).err(),
        Some(VoteError::NotOnRoll)
    );
    let new = voter::key_of_half(&setting.replica, &secret(41, 2).public()).unwrap();
    assert!(voter::slot(&setting.replica, &new).is_ok());
}

#[test]
fn a_half_given_to_two_lines_leads_to_neither() {
    let mut setting = setting(2).until_preparing();
    let (one, two) = (issuer(&setting, 1), issuer(&setting, 2));
    let manifest = setting.replica.manifest().clone();
    let mut same = secrets(1, 2);
    same[0].half = secret(1, 1);
    let mut first = Exchange::start(&one, &manifest, Task::Roll, same);
    let mut second = Exchange::start(&two, &manifest, Task::Roll, secrets(2, 2));
    let [by_two, _] = together(&mut first, &mut second);
    setting.stand(complete(by_two).0.remove(0));
    let half = secret(1, 1).public();
    assert_eq!(
        voter::key_of_half(&setting.replica, &half),
        Err(HalfError::Shared)
    );
}

#[test]
fn work_goes_on_from_a_saved_parcel_with_the_same_bytes() {
    let setting = setting(2).until_preparing();
    let manifest = setting.replica.manifest();
    let (one, two) = (issuer(&setting, 1), issuer(&setting, 2));
    let mut first = Exchange::start(&one, manifest, Task::Roll, secrets(1, 3));
    let mut second = Exchange::start(&two, manifest, Task::Roll, secrets(2, 3));
    let [by_two, _] = together(&mut first, &mut second);
    let saved = sent(&first, ISSUER);
    let again = Exchange::start(&one, manifest, Task::Roll, secrets(1, 3));
    let mut again = again.resume(saved.clone()).unwrap();
    let progress = again
        .advance(Some(&sent(&second, SECOND)), &mut rng())
        .unwrap();
    assert_eq!(progress, by_two);
    assert_eq!(*again.parcel(), saved);
    let other_codes = Exchange::start(&one, manifest, Task::Roll, secrets(2, 3));
    assert_eq!(
        other_codes.resume(saved).err(),
        Some(ExchangeError::OwnParcel)
    );
}

#[test]
fn a_second_issuer_that_cancels_the_first_cannot_prove_it() {
    let setting = setting(2).until_preparing();
    let manifest = setting.replica.manifest();
    let (one, two) = (issuer(&setting, 1), issuer(&setting, 2));
    let mut honest = Exchange::start(&one, manifest, Task::Roll, secrets(1, 3));
    // U_2 = V − U_1: the second issuer would know the sum's secret alone.
    let mut cheat = Exchange::start(&two, manifest, Task::Roll, secrets(2, 3));
    cheat
        .advance(Some(&sent(&honest, ISSUER)), &mut rng())
        .unwrap();
    let mut parcel = cheat.parcel().clone();
    for (theirs, ours) in parcel.halves.iter_mut().zip(&honest.parcel().halves) {
        let known = secret(99, 2).public();
        let difference: RistrettoPoint = known.element() - ours.half.element();
        theirs.half = Point::from(difference);
    }
    // Each row a different sum, else two voters share a line.
    assert!(matches!(
        honest.advance(Some(&parcel), &mut rng()),
        Err(ExchangeError::Line(_))
    ));
    for (number, theirs) in (0..).zip(&mut parcel.halves) {
        let shifted = theirs.half.element() + secret(number, 9).public().element();
        theirs.half = Point::from(shifted);
    }
    assert_eq!(
        honest.advance(Some(&parcel), &mut rng()),
        Ok(Progress::Waiting(Round::Proofs))
    );
    parcel.proven = honest.parcel().proven;
    assert_eq!(
        honest.advance(Some(&parcel), &mut rng()),
        Err(ExchangeError::Proof(1))
    );
    assert!(honest.parcel().signatures.is_empty(), "nothing was signed");
}

#[test]
fn halves_that_cancel_to_nothing_are_refused() {
    let setting = setting(2).until_preparing();
    let manifest = setting.replica.manifest();
    let one = issuer(&setting, 1);
    let mut honest = Exchange::start(&one, manifest, Task::Roll, secrets(1, 1));
    let mut parcel = honest.parcel().clone();
    parcel.issuer = 2;
    parcel.halves[0].half = Point::from(-parcel.halves[0].half.element());
    assert_eq!(
        honest.advance(Some(&parcel), &mut rng()),
        Err(ExchangeError::Line(row(1)))
    );
}

#[test]
fn lists_that_differ_are_named_by_row() {
    let setting = setting(2).until_preparing();
    let manifest = setting.replica.manifest();
    let (one, two) = (issuer(&setting, 1), issuer(&setting, 2));
    let with = |secrets: Vec<SecretRow>| {
        let mut first = Exchange::start(&one, manifest, Task::Roll, self::secrets(1, 3));
        let second = Exchange::start(&two, manifest, Task::Roll, secrets);
        first.advance(Some(second.parcel()), &mut rng()).err()
    };
    assert_eq!(with(secrets(2, 2)), Some(ExchangeError::Lists(row(3))));
    assert_eq!(with(secrets(2, 4)), Some(ExchangeError::Lists(row(4))));
    let mut missing = secrets(2, 3);
    missing.retain(|secret| secret.row != row(2));
    assert_eq!(with(missing), Some(ExchangeError::Lists(row(2))));
    let mut more = secrets(2, 3);
    more.push(SecretRow {
        row: row(0),
        entitlement: more[0].entitlement,
        half: secret(50, 2),
    });
    assert_eq!(with(more), Some(ExchangeError::Lists(row(0))));
    let mut heavy = secrets(2, 3);
    heavy[0].entitlement.weight = 30;
    assert_eq!(with(heavy), Some(ExchangeError::Entitlement(row(3))));
    let mut elsewhere = secrets(2, 3);
    elsewhere[0].entitlement.college = 2;
    assert_eq!(with(elsewhere), Some(ExchangeError::Entitlement(row(3))));
}

#[test]
fn nothing_is_signed_because_a_parcel_asks_for_it() {
    let setting = opened();
    let manifest = setting.replica.manifest();
    let (one, two) = (issuer(&setting, 1), issuer(&setting, 2));
    let task = |voter: u8, reason| Task::Change {
        row: row(voter),
        reason,
        kind: ChangeKind::Remove(line(voter)),
    };
    let asked = Exchange::start(&two, manifest, task(2, Reason::Paper), Vec::new());
    for other in [task(1, Reason::Paper), task(2, Reason::Struck), Task::Roll] {
        let mut own = Exchange::start(&one, manifest, other, Vec::new());
        assert_eq!(
            own.advance(Some(asked.parcel()), &mut rng()),
            Err(ExchangeError::OtherTask)
        );
        assert!(own.parcel().signatures.is_empty());
    }
    let mut own = Exchange::start(&one, manifest, task(2, Reason::Paper), Vec::new());
    let mut parcel = asked.parcel().clone();
    for (election, issuer) in [([3; 32], 2), (parcel.election, 1)] {
        (parcel.election, parcel.issuer) = (election, issuer);
        assert_eq!(
            own.advance(Some(&parcel), &mut rng()),
            Err(ExchangeError::OtherTask)
        );
    }
}

#[test]
fn one_version_is_signed_and_no_other() {
    let setting = setting(2).until_preparing();
    let manifest = setting.replica.manifest();
    let (one, two) = (issuer(&setting, 1), issuer(&setting, 2));
    let mut first = Exchange::start(&one, manifest, Task::Roll, secrets(1, 3));
    let mut second = Exchange::start(&two, manifest, Task::Roll, secrets(2, 3));
    // Until a signature is given, the other may begin again.
    first.advance(Some(second.parcel()), &mut rng()).unwrap();
    let mut other = Exchange::start(&two, manifest, Task::Roll, secrets(3, 3));
    assert_eq!(
        first.advance(Some(other.parcel()), &mut rng()),
        Ok(Progress::Waiting(Round::Proofs))
    );
    let [by_two, _] = together(&mut first, &mut second);
    complete(by_two);
    other.advance(Some(first.parcel()), &mut rng()).unwrap();
    assert_eq!(
        first.advance(Some(other.parcel()), &mut rng()),
        Err(ExchangeError::SignedAnother)
    );
}

#[test]
fn a_wrong_proof_or_signature_of_the_other_is_noticed() {
    let setting = setting(2).until_preparing();
    let manifest = setting.replica.manifest();
    let (one, two) = (issuer(&setting, 1), issuer(&setting, 2));
    let mut first = Exchange::start(&one, manifest, Task::Roll, secrets(1, 3));
    let mut second = Exchange::start(&two, manifest, Task::Roll, secrets(2, 3));
    together(&mut first, &mut second);
    let good = sent(&second, SECOND);
    type Fault = fn(&mut Parcel);
    let faults: [(Fault, ExchangeError); 4] = [
        (|parcel| parcel.proofs[0][40] ^= 1, ExchangeError::Proof(1)),
        (|parcel| parcel.proofs.clear(), ExchangeError::Proof(0)),
        (
            |parcel| parcel.signatures[0][40] ^= 1,
            ExchangeError::Signature(1),
        ),
        (
            |parcel| parcel.signatures.push([0; 64]),
            ExchangeError::Signature(2),
        ),
    ];
    for (fault, expected) in faults {
        let mut parcel = good.clone();
        fault(&mut parcel);
        assert_eq!(first.advance(Some(&parcel), &mut rng()), Err(expected));
    }
    assert!(first.advance(Some(&good), &mut rng()).is_ok());
}

#[test]
fn a_parcel_has_one_form_and_one_author() {
    let setting = setting(2).until_preparing();
    let manifest = setting.replica.manifest();
    let two = issuer(&setting, 2);
    let tasks = [
        (Task::Roll, 2),
        (
            Task::Change {
                row: row(1),
                reason: Reason::Error,
                kind: ChangeKind::Replace(line(1)),
            },
            1,
        ),
    ];
    let author = PublicKey::decode(&public_key(&key(SECOND))).unwrap();
    let stranger = PublicKey::decode(&public_key(&key(ISSUER))).unwrap();
    for (task, count) in tasks {
        let exchange = Exchange::start(&two, manifest, task, secrets(2, count));
        let bytes = exchange.parcel().to_bytes(&key(SECOND));
        assert_eq!(
            Parcel::decode(&bytes, &author).as_ref(),
            Ok(exchange.parcel())
        );
        assert_eq!(
            Parcel::decode(&bytes, &stranger),
            Err(ParcelError::Signature)
        );
        for length in 0..bytes.len() {
            assert!(Parcel::decode(&bytes[..length], &author).is_err());
        }
        for index in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[index] ^= 1;
            assert!(Parcel::decode(&flipped, &author).is_err(), "{index}");
        }
    }
    // Signed by its author and yet not in the one form.
    let mut exchange = Exchange::start(&two, manifest, Task::Roll, secrets(2, 2));
    exchange
        .advance(
            Some(&{
                let one = issuer(&setting, 1);
                Exchange::start(&one, manifest, Task::Roll, secrets(1, 2))
                    .parcel()
                    .clone()
            }),
            &mut rng(),
        )
        .unwrap();
    let mut unsorted = exchange.parcel().clone();
    unsorted.halves.reverse();
    let mut twice = exchange.parcel().clone();
    twice.halves[1] = twice.halves[0].clone();
    for wrong in [unsorted, twice] {
        let bytes = wrong.to_bytes(&key(SECOND));
        assert!(matches!(
            Parcel::decode(&bytes, &author),
            Err(ParcelError::Form(_))
        ));
    }
}

fn voter(number: u8, identifier: &str) -> RegisteredVoter {
    let mut rng = StdRng::seed_from_u64(u64::from(number));
    RegisteredVoter {
        row: row(number),
        identifier: Identifier::new(identifier).unwrap(),
        entitlement: Entitlement {
            weight: u32::from(number),
            college: 1,
        },
        code: number
            .is_multiple_of(2)
            .then(|| VotingCode::random(&mut rng)),
        next_code: number
            .is_multiple_of(3)
            .then(|| VotingCode::random(&mut rng)),
        line: number.is_multiple_of(4).then(|| line(number)),
    }
}

#[test]
fn a_register_survives_its_file_and_has_one_form() {
    let names = ["zoé", "yves", "xenia", "willy", "vera", "uwe"];
    let voters: Vec<RegisteredVoter> = (1..).zip(names).map(|(k, name)| voter(k, name)).collect();
    let mut register = Register::new(voters).unwrap();
    let bytes = register.to_bytes();
    let read = Register::decode(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
    for (one, other) in read.voters().iter().zip(register.voters()) {
        assert_eq!((one.row, &one.identifier), (other.row, &other.identifier));
        assert_eq!((&one.code, &one.next_code), (&other.code, &other.next_code));
        assert_eq!((one.line, one.entitlement), (other.line, other.entitlement));
    }
    let whole: Vec<usize> = (0..bytes.len())
        .filter(|&length| Register::decode(&bytes[..length]).is_ok())
        .collect();
    // Only at the end of the label and after each voter.
    assert_eq!(whole.len(), 6, "{whole:?}");
    assert_eq!(
        Register::decode(b"something").err(),
        Some(RegisterError::Other)
    );
    register.make_codes(&mut rng());
    assert!(register.voters().iter().all(|voter| voter.code.is_some()));
    register.forget_codes();
    let bytes = register.to_bytes();
    let none = |voter: &RegisteredVoter| voter.code.is_none() && voter.next_code.is_none();
    assert!(Register::decode(&bytes).unwrap().voters().iter().all(none));
}

#[test]
fn nobody_is_registered_twice() {
    let both = |one: RegisteredVoter, other: RegisteredVoter| Register::new(vec![one, other]).err();
    assert_eq!(
        both(voter(1, "Anne"), voter(2, " ANNE ")),
        Some(RegisterError::Identifier("anne".into()))
    );
    assert_eq!(
        both(voter(1, "Anne"), voter(1, "Bruno")),
        Some(RegisterError::Row(row(1)))
    );
    let mut register = Register::new(vec![voter(1, "Anne")]).unwrap();
    assert!(register.add(voter(1, "Bruno")).is_err());
    assert!(register.add(voter(2, "anne")).is_err());
    assert!(register.add(voter(2, "Bruno")).is_ok());
    register.remove(&row(1));
    assert!(register.by_row(&row(1)).is_none());
    assert!(
        register
            .by_identifier(&Identifier::new("bruno").unwrap())
            .is_some()
    );
}

#[test]
fn a_row_id_is_read_as_it_is_written() {
    let id = RowId::random(&mut rng());
    assert_eq!(RowId::parse(&id.to_string()), Some(id));
    let text = RowId([0xab; 16]).to_string();
    for wrong in [&text[1..], &text.to_uppercase(), &format!("{text}0"), "+1"] {
        assert_eq!(RowId::parse(wrong), None);
    }
}
