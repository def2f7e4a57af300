//! The voting device: what letters and voter say, brought together with the board.

use std::io::IsTerminal as _;

use urne_client::replica::Replica;
use urne_client::voter::{self, PreparedBallot, VoteError};
use urne_crypto::credential::{Identifier, VotingCode, credential, credential_half};
use urne_crypto::encoding::SecretScalar;
use urne_election::question::Answer;

use super::super::answers;
use super::super::asking::{Tries, ask, insist};
use super::super::context::{Context, ElectionId};
use super::super::letter::Letter;
use super::voice::Voice;
use super::{Ballot, PATIENCE};
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::language::fill;
use crate::wire::board::{Board, BoardError};
use crate::wire::server::{Server, WireError};

const LARGEST_LETTER: u64 = 64 * 1024;

/// What the letters and the voter say, brought together with the board.
pub(super) struct Voter {
    pub(super) voice: Voice,
    pub(super) server: Server,
    pub(super) election: [u8; 32],
    pub(super) replica: Replica,
    pub(super) credential: SecretScalar,
    pub(super) answers: Vec<Answer>,
    pub(super) language: usize,
}

impl Voter {
    pub(super) fn begin(ballot: &Ballot) -> Outcome<Voter> {
        let letters = letters(ballot)?;
        let spoken = letters.first().map(|letter| letter.language);
        let mut voice = Voice::new(ballot.language.as_deref(), spoken);
        let Place {
            server,
            election,
            replica,
        } = match place(ballot, &letters) {
            Some((address, election)) => {
                if letters.iter().any(|letter| letter.election != election) {
                    return Err(Failure::new(voice.words.typing.letters_differ.clone()));
                }
                Place::follow(&voice, &address, election)?
            }
            None => Place::asked(&voice)?,
        };
        let language = voice.on(&replica)?;
        let choose = || answered(&voice, &replica, ballot, language);
        // First who votes, then what; but a mailed link is spent when it is used, and nothing may go wrong after that.
        let chosen = ballot.link.as_ref().map(|_| choose()).transpose()?;
        let mailed = mailed_half(ballot, &server, &election)?;
        let given = Given {
            letters: &letters,
            mailed,
        };
        let credential = credential_of(&voice, ballot, &given, election, &replica)?;
        let answers = chosen.map_or_else(choose, Ok)?;
        Ok(Voter {
            voice,
            server: server.with_patience(PATIENCE),
            election,
            replica,
            credential,
            answers,
            language,
        })
    }

    pub(super) fn prepare(&self) -> Outcome<PreparedBallot> {
        voter::prepare(
            &self.replica,
            &self.credential,
            &self.answers,
            &mut rand::rng(),
        )
        .map_err(|error| self.voice.vote(error))
    }

    pub(super) fn review(&self, context: &Context) {
        let (manifest, words) = (self.replica.manifest(), &self.voice.words);
        let values = answers::values(manifest, &self.answers);
        context.note(&format!(
            "\n{}\n{}",
            words.vote.choices,
            answers::reviewed(manifest, &values, self.language, words)
        ));
    }
}

fn letters(ballot: &Ballot) -> Outcome<Vec<Letter>> {
    let read = |file: &std::path::PathBuf| {
        let text = String::from_utf8_lossy(&disk::read(file, LARGEST_LETTER)?).into_owned();
        Letter::parse(&text).map_err(|error| {
            let words = Voice::new(ballot.language.as_deref(), Some(error.language)).words;
            let said = fill(&words.letter.damaged, &[("line", &error.line)]);
            Failure::new(format!("{}: {said}", file.display()))
        })
    };
    ballot.letter.iter().map(read).collect()
}

/// Address and election, as the link or the first letter says.
fn place(ballot: &Ballot, letters: &[Letter]) -> Option<(String, [u8; 32])> {
    let link = ballot.link.as_ref();
    let of_link = link.map(|link| (link.server.clone(), link.election));
    let letter = letters.first();
    of_link.or_else(|| letter.map(|letter| (letter.server.clone(), letter.election)))
}

/// What the voter holds without typing.
struct Given<'g> {
    letters: &'g [Letter],
    /// the server's number among the issuers, and its half
    mailed: Option<(u32, SecretScalar)>,
}

/// The server's half, where the voter has a mailed link.
fn mailed_half(
    ballot: &Ballot,
    server: &Server,
    election: &[u8; 32],
) -> Outcome<Option<(u32, SecretScalar)>> {
    let Some(link) = &ballot.link else {
        return Ok(None);
    };
    let number = server.election(election)?.server_issuer;
    let half = link.half(server)?;
    Ok(Some((number.unwrap_or(1), half)))
}

/// Where the election takes place, with its board.
struct Place {
    server: Server,
    election: [u8; 32],
    replica: Replica,
}

