//! A registrar: makes the voting codes, publishes the roll, writes the letters, changes the roll while the box is open.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use age::secrecy::SecretString;
use clap::{Args, Subcommand, ValueEnum};
use rand::Rng as _;
use serde_json::json;
use urne_client::http::{Role, SeatKeys};
use urne_client::issuer::{Entitlement, Issuer};
use urne_client::key_file::{Holder, signing_key_from_bytes, signing_key_to_bytes};
use urne_client::replica::Replica;
use urne_client::workshop::exchange::{Exchange, ExchangeError, Progress, Round, SecretRow};
use urne_client::workshop::parcel::{ChangeKind, LARGEST_PARCEL, Parcel, Task};
use urne_client::workshop::register::{Register, RegisteredVoter, RowId};
use urne_crypto::credential::{Identifier, VotingCode};
use urne_crypto::encoding::Point;
use urne_crypto::signature::{PublicKey, SigningKey, public_key};
use urne_election::entry::Reason;
use urne_election::json::base64url;
use urne_election::phase::Phase;

use super::context::{Context, ElectionId, TokenArguments, election, follow, server};
use super::letter::Letter;
use super::stage::Stage;
use super::voter_list;
use crate::failure::{Failure, Outcome};
use crate::files::folder::{Connection, Folder};
use crate::files::{disk, sealed};
use crate::wire::server::Server;

const KEY: &str = "registrar.key.age";
const REGISTER: &str = "register.age";
const ROWS: &str = "rows.csv";
const BEGIN: &str = "urne registrar enrol SERVER";
const LARGEST_LIST: u64 = 256 * 1024 * 1024;
const PAUSE: Duration = Duration::from_millis(700);

/// What a registrar types.
#[derive(Debug, Subcommand)]
pub enum RegistrarCommand {
    /// 1. Take your seat: makes your key file, under a passphrase, and sends the public half
    Enrol {
        /// Address of the server
        server: String,
        /// who asks
        #[command(flatten)]
        token: TokenArguments,
    },
    /// 2. Take in the list of voters: a CSV file with the columns identifier, weight, college
    ///
    /// The identifier is what voters know beforehand and type: a membership number, an e-mail address. Row ids are drawn and
    /// written to rows.csv; with two registrars, the first gives that file to the second by a way nobody else can read.
    Voters {
        /// Your own list; a second registrar may leave it out
        #[arg(required_unless_present = "rows")]
        list: Option<PathBuf>,
        /// The other registrar's rows.csv (compared with your own list, if you give one)
        #[arg(long, value_name = "FILE")]
        rows: Option<PathBuf>,
    },
    /// 3. Make the codes and publish the roll; with two registrars both run this, and it waits for the other
    Publish {
        /// which election
        #[command(flatten)]
        told: Told,
        /// how long
        #[command(flatten)]
        waiting: Waiting,
    },
    /// 4. Write one letter per voter into a folder, to print; and envelopes.csv, which says whose is which
    ///
    /// A letter holds a code, so the folder is as secret as the codes are: delete it once the letters are printed, and
    /// envelopes.csv once they are delivered.
    Letters {
        /// The folder
        #[arg(long, default_value = "letters")]
        into: PathBuf,
    },
    /// 5. Forget all codes, once the letters are out: from then on your register can vote for nobody
    Forget,
    /// Give a voter who was not on the list a line, while the box is open
    Add {
        /// The voter's identifier
        #[arg(long)]
        identifier: String,
        /// The line's weight
        #[arg(long, default_value_t = 1)]
        weight: u32,
        /// The line's college
        #[arg(long, default_value_t = 1)]
        college: u32,
        /// The row id the first registrar's command printed (for the second registrar)
        #[arg(long, value_name = "ID")]
        row: Option<String>,
        /// Why (public)
        #[arg(long, value_enum, default_value_t = AddReason::Admitted)]
        reason: AddReason,
        /// what all changes need
        #[command(flatten)]
        change: Change,
    },
    /// End a voter's line, while the box is open; a ballot cast with it no longer counts
    Remove {
        /// The voter's identifier
        #[arg(long)]
        identifier: String,
        /// Why (public)
        #[arg(long, value_enum)]
        reason: RemoveReason,
        /// what all changes need
        #[command(flatten)]
        change: Change,
    },
    /// Replace a voter's letter, while the box is open: the old code becomes worthless, a ballot already cast stays
    Replace {
        /// The voter's identifier
        #[arg(long)]
        identifier: String,
        /// Why (public)
        #[arg(long, value_enum, default_value_t = ReplaceReason::Lost)]
        reason: ReplaceReason,
        /// what all changes need
        #[command(flatten)]
        change: Change,
    },
    /// Say where the election and your register stand
    Status(Told),
}

