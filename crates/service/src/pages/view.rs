//! What the pages say, before it is markup. Everything comes from the board and from the manifest's real settings.

use askama::Template;
use urne_client::http::{ElectionStatus, PhaseName};
use urne_election::entry::TallyResult;
use urne_election::manifest::Manifest;

use super::ballot_box::BallotBox;
use super::language::{LANGUAGES, Language};
use super::question::{QuestionView, questions};

/// The list of elections.
#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct Home {
    language: Language,
    elections: Vec<Entry>,
}

/// An election in the list.
struct Entry {
    path: String,
    title: String,
    phase: &'static str,
    practice: bool,
}

impl Home {
    pub(crate) fn new(language: Language, elections: &[ElectionStatus]) -> Home {
        let entry = |status: &ElectionStatus| Entry {
            path: format!("/elections/{}", status.election),
            title: language.pick(&status.languages, &status.title).to_owned(),
            phase: language.say(&format!("phase.{}", phase_key(status.phase))),
            practice: status.practice,
        };
        Home {
            language,
            elections: elections.iter().map(entry).collect(),
        }
    }

    fn path(&self) -> &'static str {
        "/"
    }
}

/// There is nothing here.
#[derive(Template)]
#[template(path = "missing.html")]
pub(crate) struct Missing {
    pub(crate) language: Language,
}

impl Missing {
    fn path(&self) -> &'static str {
        "/"
    }
}

/// What a room tells about its election.
pub(crate) struct Facts {
    pub(crate) status: ElectionStatus,
    pub(crate) manifest: Manifest,
    pub(crate) result: Option<TallyResult>,
    /// the latest published checkpoint's text
    pub(crate) checkpoint: Option<String>,
}

/// One election.
#[derive(Template)]
#[template(path = "election.html")]
pub(crate) struct Election {
    language: Language,
    id: String,
    title: String,
    description: Vec<String>,
    practice: bool,
    phase: &'static str,
    phase_text: &'static str,
    waiting: Option<String>,
    hours: [(String, String); 2],
    picture: BallotBox,
    numbers: Vec<(String, &'static str)>,
    questions: Vec<QuestionView>,
    trustees: Vec<String>,
    trustees_text: String,
    organizer: String,
    issuers: Vec<String>,
    checkpoint: Option<String>,
    published: String,
    record: String,
    known: Vec<String>,
    has_booth: bool,
}

impl Election {
    /// The page of an election; `public_url` is where others reach this server.
    pub(crate) fn new(language: Language, public_url: &str, facts: &Facts) -> Election {
        let Facts {
            status, manifest, ..
        } = facts;
        let pick = |text: &[String]| language.pick(&manifest.languages, text).to_owned();
        let names = |list: &[urne_election::manifest::Party]| {
            list.iter()
                .map(|party| party.name.clone())
                .collect::<Vec<String>>()
        };
        let trustees: Vec<String> = manifest.trustees.iter().map(|t| t.name.clone()).collect();
        let key = phase_key(status.phase);
        let results = facts.result.as_ref().map(|result| &result.questions[..]);
        let number = |figure: u64| language.number(figure);
        Election {
            id: status.election.clone(),
            title: pick(&manifest.title),
            description: paragraphs(&pick(&manifest.description)),
            practice: manifest.practice,
            phase: language.say(&format!("phase.{key}")),
            phase_text: language.say(&format!("phase_text.{key}")),
            waiting: waiting(language, status, &trustees),
            hours: [manifest.opens, facts.status.closes].map(hour),
            picture: picture(language, status, manifest),
            numbers: vec![
                (number(status.lines), language.say("election.lines")),
                (number(status.ballots), language.say("election.ballots")),
                (number(status.size), language.say("election.entries")),
            ],
            questions: questions(language, manifest, results),
            trustees_text: language.fill(
                "election.trustees_text",
                &[&manifest.threshold, &trustees.len()],
            ),
            trustees,
            organizer: manifest.organizer.name.clone(),
            issuers: names(&manifest.issuers),
            published: language.fill("board.size", &[&number(status.published)]),
            checkpoint: facts.checkpoint.clone(),
            record: format!("{public_url}/boards/{}", status.election),
            known: known(language, manifest),
            has_booth: crate::booth::is_built(),
            language,
        }
    }

    fn path(&self) -> String {
        format!("/elections/{}", self.id)
    }

