//! Entry 0: the template of `manifest` and the rules beside it (spec/entries.md, spec/encoding.md limits).

use std::collections::BTreeSet;

use crate::encoding::{Bytes32, to_base64url};
use crate::ledger::{Found, require, require_all};
use crate::program::Program;
use crate::signature::key_is_good;
use crate::template::{self, Value};

/// As in spec/entries.md.
pub(crate) const MANIFEST: &str = r#"
{"kind":"manifest","version":0,"nonce":B(32),
 "languages":[STR(2..35); 1..8],
 "title":TEXT(500),"description":TEXT(20000),"practice":BOOL,
 "opens":INT,"closes":INT,
 "organizer":{"name":STR(1..200),"key":B(32)},
 "server":{"name":STR(1..200),"key":B(32)},
 "log":{"origin":STR(1..200),"key":B(32),"interval":INT(1..86400)},
 "witnesses":{"quorum":INT(0..32),"faulty":INT(0..32),"list":[{"name":STR(1..200),"key":B(32)}; 0..32]},
 "issuers":[{"name":STR(1..200),"key":B(32)}; 1..2],
 "threshold":INT(1..32),
 "trustees":[{"name":STR(1..200),"key":B(32),"encryption":B(32 point≠O),"proof":B(64)}; 1..32],
 "colleges":[{"name":TEXT(200),"guard":INT(1..1000000)}; 1..64],
 "weights":{"shared":INT(0..1000000),"exception":STR(0..1000)},
 "cap":INT(1..1000),"notices":BOOL,"changes":BOOL,
 "questions":[QUESTION; 1..64]}
"#;

/// As in spec/entries.md.
pub(crate) const QUESTION: &str = r#"
{"kind":"one"|"several"|"knapsack"|"score"|"points",
 "title":TEXT(500),"description":TEXT(20000),"random":BOOL,
 "options":[{"name":TEXT(500),"description":TEXT(20000),"cost":INT(0..4294967295)}; 1..700],
 "blank":BOOL,"least":INT(0..4294967295),"most":INT(0..4294967295),"each":INT(0..4294967295),
 "envelope":INT(0..4294967295),"rule":RULE}
"#;

/// As in spec/entries.md.
pub(crate) const RULE: &str = r#"
{"name":"most"|"greedy-skip"|"greedy-stop","seats":INT(0..700),
 "majority":{"numerator":INT(0..1000000),"denominator":INT(1..1000000),"of":"expressed"|"registered","strict":BOOL},
 "quorum":{"numerator":INT(0..1000000),"denominator":INT(1..1000000)},
 "ties":"listed"|"order","order":[INT(1..700); 0..700]}
"#;

/// A name and a raw Ed25519 key that sign notes: a witness, or the log under its origin.
pub(crate) struct Party {
    pub name: String,
    pub key: Bytes32,
}

/// The manifest: all of it as read, and apart what many ask for.
pub(crate) struct Manifest {
    pub form: Value,
    /// how many
    pub languages: usize,
    pub log: Party,
    /// of cosignatures; 0 where none is required
    pub quorum: usize,
    pub witnesses: Vec<Party>,
    pub issuers: Vec<Bytes32>,
    pub threshold: usize,
    pub trustees: Vec<Value>,
    pub colleges: Vec<Value>,
    pub questions: Vec<Value>,
}

impl Manifest {
    /// Reads a payload against the template.
    pub(crate) fn read(payload: &[u8]) -> Found<Manifest> {
        let template = MANIFEST.replace("QUESTION", QUESTION).replace("RULE", RULE);
        let form = template::read(payload, &template, &[])?;
        let party = |value: &Value, name| Party {
            name: value.text(name).to_owned(),
            key: value.array("key"),
        };
        let witnesses = form.field("witnesses");
        Ok(Manifest {
            languages: form.list("languages").len(),
            log: party(form.field("log"), "origin"),
            quorum: witnesses.small("quorum") as usize,
            witnesses: witnesses.list("list").iter().map(|w| party(w, "name")).collect(),
            issuers: form.list("issuers").iter().map(|issuer| issuer.array("key")).collect(),
            threshold: form.small("threshold") as usize,
            trustees: form.list("trustees").to_vec(),
            colleges: form.list("colleges").to_vec(),
            questions: form.list("questions").to_vec(),
            form,
        })
    }

