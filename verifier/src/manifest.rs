//! Entry 0: the template of `manifest` and the rules beside it (spec/entries.md, spec/encoding.md limits).

use std::collections::BTreeSet;

use crate::encoding::to_base64url;
use crate::json::{Mismatch, Reader};
use crate::ledger::require;
use crate::program::Program;
use crate::signature::key_is_good;

/// A name and a raw Ed25519 key: organizer, server, witness, issuer; for the log the name is its origin.
pub(crate) struct Party {
    pub name: String,
    pub key: [u8; 32],
}

/// A trustee's entry in the manifest.
pub(crate) struct Trustee {
    pub name: String,
    pub key: [u8; 32],
    pub encryption: [u8; 32],
    /// proof of possession of the encryption key, R ‖ z
    pub proof: [u8; 64],
}

/// A college: its name per language, and the fewest counting ballots for which its totals are decrypted.
pub(crate) struct College {
    pub name: Vec<String>,
    pub guard: u64,
}

/// The five kinds of question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuestionKind {
    One,
    Several,
    Knapsack,
    Score,
    Points,
}

/// How the winners follow from the totals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    Most,
    GreedySkip,
    GreedyStop,
}

/// The rule of a question (spec/entries.md, RULE).
#[derive(Clone, Debug)]
pub struct Rule {
    pub method: Method,
    pub seats: u32,
    /// numerator, denominator; 0 means no majority is required
    pub majority: (u32, u32),
    /// the base of the majority: `registered`, or else `expressed`
    pub of_registered: bool,
    pub strict: bool,
    /// numerator, denominator; 0 means no quorum is required
    pub quorum: (u32, u32),
    /// "order": `order` settles ties; otherwise they stay ties
    pub ordered: bool,
    pub order: Vec<u32>,
}

/// A question. Names and descriptions are kept for the report only.
pub struct Question {
    pub kind: QuestionKind,
    pub title: Vec<String>,
    /// per option the name in every language
    pub options: Vec<Vec<String>>,
    pub costs: Vec<u32>,
    pub blank: bool,
    pub least: u32,
    pub most: u32,
    pub each: u32,
    pub envelope: u32,
    pub rule: Rule,
}

/// The manifest, as far as anything is decided by it.
pub(crate) struct Manifest {
    pub nonce: [u8; 32],
    pub languages: usize,
    pub title: Vec<String>,
    pub practice: bool,
    pub opens: u64,
    pub closes: u64,
    pub organizer: Party,
    pub server: Party,
    pub log: Party,
    pub quorum: usize,
    pub faulty: usize,
    pub witnesses: Vec<Party>,
    pub issuers: Vec<Party>,
    pub threshold: usize,
    pub trustees: Vec<Trustee>,
    pub colleges: Vec<College>,
    pub shared: u64,
    pub exception: String,
    pub cap: u64,
    pub notices: bool,
    pub changes: bool,
    pub questions: Vec<Question>,
}

const LARGEST_COEFFICIENT: u32 = u32::MAX;

