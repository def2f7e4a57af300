//! What a mail says.

use askama::Template;
use urne_client::http::Role;

use crate::pages::hour;
use crate::pages::language::Language;

/// A mail before it has an address.
pub(crate) struct Letter {
    pub(crate) language: Language,
    pub(crate) subject: String,
    pub(crate) greeting: String,
    pub(crate) paragraphs: Vec<String>,
    /// what the link says, and where it leads
    pub(crate) button: Option<(String, String)>,
    /// a sentence, and what it is about, to be copied
    pub(crate) fact: Option<(String, String)>,
    pub(crate) small: Vec<String>,
    pub(crate) signature: String,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    letter: &'a Letter,
}

impl Letter {
    /// The same words twice: as plain text and as HTML.
    ///
    /// # Errors
    /// Where a template cannot be filled.
    pub(crate) fn render(&self) -> Result<(String, String), askama::Error> {
        let text = Text { letter: self }.render()?;
        Ok((text, Html { letter: self }.render()?))
    }
}

/// What all mails of an election have in common.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) language: Language,
    /// the election's name, in that language
    pub(crate) title: String,
    pub(crate) organizer: String,
    /// seconds since 1970
    pub(crate) opens: u64,
    /// seconds since 1970
    pub(crate) closes: u64,
    /// a rehearsal
    pub(crate) practice: bool,
    /// whether somebody else sends a letter with a code
    pub(crate) letters: bool,
    /// where the server is reached
    pub(crate) public_url: String,
    /// the reader's name, or nothing
    pub(crate) name: String,
}

/// What lets a voter in.
pub(crate) struct Door<'a> {
    /// the election id
    pub(crate) election: &'a str,
    /// single use
    pub(crate) token: &'a str,
    /// eight digits
    pub(crate) code: &'a str,
}

impl About {
    fn letter(&self, kind: &str) -> Letter {
        let own = |key: &str| {
            self.language
                .fill(&format!("mail.{kind}_{key}"), &[&self.title])
        };
        let greeting = match self.name.as_str() {
            "" => self.language.say("mail.greeting_nameless").to_owned(),
            name => self.language.fill("mail.greeting", &[&name]),
        };
        let mut paragraphs = vec![own("text")];
        if self.practice {
            paragraphs.insert(0, self.language.say("mail.practice").to_owned());
        }
        Letter {
            language: self.language,
            subject: own("subject"),
            greeting,
            paragraphs,
            button: None,
            fact: None,
            small: Vec::new(),
            signature: self.language.fill("mail.signature", &[&self.organizer]),
        }
    }

    fn hours(&self) -> String {
        let [opens, closes] = [self.opens, self.closes].map(|seconds| hour(seconds).0);
        self.language.fill("mail.hours", &[&opens, &closes])
    }

    /// The mails that lead to the ballot: an invitation, a reminder, or a fresh link.
    fn leading(&self, kind: &str, door: &Door<'_>) -> Letter {
        let language = self.language;
        let mut letter = self.letter(kind);
        letter.paragraphs.push(self.hours());
        let needed = match self.letters {
            true => "mail.needed_letter",
            false => "mail.needed_nothing",
        };
        letter.paragraphs.push(language.say(needed).to_owned());
        let address = format!(
            "{}/booth/vote.html#e={}&t={}",
            self.public_url, door.election, door.token
        );
        letter.button = Some((language.say("mail.button_vote").to_owned(), address));
        let code = format!("{} {}", &door.code[..4], &door.code[4..]);
        letter.fact = Some((language.say("mail.code").to_owned(), code));
        letter.small = ["mail.once", "mail.private"]
            .map(|name| language.say(name).to_owned())
            .to_vec();
        letter
    }

    /// To everybody on the list.
    pub(crate) fn invitation(&self, door: &Door<'_>) -> Letter {
        self.leading("invitation", door)
    }

    /// To those without a ballot in the box.
    pub(crate) fn reminder(&self, door: &Door<'_>) -> Letter {
        self.leading("reminder", door)
    }