    /// The key of the organizer or the server.
    pub(crate) fn key_of(&self, party: &str) -> Bytes32 {
        self.form.field(party).array("key")
    }

    /// A trustee by number, from 1 to the number of trustees.
    pub(crate) fn trustee(&self, number: u32) -> &Value {
        &self.trustees[number as usize - 1]
    }

    /// The organizer's reason why rare weights may stand, or the empty string.
    pub(crate) fn exception(&self) -> &str {
        self.form.field("weights").text("exception")
    }

    /// How many valid seals end the voting for good: q of spec/tally.md section 2.
    pub(crate) fn seal_quorum(&self) -> usize {
        match self.quorum {
            0 => (self.trustees.len() + self.threshold).div_ceil(2),
            _ => self.threshold,
        }
    }

    /// The rules that a template cannot express; compiles the questions on the way.
    pub(crate) fn check(&self) -> Found<Program> {
        let Manifest { form, log, witnesses, issuers, trustees, .. } = self;
        let (organizer, server) = (self.key_of("organizer"), self.key_of("server"));
        let witness_keys: Vec<Bytes32> = witnesses.iter().map(|witness| witness.key).collect();
        let trustee_keys: Vec<Bytes32> = trustees.iter().map(|one| one.array("key")).collect();
        let others = [&witness_keys[..], issuers, &trustee_keys].concat();
        let mut keys = [organizer, server, log.key].into_iter().chain(others);
        let encryption_keys = trustees.iter().map(|trustee| trustee.bytes("encryption"));
        let ending = format!("/urne/{}", to_base64url(form.bytes("nonce")));
        require_all([
            (form.number("opens") < form.number("closes"), "opens is not before closes"),
            (is_note_name(&log.name), "the log's origin has a forbidden character"),
            (log.name.ends_with(&ending), "the log's origin does not end with the nonce"),
            (server != log.key, "the server and the log share a key"),
            (witnesses.iter().all(|w| is_note_name(&w.name)), "a witness's name is malformed"),
            (distinct(&witness_keys), "two witnesses share a key"),
            (distinct(witnesses.iter().map(|w| &w.name)), "two witnesses share a name"),
            (witnesses.iter().all(|w| w.key != log.key), "a witness has the log's key"),
            (witnesses.iter().all(|w| w.name != log.name), "a witness has the log's origin"),
            (self.quorum_fits(), "the witness quorum does not fit the list"),
            (self.threshold <= trustees.len(), "the threshold is above the trustees"),
            (distinct(&trustee_keys), "two trustees share a key"),
            (distinct(encryption_keys), "two trustees share an encryption key"),
            (distinct(issuers), "two issuers share a key"),
            (
                keys.all(|key| key_is_good(&key)),
                "an Ed25519 key is not canonical or not of prime order",
            ),
        ])?;
        for (question, number) in self.questions.iter().zip(1..) {
            check_question(question).map_err(|why| format!("question {number}: {why}"))?;
        }
        let program = Program::compile(&self.questions)?;
        let ciphertexts = program.ciphertexts.len() * self.colleges.len();
        require(ciphertexts <= 1400, "more than 1400 ciphertexts over all colleges")?;
        Ok(program)
    }

    fn quorum_fits(&self) -> bool {
        let (all, q) = (self.witnesses.len(), self.quorum);
        let faulty = self.form.field("witnesses").small("faulty") as usize;
        match all {
            0 => q == 0 && faulty == 0,
            _ => (1..=all).contains(&q) && faulty >= 1 && 2 * q > all + faulty,
        }
    }
}

