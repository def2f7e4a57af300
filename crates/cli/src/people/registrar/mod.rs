//! A registrar: makes the voting codes, publishes the roll, writes the letters, changes the roll while the box is open.
//!
//! - [`work`]: key, register, board, and the rounds with the other registrar
//! - [`change`]: adding, removing, replacing

mod change;
mod work;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use urne_client::desk::RegistrarVoter;
use urne_client::http::{Role, SeatKeys};
use urne_client::issuer::Entitlement;
use urne_client::key_file::{Holder, signing_key_to_bytes};
use urne_client::voter_list::{self, Contact, ListedVoter};
use urne_client::workshop::parcel::Task;
use urne_client::workshop::register::{Register, RegisteredVoter, RowId};
use urne_crypto::credential::Identifier;
use urne_crypto::encoding::Point;
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::entry::Reason;
use urne_election::json::base64url;
use urne_election::phase::Phase;

use self::change::Wanted;
use self::work::{Made, Work, read_key};
use super::context::{Context, ElectionId, TokenArguments, keys_refused, may_enrol, server};
use super::stage::Stage;
use crate::failure::{Failure, Outcome};
use crate::files::folder::Connection;
use crate::files::{disk, sealed};
use crate::wire::server::Server;

const KEY: &str = "registrar.key.age";
const REGISTER: &str = "register.age";
const ROWS: &str = "rows.csv";
/// Says that letters were written from the codes in the register; it stays when the letters are deleted.
const WRITTEN: &str = "letters.written";
const BEGIN: &str = "urne registrar enrol SERVER";
const LARGEST_LIST: u64 = 256 * 1024 * 1024;

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
    /// 2. Take in the list of voters: a CSV file, commas or semicolons between the columns
    ///
    /// The columns are identifier and, if need be, weight, college, name, email, language, address.
    ///
    /// The identifier is what voters know beforehand and type: a membership number, an e-mail address. Row ids are drawn and
    /// written to rows.csv; with two registrars, the first gives that file to the second by a way nobody else can read.
    Voters {
        /// Your own list; a second registrar may leave it out
        #[arg(required_unless_present_any = ["rows", "from_server"])]
        list: Option<PathBuf>,
        /// Take the list that the organizer gave the server, with its row ids (compared with your own list, if you give one)
        #[arg(long, conflicts_with = "rows")]
        from_server: bool,
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
        /// Language of the letters, en or fr (default: the election's first of these)
        #[arg(long)]
        language: Option<String>,
    },
    /// 5. Forget all codes, once the letters are out: from then on your register can vote for nobody
    Forget {
        /// Also where no letters were written: no letter can be made of these codes any more
        #[arg(long)]
        without_letters: bool,
    },
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
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
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
    /// Language of the new letter, en or fr (default: the election's first of these)
    #[arg(long)]
    language: Option<String>,
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
            RegistrarCommand::Voters {
                list,
                from_server,
                rows,
            } => {
                let shared = match (from_server, rows) {
                    (true, _) => Shared::OfServer,
                    (false, Some(rows)) => Shared::File(rows),
                    (false, None) => Shared::Nowhere,
                };
                voters(context, list.as_deref(), &shared)
            }
            RegistrarCommand::Publish { told, waiting } => publish(context, told, waiting),
            RegistrarCommand::Letters { into, language } => {
                letters(context, &into, language.as_deref())
            }
            RegistrarCommand::Forget { without_letters } => forget(context, without_letters),
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
    let own_key = folder.file(KEY).exists();
    may_enrol(&folder, own_key, &view, "registrar", BEGIN)?;
    let key = if own_key {
        read_key(context, &folder)?.0
    } else {
        let passphrase = context.passphrase.fresh(KEY)?;
        let key = SigningKey::generate(&mut rand::rng());
        let bytes = signing_key_to_bytes(Holder::Issuer, &key);
        sealed::write_new(&folder.file(KEY), &bytes, &passphrase)?;
        key
    };
    let number = view.seat.number;
    let sent = server.send_keys(&SeatKeys {
        key: base64url(&public_key(&key)),
        encryption: None,
        proof: None,
    });
    sent.map_err(|error| keys_refused(error, "registrar", number))?;
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

/// Where the list with row ids comes from.
enum Shared {
    /// from the other registrar
    File(PathBuf),
    /// from the server, which the organizer gave it
    OfServer,
    /// from nowhere: this registrar draws the row ids
    Nowhere,
}

