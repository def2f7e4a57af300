//! A trustee: holds a share of the key that opens the box, and uses it once.
//!
//! - [`work`]: folder, key and memory opened, the board followed
//! - [`ceremony`]: fingerprints, deal, confirm, drill
//! - [`count`]: seal and decrypt
//! - [`destruction`]: the end of the key

mod ceremony;
mod count;
mod destruction;
mod work;

use clap::Subcommand;
use serde_json::json;
use urne_client::http::{Role, SeatKeys};
use urne_client::trustee::{TrusteeKeys, TrusteeMemory};
use urne_crypto::ceremony::spoken_fingerprint;
use urne_crypto::signature::public_key;
use urne_election::json::base64url;

use self::ceremony::{confirm, deal, drill, fingerprints};
use self::count::{decrypt, seal};
use self::destruction::destroy;
use self::work::Work;
use super::context::{Context, ElectionId, TokenArguments, keys_refused, may_enrol};
use super::stage::Stage;
use crate::failure::{Failure, Outcome};
use crate::files::folder::{Connection, Folder};
use crate::files::{disk, sealed};
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
    /// 8. When the result stands and everybody has checked it: state on the board that your key is destroyed, and erase it here
    ///
    /// Destroy every other copy of the file yourself, before: nobody can check that you did.
    Destroy(Told),
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
            TrusteeCommand::Destroy(told) => destroy(context, told),
            TrusteeCommand::Status(told) => {
                let work = Work::begin(context, told)?;
                let replica = work.follow()?;
                let stage = Stage::of(&replica);
                let server = &work.connection.server;
                context.tell(
                    &stage.words(&replica, server),
                    &stage.json(&replica, server),
                );
                Ok(())
            }
        }
    }
}

fn read_keys(context: &Context, folder: &Folder) -> Outcome<TrusteeKeys> {
    let (bytes, _) = sealed::open(&folder.file(KEY), &context.passphrase)?;
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
    let own_key = folder.file(KEY).exists();
    may_enrol(&folder, own_key, &view, "trustee", BEGIN)?;
    let nonce = urne_election::json::from_base64url(&view.nonce)
        .ok_or_else(|| Failure::new("the server sent a draft that cannot be read"))?;
    let keys = if own_key {
        read_keys(context, &folder)?
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
    let sent = server.send_keys(&SeatKeys {
        key: base64url(&enrolled.key),
        encryption: Some(base64url(enrolled.encryption.bytes())),
        proof: Some(base64url(&enrolled.proof)),
    });
    sent.map_err(|error| keys_refused(error, "trustee", number))?;
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