    /// To whoever asked for a fresh link.
    pub(crate) fn link(&self, door: &Door<'_>) -> Letter {
        self.leading("link", door)
    }

    /// To a voter whose ballot was accepted.
    pub(crate) fn notice(&self, tracker: &str) -> Letter {
        let language = self.language;
        let mut letter = self.letter("notice");
        letter.fact = Some((language.say("mail.tracker").to_owned(), tracker.to_owned()));
        letter.small = vec![
            language.fill("mail.not_you", &[&self.organizer]),
            language.say("mail.again").to_owned(),
        ];
        letter
    }

    /// To a trustee or a registrar.
    pub(crate) fn seat(&self, role: Role, token: &str) -> Letter {
        let (kind, page) = match role {
            Role::Trustee => ("trustee", "trustee"),
            Role::Issuer => ("registrar", "register"),
        };
        let language = self.language;
        let mut letter = self.letter(kind);
        let address = format!("{}/booth/{page}.html#s={token}", self.public_url);
        letter.button = Some((language.say("mail.button_seat").to_owned(), address));
        letter.small = vec![language.say("mail.private_seat").to_owned()];
        letter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(language: Language, letters: bool) -> About {
        About {
            language,
            title: "Trees & <benches>".into(),
            organizer: "Town hall".into(),
            opens: 0,
            closes: 86_400,
            practice: false,
            letters,
            public_url: "https://vote.example".into(),
            name: "Ana <i>".into(),
        }
    }

    const DOOR: Door<'_> = Door {
        election: "E",
        token: "T",
        code: "12345678",
    };

    #[test]
    fn every_kind_says_the_same_in_text_and_html_and_nothing_is_left_to_fill_in() {
        for language in [Language::English, Language::French] {
            let about = about(language, true);
            let letters = [
                about.invitation(&DOOR),
                about.reminder(&DOOR),
                about.link(&DOOR),
                about.notice("TRACKER"),
                about.seat(Role::Trustee, "T"),
                about.seat(Role::Issuer, "T"),
            ];
            for letter in letters {
                let (text, html) = letter.render().unwrap();
                assert!(!letter.subject.is_empty() && letter.subject.contains("Trees & <benches>"));
                for whole in [&text, &html] {
                    assert!(!whole.contains('{'), "{whole}");
                    assert!(whole.contains("Town hall"), "{whole}");
                }
                assert!(
                    text.contains("Ana <i>") && html.contains("Ana &#60;i&#62;"),
                    "{html}"
                );
                assert!(!html.contains("<benches>"), "{html}");
                for sentence in letter.paragraphs.iter().chain(&letter.small) {
                    assert!(
                        !sentence.is_empty() && text.contains(sentence.as_str()),
                        "{sentence}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_link_carries_its_secrets_in_the_fragment_and_a_notice_the_whole_tracker() {
        let about = about(Language::English, true);
        let (text, html) = about.link(&DOOR).render().unwrap();
        assert!(
            text.contains("https://vote.example/booth/vote.html#e=E&t=T\n"),
            "{text}"
        );
        assert!(html.contains("vote.html#e=E&#38;t=T\""), "{html}");
        assert!(text.contains("1234 5678") && html.contains("1234 5678"));
        assert!(
            about
                .notice("TRACKER")
                .render()
                .unwrap()
                .0
                .contains("\nTRACKER\n")
        );
        assert!(
            about
                .seat(Role::Issuer, "S")
                .render()
                .unwrap()
                .0
                .contains("/booth/register.html#s=S\n")
        );
    }

    #[test]
    fn whoever_needs_no_letter_is_not_told_of_one() {
        let with = about(Language::English, true)
            .invitation(&DOOR)
            .render()
            .unwrap()
            .0;
        let without = about(Language::English, false)
            .invitation(&DOOR)
            .render()
            .unwrap()
            .0;
        assert!(
            with.contains("letter") && !without.contains("letter"),
            "{without}"
        );
    }
}
