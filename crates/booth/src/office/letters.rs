//! Voters' letters as PDF, one page each: the code, for people and for cameras; the address for a window envelope; apart from
//! them the public half, by which a second device checks the first. The identifier is never printed: who opens a stray letter
//! must not be able to vote with it.

use std::collections::HashMap;

use serde::Deserialize;
use urne_client::issuer::Issuer;
use urne_client::voter_list::Contact;
use urne_client::workshop::register::{RegisteredVoter, RowId};
use urne_crypto::credential::VotingCode;
use urne_election::json::base64url;
use urne_election::manifest::Manifest;

use super::sheet::{BODY, Pen, Sheets, Type};
use super::view::spoken_election;
use crate::failure::Failure;

/// What a page decides about letters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// where the booth is, such as `https://vote.example`
    pub base: String,
    /// on which side the envelopes have their window
    pub window: Window,
    /// the language of voters of whom none is known
    pub language: String,
    /// what letters say, by language tag
    pub words: HashMap<String, Words>,
}

/// Where the window of an envelope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Window {
    /// 20 mm from the left, 45 mm from the top (DIN 5008, form B)
    Left,
    /// 110 mm from the left, 50 mm from the top, as La Poste wants it
    Right,
}

impl Window {
    fn corner(self) -> (f32, f32) {
        match self {
            Window::Left => (25.0, 45.0),
            Window::Right => (110.0, 47.0),
        }
    }
}

/// What letters in one language say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// announced opening, as people write it
    pub opens: String,
    /// announced closing
    pub closes: String,
    /// sentences by key, as in `web/words/`
    pub sentences: HashMap<String, String>,
}

impl Words {
    /// A sentence with its values filled in.
    fn say(&self, key: &str, values: &[(&str, &str)]) -> Result<String, Failure> {
        let sentence = self.sentences.get(key);
        let mut sentence = sentence
            .ok_or_else(|| Failure::new("letters", format!("no sentence {key}")))?
            .clone();
        for (name, value) in values {
            sentence = sentence.replace(&format!("{{{name}}}"), value);
        }
        Ok(sentence)
    }
}

/// A registrar's letters for one election.
pub struct Letters<'l> {
    /// what the page decided
    pub order: &'l Order,
    /// the election
    pub manifest: &'l Manifest,
    /// whose letters
    pub issuer: &'l Issuer,
    /// how to reach the voters, as far as this is known
    pub contacts: &'l HashMap<RowId, Contact>,
}

/// What one letter needs.
struct Letter<'l> {
    number: usize,
    words: &'l Words,
    title: &'l str,
    contact: Option<&'l Contact>,
    code: String,
    vote: String,
    check: String,
}

const LEFT: f32 = 25.0;
const WIDE: f32 = 160.0;
/// Text beside a square.
const BESIDE: f32 = 112.0;
const SQUARE: f32 = 42.0;
const TITLE: Type = Type {
    size: 17.0,
    bold: true,
};
const HEADING: Type = Type {
    size: 12.0,
    bold: true,
};
const CODE: Type = Type {
    size: 15.0,
    bold: true,
};
const SMALL: Type = Type {
    size: 8.5,
    bold: false,
};

