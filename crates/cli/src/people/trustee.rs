//! A trustee: holds a share of the key that opens the box, and uses it once.

use age::secrecy::SecretString;
use clap::Subcommand;
use serde_json::json;
use urne_client::http::{Role, SeatKeys};
use urne_client::replica::Replica;
use urne_client::trustee::{SecondStep, StepError, Trustee, TrusteeKeys, TrusteeMemory};
use urne_crypto::ceremony::confirm::Grievance;
use urne_crypto::ceremony::spoken_fingerprint;
use urne_crypto::signature::public_key;
use urne_election::json::base64url;
use urne_election::phase::Phase;

use super::context::{Context, ElectionId, TokenArguments, election, keep_election, server};
use super::stage::Stage;
use crate::failure::{Failure, Outcome};
use crate::files::folder::{Connection, Folder};
use crate::files::{disk, sealed};
use crate::wire::board::Board;
use crate::wire::server::Server;

const KEY: &str = "trustee.key.age";
const MEMORY: &str = "trustee.memory";
const BEGIN: &str = "urne trustee enrol SERVER";
const LARGEST_MEMORY: u64 = 64 * 1024;

/// What a trustee types.
#[derive(Debug, Subcommand)]
pub enum TrusteeCommand {
    /// 1. Take your seat: makes your key file, under a passphrase, and sends the public halves
    Enrol {
        /// Address of the server
        server: String,
        /// who asks
        #[command(flatten)]
        token: TokenArguments,
    },
    /// 2. Print the fingerprints of all trustees, to compare by voice before anything else
    ///
    /// Each trustee reads their own, group by group; the others compare with what they see here. If one differs, stop.
    Fingerprints(Told),
    /// 3. Make your deal, once the election is founded
    Deal(Told),
    /// 4. Open the shares dealt to you, once all deals stand, and confirm; or complain, with the name of the guilty
    Confirm(Told),
    /// 5. Show, before the box opens, that your key file as saved can decrypt
    Drill(Told),
    /// 6. After the closing: check the whole board on this device, and seal it
    Seal {
        /// which election
        #[command(flatten)]
        told: Told,
        /// trustee.memory is lost, and you state that this key never sealed anything; the seal, and every report, will say so
        #[arg(long)]
        memory_lost: bool,
    },
    /// 7. Decrypt the totals of the board you sealed, once enough trustees have sealed
    Decrypt(Told),
    /// Say where the election stands, and what it awaits
    Status(Told),
}

/// Which election, told once.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Told {
    /// The election id as the organizer read it to you; needed once, then remembered
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    election: Option<ElectionId>,
}

impl TrusteeCommand {
    /// Does it.
    ///
    /// # Errors
    /// In words.
    pub fn run(self, context: &Context) -> Outcome {
        match self {
            TrusteeCommand::Enrol { server, token } => enrol(context, &server, &token),
            TrusteeCommand::Fingerprints(told) => fingerprints(context, told),
            TrusteeCommand::Deal(told) => deal(context, told),
            TrusteeCommand::Confirm(told) => confirm(context, told),
            TrusteeCommand::Drill(told) => drill(context, told),
            TrusteeCommand::Seal { told, memory_lost } => seal(context, told, memory_lost),
            TrusteeCommand::Decrypt(told) => decrypt(context, told),
            TrusteeCommand::Status(told) => {
                let work = Work::begin(context, told)?;
                let replica = work.follow()?;
                let stage = Stage::of(&replica);
                context.tell(&stage.words(&replica), &stage.json(&replica));
                Ok(())
            }
        }
    }
}

fn read_keys(folder: &Folder, passphrase: &SecretString) -> Outcome<TrusteeKeys> {
    let bytes = sealed::read(&folder.file(KEY), passphrase)?;
    Ok(TrusteeKeys::decode(&bytes)?)
}