    fn has_result(&self) -> bool {
        self.questions
            .iter()
            .any(|question| question.outcome.is_some())
    }
}

/// How the page's reader knows, from the settings of this very election.
fn known(language: Language, manifest: &Manifest) -> Vec<String> {
    let mut known = vec![language.fill(
        "check.read",
        &[&manifest.threshold, &manifest.trustees.len()],
    )];
    known.push(match &manifest.issuers[..] {
        [first, second, ..] => language.fill("check.two_issuers", &[&first.name, &second.name]),
        one => {
            let name = one.first().map_or("", |issuer| &issuer.name);
            language.fill("check.one_issuer", &[&name])
        }
    });
    let witnesses: Vec<&str> = manifest.witnesses.list.iter().map(|w| &*w.name).collect();
    known.push(if witnesses.is_empty() {
        language.say("check.no_witnesses").to_owned()
    } else {
        let quorum = manifest.witnesses.quorum;
        let names = witnesses.join(", ");
        language.fill("check.witnesses", &[&quorum, &witnesses.len(), &names])
    });
    let guard = manifest.colleges.iter().map(|college| college.guard).min();
    known.push(language.fill("check.guard", &[&guard.unwrap_or(1)]));
    known.push(language.fill("check.again", &[&manifest.cap]));
    let exception = &manifest.weights.exception;
    if !exception.is_empty() {
        known.push(language.fill("check.exception", &[exception]));
    }
    known
}

fn picture(language: Language, status: &ElectionStatus, manifest: &Manifest) -> BallotBox {
    let trustees = manifest.trustee_count();
    let awaited = u32::try_from(status.awaits.len()).unwrap_or(trustees);
    let shut = match status.phase {
        PhaseName::Dealing | PhaseName::Failed => 0,
        // A padlock closes with its trustee's confirmation.
        PhaseName::Confirming => trustees.saturating_sub(awaited),
        PhaseName::Ended => trustees.saturating_sub(manifest.threshold),
        PhaseName::Preparing | PhaseName::Voting | PhaseName::Sealing => trustees,
    };
    let alternative = match (status.phase, status.ballots) {
        (PhaseName::Ended, _) => language.say("box.alt_open").to_owned(),
        (_, 0) => language.fill("box.alt_empty", &[&trustees]),
        _ => language.fill("box.alt_some", &[&trustees]),
    };
    BallotBox::new(status.ballots, trustees, shut, alternative)
}

fn waiting(language: Language, status: &ElectionStatus, trustees: &[String]) -> Option<String> {
    let name = |number: &u32| trustees.get(*number as usize - 1).map(String::as_str);
    let names: Vec<&str> = status.awaits.iter().filter_map(name).collect();
    (!names.is_empty()).then(|| language.fill("election.waiting", &[&names.join(", ")]))
}

fn paragraphs(text: &str) -> Vec<String> {
    let paragraphs = text
        .split('\n')
        .map(str::trim)
        .filter(|text| !text.is_empty());
    paragraphs.map(str::to_owned).collect()
}

fn phase_key(phase: PhaseName) -> &'static str {
    match phase {
        PhaseName::Dealing => "dealing",
        PhaseName::Confirming => "confirming",
        PhaseName::Preparing => "preparing",
        PhaseName::Voting => "voting",
        PhaseName::Sealing => "sealing",
        PhaseName::Ended => "ended",
        PhaseName::Failed => "failed",
    }
}

/// An hour as `2026-05-03 18:00 UTC`, and in the form of the attribute `datetime`.
pub(crate) fn hour(seconds: u64) -> (String, String) {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hours, minutes) = (rest / 3_600, rest % 3_600 / 60);
    (
        format!("{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02} UTC"),
        format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}Z"),
    )
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar (Howard Hinnant's `civil_from_days`).
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_those_of_the_calendar() {
        assert_eq!(hour(0).0, "1970-01-01 00:00 UTC");
        assert_eq!(hour(951_782_400).1, "2000-02-29T00:00Z");
        assert_eq!(hour(1_764_000_000).0, "2025-11-24 16:00 UTC");
        assert_eq!(hour(4_107_542_399).0, "2100-02-28 23:59 UTC");
        assert_eq!(hour(4_107_542_400).0, "2100-03-01 00:00 UTC");
        hour((1 << 53) - 1);
    }
}
