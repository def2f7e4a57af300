//! What the voter's pages stand on, without a browser: the board followed up to its opening, a ballot made there, both answers of
//! the second device, a receipt's fate from the receipt, the tracker and the letter.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use urne_booth::failure::Failure;
use urne_booth::record::Gathered;
use urne_booth::voter::device::{Device, Part, grouped};
use urne_booth::voter::second::{SecondDevice, Seen};
use urne_booth::voter::{links, paper, receipts, report, words};
use urne_cli::rehearsal::{Draft, Town, Voter};
use urne_client::replica::Replica;
use urne_crypto::credential::{Identifier, credential_half};
use urne_crypto::encoding::SecretScalar;
use urne_crypto::signature::PublicKey;
use urne_election::json::{base64url, from_base64url};
use urne_election::phase::{Applied, Phase};
use urne_election::question::{Answer, Kind, Question};
use urne_election::receipt::Refusal;
use urne_tests::ballots::{choose, one_of, question, several};
use urne_tests::record::Record;

const ANY: &str = "expected by the test";

fn town(issuers: usize) -> Town {
    let mut draft = Draft::plain("pages", vec![one_of(3), several(4, 1, 2)], 3);
    draft.issuers = (1..=issuers)
        .map(|number| format!("Issuer {number}"))
        .collect();
    let mut town = Town::found(draft, 7).expect(ANY);
    town.prepare_and_open().expect(ANY);
    town
}

/// A page that fetches what it is asked for.
fn follow(town: &Town, mut gathered: Gathered, election: &[u8; 32]) -> Result<Replica, Failure> {
    let record = Record::of(&town.server);
    loop {
        let needs = gathered.needs()?;
        if needs.is_empty() {
            return gathered.follow(election, |_, _| {});
        }
        for path in needs {
            gathered.give(&path, record.read(&path).map(<[u8]>::to_vec));
        }
    }
}

fn id(town: &Town) -> [u8; 32] {
    *town.server.replica().election().id()
}

fn opened(town: &Town) -> u64 {
    let entries = town.server.replica().entries().iter();
    let open = |entry: &&Vec<u8>| entry.starts_with(br#"{"kind":"open""#);
    (0..)
        .zip(entries)
        .find(|(_, entry)| open(entry))
        .expect(ANY)
        .0
}

/// The board as a voter's page knows it.
fn beginning(town: &Town) -> Replica {
    follow(town, Gathered::up_to(opened(town)), &id(town)).expect(ANY)
}

fn whole(town: &Town) -> Replica {
    follow(town, Gathered::whole(), &id(town)).expect(ANY)
}

/// What the server says about a line: its college, and the accepted tracker.
fn line_status(town: &Town, key: &[u8; 32]) -> Option<(u32, Option<String>)> {
    let Phase::Voting(voting) = town.server.replica().election().phase() else {
        return None;
    };
    let line = voting.roll().line(key)?;
    let accepted = line.accepted.map(|accepted| base64url(&accepted.tracker));
    Some((line.college, accepted))
}

fn identified(town: &Town, board: &Replica, voter: usize) -> Device {
    let mut device = Device::default();
    let parts = [Part::Code(town.voters[voter].code.grouped())];
    let name = format!("MEMBER  {}", voter + 1);
    let key = device.identify(board, &name, &parts).expect(ANY);
    let (college, accepted) = line_status(town, &key).expect(ANY);
    device.take_line(college, accepted.as_deref()).expect(ANY);
    device
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(11)
}

fn answers() -> Vec<Answer> {
    vec![choose(2, 3), Answer::Values(vec![1, 0, 0, 1])]
}

/// Casts and gives back entry, receipt and tracker.
fn cast(town: &mut Town, board: &Replica, device: &mut Device) -> (Vec<u8>, Vec<u8>, [u8; 32]) {
    let tracker = device.prepare(board, &answers(), &mut rng()).expect(ANY);
    let entry = device.cast(board, &mut rng()).expect(ANY);
    let admitted = town.server.admit(entry.clone()).expect("accepted");
    assert!(matches!(admitted, Applied::Ballot { tracker: own, .. } if own == tracker));
    let receipt = town.server.receipt(entry.clone(), tracker).to_bytes();
    (entry, receipt, tracker)
}

fn code<T: core::fmt::Debug>(outcome: Result<T, Failure>) -> &'static str {
    outcome.expect_err("a failure").code
}

