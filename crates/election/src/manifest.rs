//! The manifest: everything later entries are judged by.
//!
//! Source: `spec/entries.md`, "manifest"; limits in `spec/encoding.md`.

use std::collections::HashSet;

use urne_crypto::ceremony::verify_possession;
use urne_crypto::encoding::Point;
use urne_crypto::proof::KnowledgeProof;
use urne_crypto::signature::PublicKey;

use crate::form::BallotForm;
use crate::json::{FormError, Reader, Writer, base64url};
use crate::question::Question;

/// One string per language of the manifest, in its order.
pub type Text = Vec<String>;

/// A named holder of an Ed25519 key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// as shown to people
    pub name: String,
    /// Ed25519
    pub key: [u8; 32],
}

/// A trustee of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trustee {
    /// as shown to people
    pub name: String,
    /// Ed25519
    pub key: [u8; 32],
    /// P_i
    pub encryption: Point,
    /// proof of possession of P_i
    pub proof: [u8; 64],
}

/// The log the board lives in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// origin line of every checkpoint, ending in `/urne/` and the nonce
    pub origin: String,
    /// raw Ed25519 key
    pub key: [u8; 32],
    /// seconds between publications
    pub interval: u32,
}

/// Who cosigns checkpoints, and how many must.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Witnesses {
    /// how many cosignatures a checkpoint needs; 0 where there are no witnesses
    pub quorum: u32,
    /// how many may lie
    pub faulty: u32,
    /// the witnesses
    pub list: Vec<Party>,
}

/// A college of voters whose totals are decrypted apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct College {
    /// as shown to people
    pub name: Text,
    /// the fewest counting ballots for which totals are decrypted
    pub guard: u32,
}

/// The rule that keeps weights from giving voters away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightRule {
    /// how many lines of a college must share a weight, where the college has several weights
    pub shared: u32,
    /// the organizer's signed reason for not asking that; empty otherwise
    pub exception: String,
}

/// Entry 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// 32 random bytes
    pub nonce: [u8; 32],
    /// language tags, such as `fr`
    pub languages: Vec<String>,
    /// the election's name
    pub title: Text,
    /// what it is about
    pub description: Text,
    /// a rehearsal, marked as such everywhere
    pub practice: bool,
    /// announced opening, seconds since 1970
    pub opens: u64,
    /// announced closing, seconds since 1970
    pub closes: u64,
    /// who opens and closes
    pub organizer: Party,
    /// who signs receipts and refusals
    pub server: Party,
    /// the log
    pub log: Log,
    /// the witnesses
    pub witnesses: Witnesses,
    /// one or two
    pub issuers: Vec<Party>,
    /// t
    pub threshold: u32,
    /// trustees 1 … n
    pub trustees: Vec<Trustee>,
    /// colleges 1 …
    pub colleges: Vec<College>,
    /// the weight rule
    pub weights: WeightRule,
    /// most ballots accepted under one key
    pub cap: u32,
    /// whether notices may stand
    pub notices: bool,
    /// whether the roll may change after the opening
    pub changes: bool,
    /// questions 1 …
    pub questions: Vec<Question>,
}

/// Why a manifest that has the right form is refused: the rule it breaks, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the manifest breaks a rule: {0}")]
pub struct ManifestError(pub String);

pub(crate) fn refuse<T>(rule: impl Into<String>) -> Result<T, ManifestError> {
    Err(ManifestError(rule.into()))
}

pub(crate) fn require(condition: bool, rule: &str) -> Result<(), ManifestError> {
    if condition { Ok(()) } else { refuse(rule) }
}

impl Manifest {
    /// The largest Σ weight × value the totals may reach.
    pub const LARGEST_TOTAL: u64 = 1 << 40;

    /// Reads the payload of a manifest.
    ///
    /// # Errors
    /// [`FormError`] where the bytes do not match the template.
    pub fn decode(payload: &[u8]) -> Result<Manifest, FormError> {
        let r = &mut Reader::new(payload);
        r.open()?;
        r.field("kind")?.one_of(&["manifest"])?;
        r.field("version")?.integer(0..=0)?;
        let nonce = r.field("nonce")?.array_of_bytes()?;
        let languages = r.field("languages")?.list(1..=8, |r| r.string(2..=35))?;
        let count = languages.len();
        let manifest = Manifest {
            nonce,
            title: read_text(r.field("title")?, count, 500)?,
            description: read_text(r.field("description")?, count, 20_000)?,
            practice: r.field("practice")?.boolean()?,
            opens: r.field("opens")?.integer(0..=u64::MAX)?,
            closes: r.field("closes")?.integer(0..=u64::MAX)?,
            organizer: read_party(r.field("organizer")?)?,
            server: read_party(r.field("server")?)?,
            log: read_log(r.field("log")?)?,
            witnesses: read_witnesses(r.field("witnesses")?)?,
            issuers: r.field("issuers")?.list(1..=2, read_party)?,
            threshold: r.field("threshold")?.integer_32(1..=32)?,
            trustees: r.field("trustees")?.list(1..=32, read_trustee)?,
            colleges: r.field("colleges")?.list(1..=64, |r| {
                r.open()?;
                let name = read_text(r.field("name")?, count, 200)?;
                let guard = r.field("guard")?.integer_32(1..=1_000_000)?;
                r.close()?;
                Ok(College { name, guard })
            })?,
            weights: read_weights(r.field("weights")?)?,
            cap: r.field("cap")?.integer_32(1..=1000)?,
            notices: r.field("notices")?.boolean()?,
            changes: r.field("changes")?.boolean()?,
            questions: r
                .field("questions")?
                .list(1..=64, |r| Question::read(r, count))?,
            languages,
        };
        r.close()?;
        r.end()?;
        Ok(manifest)
    }