fn enrol(context: &Context, address: &str, token: &TokenArguments) -> Outcome {
    let folder = context.open_folder()?;
    let token = token.read("seat's token", "URNE_TOKEN")?;
    let server = Server::at(address)?.with_token(&token);
    let view = server.seat()?;
    if view.seat.role != Role::Trustee {
        return Err(Failure::new(
            "this token is for a registrar's seat: type `urne registrar enrol`",
        ));
    }
    let nonce = urne_election::json::from_base64url(&view.nonce)
        .ok_or_else(|| Failure::new("the server sent a draft that cannot be read"))?;
    let keys = if folder.file(KEY).exists() {
        read_keys(&folder, &context.passphrase.existing(KEY)?)?
    } else {
        let passphrase = context.passphrase.fresh(KEY)?;
        let keys = TrusteeKeys::generate(&mut rand::rng());
        sealed::write_new(&folder.file(KEY), &keys.to_bytes(), &passphrase)?;
        let memory = TrusteeMemory::default().to_bytes(&public_key(keys.signing()));
        disk::replace(&folder.file(MEMORY), &memory)?;
        keys
    };
    let number = view.seat.number;
    let enrolled = keys.enrol(&view.seat.name, &nonce, number, &mut rand::rng());
    server.send_keys(&SeatKeys {
        key: base64url(&enrolled.key),
        encryption: Some(base64url(enrolled.encryption.bytes())),
        proof: Some(base64url(&enrolled.proof)),
    })?;
    folder.keep_connection(&Connection {
        server: server.address().to_owned(),
        token,
        draft: None,
        number: Some(number),
        election: None,
    })?;
    let spoken = spoken_fingerprint(&enrolled.key, &enrolled.encryption);
    context.tell(
        &format!(
            "You are trustee {number}. Your fingerprint, to read aloud when asked:\n  {spoken}\nKeep {KEY}, its passphrase and {MEMORY}: on this device and, the key file and passphrase, on another. Without them the box may stay shut.\nNext, once the organizer has told you the election id: urne trustee fingerprints --election ID"
        ),
        &json!({ "number": number, "fingerprint": spoken }),
    );
    Ok(())
}

/// A trustee at work on a founded election.
struct Work<'c> {
    context: &'c Context,
    folder: Folder,
    connection: Connection,
    id: [u8; 32],
}

impl<'c> Work<'c> {
    fn begin(context: &'c Context, told: Told) -> Outcome<Work<'c>> {
        let folder = context.open_folder()?;
        let connection = folder.connection("a trustee", BEGIN)?;
        let id = election(&connection, told.election)?;
        Ok(Work {
            context,
            folder,
            connection,
            id,
        })
    }

    fn board(&self) -> Outcome<Board> {
        Ok(Board::of(&self.connection.server, &self.id)?)
    }

    fn follow(&self) -> Outcome<Replica> {
        Ok(self.board()?.follow(Some(&self.id))?)
    }

    fn keys(&self) -> Outcome<TrusteeKeys> {
        read_keys(&self.folder, &self.context.passphrase.existing(KEY)?)
    }

    /// Sends an entry that is on the disk already.
    fn send(&self, replica: &Replica, entry: &[u8]) -> Outcome<u64> {
        if let Some(index) = (0..)
            .zip(replica.entries())
            .find(|(_, other)| *other == entry)
        {
            return Ok(index.0);
        }
        Ok(server(&self.connection)?.append(&self.id, entry)?.index)
    }

    /// The trustee on the followed board; only now is the election id kept in the folder.
    fn seated<'k>(&self, keys: &'k TrusteeKeys, replica: &Replica) -> Outcome<Trustee<'k>> {
        let trustee = Trustee::find(keys, replica).ok_or_else(|| {
            Failure::new("the key in this folder is not among the trustees of this election: is it the right folder, and the right election?")
        })?;
        keep_election(&self.folder, &self.connection, &self.id)?;
        Ok(trustee)
    }

    fn memory(&self, keys: &TrusteeKeys) -> Outcome<Option<TrusteeMemory>> {
        let bytes = disk::read_if_there(&self.folder.file(MEMORY), LARGEST_MEMORY)?;
        let key = public_key(keys.signing());
        match bytes {
            Some(bytes) => Ok(Some(TrusteeMemory::decode(&bytes, &key).map_err(|error| {
                Failure::new(format!("{MEMORY}: {error}; put back the unharmed file, or move it away and state that it is lost"))
            })?)),
            None => Ok(None),
        }
    }

    fn keep_memory(&self, keys: &TrusteeKeys, memory: &TrusteeMemory) -> Outcome {
        let bytes = memory.to_bytes(&public_key(keys.signing()));
        Ok(disk::replace(&self.folder.file(MEMORY), &bytes)?)
    }
}