#[test]
fn a_ballot_is_made_from_the_beginning_of_the_board_and_votes_again() {
    let mut town = town(1);
    let board = beginning(&town);
    let mut device = identified(&town, &board, 0);
    let (entry, receipt, tracker) = cast(&mut town, &board, &mut device);
    let genuine = receipts::genuine(&receipt, Some(&entry), &board).expect(ANY);
    assert_eq!(genuine.tracker, base64url(&tracker));
    assert_eq!(genuine.index, opened(&town) + 1);
    assert_eq!(receipts::election_of(&receipt), Ok(base64url(&id(&town))));
    // The same beginning of the board is enough to vote again: the server says what is accepted.
    let mut again = identified(&town, &board, 0);
    let (_, later, _) = cast(&mut town, &board, &mut again);
    let now = whole(&town);
    let became = receipts::of_receipt(&receipt, &now).expect(ANY);
    assert_eq!(
        (became.what, became.by),
        ("replaced", Some(genuine.index + 1))
    );
    assert_eq!(
        receipts::of_receipt(&later, &now).expect(ANY).what,
        "counts"
    );
    assert_eq!(receipts::of_tracker(&tracker, &now).what, "replaced");
    assert_eq!(receipts::of_tracker(&[7; 32], &now).what, "none");
}

#[test]
fn a_lie_about_the_line_only_has_the_ballot_refused() {
    let mut town = town(1);
    let board = beginning(&town);
    let mut device = identified(&town, &board, 0);
    assert_eq!(code(device.take_line(1, Some("x"))), "line");
    assert_eq!(device.take_line(1, Some(&base64url(&[3; 32]))), Ok(true));
    device.prepare(&board, &answers(), &mut rng()).expect(ANY);
    let entry = device.cast(&board, &mut rng()).expect(ANY);
    assert!(town.server.admit(entry).is_err());
}

#[test]
fn another_election_than_the_one_on_the_letter_is_not_followed() {
    let town = town(1);
    let gathered = Gathered::up_to(opened(&town));
    assert_eq!(code(follow(&town, gathered, &[1; 32])), "other-election");
}

#[test]
fn what_is_typed_wrongly_is_said_by_its_code() {
    let mut town = town(1);
    let board = beginning(&town);
    let right = town.voters[0].code.grouped();
    let mut wrong = right.clone();
    let last = wrong.pop().expect(ANY);
    wrong.push(if last == '2' { '3' } else { '2' });
    assert_eq!(
        grouped(&right.to_lowercase().replace('-', " ")),
        Ok(right.clone())
    );
    assert_eq!(code(grouped(&wrong)), "code-mistake");
    assert_eq!(code(grouped("2345")), "code-length");
    assert_eq!(grouped("O").expect_err(ANY).detail, "O");
    let mut device = Device::default();
    let parts = [Part::Code(right.clone())];
    assert_eq!(code(device.identify(&board, " ", &parts)), "identifier");
    assert_eq!(code(device.identify(&board, "member 1", &[])), "parts");
    assert_eq!(
        code(device.prepare(&board, &answers(), &mut rng())),
        "not-identified"
    );
    // Another person's identifier makes a key that stands nowhere.
    let key = device.identify(&board, "member 2", &parts).expect(ANY);
    assert_eq!(line_status(&town, &key), None);
    assert_eq!(device.without_line(&board).code, "not-on-roll");
    // A letter that was replaced since the opening.
    let key = device.identify(&board, "member 1", &parts).expect(ANY);
    town.replace_letter(0).expect(ANY);
    assert_eq!(line_status(&town, &key), None);
    assert_eq!(device.without_line(&board).code, "letter-replaced");
    assert_eq!(
        code(receipts::of_letter("member 1", &right, &whole(&town))),
        "letter-replaced"
    );
}

#[test]
fn a_letter_made_after_the_opening_votes_as_well() {
    let mut town = town(1);
    let board = beginning(&town);
    town.replace_letter(0).expect(ANY);
    let mut device = identified(&town, &board, 0);
    let (_, receipt, _) = cast(&mut town, &board, &mut device);
    assert_eq!(
        receipts::of_receipt(&receipt, &whole(&town))
            .expect(ANY)
            .what,
        "counts"
    );
}

