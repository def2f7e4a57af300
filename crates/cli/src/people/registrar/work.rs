//! A registrar at work: key and register opened, the board followed, the rounds with the other registrar.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use age::secrecy::SecretString;
use urne_client::issuer::Issuer;
use urne_client::key_file::{Holder, signing_key_from_bytes};
use urne_client::replica::Replica;
use urne_client::workshop::exchange::{Exchange, ExchangeError, Progress, Round, SecretRow};
use urne_client::workshop::parcel::{LARGEST_PARCEL, Parcel, Task};
use urne_client::workshop::register::{Register, RegisteredVoter, RowId};
use urne_crypto::credential::VotingCode;
use urne_crypto::encoding::Point;
use urne_crypto::signature::{PublicKey, SigningKey, public_key};

use super::super::context::{Context, election, follow, keep_election, server};
use super::super::letter::Letter;
use super::{BEGIN, KEY, REGISTER, Told, Waiting};
use crate::failure::{Failure, Outcome};
use crate::files::folder::{Connection, Folder};
use crate::files::{disk, sealed};
use crate::language::{LANGUAGES, Language};
use crate::wire::server::Server;

const PAUSE: Duration = Duration::from_millis(700);

/// The key, and the passphrase that the register is under as well.
pub(super) fn read_key(context: &Context, folder: &Folder) -> Outcome<(SigningKey, SecretString)> {
    let (bytes, passphrase) = sealed::open(&folder.file(KEY), &context.passphrase)?;
    Ok((signing_key_from_bytes(Holder::Issuer, &bytes)?, passphrase))
}

pub(super) fn read_register(folder: &Folder, passphrase: &SecretString) -> Outcome<Register> {
    let bytes = sealed::read(&folder.file(REGISTER), passphrase)?;
    Ok(Register::decode(&bytes)?)
}

/// What the registrars have made together.
pub(super) struct Made {
    /// signed by all
    pub(super) entries: Vec<Vec<u8>>,
    /// the line each row got
    pub(super) lines: Vec<(RowId, Point)>,
}

/// A registrar at work on a founded election.
pub(super) struct Work<'c> {
    pub(super) context: &'c Context,
    pub(super) folder: Folder,
    pub(super) connection: Connection,
    pub(super) id: [u8; 32],
    pub(super) passphrase: SecretString,
    pub(super) issuer: Issuer,
    pub(super) register: Register,
    pub(super) replica: Replica,
}