/// The list that the organizer gave the server.
fn servers_list(connection: &Connection) -> Outcome<Vec<ListedVoter>> {
    let list = server(connection)?.registrars_voters()?;
    let listed = |(line, voter): (u64, RegistrarVoter)| {
        let row = RowId::parse(&voter.row);
        let row = row.ok_or_else(|| Failure::new("the server's list has a row id that is none"))?;
        Ok(ListedVoter {
            identifier: Identifier::new(&voter.identifier)?,
            entitlement: Entitlement {
                weight: voter.weight,
                college: voter.college,
            },
            row: Some(row),
            line,
            contact: Contact {
                name: voter.name,
                email: voter.email,
                language: voter.language,
                address: voter.address,
            },
        })
    };
    let numbered = (1..).zip(list.voters);
    let voters: Vec<ListedVoter> = numbered.map(listed).collect::<Outcome<_>>()?;
    match voters.is_empty() {
        true => Err(Failure::not_yet(
            "the server has no list yet: the organizer saves it with `urne organizer voters`",
        )),
        false => Ok(voters),
    }
}

fn voters(context: &Context, list: Option<&Path>, shared: &Shared) -> Outcome {
    let folder = context.open_folder()?;
    let connection = folder.connection("a registrar", BEGIN)?;
    if folder.file(REGISTER).exists() {
        return Err(Failure::new(format!(
            "this folder has taken in a list already; nothing was changed. To take in another one before `publish`, move {REGISTER} and {ROWS} away and type this again (so does the other registrar, with the new {ROWS}). Once the roll is published, single voters come and go with `urne registrar add`, `remove` and `replace`, while the box is open"
        )));
    }
    let colleges = server(&connection)?.seat()?.colleges;
    let read = |path: &Path, shared| -> Outcome<_> {
        let bytes = disk::read(path, LARGEST_LIST)?;
        let named = |error| Failure::new(format!("{}: {error}", path.display()));
        let voters = voter_list::read(&bytes, shared).map_err(named)?;
        voter_list::check_colleges(&voters, &colleges).map_err(named)?;
        Ok(voters)
    };
    let own = list.map(|path| read(path, false)).transpose()?;
    let is_alone = matches!(shared, Shared::Nowhere);
    let shared = match shared {
        Shared::File(path) => Some(read(path, true)?),
        Shared::OfServer => Some(servers_list(&connection)?),
        Shared::Nowhere => None,
    };
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
    let (_, passphrase) = read_key(context, &folder)?;
    sealed::write_new(&folder.file(REGISTER), &register.to_bytes(), &passphrase)?;
    let count = register.voters().len();
    if colleges.is_empty() {
        context.note("The organizer has not saved the draft yet, so the colleges of the list could not be compared with it.");
    }
    if is_alone {
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

fn letters(context: &Context, into: &Path, language: Option<&str>) -> Outcome {
    let work = Work::begin(context, Told { election: None })?;
    let language = work.letter_language(language)?;
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
        work.write_letter(voter, language, &into.join(&name))?;
        envelopes.write_record([name.as_str(), voter.identifier.as_str()])?;
    }
    let bytes = envelopes
        .into_inner()
        .map_err(|error| Failure::new(error.to_string()))?;
    disk::replace(&work.folder.file("envelopes.csv"), &bytes)?;
    disk::replace(&work.folder.file(WRITTEN), format!("{count}\n").as_bytes())?;
    context.tell(
        &format!(
            "{count} letters are in {}; envelopes.csv says whose is which. Print, deliver, delete both.\nNext, when the letters are out: urne registrar forget",
            into.display()
        ),
        &json!({ "letters": count, "folder": into }),
    );
    Ok(())
}

fn forget(context: &Context, without_letters: bool) -> Outcome {
    let no_codes =
        "there are no codes yet: first `urne registrar publish`, then `urne registrar letters`";
    let told = context.open_folder()?.connection("a registrar", BEGIN)?;
    if told.election.is_none() {
        return Err(Failure::not_yet(no_codes));
    }
    let mut work = Work::begin(context, Told { election: None })?;
    let voters = work.register.voters();
    let published = voters.iter().any(|voter| voter.line.is_some());
    if !published && voters.iter().all(|voter| voter.code.is_none()) {
        return Err(Failure::not_yet(no_codes));
    }
    let kept = voters.iter().any(|voter| voter.code.is_some());
    if kept && !without_letters && !work.folder.file(WRITTEN).exists() {
        return Err(Failure::new(
            "no letters were written from these codes, and once they are forgotten none can be: first `urne registrar letters`. To forget them all the same: --without-letters",
        ));
    }
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
        stage.words(&work.replica, &work.connection.server),
        voters.len()
    );
    let mut json = stage.json(&work.replica, &work.connection.server);
    json["voters"] = json!(voters.len());
    json["lines"] = json!(with_lines);
    json["codes"] = json!(with_codes);
    context.tell(&words, &json);
    Ok(())
}
