//! The voting device: what letters and voter say, brought together with the board.

use std::io::IsTerminal as _;

use urne_client::replica::Replica;
use urne_client::voter::{self, PreparedBallot};
use urne_crypto::credential::{Identifier, VotingCode, credential, credential_half};
use urne_crypto::encoding::SecretScalar;
use urne_election::question::Answer;

use super::super::answers;
use super::super::context::{Context, ElectionId};
use super::super::letter::Letter;
use super::{Ballot, PATIENCE, ask};
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::wire::board::Board;
use crate::wire::server::Server;

const LARGEST_LETTER: u64 = 64 * 1024;

/// What the letters and the voter say, brought together with the board.
pub(super) struct Voter {
    pub(super) server: Server,
    pub(super) election: [u8; 32],
    pub(super) replica: Replica,
    pub(super) credential: SecretScalar,
    pub(super) answers: Vec<Answer>,
    pub(super) language: usize,
}

impl Voter {
    pub(super) fn begin(ballot: &Ballot) -> Outcome<Voter> {
        let mut letters = Vec::new();
        for file in &ballot.letter {
            let text = String::from_utf8_lossy(&disk::read(file, LARGEST_LETTER)?).into_owned();
            let letter = Letter::parse(&text)
                .map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
            letters.push(letter);
        }
        let (address, election) = match letters.first() {
            Some(letter) => (letter.server.clone(), letter.election),
            None => {
                let address = ask("Ballot box (as on the letter): ")?;
                let election: ElectionId = ask("Election (as on the letter): ")?
                    .parse()
                    .map_err(Failure::new)?;
                (address, election.0)
            }
        };
        if letters.iter().any(|letter| letter.election != election) {
            return Err(Failure::new("the letters belong to different elections"));
        }
        let server = Server::at(&address)?.with_patience(PATIENCE);
        let replica = Board::of(&address, &election)?.follow(Some(&election))?;
        let registrars = u32::try_from(replica.manifest().issuers.len()).unwrap_or(2);
        let identifier = match &ballot.identifier {
            Some(identifier) => Identifier::new(identifier)?,
            None => Identifier::new(&ask("Your identifier: ")?)?,
        };
        let mut halves = Vec::new();
        for registrar in 1..=registrars {
            let letter = letters.iter().find(|letter| letter.registrar == registrar);
            let code = match letter {
                Some(letter) => letter.code.clone(),
                None => VotingCode::parse(&ask_code(registrar, registrars)?)?,
            };
            halves.push(credential_half(&election, registrar, &identifier, &code));
        }
        let credential = credential(&halves);
        voter::slot(&replica, &credential.public())?;
        let language = language(&replica, ballot.language.as_deref())?;
        let answers = answered(&replica, ballot, language)?;
        Ok(Voter {
            server,
            election,
            replica,
            credential,
            answers,
            language,
        })
    }

    pub(super) fn prepare(&self) -> Outcome<PreparedBallot> {
        Ok(voter::prepare(
            &self.replica,
            &self.credential,
            &self.answers,
            &mut rand::rng(),
        )?)
    }

    pub(super) fn review(&self, context: &Context) {
        let manifest = self.replica.manifest();
        let values = answers::values(manifest, &self.answers);
        context.note(&format!(
            "\nYour choices:\n{}",
            answers::reviewed(manifest, &values, self.language)
        ));
    }
}

/// A code is typed without being shown where there is a terminal.
pub(super) fn ask_code(registrar: u32, registrars: u32) -> Outcome<String> {
    let prompt = match registrars {
        1 => "Your code: ".to_owned(),
        _ => format!("Your code from registrar {registrar}: "),
    };
    if std::io::stdin().is_terminal() {
        return Ok(rpassword::prompt_password(prompt)?);
    }
    ask(&prompt)
}

pub(super) fn language(replica: &Replica, wanted: Option<&str>) -> Outcome<usize> {
    let languages = &replica.manifest().languages;
    let Some(wanted) = wanted else { return Ok(0) };
    languages
        .iter()
        .position(|tag| tag == wanted)
        .ok_or_else(|| Failure::new(format!("the languages are: {}", languages.join(", "))))
}

pub(super) fn answered(
    replica: &Replica,
    ballot: &Ballot,
    language: usize,
) -> Outcome<Vec<Answer>> {
    let manifest = replica.manifest();
    let form = &replica.election().constants().form;
    if !ballot.answer.is_empty() {
        let answers = answers::parse_all(manifest, &ballot.answer)?;
        form.encode(&answers)?;
        return Ok(answers);
    }
    eprintln!("\n{}", manifest.title[language]);
    let mut answers = Vec::new();
    for question in &manifest.questions {
        eprintln!("\n{}", answers::shown(question, language));
        loop {
            let typed = ask(&format!("Your answer ({}): ", answers::how(question)))?;
            let judged = answers::parse(question, &typed)
                .map_err(|error| error.to_string())
                .and_then(|answer| {
                    let judged = question.layout().encode(&answer);
                    judged.map(|_| answer).map_err(|error| error.to_string())
                });
            match judged {
                Ok(answer) => {
                    answers.push(answer);
                    break;
                }
                Err(why) => eprintln!("{why}"),
            }
        }
    }
    Ok(answers)
}
