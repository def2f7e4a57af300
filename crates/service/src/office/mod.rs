//! What happens without anybody waiting for an answer: the server's part as an issuer, notices and erasures as boards grow, mails.
//!
//! - [`clerk`]: errands that handlers leave: steps of the roll and of its changes
//! - [`follower`]: follows the boards: notices of accepted ballots, erasing what is no longer needed
//! - [`doorman`]: requests for fresh links, whether anybody has that name or not
//! - [`postman`]: sends what waits in the outbox
//!
//! Each is one task; all of them find after a restart what they had not finished, from the database and the boards.

mod clerk;
mod doorman;
mod follower;
mod postman;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard, Notify, mpsc, watch};
use tokio::task::JoinHandle;
use urne_client::workshop::parcel::Task;
use urne_client::workshop::register::RowId;
use urne_election::phase::Phase;

use crate::config::{Mail, PublicUrl};
use crate::desk::draft::DraftRow;
use crate::desk::{Desk, DeskError};
use crate::hall::Hall;
use crate::mail::outbox::Outbox;
use crate::mail::post::Post;
use crate::room::Room;
use crate::store::{SqliteStore, Store as _, StoreError};
use crate::voters::issuing::Seat;
use crate::voters::{Voters, VotersError};

pub(crate) use doorman::LinkRequest;
pub(crate) use follower::kept_until;

/// Requests for links that wait for the doorman.
const LINK_REQUESTS: usize = 1_024;

/// Elections, desk and voters of a server, and whoever works on them.
pub(crate) struct Office {
    pub(crate) hall: Hall,
    pub(crate) store: SqliteStore,
    pub(crate) desk: Desk,
    pub(crate) voters: Voters,
    pub(crate) outbox: Outbox,
    pub(crate) public_url: PublicUrl,
    /// the operator's decisions about mail, and the way out; nothing where no mail leaves
    pub(crate) mail: Option<(Mail, Post)>,
    /// drafts, seats and parcels do not change while an election is founded or closed
    turn: Mutex<()>,
    /// lists and changes do not change while the clerk is at work on them
    list_turn: Mutex<()>,
    errands: mpsc::UnboundedSender<Errand>,
    requests: mpsc::Sender<LinkRequest>,
    /// an entry was appended somewhere
    boards_grew: Notify,
    /// a mail was put into the outbox
    mail_waits: Notify,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// What the clerk is asked to look at.
#[derive(Clone, Debug)]
pub(crate) enum Errand {
    /// the roll of this draft's election
    Roll(DraftRow),
    /// the change named for this row
    Change(DraftRow, RowId),
}

impl Errand {
    /// What a parcel of this name asks the server to look at.
    pub(crate) fn about_parcel(draft: &DraftRow, name: &str) -> Option<Errand> {
        if name == Task::Roll.parcel_name() {
            return Some(Errand::Roll(draft.clone()));
        }
        let row = name.strip_prefix("change-").and_then(RowId::parse)?;
        Some(Errand::Change(draft.clone(), row))
    }
}

/// What an office is opened with.
pub(crate) struct Opening {
    pub(crate) hall: Hall,
    pub(crate) store: SqliteStore,
    pub(crate) public_url: PublicUrl,
    pub(crate) mail: Option<(Mail, Post)>,
}

impl Office {
    /// Opens the office and lets everybody in it begin.
    pub(crate) async fn open(opening: Opening) -> Arc<Office> {
        let Opening {
            hall,
            store,
            public_url,
            mail,
        } = opening;
        let pool = store.pool().clone();
        let (errands, errands_left) = mpsc::unbounded_channel();
        let (requests, requests_left) = mpsc::channel(LINK_REQUESTS);
        let (stop, stopped) = watch::channel(false);
        // What an earlier run erased and could not empty out of the log is not known.
        let log_is_due = Arc::new(AtomicBool::new(true));
        let office = Arc::new(Office {
            voters: Voters::new(pool.clone(), hall.secret().clone(), Arc::clone(&log_is_due)),
            desk: Desk::new(pool.clone()),
            outbox: Outbox { pool, log_is_due },
            hall,
            store,
            public_url,
            mail,
            turn: Mutex::new(()),
            list_turn: Mutex::new(()),
            errands,
            requests,
            boards_grew: Notify::new(),
            mail_waits: Notify::new(),
            stop,
            tasks: Mutex::new(Vec::new()),
        });
        *office.tasks.lock().await = vec![
            tokio::spawn(clerk::run(
                Arc::clone(&office),
                errands_left,
                stopped.clone(),
            )),
            tokio::spawn(doorman::run(
                Arc::clone(&office),
                requests_left,
                stopped.clone(),
            )),
            tokio::spawn(follower::run(Arc::clone(&office), stopped.clone())),
            tokio::spawn(postman::run(Arc::clone(&office), stopped)),
        ];
        office
    }

