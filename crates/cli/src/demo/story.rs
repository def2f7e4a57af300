//! The election itself, step by step, told as it happens.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use urne_election::entry::TallyResult;
use urne_election::receipt::Receipt;

use super::narrator::{Narrator, Step};
use super::page::Page;
use super::preferences::{Choice, choices, direct_count, second_thought};
use super::proofs::{check_a_ballot, follow_receipts, require_refusal};
use super::town::{THRESHOLD, Town};
use super::words::{Language, Words, fill};
use crate::rehearsal::Elector;
use crate::stage::company::own_randomness;
use crate::stage::observer::{self, Judge, Observed};
use crate::stage::server::ServerError;
use crate::stage::{Company, Founding, LocalServer, Settings, StageError};

/// Who does something special, by number. There are at least [`FEWEST_VOTERS`].
const CHECKER: usize = 2;
const LOSER: usize = 5;
/// Everybody whose number ends in this thinks again.
const THINKS_AGAIN: usize = 9;

/// With fewer, nobody would think again.
pub const FEWEST_VOTERS: usize = 10;
/// With more, the demo would take too long to be one.
pub const MOST_VOTERS: usize = 2_000;

/// What to play.
#[derive(Clone, Debug)]
pub struct Options {
    /// the program that is started as the server: this one
    pub program: PathBuf,
    /// who judges the record in the end
    pub judge: Judge,
    /// how many vote
    pub voters: usize,
    /// the reader's language
    pub language: Language,
    /// where the public record goes; nothing: a new folder among the temporary ones
    pub out: Option<PathBuf>,
}

/// Why the demo stops before its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The election failed.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The server does not run.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// Nothing can be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The folder for the record is in use.
    #[error("{0} exists and is not empty: choose another folder, nothing was written")]
    NotEmpty(PathBuf),
    /// Something that should have been refused, or found, was not.
    #[error("{0}")]
    Unexpected(&'static str),
    /// Ctrl-C.
    #[error("stopped")]
    Stopped,
}

/// What the demo leaves behind.
pub struct Played {
    /// still running
    pub server: LocalServer,
    /// base64url
    pub election: String,
    /// the totals everybody computes
    pub result: TallyResult,
    /// a count of the votes in plain view
    pub direct_count: Vec<u64>,
    /// what an observer found
    pub observed: Observed,
    /// where the record was copied to
    pub folder: PathBuf,
    /// whether the receipts of the voter who lost a letter hold: first replaced, last counting
    pub receipts: Result<(), String>,
    /// the last of that voter's receipts
    pub last_receipt: Receipt,
}

/// Plays and tells.
pub struct Story<'a, W> {
    options: &'a Options,
    town: Town,
    words: Words,
    narrator: Narrator<W>,
    /// set by Ctrl-C
    stop: &'a AtomicBool,
}

impl<'a, W: Write> Story<'a, W> {
    /// A story that has not begun.
    pub fn new(options: &'a Options, narrator: Narrator<W>, stop: &'a AtomicBool) -> Self {
        Story {
            town: Town::valbrise(),
            words: Words::of(options.language),
            options,
            narrator,
            stop,
        }
    }