impl Manifest {
    /// Reads a payload against the template.
    pub(crate) fn read(payload: &[u8]) -> Result<Manifest, Mismatch> {
        let r = &mut Reader::new(payload)?;
        let nonce = r.after(r#"{"kind":"manifest","version":0,"nonce":"#)?.array()?;
        let languages = r.after(r#","languages":"#)?.list(1, 8, |r| r.string(2, 35))?.len();
        let title = r.after(r#","title":"#)?.text(500, languages)?;
        r.after(r#","description":"#)?.text(20_000, languages)?;
        let manifest = Manifest {
            nonce,
            languages,
            title,
            practice: r.after(r#","practice":"#)?.boolean()?,
            opens: r.after(r#","opens":"#)?.any_integer()?,
            closes: r.after(r#","closes":"#)?.any_integer()?,
            organizer: party(r.after(r#","organizer":"#)?)?,
            server: party(r.after(r#","server":"#)?)?,
            log: log(r)?,
            quorum: r.after(r#"},"witnesses":{"quorum":"#)?.small(0, 32)? as usize,
            faulty: r.after(r#","faulty":"#)?.small(0, 32)? as usize,
            witnesses: r.after(r#","list":"#)?.list(0, 32, party)?,
            issuers: r.after(r#"},"issuers":"#)?.list(1, 2, party)?,
            threshold: r.after(r#","threshold":"#)?.small(1, 32)? as usize,
            trustees: r.after(r#","trustees":"#)?.list(1, 32, trustee)?,
            colleges: r.after(r#","colleges":"#)?.list(1, 64, |r| {
                let name = r.after(r#"{"name":"#)?.text(200, languages)?;
                let guard = r.after(r#","guard":"#)?.integer(1, 1_000_000)?;
                r.literal("}")?;
                Ok(College { name, guard })
            })?,
            shared: r.after(r#","weights":{"shared":"#)?.integer(0, 1_000_000)?,
            exception: r.after(r#","exception":"#)?.string(0, 1000)?,
            cap: r.after(r#"},"cap":"#)?.integer(1, 1000)?,
            notices: r.after(r#","notices":"#)?.boolean()?,
            changes: r.after(r#","changes":"#)?.boolean()?,
            questions: r.after(r#","questions":"#)?.list(1, 64, |r| question(r, languages))?,
        };
        r.literal("}")?;
        r.end()?;
        Ok(manifest)
    }

    /// The rules that a template cannot express; compiles the questions on the way.
    pub(crate) fn check(&self) -> Result<Program, String> {
        require(self.opens < self.closes, "opens is not before closes")?;
        let ending = format!("/urne/{}", to_base64url(&self.nonce));
        require(
            is_note_name(&self.log.name) && self.log.name.ends_with(&ending),
            "the log's origin has a forbidden character or does not end with the nonce",
        )?;
        require(self.server.key != self.log.key, "the server and the log share a key")?;
        self.check_witnesses()?;
        require(self.threshold <= self.trustees.len(), "the threshold is above the trustees")?;
        require(distinct(self.trustees.iter().map(|t| t.key)), "two trustees share a key")?;
        require(
            distinct(self.trustees.iter().map(|t| t.encryption)),
            "two trustees share an encryption key",
        )?;
        require(distinct(self.issuers.iter().map(|i| i.key)), "two issuers share a key")?;
        let parties = [&self.organizer, &self.server, &self.log].into_iter();
        let keys = parties.chain(&self.witnesses).chain(&self.issuers).map(|party| &party.key);
        for key in keys.chain(self.trustees.iter().map(|trustee| &trustee.key)) {
            require(key_is_good(key), "an Ed25519 key is not canonical or of small order")?;
        }
        for (question, number) in self.questions.iter().zip(1..) {
            question.check().map_err(|why| format!("question {number}: {why}"))?;
        }
        let program = Program::compile(&self.questions)?;
        require(
            program.ciphertexts.len() * self.colleges.len() <= 1400,
            "more than 1400 ciphertexts over all colleges",
        )?;
        Ok(program)
    }

    fn check_witnesses(&self) -> Result<(), String> {
        let witnesses = &self.witnesses;
        let log = &self.log;
        require(witnesses.iter().all(|w| is_note_name(&w.name)), "a witness's name is malformed")?;
        require(distinct(witnesses.iter().map(|w| w.key)), "two witnesses share a key")?;
        require(distinct(witnesses.iter().map(|w| &w.name)), "two witnesses share a name")?;
        require(
            witnesses.iter().all(|w| w.key != log.key && w.name != log.name),
            "a witness has the log's key or origin",
        )?;
        let counts = match witnesses.len() {
            0 => self.quorum == 0 && self.faulty == 0,
            all => {
                (1..=all).contains(&self.quorum)
                    && self.faulty >= 1
                    && 2 * self.quorum > all + self.faulty
            }
        };
        require(counts, "the witness quorum does not fit the list")
    }

    /// How many valid seals end the voting for good: q of spec/tally.md section 2.
    pub(crate) fn seal_quorum(&self) -> usize {
        match self.quorum {
            0 => (self.trustees.len() + self.threshold).div_ceil(2),
            _ => self.threshold,
        }
    }
}

impl Question {
    /// The number of ciphertexts: one per option, and one for blank.
    pub fn ciphertexts(&self) -> usize {
        self.options.len() + usize::from(self.blank)
    }

    fn check(&self) -> Result<(), String> {
        let k = u64::try_from(self.options.len()).unwrap_or(u64::MAX);
        let (least, most, each) =
            (u64::from(self.least), u64::from(self.most), u64::from(self.each));
        let counts = match self.kind {
            QuestionKind::One => (least, most, each) == (0, 0, 0) && (k >= 2 || self.blank),
            QuestionKind::Several => least <= most && (1..=k).contains(&most) && each == 0,
            QuestionKind::Knapsack => {
                (least, most, each) == (0, 0, 0)
                    && self.costs.iter().all(|cost| (1..=self.envelope).contains(cost))
            }
            QuestionKind::Score => {
                (least, most) == (0, 0) && (1..=65_535).contains(&each) && !self.blank
            }
            QuestionKind::Points => {
                least <= most && most <= k * each && (1..=most).contains(&each) && most <= 65_535
            }
        };
        require(counts, "the numbers do not fit the kind")?;
        self.check_rule(k)
    }

    fn check_rule(&self, k: u64) -> Result<(), String> {
        let rule = &self.rule;
        require(rule.majority.0 <= rule.majority.1, "a majority above the whole")?;
        require(rule.quorum.0 <= rule.quorum.1, "a quorum above the whole")?;
        let scored = matches!(self.kind, QuestionKind::Score | QuestionKind::Points);
        require(rule.majority.0 == 0 || !scored, "a majority of scores or points")?;
        if rule.method == Method::Most {
            require((1..=k).contains(&rule.seats.into()), "the seats do not fit the options")?;
            let free = self.envelope == 0 && self.costs.iter().all(|cost| *cost == 0);
            require(free || self.kind == QuestionKind::Knapsack, "costs that no rule uses")?;
        } else {
            require(
                rule.seats == 0 && self.envelope >= 1,
                "a budget rule with seats or no envelope",
            )?;
        }
        let order: BTreeSet<u64> = rule.order.iter().map(|option| u64::from(*option)).collect();
        let permutation = rule.order.len() == order.len() && order.into_iter().eq(1..=k);
        require(
            if rule.ordered { permutation } else { rule.order.is_empty() },
            "the tie order is not a permutation of the options, or not empty",
        )
    }
}

fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    values.into_iter().all(|value| seen.insert(value))
}

fn is_note_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+')
}

fn party(r: &mut Reader) -> Result<Party, Mismatch> {
    let name = r.after(r#"{"name":"#)?.string(1, 200)?;
    let key = r.after(r#","key":"#)?.array()?;
    r.literal("}")?;
    Ok(Party { name, key })
}

/// The log's origin and key; the interval is for its operator.
fn log(r: &mut Reader) -> Result<Party, Mismatch> {
    let name = r.after(r#","log":{"origin":"#)?.string(1, 200)?;
    let key = r.after(r#","key":"#)?.array()?;
    r.after(r#","interval":"#)?.small(1, 86_400)?;
    Ok(Party { name, key })
}

fn trustee(r: &mut Reader) -> Result<Trustee, Mismatch> {
    let name = r.after(r#"{"name":"#)?.string(1, 200)?;
    let key = r.after(r#","key":"#)?.array()?;
    let encryption = r.after(r#","encryption":"#)?.point_not_identity()?;
    let proof = r.after(r#","proof":"#)?.array()?;
    r.literal("}")?;
    Ok(Trustee { name, key, encryption, proof })
}

fn question(r: &mut Reader, languages: usize) -> Result<Question, Mismatch> {
    let kind = *r.after(r#"{"kind":"#)?.choice(&[
        (r#""one""#, QuestionKind::One),
        (r#""several""#, QuestionKind::Several),
        (r#""knapsack""#, QuestionKind::Knapsack),
        (r#""score""#, QuestionKind::Score),
        (r#""points""#, QuestionKind::Points),
    ])?;
    let title = r.after(r#","title":"#)?.text(500, languages)?;
    r.after(r#","description":"#)?.text(20_000, languages)?;
    r.after(r#","random":"#)?.boolean()?;
    r.literal(r#","options":"#)?;
    let mut costs = Vec::new();
    let options = r.list(1, 700, |r| {
        let name = r.after(r#"{"name":"#)?.text(500, languages)?;
        r.after(r#","description":"#)?.text(20_000, languages)?;
        r.literal(r#","cost":"#)?;
        costs.push(r.small(0, LARGEST_COEFFICIENT)?);
        r.literal("}")?;
        Ok(name)
    })?;
    let blank = r.after(r#","blank":"#)?.boolean()?;
    let mut number = |field: &str| {
        r.literal(field)?;
        r.small(0, LARGEST_COEFFICIENT)
    };
    let least = number(r#","least":"#)?;
    let most = number(r#","most":"#)?;
    let each = number(r#","each":"#)?;
    let envelope = number(r#","envelope":"#)?;
    let rule = rule(r.after(r#","rule":"#)?)?;
    r.literal("}")?;
    Ok(Question { kind, title, options, costs, blank, least, most, each, envelope, rule })
}

fn rule(r: &mut Reader) -> Result<Rule, Mismatch> {
    let method = *r.after(r#"{"name":"#)?.choice(&[
        (r#""most""#, Method::Most),
        (r#""greedy-skip""#, Method::GreedySkip),
        (r#""greedy-stop""#, Method::GreedyStop),
    ])?;
    let seats = r.after(r#","seats":"#)?.small(0, 700)?;
    let majority = fraction(r.after(r#","majority":"#)?)?;
    let of_registered =
        *r.after(r#","of":"#)?.choice(&[(r#""expressed""#, false), (r#""registered""#, true)])?;
    let strict = r.after(r#","strict":"#)?.boolean()?;
    let quorum = fraction(r.after(r#"},"quorum":"#)?)?;
    let ordered =
        *r.after(r#"},"ties":"#)?.choice(&[(r#""listed""#, false), (r#""order""#, true)])?;
    let order = r.after(r#","order":"#)?.list(0, 700, |r| r.small(1, 700))?;
    r.literal("}")?;
    Ok(Rule { method, seats, majority, of_registered, strict, quorum, ordered, order })
}

/// `{"numerator":…,"denominator":…`, left open.
fn fraction(r: &mut Reader) -> Result<(u32, u32), Mismatch> {
    let numerator = r.after(r#"{"numerator":"#)?.small(0, 1_000_000)?;
    let denominator = r.after(r#","denominator":"#)?.small(1, 1_000_000)?;
    Ok((numerator, denominator))
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

    /// Whether the payload is good after these replacements.
    fn good(changes: &[(&str, &str)]) -> bool {
        let payload = changes.iter().fold(payload(), |payload, (from, to)| {
            assert!(payload.contains(from), "{from}");
            payload.replacen(from, to, 1)
        });
        Manifest::read(payload.as_bytes()).is_ok_and(|manifest| manifest.check().is_ok())
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