/// Which election, told once.
#[derive(Clone, Copy, Debug, Args)]
pub struct Told {
    /// The election id as the organizer read it to you; needed once, then remembered
    #[arg(long, value_name = "ID")]
    election: Option<ElectionId>,
}

/// How long to wait for the other registrar.
#[derive(Clone, Copy, Debug, Args)]
pub struct Waiting {
    /// Give up after this many seconds (exit code 3); running the command again goes on where it stopped
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    wait: u64,
}

/// What all changes need.
#[derive(Clone, Debug, Args)]
pub struct Change {
    /// The folder for the new letter
    #[arg(long, default_value = "letters")]
    into: PathBuf,
    #[command(flatten)]
    waiting: Waiting,
}

/// Why a line is added.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum AddReason {
    /// admitted late
    Admitted,
    /// a mistake in the list
    Error,
}

/// Why a line ends.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RemoveReason {
    /// voted on paper
    Paper,
    /// struck off
    Struck,
    /// a mistake in the list
    Error,
}

/// Why a letter is replaced.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ReplaceReason {
    /// lost, or seen by others
    Lost,
    /// a mistake
    Error,
}

impl RegistrarCommand {
    /// Does it.
    ///
    /// # Errors
    /// In words.
    pub fn run(self, context: &Context) -> Outcome {
        match self {
            RegistrarCommand::Enrol { server, token } => enrol(context, &server, &token),
            RegistrarCommand::Voters { list, rows } => {
                voters(context, list.as_deref(), rows.as_deref())
            }
            RegistrarCommand::Publish { told, waiting } => publish(context, told, waiting),
            RegistrarCommand::Letters { into } => letters(context, &into),
            RegistrarCommand::Forget => forget(context),
            RegistrarCommand::Add {
                identifier,
                weight,
                college,
                row,
                reason,
                change,
            } => {
                let reason = match reason {
                    AddReason::Admitted => Reason::Admitted,
                    AddReason::Error => Reason::Error,
                };
                let entitlement = Entitlement { weight, college };
                let mut work = Work::begin(context, Told { election: None })?;
                let row = work.admit(&identifier, entitlement, row.as_deref())?;
                work.change(row, reason, Wanted::Add, &change)
            }
            RegistrarCommand::Remove {
                identifier,
                reason,
                change,
            } => {
                let reason = match reason {
                    RemoveReason::Paper => Reason::Paper,
                    RemoveReason::Struck => Reason::Struck,
                    RemoveReason::Error => Reason::Error,
                };
                let mut work = Work::begin(context, Told { election: None })?;
                let row = work.registered(&identifier)?;
                work.change(row, reason, Wanted::Remove, &change)
            }
            RegistrarCommand::Replace {
                identifier,
                reason,
                change,
            } => {
                let reason = match reason {
                    ReplaceReason::Lost => Reason::Lost,
                    ReplaceReason::Error => Reason::Error,
                };
                let mut work = Work::begin(context, Told { election: None })?;
                let row = work.registered(&identifier)?;
                work.change(row, reason, Wanted::Replace, &change)
            }
            RegistrarCommand::Status(told) => status(context, told),
        }
    }
}