/// A refusal of the tool, with where the election stands.
fn explained(error: StepError, replica: &Replica) -> Failure {
    match error {
        StepError::WrongPhase => {
            let stage = Stage::of(replica);
            Failure::not_yet(format!(
                "not now: the election is {}; it awaits {}",
                stage.phase, stage.awaits
            ))
        }
        StepError::QuorumMissing => Failure::not_yet(format!(
            "not yet: {error}. It awaits {}; then run this again",
            Stage::of(replica).awaits
        )),
        StepError::NotSealed => Failure::new(format!("{error}: first `urne trustee seal`")),
        StepError::SealedAnother => Failure::new(format!(
            "{error}. Do not seal or decrypt. Keep this folder, copy both boards with `urne mirror`, and tell the other trustees and the public"
        )),
        StepError::DealtBefore => Failure::new(format!(
            "{error}: ask the organizer for a new seat token, enrol in a new folder"
        )),
        other => other.into(),
    }
}

fn fingerprints(context: &Context, told: Told) -> Outcome {
    let work = Work::begin(context, told)?;
    let replica = work.follow()?;
    let keys = work.keys()?;
    let own = work.seated(&keys, &replica)?.number();
    let manifest = replica.manifest();
    let listed: Vec<(u32, &str, String)> = (1..)
        .zip(&manifest.trustees)
        .map(|(number, trustee)| {
            let spoken = spoken_fingerprint(&trustee.key, &trustee.encryption);
            (number, trustee.name.as_str(), spoken)
        })
        .collect();
    let mut words = format!(
        "{} ({} of {} trustees open the box)",
        manifest.title.join(" / "),
        manifest.threshold,
        manifest.trustees.len()
    );
    for (number, name, spoken) in &listed {
        let you = if *number == own {
            "  ← yours, of the key in this folder"
        } else {
            ""
        };
        words.push_str(&format!("\n{number}  {spoken}  {name}{you}"));
    }
    words.push_str("\nEach reads their own aloud. If all agree: urne trustee deal");
    let json: Vec<_> = listed
        .iter()
        .map(|(number, name, spoken)| json!({ "number": number, "name": name, "fingerprint": spoken, "own": *number == own }))
        .collect();
    context.tell(&words, &json!({ "fingerprints": json }));
    Ok(())
}

fn done(context: &Context, step: &str, index: u64, next: &str) {
    context.tell(
        &format!("Your {step} stands on the board (entry {index}).\nNext: {next}"),
        &json!({ "step": step, "index": index }),
    );
}

fn deal(context: &Context, told: Told) -> Outcome {
    let work = Work::begin(context, told)?;
    let replica = work.follow()?;
    let entry = match work.folder.sent("deal")? {
        Some(entry) => entry,
        None => {
            let keys = work.keys()?;
            let trustee = work.seated(&keys, &replica)?;
            let mut memory = work.memory(&keys)?.unwrap_or_else(TrusteeMemory::lost);
            let made = trustee.deal(&replica, &mut memory, &mut rand::rng());
            let entry = made.map_err(|error| explained(error, &replica))?;
            // The entry first: a memory of a deal that is nowhere would leave this key of no use.
            work.folder.keep_sent("deal", &entry)?;
            work.keep_memory(&keys, &memory)?;
            entry
        }
    };
    let index = work.send(&replica, &entry)?;
    done(
        context,
        "deal",
        index,
        "once all have dealt: urne trustee confirm",
    );
    Ok(())
}

fn confirm(context: &Context, told: Told) -> Outcome {
    let work = Work::begin(context, told)?;
    let replica = work.follow()?;
    if let Some(entry) = work.folder.sent("confirm")? {
        let index = work.send(&replica, &entry)?;
        done(context, "confirm", index, "urne trustee drill");
        return Ok(());
    }
    let keys = work.keys()?;
    let step = work
        .seated(&keys, &replica)?
        .confirm_or_complain(&replica, &mut rand::rng())
        .map_err(|error| explained(error, &replica))?;
    match step {
        SecondStep::Confirm(entry) => {
            work.folder.keep_sent("confirm", &entry)?;
            let index = work.send(&replica, &entry)?;
            done(context, "confirm", index, "urne trustee drill");
            Ok(())
        }
        SecondStep::Complaint(entry, grievance) => {
            work.folder.keep_sent("complaint", &entry)?;
            let index = work.send(&replica, &entry)?;
            Err(complained(&replica, grievance, index))
        }
    }
}