impl Letters<'_> {
    /// One page for every one of these voters, numbered from 1 in their order.
    ///
    /// # Errors
    /// `letters-no-codes`: a code is forgotten; `letters`.
    pub fn pdf<'v>(
        &self,
        voters: impl IntoIterator<Item = &'v RegisteredVoter>,
    ) -> Result<Vec<u8>, Failure> {
        let title = self.title(&self.order.language);
        let mut sheets = Sheets::new(title, &self.order.language)?;
        for (number, voter) in (1..).zip(voters) {
            let letter = self.letter(number, voter)?;
            let mut drawn = Ok(());
            sheets.page(|pen| drawn = self.draw(pen, &letter))?;
            drawn?;
        }
        sheets.finish()
    }

    fn title(&self, language: &str) -> &str {
        let languages = &self.manifest.languages;
        let index = languages.iter().position(|one| one == language);
        let title = self.manifest.title.get(index.unwrap_or(0));
        title.map_or("", String::as_str)
    }

    fn letter(&self, number: usize, voter: &RegisteredVoter) -> Result<Letter<'_>, Failure> {
        let code = voter.code.as_ref();
        let code = code.ok_or_else(|| {
            Failure::new(
                "letters-no-codes",
                "the codes are forgotten, no letter can be made",
            )
        })?;
        let contact = self.contacts.get(&voter.row);
        let wanted = contact.map_or("", |contact| contact.language.as_str());
        let words = |language: &str| Some((language.to_owned(), self.order.words.get(language)?));
        let (language, words) = words(wanted)
            .or_else(|| words(&self.order.language))
            .ok_or_else(|| Failure::new("letters", "no words in this language"))?;
        Ok(Letter {
            number,
            words,
            title: self.title(&language),
            contact,
            code: spaced(code),
            vote: self.vote_address(code),
            check: self.check_address(voter, code),
        })
    }

    fn address(&self, page: &str) -> String {
        let base = self.order.base.trim_end_matches('/');
        let election = base64url(self.issuer.election());
        format!("{base}/booth/{page}.html#e={election}")
    }

    /// Opens the voter's page with the code filled in. What follows `#` never reaches a server.
    fn vote_address(&self, code: &VotingCode) -> String {
        let code = code.grouped().replace('-', "");
        format!("{}&c={code}", self.address("vote"))
    }

    /// Opens the second device's page with the public half filled in.
    fn check_address(&self, voter: &RegisteredVoter, code: &VotingCode) -> String {
        let half = self.issuer.half_from_code(&voter.identifier, code).public();
        format!("{}&u={}", self.address("check"), base64url(half.bytes()))
    }

    fn draw(&self, pen: &mut Pen<'_, '_>, letter: &Letter<'_>) -> Result<(), Failure> {
        self.head(pen, letter)?;
        let y = self.how_to_vote(pen, letter, 98.0)?;
        let y = self.how_to_check(pen, letter, y + 6.0)?;
        self.foot(pen, letter, y + 6.0)
    }

    /// Sender, address, and at the very top whether it is a rehearsal.
    fn head(&self, pen: &mut Pen<'_, '_>, letter: &Letter<'_>) -> Result<(), Failure> {
        let (x, y) = self.order.window.corner();
        if self.manifest.practice {
            pen.text(
                (LEFT, 15.0),
                WIDE,
                &letter.words.say("letter.practice", &[])?,
                HEADING,
            );
        }
        let y = pen.text(
            (x, y),
            80.0,
            &self.manifest.issuers[self.index()].name,
            SMALL,
        );
        if let Some(contact) = letter.contact {
            let lines = [contact.name.as_str(), contact.address.as_str()];
            let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            pen.text((x, y + 2.0), 80.0, &lines.join("\n"), BODY);
        }
        let number = letter.number.to_string();
        let number = letter.words.say("letter.number", &[("number", &number)])?;
        pen.text((LEFT, 284.0), WIDE, &number, SMALL);
        Ok(())
    }

    fn index(&self) -> usize {
        self.issuer.number() as usize - 1
    }

    fn how_to_vote(
        &self,
        pen: &mut Pen<'_, '_>,
        letter: &Letter<'_>,
        y: f32,
    ) -> Result<f32, Failure> {
        let words = letter.words;
        let y = pen.text((LEFT, y), WIDE, letter.title, TITLE);
        let hours = [
            ("opens", words.opens.as_str()),
            ("closes", words.closes.as_str()),
        ];
        let y = pen.text(
            (LEFT, y + 1.0),
            WIDE,
            &words.say("letter.hours", &hours)?,
            BODY,
        );
        let top = y + 4.0;
        pen.square(
            (LEFT + WIDE - SQUARE + 3.0, top - 3.0),
            SQUARE,
            &letter.vote,
        )?;
        let y = pen.text(
            (LEFT, top),
            BESIDE,
            &words.say("letter.code", &[])?,
            HEADING,
        );
        let y = pen.text((LEFT, y + 1.0), BESIDE, &letter.code, CODE);
        let site = [("site", self.order.base.as_str())];
        let mut y = y + 2.0;
        for key in ["letter.step.open", "letter.step.who", "letter.step.done"] {
            y = pen.text((LEFT, y + 1.0), BESIDE, &words.say(key, &site)?, BODY);
        }
        if self.manifest.issuers.len() > 1 {
            y = pen.text(
                (LEFT, y + 1.0),
                BESIDE,
                &words.say("letter.two", &[])?,
                BODY,
            );
        }
        y = pen.text(
            (LEFT, y + 1.0),
            BESIDE,
            &words.say("letter.again", &[])?,
            BODY,
        );
        Ok(y.max(top + SQUARE - 3.0))
    }

    fn how_to_check(
        &self,
        pen: &mut Pen<'_, '_>,
        letter: &Letter<'_>,
        y: f32,
    ) -> Result<f32, Failure> {
        pen.rule((LEFT, y), WIDE);
        let top = y + 4.0;
        pen.square((LEFT - 3.0, top - 2.0), SQUARE, &letter.check)?;
        let x = LEFT + SQUARE + 2.0;
        let words = letter.words;
        let y = pen.text(
            (x, top),
            BESIDE,
            &words.say("letter.check.title", &[])?,
            HEADING,
        );
        let y = pen.text(
            (x, y + 1.0),
            BESIDE,
            &words.say("letter.check.text", &[])?,
            BODY,
        );
        Ok(y.max(top + SQUARE - 4.0))
    }

    fn foot(&self, pen: &mut Pen<'_, '_>, letter: &Letter<'_>, y: f32) -> Result<(), Failure> {
        let words = letter.words;
        pen.rule((LEFT, y), WIDE);
        let registrar = [(
            "registrar",
            self.manifest.issuers[self.index()].name.as_str(),
        )];
        let y = pen.text(
            (LEFT, y + 3.0),
            WIDE,
            &words.say("letter.lost", &registrar)?,
            BODY,
        );
        let spoken = spoken_election(self.issuer.election());
        let election = base64url(self.issuer.election());
        let values = [("spoken", spoken.as_str()), ("election", election.as_str())];
        pen.text(
            (LEFT, y + 2.0),
            WIDE,
            &words.say("letter.election", &values)?,
            SMALL,
        );
        Ok(())
    }
}

/// Groups of four, with room between them.
fn spaced(code: &VotingCode) -> String {
    code.grouped().replace('-', "  ")
}