    /// The payload.
    pub fn payload(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        let w = &mut writer;
        w.open().field("kind").string("manifest");
        w.field("version").integer(0_u32);
        w.field("nonce").bytes(&self.nonce);
        write_text(w.field("languages"), &self.languages);
        write_text(w.field("title"), &self.title);
        write_text(w.field("description"), &self.description);
        w.field("practice").boolean(self.practice);
        w.field("opens").integer(self.opens);
        w.field("closes").integer(self.closes);
        write_party(w.field("organizer"), &self.organizer);
        write_party(w.field("server"), &self.server);
        w.field("log").open();
        w.field("origin").string(&self.log.origin);
        w.field("key").bytes(&self.log.key);
        w.field("interval").integer(self.log.interval).close();
        w.field("witnesses").open();
        w.field("quorum").integer(self.witnesses.quorum);
        w.field("faulty").integer(self.witnesses.faulty);
        w.field("list").list(&self.witnesses.list, write_party);
        w.close();
        w.field("issuers").list(&self.issuers, write_party);
        w.field("threshold").integer(self.threshold);
        w.field("trustees").list(&self.trustees, |w, trustee| {
            w.open().field("name").string(&trustee.name);
            w.field("key").bytes(&trustee.key);
            w.field("encryption").bytes(trustee.encryption.bytes());
            w.field("proof").bytes(&trustee.proof).close();
        });
        w.field("colleges").list(&self.colleges, |w, college| {
            write_text(w.open().field("name"), &college.name);
            w.field("guard").integer(college.guard).close();
        });
        w.field("weights").open();
        w.field("shared").integer(self.weights.shared);
        w.field("exception").string(&self.weights.exception).close();
        w.field("cap").integer(self.cap);
        w.field("notices").boolean(self.notices);
        w.field("changes").boolean(self.changes);
        w.field("questions")
            .list(&self.questions, |w, question| question.write(w));
        w.close();
        writer.finish()
    }

    /// Checks every rule that goes beyond the template, and compiles the ballot.
    ///
    /// # Errors
    /// [`ManifestError`] naming the first rule that is broken.
    pub fn check(&self) -> Result<BallotForm, ManifestError> {
        require(self.opens < self.closes, "it must open before it closes")?;
        self.check_keys()?;
        self.check_log()?;
        self.check_witnesses()?;
        require(
            self.threshold as usize <= self.trustees.len(),
            "the threshold is above the number of trustees",
        )?;
        for question in &self.questions {
            question.check()?;
        }
        let form = BallotForm::compile(&self.questions)?;
        require(
            form.program().ciphertexts() * self.colleges.len() <= 1400,
            "too many options times colleges: at most 1,400 totals",
        )?;
        Ok(form)
    }

    fn check_keys(&self) -> Result<(), ManifestError> {
        let witnesses = &self.witnesses.list;
        let parties = [&self.organizer, &self.server]
            .into_iter()
            .chain(&self.issuers)
            .chain(witnesses)
            .map(|party| &party.key)
            .chain(self.trustees.iter().map(|trustee| &trustee.key))
            .chain([&self.log.key]);
        for key in parties {
            if PublicKey::decode(key).is_err() {
                return refuse(format!("{} is not an Ed25519 key", base64url(key)));
            }
        }
        require(
            all_different(self.trustees.iter().map(|trustee| trustee.key)),
            "two trustees have one key",
        )?;
        require(
            all_different(self.trustees.iter().map(|t| *t.encryption.bytes())),
            "two trustees have one encryption key",
        )?;
        require(
            all_different(self.issuers.iter().map(|issuer| issuer.key)),
            "the two issuers have one key",
        )?;
        require(
            self.server.key != self.log.key,
            "receipts need a key apart from the log's",
        )
    }

    fn check_log(&self) -> Result<(), ManifestError> {
        let ending = format!("/urne/{}", base64url(&self.nonce));
        require(
            is_key_name(&self.log.origin) && self.log.origin.ends_with(&ending),
            "the log's origin must be printable and end with /urne/ and the nonce",
        )
    }

