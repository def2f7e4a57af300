//! An election before its manifest: what the organizer decides, in a shape that pages and files share, and how it becomes a
//! manifest once everybody's public keys are there.

use serde::{Deserialize, Serialize};
use urne_crypto::encoding::Point;
use urne_election::json::from_base64url;
use urne_election::manifest::{
    College, Log, Manifest, ManifestError, Party, Text, Trustee, WeightRule, Witnesses,
};
use urne_election::outcome::{Base, Majority, Quorum, Rule, RuleName, Ties};
use urne_election::question::{ChoiceOption, Kind, Question};

use crate::http::{Draft, NamedKey, Role, Seat};

/// What the organizer decides. Texts have one string per language, in the order of `languages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftContent {
    /// language tags, such as `fr`
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 8))]
    pub languages: Vec<String>,
    /// the election's name
    pub title: Text,
    /// what it is about
    pub description: Text,
    /// a rehearsal, marked as such everywhere
    #[serde(default)]
    pub practice: bool,
    /// announced opening, seconds since 1970
    #[cfg_attr(feature = "openapi", schema(maximum = 9007199254740991_u64))]
    pub opens: u64,
    /// announced closing, seconds since 1970
    #[cfg_attr(feature = "openapi", schema(maximum = 9007199254740991_u64))]
    pub closes: u64,
    /// the organizer, by name
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub organizer: String,
    /// how many trustees are needed to decrypt
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 32))]
    pub threshold: u32,
    /// at least one; the smallest turnout whose totals are decrypted stands with each
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 64))]
    pub colleges: Vec<DraftCollege>,
    /// how many lines must share a weight where weights differ
    #[serde(default = "five")]
    #[cfg_attr(feature = "openapi", schema(maximum = 1000000))]
    pub shared_weights: u32,
    /// the organizer's public reason for not asking that; empty otherwise
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub weight_exception: String,
    /// who cosigns the board
    #[serde(default)]
    pub witnesses: DraftWitnesses,
    /// most ballots accepted under one code
    #[serde(default = "twenty")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000))]
    pub cap: u32,
    /// whether public notices may stand on the board
    #[serde(default = "yes")]
    pub notices: bool,
    /// whether the roll may change after the opening (a lost letter, a late voter)
    #[serde(default = "yes")]
    pub changes: bool,
    /// what is asked
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 64))]
    pub questions: Vec<DraftQuestion>,
}

/// A college of voters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftCollege {
    /// as shown to people
    pub name: Text,
    /// the fewest ballots for which its totals are decrypted
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000000))]
    pub guard: u32,
}

/// Witnesses of the board.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftWitnesses {
    /// how many cosignatures a checkpoint needs; 0 without witnesses
    #[cfg_attr(feature = "openapi", schema(maximum = 32))]
    pub quorum: u32,
    /// how many may lie
    #[cfg_attr(feature = "openapi", schema(maximum = 32))]
    pub faulty: u32,
    /// the witnesses
    #[cfg_attr(feature = "openapi", schema(max_items = 32))]
    pub list: Vec<NamedKey>,
}

/// The kinds of questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DraftKind {
    /// exactly one option
    One,
    /// between `least` and `most` options
    Several,
    /// any options whose costs fit in the envelope
    Knapsack,
    /// 0 to `each` for every option
    Score,
    /// share out `least` to `most` points, at most `each` per option
    Points,
}

/// A question. Numbers a kind does not use are 0 or left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftQuestion {
    /// how it is answered
    pub kind: DraftKind,
    /// as shown to people
    pub title: Text,
    /// what it is about
    pub description: Text,
    /// whether pages show the options in random order
    #[serde(default)]
    pub random: bool,
    /// whether blank is offered, and counted apart
    #[serde(default)]
    pub blank: bool,
    /// fewest options, or points
    #[serde(default)]
    pub least: u32,
    /// most options, or points
    #[serde(default)]
    pub most: u32,
    /// most points per option
    #[serde(default)]
    pub each: u32,
    /// the budget
    #[serde(default)]
    pub envelope: u32,
    /// how totals become winners
    pub rule: DraftRule,
    /// what may be chosen
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 700))]
    pub options: Vec<DraftOption>,
}