/// What the server releases for a voter of two issuers: the credential without the letter's half.
fn servers_half(town: &Town, voter: &Voter, name: &str) -> SecretScalar {
    let identifier = Identifier::new(name).expect(ANY);
    let letter = credential_half(&id(town), 1, &identifier, &voter.code);
    SecretScalar::new(voter.credential().expose() - letter.expose())
}

#[test]
fn letter_and_servers_half_together_are_the_credential() {
    let town = town(2);
    let board = beginning(&town);
    let voter = &town.voters[1];
    let half = base64url(&servers_half(&town, voter, "member 2").to_bytes());
    let parts = |half: &str| {
        [
            Part::Code(voter.code.grouped()),
            Part::Half(half.to_owned()),
        ]
    };
    let mut device = Device::default();
    let key = device
        .identify(&board, "member 2", &parts(&half))
        .expect(ANY);
    assert_eq!(key, *voter.key().bytes());
    assert_eq!(
        code(device.identify(&board, "member 2", &parts("x"))),
        "half"
    );
    assert!(Part::read("code:AB").is_some() && Part::read("half:AB").is_some());
    assert!(Part::read("AB").is_none() && Part::read("other:AB").is_none());
    // The letter alone shows whether somebody has voted with it.
    let became = receipts::of_letter("member 2", &voter.code.grouped(), &whole(&town)).expect(ANY);
    assert_eq!((became.what, became.index), ("none", None));
}

#[test]
fn after_check_the_second_device_says_what_the_ballot_holds() {
    let town = town(1);
    let board = beginning(&town);
    let mut device = identified(&town, &board, 0);
    let captured = device.prepare(&board, &answers(), &mut rng()).expect(ANY);
    let revealed = device.reveal(&board).expect(ANY);
    assert_eq!(code(device.cast(&board, &mut rng())), "no-ballot");
    let all = whole(&town);
    let half = base64url(town.voters[0].public_halves()[0].bytes());
    let second = SecondDevice::begin(&all, &half, None).expect(ANY);
    let link = format!(
        "https://vote.example/booth/check.html#{}",
        links::revealed_fragment(&id(&town), &revealed)
    );
    let line = String::from_utf8(revealed.to_bytes()).expect(ANY);
    for shown in [&link, &line] {
        let held = second.check(&all, &captured, shown).expect(ANY);
        let held = serde_json::to_value(held).expect(ANY);
        assert_eq!(held[0]["options"], json!([{ "name": ["B"], "value": 1 }]));
        assert_eq!(
            held[1]["options"],
            json!([{ "name": ["A"], "value": 1 }, { "name": ["D"], "value": 1 }])
        );
    }
    // What was captured is not what is revealed; the line is another voter's; what is shown is something else.
    assert_eq!(code(second.check(&all, &[5; 32], &link)), "ballot-changed");
    let lied = link.replace("&v=0.1", "&v=1.0");
    assert_ne!(lied, link);
    assert_eq!(code(second.check(&all, &captured, &lied)), "ballot-changed");
    let other = base64url(town.voters[1].public_halves()[0].bytes());
    let other = SecondDevice::begin(&all, &other, None).expect(ANY);
    assert_eq!(code(other.check(&all, &captured, &link)), "ballot-changed");
    assert_eq!(
        code(second.check(&all, &captured, "e=1&v=2")),
        "not-revealed"
    );
    for mixed in ["&k=A", "&u=A", "&n=1", "&e=A"] {
        let link = format!("{link}{mixed}");
        assert_eq!(code(second.check(&all, &captured, &link)), "not-revealed");
    }
    assert_eq!(
        code(SecondDevice::begin(&all, &base64url(&[0; 32]), None)),
        "half"
    );
    let stranger = SecretScalar::random(&mut rng()).public();
    assert_eq!(
        code(SecondDevice::begin(
            &all,
            &base64url(stranger.bytes()),
            None
        )),
        "half-unknown"
    );
}

