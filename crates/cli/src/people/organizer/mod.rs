//! The organizer: from an invitation to the closing of the box.
//!
//! - [`ballot_box`]: opening, closing, and public notices meanwhile

mod announcement;
mod ballot_box;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use serde_json::json;
use toml::value::Datetime;
use urne_client::http::{Draft, NewSeat, Role, SeatHolder};
use urne_client::key_file::{Holder, signing_key_from_bytes, signing_key_to_bytes};
use urne_client::organizer::{Organizer, OrganizerMemory};
use urne_crypto::ceremony::spoken_fingerprint;
use urne_crypto::encoding::Point;
use urne_crypto::hash::fingerprint;
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::json::from_base64url;

use self::announcement::{extend, notice};
use self::ballot_box::{close, open};
use super::context::{Context, ElectionId, TokenArguments, election, follow, server};
use super::draft_file;
use super::electorate::{Desk, ElectorateCommand};
use super::stage::Stage;
use crate::failure::{Failure, Outcome};
use crate::files::folder::{Connection, Folder};
use crate::files::{disk, sealed};
use crate::mirror;
use crate::wire::board::Board;
use crate::wire::server::Server;

const KEY: &str = "organizer.key.age";
const MEMORY: &str = "organizer.memory";
const ID: &str = "election.id";
const BEGIN: &str = "urne organizer new SERVER";
const LARGEST_MEMORY: u64 = 4 * 1024 * 1024;
const LARGEST_DRAFT: u64 = 4 * 1024 * 1024;

/// What the organizer types.
#[derive(Debug, Subcommand)]
pub enum OrganizerCommand {
    /// 1. Create an election with an invitation: makes your key file, under a passphrase
    New {
        /// Address of the server
        server: String,
        /// the one-use word
        #[command(flatten)]
        invitation: TokenArguments,
    },
    /// 2. Save what is asked, of whom, when, from a file (as often as you like before `found`)
    Draft {
        /// The file
        #[arg(required_unless_present = "example")]
        file: Option<PathBuf>,
        /// Print a commented example instead
        #[arg(long, conflicts_with = "file")]
        example: bool,
    },
    /// 3. Invite a trustee or a registrar: prints a secret word for that person alone
    Seat {
        /// What for
        role: SeatRole,
        /// The person's name, as everybody will see it
        #[arg(required_unless_present = "replace")]
        name: Option<String>,
        /// The server takes the registrar's seat itself: it makes its half of every code, or all of them where it is alone
        #[arg(long, conflicts_with = "replace")]
        held_by_server: bool,
        /// Mail the seat's link to this address; nobody else sees it
        #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["held_by_server", "replace"])]
        email: Option<String>,
        /// Instead: make a new word for the seat with this number; keys sent with the lost one are forgotten
        #[arg(long, value_name = "NUMBER", conflicts_with = "name")]
        replace: Option<u32>,
    },
    /// what is about voters
    #[command(flatten)]
    Electorate(ElectorateCommand),
    /// Say who has sent keys and whom the election awaits
    Status,
    /// 4. Found the election once everybody's keys are there: the manifest is fixed, the election id exists
    ///
    /// Read the election id to the trustees and registrars, and compare the fingerprints by voice.
    Found,
    /// 5. Open the box, once key, roll and drill stand
    Open {
        /// about what was signed before
        #[command(flatten)]
        position: PositionArguments,
    },
    /// 6. Close the box: the server stops admitting ballots, and you sign the position reached
    Close {
        /// about what was signed before
        #[command(flatten)]
        position: PositionArguments,
    },
    /// While the box is open: announce a later closing hour, with the reason, one text per language
    Extend {
        /// Date, time and offset, such as 2026-12-01T20:00:00+01:00
        #[arg(long)]
        closes: Datetime,
        /// The texts
        #[arg(required = true)]
        reason: Vec<String>,
    },
    /// Put a public notice on the board: one text per language, in the manifest's order
    Notice {
        /// The texts
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Copy the public record into a folder, to keep and to publish elsewhere
    Record {
        /// A new or empty folder, or an older copy of the same record
        into: PathBuf,
    },
}

/// Confirms that an earlier signature can do no harm.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct PositionArguments {
    /// Forget an opening or closing signed before for another position; only where everybody's copy of the board shows
    /// another entry at that position, so that it is void for all
    #[arg(long)]
    forget_void_position: bool,
}

/// Whom a seat is for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SeatRole {
    /// holds a share of the key
    Trustee,
    /// makes the voting codes (the protocol's issuer)
    Registrar,
}

impl SeatRole {
    fn role(self) -> Role {
        match self {
            SeatRole::Trustee => Role::Trustee,
            SeatRole::Registrar => Role::Issuer,
        }
    }