/// One thing to choose or to rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftOption {
    /// as shown to people
    pub name: Text,
    /// what it is about
    pub description: Text,
    /// in the currency of the envelope
    #[serde(default)]
    pub cost: u32,
}

/// How winners are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DraftRuleName {
    /// the `seats` options with most votes
    Most,
    /// a budget, down the ranking, skipping what no longer fits
    GreedySkip,
    /// a budget, down the ranking, stopping at the first that does not fit
    GreedyStop,
}

/// The rule of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftRule {
    /// how winners are found
    pub name: DraftRuleName,
    /// how many may win; 0 for budgets
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(maximum = 700))]
    pub seats: u32,
    /// what each winner needs, if anything
    #[serde(default)]
    pub majority: Option<DraftMajority>,
    /// what the vote needs, if anything
    #[serde(default)]
    pub quorum: Option<DraftQuorum>,
    /// the order that breaks ties, first wins; ties are listed without one
    #[serde(default)]
    pub ties: Option<Vec<u32>>,
}

/// A share an option needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftMajority {
    /// over
    #[cfg_attr(feature = "openapi", schema(maximum = 1000000))]
    pub numerator: u32,
    /// under
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000000))]
    pub denominator: u32,
    /// of everybody on the roll, rather than of the votes that are not blank
    #[serde(default)]
    pub of_registered: bool,
    /// more than the share, rather than at least it
    #[serde(default = "yes")]
    pub strict: bool,
}

/// A share of the roll that must have voted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftQuorum {
    /// over
    #[cfg_attr(feature = "openapi", schema(maximum = 1000000))]
    pub numerator: u32,
    /// under
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000000))]
    pub denominator: u32,
}

fn five() -> u32 {
    5
}

fn twenty() -> u32 {
    20
}

fn yes() -> bool {
    true
}

/// Why a draft makes no manifest yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// Nothing was saved yet.
    #[error("the draft is empty: save its content first")]
    Empty,
    /// Somebody has not sent keys.
    #[error("{0} has not sent keys yet")]
    Awaits(String),
    /// A key that is no key.
    #[error("the key of {0} cannot be read")]
    Key(String),
    /// A rule of the manifest is broken.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

impl Draft {
    /// The manifest this draft makes with the organizer's key, complete and obeying every rule.
    ///
    /// # Errors
    /// [`DraftError`].
    pub fn manifest(&self, organizer: [u8; 32]) -> Result<Manifest, DraftError> {
        let content = self.content.as_ref().ok_or(DraftError::Empty)?;
        let issuers = self.seated(Role::Issuer).map(issuer);
        let trustees = self.seated(Role::Trustee).map(trustee);
        let witnesses = content.witnesses.list.iter().map(party);
        let manifest = Manifest {
            nonce: bytes(&self.nonce, "the nonce")?,
            languages: content.languages.clone(),
            title: content.title.clone(),
            description: content.description.clone(),
            practice: content.practice,
            opens: content.opens,
            closes: content.closes,
            organizer: Party {
                name: content.organizer.clone(),
                key: organizer,
            },
            server: party(&self.server)?,
            log: Log {
                origin: self.log.origin.clone(),
                key: bytes(&self.log.key, "the log")?,
                interval: self.log.interval,
            },
            witnesses: Witnesses {
                quorum: content.witnesses.quorum,
                faulty: content.witnesses.faulty,
                list: witnesses.collect::<Result<_, _>>()?,
            },
            issuers: issuers.collect::<Result<_, _>>()?,
            threshold: content.threshold,
            trustees: trustees.collect::<Result<_, _>>()?,
            colleges: content.colleges.iter().map(college).collect(),
            weights: WeightRule {
                shared: content.shared_weights,
                exception: content.weight_exception.clone(),
            },
            cap: content.cap,
            notices: content.notices,
            changes: content.changes,
            questions: content
                .questions
                .iter()
                .map(DraftQuestion::question)
                .collect(),
        };
        manifest.check()?;
        Ok(manifest)
    }