/// The rows of the two tables of spec/entries.md: what the fields of a question and its rule may be.
fn check_question(question: &Value) -> Found {
    let names = ["least", "most", "each", "envelope"];
    let [least, most, each, envelope] = names.map(|name| question.number(name));
    let costs = || question.list("options").iter().map(|option| option.number("cost"));
    let (kind, blank, k) = (question.text("kind"), question.flag("blank"), costs().count() as u64);
    let unused = least + most + each == 0;
    let numbers = match kind {
        "one" => unused && (k >= 2 || blank),
        "several" => least <= most && (1..=k).contains(&most) && each == 0,
        "knapsack" => unused && costs().all(|cost| (1..=envelope).contains(&cost)),
        "score" => least + most == 0 && (1..=65_535).contains(&each) && !blank,
        _points => least <= most && most <= (k * each).min(65_535) && (1..=most).contains(&each),
    };
    let rule = question.field("rule");
    let (majority, quorum) = (rule.field("majority"), rule.field("quorum"));
    let fits = |fraction: &Value| fraction.number("numerator") <= fraction.number("denominator");
    let is_counted = matches!(kind, "score" | "points");
    let free = envelope == 0 && costs().all(|cost| cost == 0);
    let seats = rule.number("seats");
    let method = match rule.text("name") {
        "most" => (1..=k).contains(&seats) && (kind == "knapsack" || free),
        _greedy => seats == 0 && envelope >= 1,
    };
    let mut order = numbers_of(rule.list("order"));
    order.sort_unstable();
    let all: Vec<u64> = if rule.text("ties") == "order" { (1..=k).collect() } else { vec![] };
    require_all([
        (numbers, "the numbers do not fit the kind"),
        (fits(majority) && fits(quorum), "a majority or a quorum above the whole"),
        (majority.number("numerator") == 0 || !is_counted, "a majority of scores or points"),
        (method, "seats, costs or envelope do not fit the rule"),
        (order == all, "the tie order is not a permutation of the options, or not empty"),
    ])
}

/// A list of `INT`.
pub(crate) fn numbers_of(list: &[Value]) -> Vec<u64> {
    let number =
        |value: &Value| if let Value::Number(number) = value { Some(*number) } else { None };
    list.iter().filter_map(number).collect()
}

fn distinct<T: Ord>(values: impl IntoIterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    values.into_iter().all(|value| seen.insert(value))
}