#[test]
fn after_cast_the_second_device_says_whether_this_very_ballot_stands() {
    let mut town = town(1);
    let board = beginning(&town);
    let before = whole(&town);
    let half = base64url(town.voters[0].public_halves()[0].bytes());
    let second = SecondDevice::begin(&before, &half, None).expect(ANY);
    let mut device = identified(&town, &board, 0);
    assert_eq!(second.look(&before, &[5; 32]), Ok(Seen::Waiting));
    let (_, _, tracker) = cast(&mut town, &board, &mut device);
    let index = opened(&town) + 1;
    let after = whole(&town);
    assert_eq!(second.look(&after, &tracker), Ok(Seen::Captured { index }));
    assert_eq!(second.look(&after, &[5; 32]), Ok(Seen::Another { index }));
    // A page that was loaded again meanwhile knows from when it looks, also once the box is closed.
    town.close().expect(ANY);
    let closed = whole(&town);
    let again = SecondDevice::begin(&closed, &half, Some(second.after())).expect(ANY);
    assert_eq!(again.look(&closed, &tracker), Ok(Seen::Captured { index }));
    assert_eq!(again.look(&closed, &[5; 32]), Ok(Seen::Another { index }));
}

#[test]
fn a_refusal_is_believed_only_where_the_server_signed_it_for_this_very_ballot() {
    let town = town(1);
    let board = beginning(&town);
    let hash = urne_crypto::hash::fingerprint(b"ballot");
    let key = urne_crypto::signature::SigningKey::generate(&mut rng());
    let foreign = Refusal::sign(&key, id(&town), hash, "outdated".to_owned(), 9);
    let foreign = String::from_utf8(foreign.to_bytes()).expect(ANY);
    let judge = |entry: &[u8], text: &str| receipts::refused(entry, text, &board);
    assert_eq!(code(judge(b"ballot", &foreign)), "not-refused");
    assert_eq!(code(judge(b"ballot", "{}\n")), "not-refused");
    let own = Refusal::sign(
        &town.server.keys().receipts,
        id(&town),
        hash,
        "outdated".to_owned(),
        9,
    );
    let own = String::from_utf8(own.to_bytes()).expect(ANY);
    assert_eq!(judge(b"ballot", &own), Ok("outdated".to_owned()));
    assert_eq!(code(judge(b"other", &own)), "not-refused");
    let elsewhere = Refusal::sign(
        &town.server.keys().receipts,
        [1; 32],
        hash,
        "outdated".to_owned(),
        9,
    );
    let elsewhere = String::from_utf8(elsewhere.to_bytes()).expect(ANY);
    assert_eq!(code(judge(b"ballot", &elsewhere)), "not-refused");
}

#[test]
fn a_receipt_is_worth_nothing_where_anything_of_it_was_changed() {
    let mut town = town(1);
    let board = beginning(&town);
    let mut device = identified(&town, &board, 0);
    let (entry, receipt, _) = cast(&mut town, &board, &mut device);
    let changed = |field: &str, to: Value| {
        let text = String::from_utf8(receipt.clone()).expect(ANY);
        let read: Value = serde_json::from_str(&text).expect(ANY);
        let (old, new) = (
            format!("\"{field}\":{}", read[field]),
            format!("\"{field}\":{to}"),
        );
        text.replace(&old, &new).into_bytes()
    };
    let judge = |receipt: &[u8]| code(receipts::genuine(receipt, Some(&entry), &board));
    assert_eq!(judge(b"{}\n"), "not-a-receipt");
    assert_eq!(
        judge(&changed("election", json!(base64url(&[1; 32])))),
        "receipt-elsewhere"
    );
    assert_eq!(judge(&changed("index", json!(1))), "receipt-signature");
    assert_eq!(
        judge(&changed("entry", json!(base64url(b"{}")))),
        "receipt-ballot"
    );
    let other = receipts::genuine(&receipt, Some(b"another ballot"), &board);
    assert_eq!(code(other), "receipt-ballot");
    // A copy of the board that ends before the ballot cannot say what became of it.
    assert_eq!(code(receipts::of_receipt(&receipt, &board)), "board-older");
}