fn complained(replica: &Replica, grievance: Grievance, index: u64) -> Failure {
    let dealer = &replica.manifest().trustees[grievance.dealer as usize - 1];
    Failure::new(format!(
        "{} (trustee {}) dealt you a bad share: {}. Your complaint, which anyone can check, stands on the board (entry {index}). The ceremony has failed; the organizer starts another election without {}",
        dealer.name, grievance.dealer, grievance.fault, dealer.name
    ))
}

fn drill(context: &Context, told: Told) -> Outcome {
    let work = Work::begin(context, told)?;
    let replica = work.follow()?;
    let entry = match work.folder.sent("drill")? {
        Some(entry) => entry,
        None => {
            let keys = work.keys()?;
            let entry = work
                .seated(&keys, &replica)?
                .drill(&replica, &mut rand::rng())
                .map_err(|error| explained(error, &replica))?;
            work.folder.keep_sent("drill", &entry)?;
            entry
        }
    };
    let index = work.send(&replica, &entry)?;
    done(
        context,
        "drill",
        index,
        "after the closing: urne trustee seal",
    );
    Ok(())
}

fn seal(context: &Context, told: Told, memory_lost: bool) -> Outcome {
    let work = Work::begin(context, told)?;
    let board = work.board()?;
    let replica = board.follow(Some(&work.id))?;
    let keys = work.keys()?;
    let trustee = work.seated(&keys, &replica)?;
    let mut memory = match (work.memory(&keys)?, memory_lost) {
        (Some(memory), false) => memory,
        (Some(_), true) => {
            return Err(Failure::new(format!(
                "{MEMORY} is here and not lost: seal without --memory-lost"
            )));
        }
        (None, true) => TrusteeMemory::lost(),
        (None, false) => {
            return Err(Failure::new(format!(
                "{MEMORY} is missing, so this device cannot know whether this key sealed before. Put it back if you have it. Only if it is lost, and you are certain that this key never sealed, run this again with --memory-lost: the seal, and every report, will say so"
            )));
        }
    };
    let closed = match replica.election().phase() {
        Phase::Sealing(phase) => Some(board.kept_checkpoint(phase.closed().0)?),
        _ => None,
    };
    let entry = trustee
        .seal(&replica, closed.as_ref(), &mut memory)
        .map_err(|error| explained(error, &replica))?;
    work.keep_memory(&keys, &memory)?;
    work.folder.keep_sent("seal", &entry)?;
    let index = work.send(&replica, &entry)?;
    for (void, why) in replica.void() {
        context.note(&format!(
            "entry {void} is void ({why}): the server is to blame; the count goes on without it"
        ));
    }
    done(
        context,
        "seal",
        index,
        "once enough have sealed: urne trustee decrypt",
    );
    Ok(())
}

fn decrypt(context: &Context, told: Told) -> Outcome {
    let work = Work::begin(context, told)?;
    let replica = work.follow()?;
    if let Phase::Sealing(phase) = replica.election().phase()
        && (phase.sums().positions() == 0 || phase.tally().is_some())
    {
        let words = "Nothing is left to decrypt: the result can be computed by everybody.";
        context.tell(words, &json!({ "step": "decryption", "index": null }));
        return Ok(());
    }
    let entry = match work.folder.sent("decryption")? {
        Some(entry) => entry,
        None => {
            let keys = work.keys()?;
            let memory = work.memory(&keys)?.unwrap_or_else(TrusteeMemory::lost);
            let entry = work
                .seated(&keys, &replica)?
                .decrypt(&replica, &memory, &mut rand::rng())
                .map_err(|error| explained(error, &replica))?;
            work.folder.keep_sent("decryption", &entry)?;
            entry
        }
    };
    let index = work.send(&replica, &entry)?;
    done(
        context,
        "decryption",
        index,
        "the result stands once enough have decrypted. When everybody has checked it, erase your key file: the public board holds every share under it",
    );
    Ok(())
}