    /// What pages are written with.
    pub fn page(&self) -> Page<'_> {
        Page {
            town: &self.town,
            language: self.options.language,
            words: &self.words,
            ink: self.narrator.ink(),
        }
    }

    /// Who judges in the end.
    pub fn judge(&self) -> &Judge {
        &self.options.judge
    }

    /// The town.
    pub fn town(&self) -> &Town {
        &self.town
    }

    /// The words.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// The narrator.
    pub fn narrator(&mut self) -> &mut Narrator<W> {
        &mut self.narrator
    }

    fn begin(&self, text: &str, parts: Option<usize>) -> Result<Step, DemoError> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(DemoError::Stopped);
        }
        Ok(self.narrator.begin(text, parts))
    }

    /// From nothing to a checked result.
    ///
    /// # Errors
    /// [`DemoError`].
    pub fn play(&mut self) -> Result<Played, DemoError> {
        if let Some(out) = self
            .options
            .out
            .as_ref()
            .filter(|out| observer::is_used(out))
        {
            return Err(DemoError::NotEmpty(out.clone()));
        }
        self.set_the_scene()?;
        let server = self.start_server()?;
        let mut company = self.found(&server)?;
        self.prepare(&mut company)?;
        let Votes {
            wanted: last_choices,
            mut loser,
            ballots,
        } = self.vote(&mut company)?;
        self.close(&mut company, &last_choices[0], ballots)?;
        let result = self.count(&mut company)?;
        let receipts = follow_receipts(&company, &loser);
        let folder = self.folder(&company);
        let observed = self.observe(&server, &company, &loser, &folder)?;
        let last_receipt = loser
            .pop()
            .ok_or(DemoError::Unexpected("nobody got a receipt"))?;
        Ok(Played {
            last_receipt,
            election: company.election(),
            direct_count: direct_count(&self.town, &last_choices),
            result,
            observed,
            folder,
            receipts,
            server,
        })
    }

    fn set_the_scene(&mut self) -> Result<(), DemoError> {
        let start = &self.words.start;
        let setting = fill(
            &start.setting,
            &[
                ("town", &"Valbrise"),
                ("envelope", &self.words.money(self.town.envelope.into())),
                ("voters", &self.options.voters),
                ("trustees", &self.town.trustees.len()),
                ("issuers", &self.town.election.issuers.len()),
            ],
        );
        self.narrator.open(&start.title, &setting)?;
        Ok(())
    }

    fn start_server(&mut self) -> Result<LocalServer, DemoError> {
        let text = self.words.steps.server.clone();
        let step = self.begin(&text, None)?;
        let server = LocalServer::start(&self.options.program, &Settings::default())?;
        let note = server.url().to_owned();
        self.narrator.done(step, &text, &[note])?;
        Ok(server)
    }

    fn found(&mut self, server: &LocalServer) -> Result<Company, DemoError> {
        let (town, words) = (&self.town, &self.words);
        let text = fill(
            &words.steps.draft,
            &[
                ("projects", &town.budget.projects.len()),
                ("envelope", &words.money(town.envelope.into())),
            ],
        );
        let step = self.begin(&text, None)?;
        let connection = server.connect().map_err(StageError::from)?;
        let content = town.draft(self.options.language, now());
        let mut founding = Founding::open(&connection, server.operator_token(), &content)?;
        self.narrator.done(step, &text, &[])?;

        let (town, words) = (&self.town, &self.words);
        let text = fill(
            &words.steps.enrol,
            &[
                ("trustees", &town.trustees.len()),
                ("issuers", &town.election.issuers.len()),
            ],
        );
        let step = self.begin(&text, None)?;
        for trustee in &town.trustees {
            founding.seat_trustee(&trustee.name)?;
        }
        for issuer in &town.election.issuers {
            founding.seat_issuer(issuer)?;
        }
        let named = town.trustees.iter().map(|trustee| {
            let calling = trustee.calling.in_language(self.options.language);
            format!("{} ({calling})", trustee.name)
        });
        let named: Vec<String> = named.collect();
        let note = fill(&words.notes.trustees, &[("list", &named.join(", "))]);
        self.narrator.done(step, &text, &[note])?;

        let text = self.words.steps.found.clone();
        let step = self.begin(&text, None)?;
        let company = founding.found()?;
        let note = fill(&self.words.notes.id, &[("id", &company.election())]);
        self.narrator.done(step, &text, &[note])?;
        Ok(company)
    }

    fn prepare(&mut self, company: &mut Company) -> Result<(), DemoError> {
        let text = fill(&self.words.steps.key, &[("threshold", &THRESHOLD)]);
        let step = self.begin(&text, None)?;
        company.make_key()?;
        self.narrator.done(step, &text, &[])?;

        let text = fill(
            &self.words.steps.letters,
            &[("voters", &self.options.voters)],
        );
        let step = self.begin(&text, None)?;
        let electors = (1..=self.options.voters).map(|number| Elector {
            identifier: format!("VAL-{number:04}"),
            weight: 1,
            college: 1,
        });
        company.publish_roll(&electors.collect::<Vec<Elector>>())?;
        let [first, second] = [0, 1].map(|issuer| &self.town.election.issuers[issuer]);
        let note = fill(
            &self.words.notes.halves,
            &[("first", first), ("second", second)],
        );
        self.narrator.done(step, &text, &[note])?;

        let text = self.words.steps.open.clone();
        let step = self.begin(&text, None)?;
        company.drill()?;
        company.open()?;
        self.narrator.done(step, &text, &[])?;
        Ok(())
    }

    /// Everybody votes; some think again, one has a ballot checked, one loses the letter.
    fn vote(&mut self, company: &mut Company) -> Result<Votes, DemoError> {
        let voters = self.options.voters;
        let text = fill(&self.words.steps.vote, &[("voters", &voters)]);
        let again = (0..voters).filter(|number| number % 10 == THINKS_AGAIN);
        let again: Vec<usize> = again.collect();
        let step = self.begin(&text, Some(voters + again.len() + 1))?;
        let mut wanted = choices(&self.town, voters);
        let mut loser = Vec::new();
        for (number, choice) in wanted.iter().enumerate() {
            if number == CHECKER {
                check_a_ballot(company, number, choice, &self.town)?;
            }
            let receipt = company.vote(number, &choice.answers(&self.town))?;
            if number == LOSER {
                loser.push(receipt);
            }
            self.carry_on(&step)?;
        }
        for &number in &again {
            wanted[number] = second_thought(&self.town, number, &wanted[number]);
            company.vote(number, &wanted[number].answers(&self.town))?;
            self.carry_on(&step)?;
        }
        wanted[LOSER] = second_thought(&self.town, LOSER, &wanted[LOSER]);
        // Whoever finds the lost letter had a ballot ready.
        company.board_mut().catch_up()?;
        let finder = self.ballot(company, LOSER, &wanted[LOSER])?;
        company.replace_letter(LOSER)?;
        require_refusal(company, &finder)?;
        loser.push(company.vote(LOSER, &wanted[LOSER].answers(&self.town))?);
        self.carry_on(&step)?;

        let (people, notes) = (&self.town.voters, &self.words.notes);
        let notes = [
            fill(&notes.checked, &[("name", &people.checker)]),
            fill(&notes.again, &[("count", &again.len())]),
            fill(&notes.lost, &[("name", &people.loser)]),
        ];
        self.narrator.done(step, &text, &notes)?;
        Ok(Votes {
            ballots: voters + again.len() + 1,
            wanted,
            loser,
        })
    }

    fn ballot(
        &self,
        company: &Company,
        number: usize,
        choice: &Choice,
    ) -> Result<Vec<u8>, StageError> {
        let voter = &company.voters()[number];
        company.ballot(voter, &choice.answers(&self.town), &mut own_randomness())
    }

    fn carry_on(&self, step: &Step) -> Result<(), DemoError> {
        step.advance();
        match self.stop.load(Ordering::Relaxed) {
            true => Err(DemoError::Stopped),
            false => Ok(()),
        }
    }

    fn close(
        &mut self,
        company: &mut Company,
        wanted: &Choice,
        ballots: usize,
    ) -> Result<(), DemoError> {
        let text = fill(&self.words.steps.close, &[("ballots", &ballots)]);
        let step = self.begin(&text, None)?;
        // Made in time, handed in too late.
        company.board_mut().catch_up()?;
        let late = self.ballot(company, 0, wanted)?;
        company.close()?;
        require_refusal(company, &late)?;
        let note = self.words.notes.late.clone();
        self.narrator.done(step, &text, &[note])?;
        Ok(())
    }

    fn count(&mut self, company: &mut Company) -> Result<TallyResult, DemoError> {
        let (absent, present) = self.town.absent_and_present();
        let text = fill(&self.words.steps.seal, &[("count", &present.len())]);
        let notes = absent.iter().map(|person| {
            let calling = person.calling.in_language(self.options.language);
            fill(
                &self.words.notes.absent,
                &[
                    ("name", &person.name),
                    ("calling", &calling),
                    ("count", &present.len()),
                ],
            )
        });
        let notes: Vec<String> = notes.collect();
        let step = self.begin(&text, None)?;
        for &number in &present {
            company.seal(number)?;
        }
        self.narrator.done(step, &text, &notes)?;

        let text = fill(&self.words.steps.decrypt, &[("threshold", &THRESHOLD)]);
        let step = self.begin(&text, None)?;
        for &number in &present[..THRESHOLD as usize] {
            company.decrypt(number)?;
        }
        let result = company.result()?;
        self.narrator.done(step, &text, &[])?;
        Ok(result)
    }

    fn folder(&self, company: &Company) -> PathBuf {
        self.options.out.clone().unwrap_or_else(|| {
            let name = format!("urne-demo-{}", &company.election()[..8]);
            std::env::temp_dir().join(name)
        })
    }

    fn observe(
        &mut self,
        server: &LocalServer,
        company: &Company,
        receipts: &[Receipt],
        folder: &Path,
    ) -> Result<Observed, DemoError> {
        let text = self.words.steps.verify.clone();
        let step = self.begin(&text, None)?;
        let receipts: Vec<Vec<u8>> = receipts.iter().map(Receipt::to_bytes).collect();
        let election = *company.replica().election().id();
        let judge = &self.options.judge;
        let observed = observer::observe(server.url(), election, &receipts, folder, judge)?;
        let note = fill(
            &self.words.notes.checks,
            &[
                ("passed", &observed.passed),
                ("empty", &observed.without_subject),
                ("failed", &observed.failed),
            ],
        );
        self.narrator.done(step, &text, &[note])?;
        Ok(observed)
    }
}

/// What the voters did.
struct Votes {
    /// what each of them wants in the end
    wanted: Vec<Choice>,
    /// the receipts of the one who lost the letter
    loser: Vec<Receipt>,
    /// ballots accepted in all
    ballots: usize,
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