    fn seated(&self, role: Role) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(move |seat| seat.role == role)
    }
}

fn bytes<const N: usize>(text: &str, whose: &str) -> Result<[u8; N], DraftError> {
    from_base64url(text).ok_or_else(|| DraftError::Key(whose.to_owned()))
}

fn party(named: &NamedKey) -> Result<Party, DraftError> {
    Ok(Party {
        key: bytes(&named.key, &named.name)?,
        name: named.name.clone(),
    })
}

fn issuer(seat: &Seat) -> Result<Party, DraftError> {
    let keys = seat.keys.as_ref();
    let keys = keys.ok_or_else(|| DraftError::Awaits(seat.name.clone()))?;
    Ok(Party {
        key: bytes(&keys.key, &seat.name)?,
        name: seat.name.clone(),
    })
}

fn trustee(seat: &Seat) -> Result<Trustee, DraftError> {
    let awaits = || DraftError::Awaits(seat.name.clone());
    let keys = seat.keys.as_ref().ok_or_else(awaits)?;
    let encryption = keys.encryption.as_ref().ok_or_else(awaits)?;
    let proof = keys.proof.as_ref().ok_or_else(awaits)?;
    Ok(Trustee {
        name: seat.name.clone(),
        key: bytes(&keys.key, &seat.name)?,
        encryption: Point::decode_non_identity(&bytes(encryption, &seat.name)?)
            .map_err(|_| DraftError::Key(seat.name.clone()))?,
        proof: bytes(proof, &seat.name)?,
    })
}

fn college(college: &DraftCollege) -> College {
    College {
        name: college.name.clone(),
        guard: college.guard,
    }
}

impl DraftQuestion {
    /// The question as the manifest has it; no rule is checked yet.
    pub fn question(&self) -> Question {
        Question {
            kind: match self.kind {
                DraftKind::One => Kind::One,
                DraftKind::Several => Kind::Several,
                DraftKind::Knapsack => Kind::Knapsack,
                DraftKind::Score => Kind::Score,
                DraftKind::Points => Kind::Points,
            },
            title: self.title.clone(),
            description: self.description.clone(),
            random: self.random,
            options: self
                .options
                .iter()
                .map(|option| ChoiceOption {
                    name: option.name.clone(),
                    description: option.description.clone(),
                    cost: option.cost,
                })
                .collect(),
            blank: self.blank,
            least: self.least,
            most: self.most,
            each: self.each,
            envelope: self.envelope,
            rule: rule(&self.rule),
        }
    }
}

fn rule(draft: &DraftRule) -> Rule {
    let majority = draft.majority.as_ref();
    let quorum = draft.quorum.as_ref();
    Rule {
        name: match draft.name {
            DraftRuleName::Most => RuleName::Most,
            DraftRuleName::GreedySkip => RuleName::GreedySkip,
            DraftRuleName::GreedyStop => RuleName::GreedyStop,
        },
        seats: draft.seats,
        majority: Majority {
            numerator: majority.map_or(0, |share| share.numerator),
            denominator: majority.map_or(1, |share| share.denominator),
            of: match majority {
                Some(share) if share.of_registered => Base::Registered,
                _ => Base::Expressed,
            },
            strict: majority.is_some_and(|share| share.strict),
        },
        quorum: Quorum {
            numerator: quorum.map_or(0, |share| share.numerator),
            denominator: quorum.map_or(1, |share| share.denominator),
        },
        ties: match &draft.ties {
            Some(order) => Ties::Order(order.clone()),
            None => Ties::Listed,
        },
    }
}