    fn command(self) -> &'static str {
        match self {
            SeatRole::Trustee => "trustee",
            SeatRole::Registrar => "registrar",
        }
    }
}

impl OrganizerCommand {
    /// Does it.
    ///
    /// # Errors
    /// In words.
    pub fn run(self, context: &Context) -> Outcome {
        match self {
            OrganizerCommand::New { server, invitation } => new(context, &server, &invitation),
            OrganizerCommand::Draft { file, .. } => match file {
                Some(file) => draft(context, &file),
                None => {
                    print!("{}", draft_file::example(now()));
                    Ok(())
                }
            },
            OrganizerCommand::Seat {
                role,
                name,
                held_by_server,
                email,
                replace,
            } => {
                let holder = match held_by_server {
                    true => SeatHolder::Server,
                    false => SeatHolder::Person,
                };
                seat(context, role, name, (holder, email), replace)
            }
            OrganizerCommand::Electorate(command) => {
                let connection = connection(&context.open_folder()?)?;
                let desk = Desk {
                    server: server(&connection)?,
                    draft: draft_of(&connection)?.to_owned(),
                };
                command.run(context, &desk)
            }
            OrganizerCommand::Status => status(context),
            OrganizerCommand::Found => found(context),
            OrganizerCommand::Open { position } => open(context, position),
            OrganizerCommand::Close { position } => close(context, position),
            OrganizerCommand::Extend { closes, reason } => extend(context, &closes, reason),
            OrganizerCommand::Notice { text } => notice(context, text),
            OrganizerCommand::Record { into } => {
                let (_, connection, id) = at_work(context)?;
                mirror::run(context, &Board::of(&connection.server, &id)?, &into)
            }
        }
    }
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn connection(folder: &Folder) -> Outcome<Connection> {
    Ok(folder.connection("an organizer", BEGIN)?)
}

/// The folder of an election that is founded.
fn at_work(context: &Context) -> Outcome<(Folder, Connection, [u8; 32])> {
    let folder = context.open_folder()?;
    let connection = connection(&folder)?;
    if connection.election.is_none() {
        return Err(Failure::not_yet(
            "the election is not founded yet: `urne organizer status` says what is missing",
        ));
    }
    let id = election(&connection, None)?;
    Ok((folder, connection, id))
}

fn new(context: &Context, address: &str, invitation: &TokenArguments) -> Outcome {
    let folder = context.open_folder()?;
    if folder.has_connection() {
        return Err(Failure::new(
            "this folder already belongs to an election: use a new folder for each",
        ));
    }
    let server = Server::at(address)?;
    let invitation = invitation.read("invitation", "URNE_TOKEN")?;
    if !folder.file(KEY).exists() {
        let passphrase = context.passphrase.fresh(KEY)?;
        let key = SigningKey::generate(&mut rand::rng());
        let bytes = signing_key_to_bytes(Holder::Organizer, &key);
        sealed::write_new(&folder.file(KEY), &bytes, &passphrase)?;
        let memory = OrganizerMemory::default().to_bytes(&public_key(&key));
        disk::replace(&folder.file(MEMORY), &memory)?;
    }
    let opened = server.open_draft(&invitation)?;
    folder.keep_connection(&Connection {
        server: server.address().to_owned(),
        token: opened.token,
        draft: Some(opened.draft.clone()),
        number: None,
        election: None,
    })?;
    context.tell(
        &format!(
            "A draft is open. Keep {KEY} and its passphrase, {MEMORY} and connection.json (a secret).\nNext: urne organizer draft --example > draft.toml"
        ),
        &json!({ "draft": opened.draft }),
    );
    Ok(())
}

fn draft_of(connection: &Connection) -> Outcome<&str> {
    connection.draft.as_deref().ok_or_else(|| {
        Failure::new("this is not an organizer's folder: its connection names no draft")
    })
}

fn draft(context: &Context, file: &std::path::Path) -> Outcome {
    let folder = context.open_folder()?;
    let connection = connection(&folder)?;
    let bytes = disk::read(file, LARGEST_DRAFT)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("{} is not UTF-8 text", file.display())))?;
    let content = draft_file::read(&text)?;
    server(&connection)?.save_content(draft_of(&connection)?, &content)?;
    context.tell(
        "The draft is saved.\nNext: urne organizer seat trustee NAME (for each), urne organizer seat registrar NAME (one or two)",
        &json!({ "saved": true }),
    );
    Ok(())
}

