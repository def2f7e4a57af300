//! Questions: what is asked, what may be answered, and how an answer becomes bits under linear rules.
//!
//! One file per kind behind one seam: [`Kind::compile`] lays out bits and rules, and the same layout turns an answer into bits.
//! Source: `spec/entries.md` (QUESTION), `spec/ballot.md`, section 1.

mod knapsack;
pub mod layout;
mod one;
mod points;
mod score;
mod several;

use crate::json::{FormError, Reader, Writer};
use crate::manifest::{ManifestError, Text, read_text, require, write_text};
use crate::outcome::Rule;
use layout::Layout;

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// exactly one option
    One,
    /// between `least` and `most` options; 0 to all is approval
    Several,
    /// any options whose costs fit in the envelope
    Knapsack,
    /// 0 to `each` for every option
    Score,
    /// 0 to `each` per option, `least` to `most` in all
    Points,
}

const KINDS: [(&str, Kind); 5] = [
    ("one", Kind::One),
    ("several", Kind::Several),
    ("knapsack", Kind::Knapsack),
    ("score", Kind::Score),
    ("points", Kind::Points),
];

/// One thing to choose or to rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceOption {
    /// as shown to people
    pub name: Text,
    /// what it is about
    pub description: Text,
    /// cost, in the currency of the envelope; 0 where there is none
    pub cost: u32,
}

/// A question of the manifest. Fields a kind does not use are 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// how it is answered
    pub kind: Kind,
    /// as shown to people
    pub title: Text,
    /// what it is about
    pub description: Text,
    /// whether pages show the options in random order
    pub random: bool,
    /// options 1 …
    pub options: Vec<ChoiceOption>,
    /// whether blank may be chosen; it is counted apart, after the options
    pub blank: bool,
    /// fewest options, or fewest points in all
    pub least: u32,
    /// most options, or most points in all
    pub most: u32,
    /// most points per option
    pub each: u32,
    /// the budget
    pub envelope: u32,
    /// how totals become winners
    pub rule: Rule,
}

/// What one voter answers to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Blank.
    Blank,
    /// One number per option: 0 or 1 where one chooses, points or scores where one rates.
    Values(Vec<u32>),
}

/// Why an answer is not allowed, in words for the voter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// One number per option is needed.
    #[error("expected {expected} values, got {found}")]
    Count {
        /// values found
        found: usize,
        /// number of options
        expected: usize,
    },
    /// Blank is not offered.
    #[error("this question has no blank answer")]
    NoBlank,
    /// A value above what one option may get.
    #[error("option {option} got {value}, at most {most} is allowed")]
    Value {
        /// from 1
        option: usize,
        /// the value given
        value: u32,
        /// the largest allowed
        most: u32,
    },
    /// The sum is out of bounds.
    #[error("{sum} in all, but {least} to {most} is allowed")]
    Sum {
        /// the sum of the answer
        sum: u64,
        /// the least
        least: u64,
        /// the most
        most: u64,
    },
}

impl Kind {
    /// The largest value one option may get.
    fn largest(self, question: &Question) -> u32 {
        match self {
            Kind::One | Kind::Several | Kind::Knapsack => 1,
            Kind::Score | Kind::Points => question.each,
        }
    }

    /// Lays out bits and rules.
    fn compile(self, question: &Question) -> Layout {
        match self {
            Kind::One => one::compile(question),
            Kind::Several => several::compile(question),
            Kind::Knapsack => knapsack::compile(question),
            Kind::Score => score::compile(question),
            Kind::Points => points::compile(question),
        }
    }

    /// The rules on `least`, `most`, `each`, `blank`, costs.
    fn check(self, question: &Question) -> Result<(), ManifestError> {
        match self {
            Kind::One => one::check(question),
            Kind::Several => several::check(question),
            Kind::Knapsack => knapsack::check(question),
            Kind::Score => score::check(question),
            Kind::Points => points::check(question),
        }
    }
}

impl Question {
    /// Options and blank: one ciphertext and one total each.
    pub fn ciphertexts(&self) -> usize {
        self.options.len() + usize::from(self.blank)
    }

    /// The largest value one of its ciphertexts may hold.
    pub fn largest_value(&self) -> u32 {
        self.kind.largest(self)
    }

    /// Bits and rules of this question alone.
    pub fn layout(&self) -> Layout {
        self.kind.compile(self)
    }

    /// Every rule that goes beyond the template.
    ///
    /// # Errors
    /// [`ManifestError`] naming the rule.
    pub fn check(&self) -> Result<(), ManifestError> {
        self.kind.check(self)?;
        self.rule.check(self)
    }

    pub(crate) fn read(r: &mut Reader<'_>, languages: usize) -> Result<Question, FormError> {
        const AMOUNT: core::ops::RangeInclusive<u32> = 0..=u32::MAX;
        r.open()?;
        let kind = r.field("kind")?.one_of(&KINDS.map(|(name, _)| name))?;
        let question = Question {
            kind: KINDS[kind].1,
            title: read_text(r.field("title")?, languages, 500)?,
            description: read_text(r.field("description")?, languages, 20_000)?,
            random: r.field("random")?.boolean()?,
            options: r.field("options")?.list(1..=700, |r| {
                r.open()?;
                let option = ChoiceOption {
                    name: read_text(r.field("name")?, languages, 500)?,
                    description: read_text(r.field("description")?, languages, 20_000)?,
                    cost: r.field("cost")?.integer_32(AMOUNT)?,
                };
                r.close()?;
                Ok(option)
            })?,
            blank: r.field("blank")?.boolean()?,
            least: r.field("least")?.integer_32(AMOUNT)?,
            most: r.field("most")?.integer_32(AMOUNT)?,
            each: r.field("each")?.integer_32(AMOUNT)?,
            envelope: r.field("envelope")?.integer_32(AMOUNT)?,
            rule: Rule::read(r.field("rule")?)?,
        };
        r.close()?;
        Ok(question)
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        let name = KINDS
            .iter()
            .find(|(_, kind)| *kind == self.kind)
            .map_or("", |(name, _)| name);
        w.open().field("kind").string(name);
        write_text(w.field("title"), &self.title);
        write_text(w.field("description"), &self.description);
        w.field("random").boolean(self.random);
        w.field("options").list(&self.options, |w, option| {
            write_text(w.open().field("name"), &option.name);
            write_text(w.field("description"), &option.description);
            w.field("cost").integer(option.cost).close();
        });
        w.field("blank").boolean(self.blank);
        w.field("least").integer(self.least);
        w.field("most").integer(self.most);
        w.field("each").integer(self.each);
        w.field("envelope").integer(self.envelope);
        self.rule.write(w.field("rule"));
        w.close();
    }

    /// `least`, `most` and `each` must be 0.
    fn require_no_bounds(&self) -> Result<(), ManifestError> {
        require(
            (self.least, self.most, self.each) == (0, 0, 0),
            "this kind of question has no least, most or each",
        )
    }
}