#[test]
fn the_paper_has_every_question_in_the_drawn_order_and_says_how_an_answer_stands() {
    let mut random = question(Kind::Knapsack, &[30, 50, 40, 20, 10]);
    random.random = true;
    random.blank = true;
    random.envelope = 100;
    let mut town = Town::found(Draft::plain("paper", vec![random.clone()], 1), 3).expect(ANY);
    town.prepare_and_open().expect(ANY);
    let board = beginning(&town);
    let shown = paper::Paper::new(&board, &mut rng());
    let question = &shown.questions[0];
    let mut sorted = question.order.clone();
    assert_ne!(sorted, [0, 1, 2, 3, 4], "drawn at random");
    sorted.sort_unstable();
    assert_eq!(sorted, [0, 1, 2, 3, 4]);
    assert_eq!(
        (question.kind, question.envelope, question.options[1].cost),
        ("knapsack", 100, 50)
    );
    let stands = |values: &[u32]| {
        let answer = Answer::Values(values.to_vec());
        let standing = paper::standing(&random, &answer).expect(ANY);
        (
            standing.complete,
            standing.used,
            standing.remaining,
            standing.excess,
        )
    };
    assert_eq!(stands(&[0; 5]), (true, 0, Some(100), 0));
    assert_eq!(stands(&[1, 1, 0, 1, 0]), (true, 100, Some(0), 0));
    assert_eq!(stands(&[1, 1, 1, 0, 0]), (false, 120, Some(0), 20));
    assert!(
        paper::standing(&random, &Answer::Blank)
            .expect(ANY)
            .complete
    );
    assert_eq!(
        code(paper::standing(&random, &Answer::Values(vec![1]))),
        "answers"
    );
}

fn missing(question: &Question, values: &[u32]) -> (bool, u64, u64) {
    let standing = paper::standing(question, &Answer::Values(values.to_vec())).expect(ANY);
    (standing.complete, standing.missing, standing.excess)
}

#[test]
fn every_kind_says_what_is_missing_and_what_is_too_much() {
    let one = one_of(2);
    assert_eq!(missing(&one, &[0, 0]), (false, 1, 0));
    assert_eq!(missing(&one, &[1, 0]), (true, 0, 0));
    let two = several(3, 2, 2);
    assert_eq!(missing(&two, &[1, 0, 0]), (false, 1, 0));
    assert_eq!(missing(&two, &[1, 1, 1]), (false, 0, 1));
    let points = Question {
        each: 5,
        least: 3,
        most: 6,
        ..question(Kind::Points, &[0, 0])
    };
    assert_eq!(missing(&points, &[2, 0]), (false, 1, 0));
    assert_eq!(missing(&points, &[5, 3]), (false, 0, 2));
    let score = Question {
        each: 4,
        ..question(Kind::Score, &[0, 0])
    };
    assert_eq!(missing(&score, &[4, 4]), (true, 0, 0));
    assert_eq!(
        code(paper::standing(&score, &Answer::Values(vec![5, 0]))),
        "answers"
    );
}

#[test]
fn answers_come_as_numbers_and_go_as_words() {
    let questions = [one_of(2), several(2, 0, 2)];
    let read = paper::answers(&questions, &[1, 0], &[0, 0, 0, 1]).expect(ANY);
    assert_eq!(read, [Answer::Blank, Answer::Values(vec![0, 1])]);
    let held = words::chosen(&questions, &paper::values(&questions, &read));
    assert!(held[0].blank && held[0].options.is_empty());
    assert_eq!(held[1].options[0].name, ["B"]);
    assert_eq!(
        code(paper::answers(&questions, &[1], &[0, 0, 0, 1])),
        "answers"
    );
    assert_eq!(
        code(paper::answers(&questions, &[1, 0], &[0, 0, 0])),
        "answers"
    );
}

#[test]
fn a_report_is_signed_by_a_key_of_its_own() {
    let content = "{\"seen\":\"déjà vu\"}";
    let file = report::signed(content, &mut rng()).expect(ANY);
    let read: Value = serde_json::from_str(&file).expect(ANY);
    assert_eq!(read["content"], content);
    let key = from_base64url::<32>(read["key"].as_str().expect(ANY)).expect(ANY);
    let signature = from_base64url::<64>(read["signature"].as_str().expect(ANY)).expect(ANY);
    let key = PublicKey::decode(&key).expect(ANY);
    assert!(
        key.verify(report::REPORT_DOMAIN, content.as_bytes(), &signature)
            .is_ok()
    );
    assert!(
        key.verify(report::REPORT_DOMAIN, b"another", &signature)
            .is_err()
    );
}

#[test]
fn links_carry_the_tracker_whole_and_people_read_eight_digits() {
    let fragment = links::receipt_fragment(&[1; 32], &[2; 32], 12);
    assert_eq!(
        fragment,
        format!("e={}&k={}&n=12", base64url(&[1; 32]), base64url(&[2; 32]))
    );
    let spoken = links::spoken(&[2; 32]);
    assert_eq!(spoken.chars().filter(char::is_ascii_digit).count(), 8);
    assert_ne!(spoken, links::spoken(&[3; 32]));
}
