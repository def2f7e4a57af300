//! A small election through `Hall` and `Room`: two trustees, one issuer, as many voters as the test needs. Everybody follows
//! the board by the files it serves, and judges every entry again.

use std::path::Path;
use std::sync::Arc;

use crate::draft::draft;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use urne_board::checkpoint::SignedCheckpoint;
use urne_client::draft::DraftWitnesses;
use urne_client::http::Appended;
use urne_client::issuer::{Entitlement, Issuer, lay_out, signed_change, signed_chunk};
use urne_client::organizer::Organizer;
use urne_client::replica::Replica;
use urne_client::trustee::{SecondStep, Trustee, TrusteeKeys, TrusteeMemory};
use urne_client::voter;
use urne_crypto::Scalar;
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::signature::{PublicKey, SigningKey, public_key};
use urne_election::entry::{Operation, Reason, TallyResult};
use urne_election::phase::Phase;
use urne_election::question::Answer;
use urne_election::receipt::{Receipt, Refusal};
use urne_election::roll::{Issued, Row};
use urne_service::clock::{Clock, SetClock};
use urne_service::data_folder::DataFolder;
use urne_service::hall::{FoundError, Hall, OpenError};
use urne_service::room::{Admitted, Rejected, Room};
use urne_service::settings::Settings;
use urne_service::store::{SqliteStore, Store};

pub(crate) const OPENS: u64 = 1_000_000;
pub(crate) const CLOSES: u64 = 2_000_000;
pub(crate) const NONCE: [u8; 32] = [9; 32];

/// Puts something between a server and its database.
pub(crate) type Wrap = Arc<dyn Fn(Arc<dyn Store>) -> Arc<dyn Store> + Send + Sync>;

/// What differs from test to test.
pub(crate) struct Plan {
    pub(crate) voters: usize,
    pub(crate) settings: Settings,
    pub(crate) witnesses: DraftWitnesses,
    /// puts something between the server and its database
    pub(crate) wrap: Wrap,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            voters: 3,
            settings: Settings {
                batch_ms: 10,
                publication_ms: 20,
                answer_wait_ms: 20_000,
                ..Settings::new("urne.example")
            },
            witnesses: DraftWitnesses::default(),
            wrap: Arc::new(|store| store),
        }
    }
}

/// Everybody, and the server.
pub(crate) struct Town {
    pub(crate) folder: TempDir,
    pub(crate) plan: Plan,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) hall: Hall,
    pub(crate) rng: StdRng,
    pub(crate) organizer: Organizer,
    pub(crate) issuer: Issuer,
    pub(crate) trustees: Vec<TrusteeKeys>,
    pub(crate) memories: Vec<TrusteeMemory>,
    /// u of each voter
    pub(crate) voters: Vec<SecretScalar>,
    pub(crate) replica: Replica,
    pub(crate) manifest: Vec<u8>,
}

pub(crate) async fn open_store(plan: &Plan, folder: &Path) -> Arc<dyn Store> {
    let store = SqliteStore::open(&folder.join("urne.sqlite"))
        .await
        .unwrap();
    (plan.wrap)(Arc::new(store))
}

pub(crate) async fn open_hall(
    plan: &Plan,
    folder: &Path,
    store: &Arc<dyn Store>,
    clock: &Arc<SetClock>,
) -> Result<Hall, OpenError> {
    let folder = DataFolder::open(folder).unwrap();
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    Hall::open(folder, Arc::clone(store), plan.settings.clone(), clock).await
}

impl Town {
    /// A server and an election on it.
    pub(crate) async fn found(plan: Plan) -> Town {
        let (town, founded) = Town::found_with(plan, |_| {}).await;
        assert_eq!(&founded.unwrap(), town.replica.election().id());
        town
    }