impl<'c> Work<'c> {
    pub(super) fn begin(context: &'c Context, told: Told) -> Outcome<Work<'c>> {
        let folder = context.open_folder()?;
        let connection = folder.connection("a registrar", BEGIN)?;
        let id = election(&connection, told.election)?;
        let replica = follow(&connection, &id)?;
        let (key, passphrase) = read_key(context, &folder)?;
        let public = public_key(&key);
        let mut numbered = (1..).zip(&replica.manifest().issuers);
        let number = numbered.find(|(_, issuer)| issuer.key == public);
        let (number, _) = number.ok_or_else(|| {
            Failure::new("the key in this folder is not a registrar's of this election: is it the right folder, and the right election?")
        })?;
        keep_election(&folder, &connection, &id)?;
        let register = read_register(&folder, &passphrase)?;
        Ok(Work {
            context,
            issuer: Issuer::new(number, key, id),
            folder,
            connection,
            id,
            passphrase,
            register,
            replica,
        })
    }

    pub(super) fn keep_register(&self) -> Outcome {
        let bytes = self.register.to_bytes();
        Ok(sealed::replace(
            &self.folder.file(REGISTER),
            &bytes,
            &self.passphrase,
        )?)
    }

    pub(super) fn secret(&self, voter: &RegisteredVoter, code: &VotingCode) -> SecretRow {
        SecretRow {
            row: voter.row,
            entitlement: voter.entitlement,
            half: self.issuer.half_from_code(&voter.identifier, code),
        }
    }

    /// The identifier of a row id, for messages.
    pub(super) fn named(&self, error: ExchangeError) -> Failure {
        let row = match &error {
            ExchangeError::Lists(row)
            | ExchangeError::Entitlement(row)
            | ExchangeError::Line(row) => self.register.by_row(row),
            _ => None,
        };
        let who = row.map_or_else(String::new, |voter| {
            format!(" (in your register: “{}”)", voter.identifier.as_str())
        });
        Failure::new(format!("{error}{who}"))
    }

    pub(super) fn parcel_file(&self, name: &str) -> PathBuf {
        self.folder.file("parcels").join(format!("{name}.parcel"))
    }

    /// Goes through the rounds with the other registrar, if there is one, until the entries are signed by all.
    pub(super) fn exchange(
        &self,
        task: Task,
        secrets: Vec<SecretRow>,
        waiting: Waiting,
    ) -> Outcome<Made> {
        let name = task.parcel_name();
        let manifest = self.replica.manifest();
        let own_key = PublicKey::decode(&public_key(self.issuer.key()))?;
        let mut exchange = Exchange::start(&self.issuer, manifest, task, secrets);
        disk::make_folder(&self.folder.file("parcels"))?;
        let file = self.parcel_file(&name);
        if let Some(bytes) = disk::read_if_there(&file, LARGEST_PARCEL as u64)? {
            let saved = Parcel::decode(&bytes, &own_key)?;
            exchange = exchange.resume(saved).map_err(|error| {
                Failure::new(format!("{error}: {} is in the way", file.display()))
            })?;
        }
        let other = match manifest.issuers.len() {
            1 => None,
            _ => Some(3 - self.issuer.number()),
        };
        let server = server(&self.connection)?;
        let start = Instant::now();
        let mut told: Option<Round> = None;
        let mut left: Option<Parcel> = None;
        loop {
            let received = match other {
                None => None,
                Some(other) => self.received(&server, other, &name)?,
            };
            // What is about another task was left for an earlier change of this voter, or by a mistake: it is waited out.
            let received = received.filter(|parcel| parcel.task == exchange.parcel().task);
            let progress = exchange
                .advance(received.as_ref(), &mut rand::rng())
                .map_err(|error| self.named(error))?;
            // Also alone: proofs are fresh at every run, and what may have been sent must be sent again as it was.
            if left.as_ref() != Some(exchange.parcel()) {
                let bytes = exchange.parcel().to_bytes(self.issuer.key());
                disk::replace(&file, &bytes)?;
                if other.is_some() {
                    server.leave_parcel(&self.id, self.issuer.number(), &name, &bytes)?;
                }
                left = Some(exchange.parcel().clone());
            }
            match progress {
                Progress::Complete { entries, lines } => return Ok(Made { entries, lines }),
                Progress::Waiting(round) => {
                    let what = match round {
                        Round::Halves => "public halves",
                        Round::Proofs => "proofs",
                        Round::Signatures => "signatures",
                    };
                    if start.elapsed() >= Duration::from_secs(waiting.wait) {
                        return Err(Failure::not_yet(format!(
                            "the other registrar has not sent {what} yet: run the same command again later"
                        )));
                    }
                    if told != Some(round) {
                        self.context.note(&format!("waiting for the other registrar's {what} (they type the same command, naming the same voter and reason; Ctrl-C does no harm)"));
                        told = Some(round);
                    }
                    sleep(PAUSE);
                }
            }
        }
    }

    pub(super) fn received(
        &self,
        server: &Server,
        other: u32,
        name: &str,
    ) -> Outcome<Option<Parcel>> {
        let Some(bytes) = server.fetch_parcel(&self.id, other, name)? else {
            return Ok(None);
        };
        let author = &self.replica.manifest().issuers[other as usize - 1].key;
        Ok(Some(Parcel::decode(&bytes, &PublicKey::decode(author)?)?))
    }

    /// Submits entries that are not on the board yet.
    pub(super) fn submit(&self, entries: &[Vec<u8>]) -> Outcome {
        let server = server(&self.connection)?;
        for entry in entries {
            if !self.replica.entries().contains(entry) {
                server.append(&self.id, entry)?;
            }
        }
        Ok(())
    }

    /// The language of letters: the one asked for, else the election's first that there are words for.
    pub(super) fn letter_language(&self, wanted: Option<&str>) -> Outcome<Language> {
        let languages = &self.replica.manifest().languages;
        match wanted {
            Some(tag) => Language::of_tag(tag).ok_or_else(|| {
                let known = LANGUAGES.map(Language::tag).join(", ");
                Failure::not_understood(format!(
                    "there are no words for letters in “{tag}”: the languages are {known}"
                ))
            }),
            None => {
                let mut known = languages.iter().filter_map(|tag| Language::of_tag(tag));
                Ok(known.next().unwrap_or(Language::English))
            }
        }
    }

    pub(super) fn write_letter(
        &self,
        voter: &RegisteredVoter,
        language: Language,
        path: &Path,
    ) -> Outcome {
        let code = voter.code.clone().ok_or_else(|| {
            Failure::new("the codes are forgotten, so no letter can be written; `urne registrar replace` makes a new one")
        })?;
        let letter = Letter {
            server: self.connection.server.clone(),
            election: self.id,
            registrar: self.issuer.number(),
            half: self
                .issuer
                .half_from_code(&voter.identifier, &code)
                .public(),
            code,
            language,
        };
        let text = letter.to_text(self.replica.manifest());
        Ok(disk::write_new(path, text.as_bytes())?)
    }
}