impl Place {
    fn follow(voice: &Voice, address: &str, election: [u8; 32]) -> Result<Place, BoardError> {
        let server = voice.server(address)?;
        let replica = Board::at_server(&server, &election).follow(Some(&election))?;
        Ok(Place {
            server,
            election,
            replica,
        })
    }

    /// As typed, in the letter's order; a mistake that only the server can find is asked again as well.
    fn asked(voice: &Voice) -> Outcome<Place> {
        let words = &voice.words;
        let mut tries = Tries::new(words);
        loop {
            let election = insist(
                words,
                || ask(words, &words.ask.election),
                |typed| {
                    let id: Result<ElectionId, String> = typed.parse();
                    id.map_err(|_| words.typing.election.clone())
                },
            )?;
            let address = insist(
                words,
                || ask(words, &words.ask.server),
                |typed| {
                    let wrong = |_| fill(&words.typing.server, &[("typed", &typed)]);
                    Server::at(typed)
                        .map(|server| server.address().to_owned())
                        .map_err(wrong)
                },
            )?;
            match Place::follow(voice, &address, election.0) {
                Err(
                    error @ (BoardError::NotFound(_)
                    | BoardError::OtherElection(_)
                    | BoardError::Wire(WireError::Strange { .. })),
                ) => tries.failed(&error.to_string())?,
                outcome => return Ok(outcome?),
            }
        }
    }
}

/// The credential, from letters or as typed: the codes, then the identifier, as the letter names them.
fn credential_of(
    voice: &Voice,
    ballot: &Ballot,
    held: &Given<'_>,
    election: [u8; 32],
    replica: &Replica,
) -> Outcome<SecretScalar> {
    let words = &voice.words;
    let registrars = u32::try_from(replica.manifest().issuers.len()).unwrap_or(2);
    let given = |registrar| {
        let mut letters = held.letters.iter();
        letters.find(|letter| letter.registrar == registrar)
    };
    let mailed = held.mailed.as_ref();
    let of_letters: Vec<u32> = (1..=registrars)
        .filter(|registrar| mailed.is_none_or(|(server, _)| server != registrar))
        .collect();
    if let (Some((_, half)), true) = (mailed, of_letters.is_empty()) {
        voter::slot(replica, &half.public()).map_err(|error| voice.vote(error))?;
        return Ok(credential([half]));
    }
    let typed = ballot.identifier.is_none() || of_letters.iter().any(|one| given(*one).is_none());
    let mut tries = Tries::new(words);
    loop {
        let mut codes = Vec::new();
        for registrar in &of_letters {
            codes.push(match given(*registrar) {
                Some(letter) => letter.code.clone(),
                None => insist(
                    words,
                    || ask_code(voice, *registrar, registrars),
                    |typed| VotingCode::parse(typed).map_err(|error| voice.typing(&error)),
                )?,
            });
        }
        let identified = |typed: &str| Identifier::new(typed).map_err(|error| voice.typing(&error));
        let identifier = match &ballot.identifier {
            Some(identifier) => identified(identifier).map_err(Failure::new)?,
            None => insist(words, || ask(words, &words.ask.identifier), identified)?,
        };
        let halves: Vec<SecretScalar> = of_letters
            .iter()
            .zip(&codes)
            .map(|(registrar, code)| credential_half(&election, *registrar, &identifier, code))
            .collect();
        let credential = credential(halves.iter().chain(mailed.map(|(_, half)| half)));
        match voter::slot(replica, &credential.public()) {
            Ok(_) => return Ok(credential),
            Err(VoteError::NotOnRoll) if typed => tries.failed(&words.typing.not_on_roll)?,
            Err(error) => return Err(voice.vote(error)),
        }
    }
}

/// A code is typed without being shown where there is a terminal.
fn ask_code(voice: &Voice, registrar: u32, registrars: u32) -> Outcome<String> {
    let words = &voice.words;
    let prompt = match registrars {
        1 => words.ask.code.clone(),
        _ => fill(&words.ask.code_of, &[("number", &registrar)]),
    };
    if std::io::stdin().is_terminal() {
        return Ok(rpassword::prompt_password(prompt)?);
    }
    ask(words, &prompt)
}

fn answered(
    voice: &Voice,
    replica: &Replica,
    ballot: &Ballot,
    language: usize,
) -> Outcome<Vec<Answer>> {
    let (manifest, words) = (replica.manifest(), &voice.words);
    if !ballot.answer.is_empty() {
        let answers = answers::parse_all(manifest, &ballot.answer);
        return answers.map_err(|error| Failure::new(error.said(words)));
    }
    eprintln!("\n{}", manifest.title[language]);
    let mut answers = Vec::new();
    for question in &manifest.questions {
        eprintln!("\n{}", answers::shown(question, language));
        let how = answers::how(question, words);
        let prompt = fill(&words.ask.answer, &[("how", &how)]);
        answers.push(insist(
            words,
            || ask(words, &prompt),
            |typed| answers::parse(question, typed).map_err(|error| error.said(words)),
        )?);
    }
    Ok(answers)
}