fn enrol(context: &Context, address: &str, token: &TokenArguments) -> Outcome {
    let folder = context.open_folder()?;
    let token = token.read("seat's token", "URNE_TOKEN")?;
    let server = Server::at(address)?.with_token(&token);
    let view = server.seat()?;
    if view.seat.role != Role::Issuer {
        return Err(Failure::new(
            "this token is for a trustee's seat: type `urne trustee enrol`",
        ));
    }
    let key = if folder.file(KEY).exists() {
        read_key(&folder, &context.passphrase.existing(KEY)?)?
    } else {
        let passphrase = context.passphrase.fresh(KEY)?;
        let key = SigningKey::generate(&mut rand::rng());
        let bytes = signing_key_to_bytes(Holder::Issuer, &key);
        sealed::write_new(&folder.file(KEY), &bytes, &passphrase)?;
        key
    };
    server.send_keys(&SeatKeys {
        key: base64url(&public_key(&key)),
        encryption: None,
        proof: None,
    })?;
    let number = view.seat.number;
    folder.keep_connection(&Connection {
        server: server.address().to_owned(),
        token,
        draft: None,
        number: Some(number),
        election: None,
    })?;
    context.tell(
        &format!(
            "You are registrar {number}. Keep {KEY} and its passphrase until the election is over.\nNext: urne registrar voters LIST.csv"
        ),
        &json!({ "number": number }),
    );
    Ok(())
}

fn read_key(folder: &Folder, passphrase: &SecretString) -> Outcome<SigningKey> {
    let bytes = sealed::read(&folder.file(KEY), passphrase)?;
    Ok(signing_key_from_bytes(Holder::Issuer, &bytes)?)
}

fn read_register(folder: &Folder, passphrase: &SecretString) -> Outcome<Register> {
    let bytes = sealed::read(&folder.file(REGISTER), passphrase)?;
    Ok(Register::decode(&bytes)?)
}

fn voters(context: &Context, list: Option<&Path>, rows: Option<&Path>) -> Outcome {
    let folder = context.open_folder()?;
    folder.connection("a registrar", BEGIN)?;
    let read = |path: &Path, shared| -> Outcome<_> {
        let bytes = disk::read(path, LARGEST_LIST)?;
        voter_list::read(&bytes, shared)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))
    };
    let own = list.map(|path| read(path, false)).transpose()?;
    let shared = rows.map(|path| read(path, true)).transpose()?;
    if let (Some(own), Some(shared)) = (&own, &shared)
        && let Some(difference) = voter_list::difference(own, shared)
    {
        return Err(Failure::new(format!("the two lists differ: {difference}")));
    }
    let rng = &mut rand::rng();
    let voters: Vec<RegisteredVoter> = shared
        .or(own)
        .unwrap_or_default()
        .into_iter()
        .map(|voter| RegisteredVoter {
            row: voter.row.unwrap_or_else(|| RowId::random(rng)),
            identifier: voter.identifier,
            entitlement: voter.entitlement,
            code: None,
            next_code: None,
            line: None,
        })
        .collect();
    let register = Register::new(voters)?;
    let passphrase = context.passphrase.existing(KEY)?;
    read_key(&folder, &passphrase)?;
    sealed::write_new(&folder.file(REGISTER), &register.to_bytes(), &passphrase)?;
    let count = register.voters().len();
    if rows.is_none() {
        disk::replace(
            &folder.file(ROWS),
            &voter_list::with_rows(register.voters())?,
        )?;
        context.note(&format!(
            "With a second registrar, hand them {ROWS} by a way nobody else can read: urne registrar voters --rows {ROWS}. Otherwise delete it."
        ));
    }
    context.tell(
        &format!(
            "{count} voters are in your register. Compare the number with a list made elsewhere.\nNext, once all trustees have confirmed: urne registrar publish --election ID"
        ),
        &json!({ "voters": count }),
    );
    Ok(())
}

/// What a change does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Add,
    Remove,
    Replace,
}

/// What the registrars have made together.
struct Made {
    /// signed by all
    entries: Vec<Vec<u8>>,
    /// the line each row got
    lines: Vec<(RowId, Point)>,
}