/// Bytes 0x21 to 0x7E without `+`.
fn is_note_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+')
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    fn key(seed: u8) -> String {
        to_base64url(&SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes())
    }

    fn encryption(secret: u32) -> String {
        let secret = curve25519_dalek::Scalar::from(secret);
        to_base64url(&curve25519_dalek::RistrettoPoint::mul_base(&secret).compress().0)
    }

    /// Two trustees of which two are needed, two issuers, three witnesses, one question of three options.
    pub(crate) fn payload() -> String {
        let nonce = to_base64url(&[6; 32]);
        let witness = |seed: u8| format!(r#"{{"name":"w{seed}","key":"{}"}}"#, key(seed));
        let proof = to_base64url(&[0; 64]);
        let trustee = |seed: u8| {
            let encryption = encryption(seed.into());
            format!(
                r#"{{"name":"T","key":"{}","encryption":"{encryption}","proof":"{proof}"}}"#,
                key(seed)
            )
        };
        let option = r#"{"name":["A"],"description":[""],"cost":0}"#;
        [
            format!(r#"{{"kind":"manifest","version":0,"nonce":"{nonce}","languages":["en"],"title":["T"],"description":[""],"#),
            r#""practice":true,"opens":1000,"closes":2000,"#.to_owned(),
            format!(r#""organizer":{{"name":"O","key":"{}"}},"server":{{"name":"S","key":"{}"}},"#, key(1), key(2)),
            format!(r#""log":{{"origin":"example.org/urne/{nonce}","key":"{}","interval":1}},"#, key(3)),
            format!(r#""witnesses":{{"quorum":3,"faulty":1,"list":[{},{},{}]}},"#, witness(4), witness(5), witness(6)),
            format!(r#""issuers":[{{"name":"I","key":"{}"}},{{"name":"J","key":"{}"}}],"#, key(7), key(8)),
            format!(r#""threshold":2,"trustees":[{},{}],"#, trustee(9), trustee(10)),
            r#""colleges":[{"name":["C"],"guard":1}],"weights":{"shared":3,"exception":""},"#.to_owned(),
            r#""cap":10,"notices":true,"changes":true,"questions":["#.to_owned(),
            format!(r#"{{"kind":"one","title":["Q"],"description":[""],"random":false,"options":[{option},{option},{option}],"#),
            r#""blank":false,"least":0,"most":0,"each":0,"envelope":0,"#.to_owned(),
            r#""rule":{"name":"most","seats":1,"majority":{"numerator":1,"denominator":2,"of":"expressed","strict":true},"#.to_owned(),
            r#""quorum":{"numerator":0,"denominator":1},"ties":"listed","order":[]}}]}"#.to_owned(),
        ]
        .concat()
    }

    pub(crate) fn manifest() -> Manifest {
        Manifest::read(payload().as_bytes()).unwrap()
    }

    /// The example after these replacements.
    pub(crate) fn with(changes: &[(&str, &str)]) -> Found<Manifest> {
        let payload = changes.iter().fold(payload(), |payload, (from, to)| {
            assert!(payload.contains(from), "{from}");
            payload.replacen(from, to, 1)
        });
        Manifest::read(payload.as_bytes())
    }

    /// Whether the example is good after these replacements.
    fn good(changes: &[(&str, &str)]) -> bool {
        with(changes).is_ok_and(|manifest| manifest.check().is_ok())
    }

    /// A question in few words: one of some options, the most votes win one seat.
    pub(crate) struct Sample<'s> {
        pub kind: &'s str,
        pub costs: &'s [u32],
        pub blank: bool,
        /// least, most, each, envelope
        pub numbers: [u32; 4],
        pub method: &'s str,
        pub seats: u32,
        pub majority: [u32; 2],
        pub of: &'s str,
        pub strict: bool,
        pub quorum: [u32; 2],
        pub order: &'s [u32],
    }

    impl Default for Sample<'_> {
        fn default() -> Self {
            Sample {
                kind: "one",
                costs: &[0, 0],
                blank: false,
                numbers: [0; 4],
                method: "most",
                seats: 1,
                majority: [0, 1],
                of: "expressed",
                strict: false,
                quorum: [0, 1],
                order: &[],
            }
        }
    }

    impl Sample<'_> {
        /// The question, in a language in which everything is called the same.
        pub(crate) fn read(&self) -> Value {
            let Sample { kind, blank, method, seats, of, strict, order, .. } = self;
            let ([least, most, each, envelope], [a, b], [c, d]) =
                (self.numbers, self.majority, self.quorum);
            let names = r#"["A"],"description":[""]"#;
            let options =
                self.costs.iter().map(|cost| format!(r#"{{"name":{names},"cost":{cost}}}"#));
            let options = options.collect::<Vec<String>>().join(",");
            let ties = if order.is_empty() { "listed" } else { "order" };
            let order = format!("{order:?}").replace(' ', "");
            let text = format!(
                r#"{{"kind":"{kind}","title":{names},"random":false,"options":[{options}],"blank":{blank},"least":{least},"most":{most},"each":{each},"envelope":{envelope},"rule":{{"name":"{method}","seats":{seats},"majority":{{"numerator":{a},"denominator":{b},"of":"{of}","strict":{strict}}},"quorum":{{"numerator":{c},"denominator":{d}}},"ties":"{ties}","order":{order}}}}}"#
            );
            template::read(
                text.as_bytes(),
                &QUESTION.replace("RULE", RULE),
                &[(template::LANGUAGES, 1)],
            )
            .unwrap()
        }
    }

    #[test]
    fn the_example_is_good() {
        assert!(good(&[]));
        assert_eq!(manifest().seal_quorum(), 2);
    }

    #[test]
    fn each_rule_refuses_its_violation() {
        let nonce = to_base64url(&[6; 32]);
        let other_nonce = to_base64url(&[7; 32]);
        for change in [
            ("\"version\":0", "\"version\":1"),
            ("\"opens\":1000", "\"opens\":2000"),
            (&*format!("/urne/{nonce}"), &*format!("/urne/{other_nonce}")),
            ("example.org/", "example org/"),
            ("example.org/", "example+org/"),
            ("example.org/", "exämple.org/"),
            ("\"w4\"", "\"w5\""),
            ("\"w4\"", "\"w 4\""),
            ("\"quorum\":3,\"faulty\":1", "\"quorum\":2,\"faulty\":1"),
            ("\"quorum\":3,\"faulty\":1", "\"quorum\":4,\"faulty\":1"),
            ("\"quorum\":3,\"faulty\":1", "\"quorum\":3,\"faulty\":0"),
            ("\"quorum\":3,\"faulty\":1", "\"quorum\":0,\"faulty\":0"),
            ("\"threshold\":2", "\"threshold\":3"),
            (&key(2), &key(3)),
            (&key(4), &key(3)),
            (&key(4), &key(5)),
            (&key(8), &key(7)),
            (&key(10), &key(9)),
            (&encryption(10), &encryption(9)),
            (&key(1), &to_base64url(&[0; 32])),
            (&key(2), &to_base64url(&[0; 32])),
            (&key(3), &to_base64url(&[0; 32])),
            (&key(6), &to_base64url(&[0; 32])),
            (&key(7), &to_base64url(&[0; 32])),
            (&key(9), &to_base64url(&[0; 32])),
            ("\"seats\":1", "\"seats\":0"),
            ("\"seats\":1", "\"seats\":4"),
            ("\"numerator\":1,\"denominator\":2", "\"numerator\":3,\"denominator\":2"),
            ("\"numerator\":0,\"denominator\":1", "\"numerator\":2,\"denominator\":1"),
            ("\"cost\":0", "\"cost\":1"),
            ("\"envelope\":0", "\"envelope\":1"),
            ("\"order\":[]", "\"order\":[1,2,3]"),
            ("\"listed\",\"order\":[]", "\"order\",\"order\":[1,2]"),
            ("\"listed\",\"order\":[]", "\"order\",\"order\":[1,2,2]"),
            ("\"listed\",\"order\":[]", "\"order\",\"order\":[1,2,4]"),
            ("\"listed\",\"order\":[]", "\"order\",\"order\":[1,2,3,3]"),
            ("\"least\":0", "\"least\":1"),
            ("\"most\":0", "\"most\":1"),
            ("\"each\":0", "\"each\":1"),
            ("\"languages\":[\"en\"]", "\"languages\":[\"en\",\"de\"]"),
            ("\"kind\":\"manifest\"", "\"kind\":\"deal\""),
        ] {
            assert!(!good(&[change]), "{change:?}");
        }
        assert!(good(&[("\"listed\",\"order\":[]", "\"order\",\"order\":[2,3,1]")]));
    }

    #[test]
    fn no_witnesses_go_with_no_quorum_and_a_larger_seal_quorum() {
        let payload = payload();
        let list = payload.split("\"list\":").nth(1).unwrap().split(']').next().unwrap();
        let none = (list, "[");
        assert!(good(&[none, ("\"quorum\":3,\"faulty\":1", "\"quorum\":0,\"faulty\":0")]));
        assert!(!good(&[none]));
        assert!(!good(&[none, ("\"quorum\":3,\"faulty\":1", "\"quorum\":0,\"faulty\":1")]));
        let seals = |quorum: usize, threshold: usize| {
            Manifest { quorum, threshold, ..manifest() }.seal_quorum()
        };
        assert_eq!([seals(0, 1), seals(0, 2), seals(3, 1)], [2, 2, 1]);
    }

    fn question_is_good(
        kind: &str,
        numbers: [u32; 4],
        blank: bool,
        costs: u32,
        rule: &str,
    ) -> bool {
        let [least, most, each, envelope] = numbers;
        let numbers = format!(
            r#""blank":{blank},"least":{least},"most":{most},"each":{each},"envelope":{envelope}"#
        );
        let cost = format!("\"cost\":{costs}");
        let rule = format!(r#""rule":{{"name":{rule},"majority":{{"numerator":0"#);
        let kind = format!("\"kind\":\"{kind}\"");
        good(&[
            ("\"kind\":\"one\"", &kind),
            (r#""blank":false,"least":0,"most":0,"each":0,"envelope":0"#, &numbers),
            ("\"cost\":0}", &format!("{cost}}}")),
            ("\"cost\":0}", &format!("{cost}}}")),
            ("\"cost\":0}", &format!("{cost}}}")),
            (r#""rule":{"name":"most","seats":1,"majority":{"numerator":1"#, &rule),
        ])
    }

    #[test]
    fn questions_obey_the_table_of_their_kind() {
        let most = r#""most","seats":1"#;
        let plain = |kind, numbers, blank| question_is_good(kind, numbers, blank, 0, most);
        for (kind, numbers, blank) in [
            ("one", [0, 0, 0, 0], true),
            ("several", [0, 3, 0, 0], true),
            ("several", [3, 3, 0, 0], false),
            ("score", [0, 0, 1, 0], false),
            ("score", [0, 0, 65_535, 0], false),
            ("points", [0, 6, 2, 0], true),
            ("points", [6, 6, 2, 0], false),
        ] {
            assert!(plain(kind, numbers, blank), "{kind} {numbers:?}");
        }
        for (kind, numbers, blank) in [
            ("several", [0, 0, 0, 0], false),
            ("several", [0, 4, 0, 0], false),
            ("several", [3, 2, 0, 0], false),
            ("several", [0, 2, 1, 0], false),
            ("score", [0, 0, 0, 0], false),
            ("score", [0, 0, 65_536, 0], false),
            ("score", [0, 0, 5, 0], true),
            ("score", [0, 1, 5, 0], false),
            ("points", [0, 7, 2, 0], false),
            ("points", [5, 4, 2, 0], false),
            ("points", [0, 2, 3, 0], false),
            ("points", [0, 2, 0, 0], false),
            ("points", [0, 65_536, 30_000, 0], false),
        ] {
            assert!(!plain(kind, numbers, blank), "{kind} {numbers:?}");
        }
    }

    #[test]
    fn budgets_have_costs_and_an_envelope() {
        let skip = r#""greedy-skip","seats":0"#;
        let knapsack = |costs, envelope, rule| {
            question_is_good("knapsack", [0, 0, 0, envelope], true, costs, rule)
        };
        assert!(knapsack(5, 5, skip));
        assert!(knapsack(5, 5, r#""most","seats":3"#));
        assert!(!knapsack(6, 5, skip));
        assert!(!knapsack(0, 5, skip));
        assert!(!knapsack(5, 5, r#""greedy-stop","seats":1"#));
        assert!(question_is_good("one", [0, 0, 0, 5], false, 9, skip), "costs of a budget rule");
        assert!(!question_is_good("one", [0, 0, 0, 0], false, 9, skip), "no envelope");
    }

    #[test]
    fn colleges_times_ciphertexts_are_bounded() {
        let colleges = |count: usize| {
            let college = r#"{"name":["C"],"guard":1}"#;
            let list = format!("[{}]", vec![college; count].join(","));
            let option = r#"{"name":["A"],"description":[""],"cost":0}"#;
            let options = format!("[{}]", vec![option; 25].join(","));
            let three = format!("[{}]", [option; 3].join(","));
            good(&[(&format!("[{college}]"), &list), (&three, &options)])
        };
        assert!(colleges(56), "1400");
        assert!(!colleges(57));
    }
}