fn seat(
    context: &Context,
    role: SeatRole,
    name: Option<String>,
    (holder, email): (SeatHolder, Option<String>),
    replace: Option<u32>,
) -> Outcome {
    let folder = context.open_folder()?;
    let connection = connection(&folder)?;
    let (server, draft) = (server(&connection)?, draft_of(&connection)?);
    let opened = match (replace, name) {
        (Some(number), _) => server.replace_token(draft, role.role(), number)?,
        (None, Some(name)) => {
            let seat = NewSeat {
                role: role.role(),
                name,
                holder,
                email,
            };
            server.open_seat_as(draft, &seat)?
        }
        (None, None) => return Err(Failure::new("name the person the seat is for")),
    };
    let number = opened.number;
    let Some(token) = opened.token else {
        context.tell(
            &format!(
                "Seat {number} of the {}s: the server holds it, or mails the link to its holder.",
                role.command()
            ),
            &json!({ "role": role.command(), "number": number }),
        );
        return Ok(());
    };
    context.note(&format!(
        "Seat {number} of the {}s. Give this word to its holder alone; it is shown only now. They type: urne {} enrol {}",
        role.command(),
        role.command(),
        server.address(),
    ));
    context.tell(
        &token,
        &json!({ "role": role.command(), "number": number, "token": token }),
    );
    Ok(())
}

fn spoken(seat: &urne_client::http::Seat) -> Option<String> {
    let keys = seat.keys.as_ref()?;
    let encryption = Point::decode(&from_base64url(keys.encryption.as_ref()?)?).ok()?;
    Some(spoken_fingerprint(&from_base64url(&keys.key)?, &encryption))
}

fn draft_words(draft: &Draft) -> String {
    let mut words = match &draft.content {
        Some(content) => format!("Draft: {}", content.title.join(" / ")),
        None => "Draft: nothing saved yet (urne organizer draft FILE)".to_owned(),
    };
    if draft.seats.is_empty() {
        words.push_str("\nnobody is invited yet (urne organizer seat …)");
    }
    for seat in &draft.seats {
        let role = match seat.role {
            Role::Trustee => "trustee",
            Role::Issuer => "registrar",
        };
        let keys = match (&seat.keys, spoken(seat)) {
            (None, _) => "has not sent keys yet".to_owned(),
            (Some(_), Some(spoken)) => format!("keys are there, fingerprint {spoken}"),
            (Some(_), None) => "keys are there".to_owned(),
        };
        words.push_str(&format!("\n{role} {} {}: {keys}", seat.number, seat.name));
    }
    words
}

fn status(context: &Context) -> Outcome {
    let folder = context.open_folder()?;
    let connection = connection(&folder)?;
    if connection.election.is_some() {
        let id = election(&connection, None)?;
        let replica = follow(&connection, &id)?;
        let stage = Stage::of(&replica);
        let server = &connection.server;
        context.tell(
            &stage.words(&replica, server),
            &stage.json(&replica, server),
        );
        return Ok(());
    }
    let draft = server(&connection)?.draft(draft_of(&connection)?)?;
    let json = serde_json::to_value(&draft)?;
    context.tell(&draft_words(&draft), &json);
    Ok(())
}

fn key(context: &Context, folder: &Folder) -> Outcome<SigningKey> {
    let (bytes, _) = sealed::open(&folder.file(KEY), &context.passphrase)?;
    Ok(signing_key_from_bytes(Holder::Organizer, &bytes)?)
}

fn found(context: &Context) -> Outcome {
    let folder = context.open_folder()?;
    let mut connection = connection(&folder)?;
    let server = server(&connection)?;
    let draft_name = draft_of(&connection)?.to_owned();
    let entry = match folder.sent("manifest")? {
        Some(entry) => entry,
        None => {
            let key = key(context, &folder)?;
            let draft = server.draft(&draft_name)?;
            let manifest = draft.manifest(public_key(&key))?;
            let entry = Organizer::new(key).manifest(&manifest)?;
            folder.keep_sent("manifest", &entry)?;
            entry
        }
    };
    let id = ElectionId(fingerprint(&entry));
    let founded = match server.found(&draft_name, &entry) {
        Ok(founded) => founded,
        Err(error) => {
            // The draft may be mended and founded anew: this manifest never stood.
            disk::remove(&folder.file("sent").join("manifest.entry"))?;
            return Err(error.into());
        }
    };
    if founded.election != id.to_string() {
        return Err(Failure::new(format!(
            "the server names another election ({}) than the one you signed ({id}): do not go on with it",
            founded.election
        )));
    }
    connection.election = Some(id.to_string());
    folder.keep_connection(&connection)?;
    disk::replace(&folder.file(ID), format!("{id}\n").as_bytes())?;
    context.note(&format!(
        "The election is founded. Read its id to trustees and registrars, by another way than the server; it is kept in {ID}:"
    ));
    context.tell(&id.to_string(), &json!({ "election": id.to_string() }));
    Ok(())
}