/// A registrar at work on a founded election.
struct Work<'c> {
    context: &'c Context,
    folder: Folder,
    connection: Connection,
    id: [u8; 32],
    passphrase: SecretString,
    issuer: Issuer,
    register: Register,
    replica: Replica,
}

impl<'c> Work<'c> {
    fn begin(context: &'c Context, told: Told) -> Outcome<Work<'c>> {
        let folder = context.open_folder()?;
        let mut connection = folder.connection("a registrar", BEGIN)?;
        let id = election(&folder, &mut connection, told.election)?;
        let replica = follow(&connection, &id)?;
        let passphrase = context.passphrase.existing(KEY)?;
        let key = read_key(&folder, &passphrase)?;
        let public = public_key(&key);
        let mut numbered = (1..).zip(&replica.manifest().issuers);
        let number = numbered.find(|(_, issuer)| issuer.key == public);
        let (number, _) = number.ok_or_else(|| {
            Failure::new("the key in this folder is not a registrar's of this election: is it the right folder, and the right election?")
        })?;
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

    fn keep_register(&self) -> Outcome {
        let bytes = self.register.to_bytes();
        Ok(sealed::replace(
            &self.folder.file(REGISTER),
            &bytes,
            &self.passphrase,
        )?)
    }

    fn secret(&self, voter: &RegisteredVoter, code: &VotingCode) -> SecretRow {
        SecretRow {
            row: voter.row,
            entitlement: voter.entitlement,
            half: self.issuer.half_from_code(&voter.identifier, code),
        }
    }

    /// The identifier of a row id, for messages.
    fn named(&self, error: ExchangeError) -> Failure {
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

    fn parcel_file(&self, name: &str) -> PathBuf {
        self.folder.file("parcels").join(format!("{name}.parcel"))
    }

    /// Goes through the rounds with the other registrar, if there is one, until the entries are signed by all.
    fn exchange(&self, task: Task, secrets: Vec<SecretRow>, waiting: Waiting) -> Outcome<Made> {
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

    fn received(&self, server: &Server, other: u32, name: &str) -> Outcome<Option<Parcel>> {
        let Some(bytes) = server.fetch_parcel(&self.id, other, name)? else {
            return Ok(None);
        };
        let author = &self.replica.manifest().issuers[other as usize - 1].key;
        Ok(Some(Parcel::decode(&bytes, &PublicKey::decode(author)?)?))
    }

    /// Submits entries that are not on the board yet.
    fn submit(&self, entries: &[Vec<u8>]) -> Outcome {
        let server = server(&self.connection)?;
        for entry in entries {
            if !self.replica.entries().contains(entry) {
                server.append(&self.id, entry)?;
            }
        }
        Ok(())
    }

    fn registered(&self, identifier: &str) -> Outcome<RowId> {
        let identifier = Identifier::new(identifier)?;
        let voter = self.register.by_identifier(&identifier);
        voter.map(|voter| voter.row).ok_or_else(|| {
            Failure::new(format!(
                "nobody in your register has the identifier “{}”",
                identifier.as_str()
            ))
        })
    }

    /// Puts a late voter into the register.
    fn admit(
        &mut self,
        identifier: &str,
        entitlement: Entitlement,
        row: Option<&str>,
    ) -> Outcome<RowId> {
        let identifier = Identifier::new(identifier)?;
        let told = match row {
            None => None,
            Some(text) => Some(RowId::parse(text).ok_or_else(|| {
                Failure::new("a row id has 32 digits (0–9, a–f): take it as the other registrar's command printed it")
            })?),
        };
        if let Some(voter) = self.register.by_identifier(&identifier) {
            // An earlier run that was interrupted before the change stood.
            let same = voter.line.is_none()
                && voter.entitlement == entitlement
                && told.is_none_or(|row| row == voter.row);
            return if same {
                Ok(voter.row)
            } else {
                Err(Failure::new(
                    "a voter with this identifier is in your register already",
                ))
            };
        }
        let row = told.unwrap_or_else(|| RowId::random(&mut rand::rng()));
        self.register.add(RegisteredVoter {
            row,
            identifier,
            entitlement,
            code: None,
            next_code: None,
            line: None,
        })?;
        Ok(row)
    }

    fn change(&mut self, row: RowId, reason: Reason, wanted: Wanted, change: &Change) -> Outcome {
        if !matches!(self.replica.election().phase(), Phase::Voting(_)) {
            let stage = Stage::of(&self.replica);
            return Err(Failure::not_yet(format!(
                "the roll changes only while the box is open; the election is {}",
                stage.phase
            )));
        }
        let number = self.issuer.number();
        let election = self.id;
        let voter = self.register.by_row_mut(&row);
        let voter = voter.ok_or_else(|| Failure::new("this voter is not in your register"))?;
        if wanted != Wanted::Remove && voter.next_code.is_none() {
            voter.next_code = Some(VotingCode::random(&mut rand::rng()));
        }
        let line = voter.line;
        let line = || line.ok_or_else(|| Failure::new("this voter has no line on the roll yet"));
        let kind = match wanted {
            Wanted::Add => ChangeKind::Add,
            Wanted::Remove => ChangeKind::Remove(line()?),
            Wanted::Replace => ChangeKind::Replace(line()?),
        };
        // The new code is on the disk before its public half leaves.
        self.keep_register()?;
        if wanted == Wanted::Add && self.replica.manifest().issuers.len() == 2 {
            self.context.note(&format!(
                "The other registrar adds the same voter with: --row {row}"
            ));
        }
        let voter = self.register.by_row(&row);
        let secrets: Vec<SecretRow> = voter
            .and_then(|voter| Some(self.secret(voter, voter.next_code.as_ref()?)))
            .filter(|_| wanted != Wanted::Remove)
            .into_iter()
            .collect();
        let task = Task::Change { row, reason, kind };
        let file = self.parcel_file(&task.parcel_name());
        let Made { entries, lines } = self.exchange(task, secrets, change.waiting)?;
        self.submit(&entries)?;
        if wanted == Wanted::Remove {
            self.register.remove(&row);
        } else if let Some(voter) = self.register.by_row_mut(&row) {
            voter.code = voter.next_code.take();
            voter.line = lines.first().map(|(_, line)| *line);
        }
        self.keep_register()?;
        disk::remove(&file)?;
        let written = match self.register.by_row(&row) {
            Some(voter) if wanted != Wanted::Remove => {
                let into = self.folder.file("").join(&change.into);
                disk::make_folder(&into)?;
                let path = into.join(format!("letter-new-{:08x}.txt", rand::rng().next_u32()));
                self.write_letter(voter, &path)?;
                Some(path)
            }
            _ => None,
        };
        let what = match wanted {
            Wanted::Add => "The voter has a line.",
            Wanted::Remove => "The voter's line has ended; a ballot cast with it no longer counts.",
            Wanted::Replace => "The old letters are worthless; the voter's line has a new key.",
        };
        let letter = written
            .as_ref()
            .map(|path| format!("\nThe new letter: {}", path.display()));
        self.context.tell(
            &format!("{what}{}", letter.unwrap_or_default()),
            &json!({ "election": base64url(&election), "registrar": number, "row": row.to_string(), "letter": written }),
        );
        Ok(())
    }

    fn write_letter(&self, voter: &RegisteredVoter, path: &Path) -> Outcome {
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
        };
        let text = letter.to_text(self.replica.manifest());
        Ok(disk::write_new(path, text.as_bytes())?)
    }
}

fn publish(context: &Context, told: Told, waiting: Waiting) -> Outcome {
    let mut work = Work::begin(context, told)?;
    let stage = Stage::of(&work.replica);
    let saved = work.parcel_file(&Task::Roll.parcel_name()).exists();
    match work.replica.election().phase() {
        Phase::Preparing(phase) if phase.next_chunk() == 0 || saved => {}
        Phase::Preparing(_)
            if work
                .register
                .voters()
                .iter()
                .all(|voter| voter.line.is_some()) => {}
        Phase::Preparing(_) => return Err(Failure::new("a roll stands on the board already")),
        _ => {
            return Err(Failure::not_yet(format!(
                "not now: the election is {}; it awaits {}",
                stage.phase, stage.awaits
            )));
        }
    }
    let colleges = work.replica.manifest().colleges.len();
    if let Some(voter) = work
        .register
        .voters()
        .iter()
        .find(|voter| voter.entitlement.college as usize > colleges)
    {
        return Err(Failure::new(format!(
            "“{}” is in college {}, but the election has {colleges}: mend the list, move {REGISTER} away, and take the list in again",
            voter.identifier.as_str(),
            voter.entitlement.college
        )));
    }
    work.register.make_codes(&mut rand::rng());
    // The codes are on the disk before anything made from them leaves.
    work.keep_register()?;
    let secrets = work
        .register
        .voters()
        .iter()
        .filter_map(|voter| Some(work.secret(voter, voter.code.as_ref()?)))
        .collect();
    let Made { entries, lines } = work.exchange(Task::Roll, secrets, waiting)?;
    let lines: std::collections::HashMap<RowId, Point> = lines.into_iter().collect();
    for voter in work.register.voters_mut() {
        voter.line = lines.get(&voter.row).copied();
    }
    work.keep_register()?;
    work.submit(&entries)?;
    context.tell(
        &format!(
            "The roll stands: {} lines in {} parts.\nNext: urne registrar letters",
            lines.len(),
            entries.len()
        ),
        &json!({ "lines": lines.len(), "chunks": entries.len() }),
    );
    Ok(())
}

fn letters(context: &Context, into: &Path) -> Outcome {
    let work = Work::begin(context, Told { election: None })?;
    let into = work.folder.file("").join(into);
    disk::make_folder(&into)?;
    let mut envelopes = csv::Writer::from_writer(Vec::new());
    envelopes.write_record(["letter", "identifier"])?;
    let on_roll = || {
        let voters = work.register.voters().iter();
        voters.filter(|voter| voter.line.is_some())
    };
    let count = on_roll().count();
    if count == 0 {
        return Err(Failure::not_yet(
            "no voter has a line yet: first `urne registrar publish`",
        ));
    }
    for (number, voter) in (1..).zip(on_roll()) {
        let name = format!("letter-{number:04}.txt");
        work.write_letter(voter, &into.join(&name))?;
        envelopes.write_record([name.as_str(), voter.identifier.as_str()])?;
    }
    let bytes = envelopes
        .into_inner()
        .map_err(|error| Failure::new(error.to_string()))?;
    disk::replace(&work.folder.file("envelopes.csv"), &bytes)?;
    context.tell(
        &format!(
            "{count} letters are in {}; envelopes.csv says whose is which. Print, deliver, delete both.\nNext, when the letters are out: urne registrar forget",
            into.display()
        ),
        &json!({ "letters": count, "folder": into }),
    );
    Ok(())
}

fn forget(context: &Context) -> Outcome {
    let mut work = Work::begin(context, Told { election: None })?;
    work.register.forget_codes();
    work.keep_register()?;
    context.tell(
        "Your register has forgotten all codes. Whose line is whose it still knows: delete it when the election is over.",
        &json!({ "forgotten": true }),
    );
    Ok(())
}

fn status(context: &Context, told: Told) -> Outcome {
    let work = Work::begin(context, told)?;
    let stage = Stage::of(&work.replica);
    let voters = work.register.voters();
    let with_codes = voters.iter().filter(|voter| voter.code.is_some()).count();
    let with_lines = voters.iter().filter(|voter| voter.line.is_some()).count();
    let words = format!(
        "{}\nyour register: {} voters, {with_lines} with a line on the roll, {with_codes} codes kept",
        stage.words(&work.replica),
        voters.len()
    );
    let mut json = stage.json(&work.replica);
    json["voters"] = json!(voters.len());
    json["lines"] = json!(with_lines);
    json["codes"] = json!(with_codes);
    context.tell(&words, &json);
    Ok(())
}