    /// Ends everybody's work, and lets go of the data.
    pub(crate) async fn close(&self) {
        self.stop.send_replace(true);
        for task in self.tasks.lock().await.drain(..) {
            // A task that panicked has nothing left to finish.
            let _ = task.await;
        }
        self.hall.shutdown().await;
        self.store.close().await;
    }

    /// Nobody else changes drafts, seats or parcels, or founds, while this is held.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Nobody else changes lists of voters, or makes rolls and changes from them, while this is held.
    pub(crate) async fn list_turn(&self) -> MutexGuard<'_, ()> {
        self.list_turn.lock().await
    }

    /// Has the clerk look at something.
    pub(crate) fn leave(&self, errand: Errand) {
        // Only once the clerk has ended does nobody listen; the next start finds what is left.
        let _ = self.errands.send(errand);
    }

    /// Has the doorman look at a request; false where too many wait.
    pub(crate) fn ask_for_link(&self, request: LinkRequest) -> bool {
        self.requests.try_send(request).is_ok()
    }

    /// Tells the follower that a board has grown.
    pub(crate) fn board_grew(&self) {
        self.boards_grew.notify_one();
    }

    /// Tells the postman that a mail waits.
    pub(crate) fn mail_waits(&self) {
        self.mail_waits.notify_one();
    }

    /// All live elections, in ascending order of their ids.
    pub(crate) fn rooms(&self) -> Vec<Arc<Room>> {
        let ids = self.hall.ids();
        ids.iter().filter_map(|id| self.hall.room(id)).collect()
    }

    /// The room of the election founded on this draft, where it runs.
    pub(crate) fn room_of(&self, draft: &DraftRow) -> Option<Arc<Room>> {
        let has_it =
            |room: &Arc<Room>| room.with_election(|one| one.manifest().nonce == draft.nonce);
        self.rooms().into_iter().find(has_it)
    }

    /// The draft of an election.
    pub(crate) async fn draft_of(&self, room: &Room) -> Result<Option<DraftRow>, DeskError> {
        let nonce = room.with_election(|election| election.manifest().nonce);
        self.desk.draft_with_nonce(&nonce).await
    }

    /// The id of the election founded with this nonce, whether it runs or not.
    pub(crate) async fn founded(&self, nonce: &[u8; 32]) -> Result<Option<[u8; 32]>, StoreError> {
        let has_it = |room: &Arc<Room>| room.with_election(|one| one.manifest().nonce == *nonce);
        if let Some(room) = self.rooms().into_iter().find(has_it) {
            return Ok(Some(*room.id()));
        }
        // One that was given up has no room.
        let logs = self.store.logs().await?;
        let founded = logs.into_iter().find(|row| row.nonce == *nonce);
        Ok(founded.map(|row| row.election))
    }

    /// The server as an issuer of an election, where its manifest says so.
    pub(crate) fn issuer_seat(&self, room: &Room) -> Option<Seat> {
        let manifest = room.with_election(|election| election.manifest().clone());
        Some(Seat {
            number: room.server_issuer()?,
            key: self.hall.issuer_key(&manifest.nonce),
            election: *room.id(),
            manifest,
        })
    }

    /// Deletes what issuers sent each other once the ballot box is closed.
    pub(crate) async fn clear_desk(&self, room: &Room) -> Result<(), DeskError> {
        if !is_past_voting(room) {
            return Ok(());
        }
        // A parcel that is being left was checked before the close: it is waited for, and goes too.
        let _turn = self.turn().await;
        let nonce = room.with_election(|election| election.manifest().nonce);
        self.desk.delete_parcels(&nonce).await
    }
}

/// Whether the ballot box is closed, or will never open.
pub(crate) fn is_past_voting(room: &Room) -> bool {
    room.with_election(|election| matches!(election.phase(), Phase::Sealing(_) | Phase::Failed(_)))
}

/// Waits; false once the office closes.
async fn pause(stopped: &mut watch::Receiver<bool>, time: Duration) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => true,
        // An office that is gone has closed.
        _ = stopped.wait_for(|stopped| *stopped) => false,
    }
}

/// What went wrong where nobody waits for an answer.
fn complain(what: &str, error: &VotersError) {
    tracing::error!(%error, "{what}");
}