    fn check_witnesses(&self) -> Result<(), ManifestError> {
        let Witnesses {
            quorum,
            faulty,
            list,
        } = &self.witnesses;
        let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
        if count == 0 {
            return require(*quorum == 0 && *faulty == 0, "a quorum without witnesses");
        }
        require(
            (1..=count).contains(quorum) && *faulty >= 1 && 2 * quorum > count + faulty,
            "the witness quorum must satisfy 2·quorum > witnesses + faulty, faulty ≥ 1",
        )?;
        require(
            all_different(list.iter().map(|witness| witness.key))
                && all_different(list.iter().map(|witness| &witness.name)),
            "two witnesses share a key or a name",
        )?;
        require(
            list.iter().all(|witness| {
                is_key_name(&witness.name)
                    && witness.name != self.log.origin
                    && witness.key != self.log.key
            }),
            "a witness has an unprintable name, or the log's name or key",
        )
    }

    /// Checks every trustee's proof of possession: the number of the first trustee whose proof fails (check V3).
    ///
    /// # Errors
    /// The trustee's number.
    pub fn check_possession(&self) -> Result<(), u32> {
        for (number, trustee) in (1..).zip(&self.trustees) {
            KnowledgeProof::decode(&trustee.proof)
                .ok()
                .and_then(|proof| {
                    let Trustee {
                        key, encryption, ..
                    } = trustee;
                    verify_possession(&self.nonce, number, key, encryption, &proof).ok()
                })
                .ok_or(number)?;
        }
        Ok(())
    }

    /// n.
    pub fn trustee_count(&self) -> u32 {
        u32::try_from(self.trustees.len()).expect("invariant: at most 32 trustees")
    }

    /// q: t where a witness quorum is required, else ⌈(n + t)/2⌉ (`spec/tally.md`, section 2).
    pub fn seal_quorum(&self) -> u32 {
        if self.witnesses.quorum > 0 {
            self.threshold
        } else {
            (self.trustee_count() + self.threshold).div_ceil(2)
        }
    }
}

/// Printable ASCII without `+`: what may stand before the key in a signed note.
fn is_key_name(name: &str) -> bool {
    name.bytes()
        .all(|byte| (0x21..=0x7e).contains(&byte) && byte != b'+')
}

fn all_different<T: core::hash::Hash + Eq>(items: impl IntoIterator<Item = T>) -> bool {
    let mut seen = HashSet::new();
    items.into_iter().all(|item| seen.insert(item))
}

pub(crate) fn read_text(
    r: &mut Reader<'_>,
    languages: usize,
    longest: usize,
) -> Result<Text, FormError> {
    r.list(languages..=languages, |r| r.string(0..=longest))
}

pub(crate) fn write_text(w: &mut Writer, text: &[String]) {
    w.list(text, |w, string| {
        w.string(string);
    });
}

fn read_party(r: &mut Reader<'_>) -> Result<Party, FormError> {
    r.open()?;
    let name = r.field("name")?.string(1..=200)?;
    let key = r.field("key")?.array_of_bytes()?;
    r.close()?;
    Ok(Party { name, key })
}

fn write_party(w: &mut Writer, party: &Party) {
    w.open().field("name").string(&party.name);
    w.field("key").bytes(&party.key).close();
}

fn read_log(r: &mut Reader<'_>) -> Result<Log, FormError> {
    r.open()?;
    let log = Log {
        origin: r.field("origin")?.string(1..=200)?,
        key: r.field("key")?.array_of_bytes()?,
        interval: r.field("interval")?.integer_32(1..=86_400)?,
    };
    r.close()?;
    Ok(log)
}

fn read_witnesses(r: &mut Reader<'_>) -> Result<Witnesses, FormError> {
    r.open()?;
    let witnesses = Witnesses {
        quorum: r.field("quorum")?.integer_32(0..=32)?,
        faulty: r.field("faulty")?.integer_32(0..=32)?,
        list: r.field("list")?.list(0..=32, read_party)?,
    };
    r.close()?;
    Ok(witnesses)
}

fn read_trustee(r: &mut Reader<'_>) -> Result<Trustee, FormError> {
    r.open()?;
    let trustee = Trustee {
        name: r.field("name")?.string(1..=200)?,
        key: r.field("key")?.array_of_bytes()?,
        encryption: read_point_not_identity(r.field("encryption")?)?,
        proof: r.field("proof")?.array_of_bytes()?,
    };
    r.close()?;
    Ok(trustee)
}

fn read_weights(r: &mut Reader<'_>) -> Result<WeightRule, FormError> {
    r.open()?;
    let weights = WeightRule {
        shared: r.field("shared")?.integer_32(0..=1_000_000)?,
        exception: r.field("exception")?.string(0..=1000)?,
    };
    r.close()?;
    Ok(weights)
}

pub(crate) fn read_point_not_identity(r: &mut Reader<'_>) -> Result<Point, FormError> {
    let bytes = r.array_of_bytes()?;
    Point::decode_non_identity(&bytes).map_err(|error| r.fault(error.to_string()))
}