    /// The same, with the answer to the founding, before which something is done to the server.
    pub(crate) async fn found_with(
        plan: Plan,
        first: impl FnOnce(&Hall),
    ) -> (Town, Result<[u8; 32], FoundError>) {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SetClock::new(OPENS));
        // The folder comes before the database, as in a server that starts.
        drop(DataFolder::open(folder.path()).unwrap());
        let store = open_store(&plan, folder.path()).await;
        let hall = open_hall(&plan, folder.path(), &store, &clock)
            .await
            .unwrap();
        let mut rng = StdRng::seed_from_u64(7);
        let trustees: Vec<TrusteeKeys> = (0..2).map(|_| TrusteeKeys::generate(&mut rng)).collect();
        let issuer_key = SigningKey::from_bytes(&[4; 32]);
        let organizer_key = SigningKey::from_bytes(&[1; 32]);
        let draft = draft(&plan, &hall, &trustees, &issuer_key, &mut rng);
        let organizer = Organizer::new(organizer_key.clone());
        let manifest = draft.manifest(public_key(&organizer_key)).unwrap();
        let manifest = organizer.manifest(&manifest).unwrap();
        first(&hall);
        let founded = hall.found(&NONCE, manifest.clone()).await;
        let id = urne_crypto::hash::fingerprint(&manifest);
        let voters = (0..plan.voters as u64)
            .map(|number| SecretScalar::new(Scalar::from(1000 + 7 * number)))
            .collect();
        let town = Town {
            issuer: Issuer::new(1, issuer_key, id),
            replica: Replica::start(manifest.clone()).unwrap(),
            memories: vec![TrusteeMemory::default(); 2],
            folder,
            plan,
            clock,
            store,
            hall,
            rng,
            organizer,
            trustees,
            voters,
            manifest,
        };
        (town, founded)
    }

    /// The same, with the box open.
    pub(crate) async fn open(plan: Plan) -> Town {
        let mut town = Town::found(plan).await;
        town.prepare().await;
        let open = town.opening();
        town.append(open).await;
        town
    }

    pub(crate) fn room(&self) -> Arc<Room> {
        self.hall.room(self.replica.election().id()).unwrap()
    }

    /// The whole record as it is served, judged anew by somebody who trusts nobody.
    pub(crate) fn record(&self) -> Replica {
        let id = *self.replica.election().id();
        let room = self.room();
        let replica = Replica::from_record(|path| read(&room, path), Some(&id)).unwrap();
        assert!(replica.void().is_empty(), "{:?}", replica.void());
        replica
    }

    pub(crate) fn catch_up(&mut self) {
        let room = self.room();
        self.replica.catch_up(|path| read(&room, path)).unwrap();
    }

    /// Appends an entry and waits until it is vouched for.
    pub(crate) async fn append(&mut self, entry: Vec<u8>) -> Appended {
        let appended = appended(self.room().append(entry).await);
        assert!(
            appended
                .covered_by
                .is_some_and(|size| size > appended.index)
        );
        self.catch_up();
        appended
    }

    /// All entries from the deals to the drill.
    pub(crate) async fn prepare(&mut self) {
        for step in 0..2 {
            for number in 0..2 {
                let entry = self.ceremony_entry(step, number);
                self.append(entry).await;
            }
        }
        let chunk = self.chunk();
        self.append(chunk).await;
        for number in 0..2 {
            let entry = self.ceremony_entry(2, number);
            self.append(entry).await;
        }
    }

    /// A trustee's deal (0), confirm (1) or drill (2).
    pub(crate) fn ceremony_entry(&mut self, step: usize, number: usize) -> Vec<u8> {
        let trustee = Trustee::find(&self.trustees[number], &self.replica).unwrap();
        let (replica, rng) = (&self.replica, &mut self.rng);
        match step {
            0 => trustee
                .deal(replica, &mut self.memories[number], rng)
                .unwrap(),
            1 => match trustee.confirm_or_complain(replica, rng).unwrap() {
                SecondStep::Confirm(entry) => entry,
                SecondStep::Complaint(..) => panic!("nobody cheats here"),
            },
            _ => trustee.drill(replica, rng).unwrap(),
        }
    }

    pub(crate) fn chunk(&mut self) -> Vec<u8> {
        let halves: Vec<Point> = self.voters.iter().map(SecretScalar::public).collect();
        let entitlements = vec![ENTITLED; self.voters.len()];
        let rows = lay_out(&[halves], &entitlements);
        let secrets: Vec<&SecretScalar> = rows
            .iter()
            .map(|(_, number)| &self.voters[*number])
            .collect();
        let rows: Vec<Row> = rows.iter().map(|(row, _)| row.clone()).collect();
        let proof = self
            .issuer
            .prove(Issued::Chunk(0), &rows, &secrets, &mut self.rng);
        signed_chunk(&[&self.issuer], 0, &rows, &[proof])
    }

    pub(crate) fn opening(&mut self) -> Vec<u8> {
        self.organizer.open(&self.replica, Vec::new()).unwrap()
    }

    pub(crate) fn closing(&mut self) -> Vec<u8> {
        self.organizer.close(&self.replica).unwrap()
    }

    /// A line is taken off the roll.
    pub(crate) fn removal(&self, voter: usize) -> Vec<u8> {
        let key = self.voters[voter].public();
        signed_change(&[&self.issuer], Reason::Paper, Operation::Remove { key })
    }

    /// A ballot for the first or second option, as the voter's device makes it from the board it sees.
    pub(crate) fn ballot(&mut self, voter: usize, option: usize) -> Vec<u8> {
        let mut values = vec![0; 2];
        values[option] = 1;
        let answers = [Answer::Values(values)];
        let credential = &self.voters[voter];
        let prepared = voter::prepare(&self.replica, credential, &answers, &mut self.rng).unwrap();
        prepared
            .cast(&self.replica, credential, &mut self.rng)
            .unwrap()
    }

    /// A voter votes and gets a receipt that holds.
    pub(crate) async fn vote(&mut self, voter: usize, option: usize) -> Receipt {
        self.catch_up();
        let ballot = self.ballot(voter, option);
        let receipt = receipt(self.room().cast(ballot).await);
        self.catch_up();
        urne_client::receipt::verify(&receipt, &self.replica).unwrap();
        receipt
    }

    /// Freezes, closes and waits until that is vouched for.
    pub(crate) async fn close(&mut self) -> Appended {
        self.room().freeze().await.unwrap();
        self.wait_for_publication().await;
        let close = self.closing();
        self.append(close).await
    }

    pub(crate) fn sealing(&mut self, number: usize) -> Vec<u8> {
        let room = self.room();
        let Phase::Sealing(phase) = self.replica.election().phase() else {
            panic!("the box is not closed");
        };
        let closed = read(&room, &format!("checkpoints/{}", phase.closed().0)).unwrap();
        let closed = SignedCheckpoint::parse(&closed).unwrap();
        let trustee = Trustee::find(&self.trustees[number], &self.replica).unwrap();
        let memory = &mut self.memories[number];
        trustee.seal(&self.replica, Some(&closed), memory).unwrap()
    }

    pub(crate) fn decryption(&mut self, number: usize) -> Vec<u8> {
        let trustee = Trustee::find(&self.trustees[number], &self.replica).unwrap();
        let memory = &self.memories[number];
        trustee
            .decrypt(&self.replica, memory, &mut self.rng)
            .unwrap()
    }

    /// From the closed box to the result, which the server appends by itself.
    pub(crate) async fn count(&mut self) -> TallyResult {
        for number in 0..2 {
            let seal = self.sealing(number);
            self.append(seal).await;
        }
        for number in 0..2 {
            let decryption = self.decryption(number);
            self.append(decryption).await;
        }
        self.result().await
    }

    pub(crate) async fn result(&mut self) -> TallyResult {
        let room = self.room();
        while room.status().phase != urne_client::http::PhaseName::Ended {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        self.wait_for_publication().await;
        match self.replica.election().phase() {
            Phase::Sealing(phase) => {
                assert!(!phase.awaits_result());
                phase.tally().unwrap().clone()
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn wait_for_publication(&mut self) {
        let room = self.room();
        while room.status().published < room.status().size {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        self.catch_up();
    }

    /// Everything a restart must not change, in one string.
    pub(crate) fn live_state(&self) -> String {
        let room = self.room();
        let status = room.status();
        let lines: Vec<_> = self
            .voters
            .iter()
            .map(|voter| room.line(voter.public().bytes()))
            .collect();
        let counts = room.with_election(counts);
        format!("{status:?}\n{lines:?}\n{counts}")
    }

    /// The server ends in order and another one starts on the folder.
    pub(crate) async fn restart(self) -> Town {
        self.hall.shutdown().await;
        self.start_again().await
    }

    /// Another server starts where the one before was killed: nothing was settled, the lock is gone with the process.
    pub(crate) async fn start_again(self) -> Town {
        let Town {
            folder,
            plan,
            clock,
            hall,
            ..
        } = self;
        drop(hall);
        let store = open_store(&plan, folder.path()).await;
        let hall = open_hall(&plan, folder.path(), &store, &clock)
            .await
            .unwrap();
        Town {
            folder,
            plan,
            clock,
            store,
            hall,
            ..self
        }
    }
}

/// Phase, tree and roll as the state machine holds them, and the sums as they would be sealed.
fn counts(election: &urne_election::phase::Election) -> String {
    match election.phase() {
        Phase::Preparing(phase) => {
            format!("{:?} {}", phase.hashes().deals, phase.next_chunk())
        }
        Phase::Voting(phase) => {
            let mut lines: Vec<_> = phase.roll().lines().collect();
            lines.sort_by_key(|(key, _)| **key);
            format!("{:?} {lines:?} {:?}", phase.context().ctx(), phase.sums())
        }
        Phase::Sealing(phase) => {
            let (size, root) = phase.closed();
            let sums = phase.sums().hash();
            format!(
                "{size} {root:?} {sums:?} {:?} {:?}",
                phase.colleges(),
                phase.tally()
            )
        }
        other => format!("{other:?}"),
    }
}

pub(crate) const ENTITLED: Entitlement = Entitlement {
    weight: 1,
    college: 1,
};

/// A file of the record, for code that does not wait.
pub(crate) fn read(room: &Arc<Room>, path: &str) -> Result<Vec<u8>, String> {
    let file = block_in_place(|| Handle::current().block_on(room.board_file(path)));
    match file {
        Ok(Some(file)) => Ok(file.bytes),
        Ok(None) => Err("there is no such file".into()),
        Err(error) => Err(error.to_string()),
    }
}

pub(crate) fn appended(outcome: Result<Admitted, Rejected>) -> Appended {
    match outcome {
        Ok(Admitted::Appended(appended)) => appended,
        other => panic!("appended: {other:?}"),
    }
}

pub(crate) fn receipt(outcome: Result<Admitted, Rejected>) -> Receipt {
    match outcome {
        Ok(Admitted::Receipt(bytes)) => {
            let receipt = Receipt::decode(&bytes).unwrap();
            assert_eq!(receipt.to_bytes(), bytes);
            receipt
        }
        other => panic!("a receipt: {other:?}"),
    }
}

/// Code and signed refusal of bytes that were refused.
pub(crate) fn refusal(town: &Town, outcome: Result<Admitted, Rejected>) -> (&'static str, Refusal) {
    match outcome {
        Err(Rejected::Refused {
            code,
            message,
            refusal,
        }) => {
            let server = PublicKey::decode(&town.replica.manifest().server.key).unwrap();
            refusal.verify(&server).unwrap();
            assert_eq!(refusal.code, code);
            assert!(!message.is_empty());
            (code, *refusal)
        }
        other => panic!("a refusal: {other:?}"),
    }
}
