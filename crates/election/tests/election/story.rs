//! A small election played step by step, with its board and everybody's keys: each step makes the entry that would stand now.
//!
//! Three trustees of whom two suffice, two issuers, two colleges, no witnesses unless the caller adds them: three seals needed.

use rand::rngs::StdRng;
use urne_crypto::ballot::{NO_BALLOT, Slot};
use urne_crypto::ceremony::confirm::KeyShare;
use urne_crypto::ceremony::deal;
use urne_crypto::elgamal::EncryptionSeed;
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::issuer::IssuerProof;
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::entry::{
    BallotEntry, Close, Complaint, Confirm, Deal, Decryption, Destruction, Drill, Entry, Extension,
    Memory, Notice, Operation, Reason, RollChange, RollChunk, Seal, Signer, sign_payload,
};
use urne_election::manifest::{Manifest, Witnesses};
use urne_election::phase::{
    Applied, Check, Confirming, Dealing, Election, Past, Phase, Preparing, Sealing, Void, Voting,
};
use urne_election::question::Answer;
use urne_election::roll::{Issued, Row};

use crate::board::Board;
use crate::sample::{
    ISSUERS, ORGANIZER, TRUSTEES, encryption_secret, manifest, one, rng, secret, several,
    signing_key,
};

/// Somebody on the roll: the secrets of both halves, weight, college.
#[derive(Clone, Copy)]
pub(crate) struct Voter {
    pub(crate) halves: [u64; 2],
    pub(crate) weight: u32,
    pub(crate) college: u32,
}

impl Voter {
    pub(crate) fn new(number: u64, weight: u32, college: u32) -> Voter {
        Voter {
            halves: [100 + number, 200 + 3 * number],
            weight,
            college,
        }
    }

    pub(crate) fn key(&self) -> Point {
        self.credential().public()
    }

    pub(crate) fn credential(&self) -> SecretScalar {
        secret(self.halves[0] + self.halves[1])
    }

    pub(crate) fn row(&self) -> Row {
        let halves = self.halves.map(|half| secret(half).public());
        Row::new(halves.to_vec(), self.weight, self.college)
    }
}

pub(crate) struct Story {
    pub(crate) election: Election,
    pub(crate) board: Board,
    pub(crate) voters: Vec<Voter>,
    pub(crate) rng: StdRng,
}

/// One question of two options and blank, one approval of two.
pub(crate) fn small_manifest() -> Manifest {
    Manifest {
        witnesses: Witnesses::default(),
        questions: vec![one(2, true), several(2, 0, 2, false)],
        ..manifest()
    }
}

/// What a voter chooses: an option of the first question (0 is blank), and approvals.
pub(crate) fn answers(first: usize, approved: [u32; 2]) -> Vec<Answer> {
    let first = match first {
        0 => Answer::Blank,
        option => Answer::Values((1..=2).map(|o| u32::from(o == option)).collect()),
    };
    vec![first, Answer::Values(approved.to_vec())]
}

impl Story {
    pub(crate) fn found(manifest: &Manifest) -> Story {
        let entry = sign_payload(manifest.payload(), &[&signing_key(ORGANIZER)]);
        // College 1: three lines of weight 1, two of weight 3; college 2: two of weight 1.
        let weights = [(1, 1), (1, 1), (1, 1), (3, 1), (3, 1), (1, 2), (1, 2)];
        let voters = (0..)
            .zip(weights)
            .map(|(number, (weight, college))| Voter::new(number, weight, college));
        Story {
            election: Election::new(&entry).unwrap(),
            board: Board(vec![entry]),
            voters: voters.collect(),
            rng: rng(1),
        }
    }

    pub(crate) fn id(&self) -> [u8; 32] {
        *self.election.id()
    }

    /// The entry, signed by those who must.
    pub(crate) fn sign(&self, entry: &Entry) -> Vec<u8> {
        let keys: Vec<SigningKey> = match entry.signer() {
            Signer::Nobody => vec![],
            Signer::Organizer => vec![signing_key(ORGANIZER)],
            Signer::Trustee(number) => vec![signing_key(TRUSTEES + number as u8)],
            Signer::Issuers => (1..=self.election.manifest().issuers.len())
                .map(|number| signing_key(ISSUERS + number as u8))
                .collect(),
        };
        entry.signed(&keys.iter().collect::<Vec<_>>())
    }

    /// The entry stands.
    pub(crate) fn stand(&mut self, entry: &Entry) -> Applied {
        let bytes = self.sign(entry);
        self.stand_bytes(bytes)
    }

    pub(crate) fn stand_bytes(&mut self, bytes: Vec<u8>) -> Applied {
        let applied = self.election.apply(&bytes, &self.board);
        self.board.0.push(bytes);
        applied.unwrap()
    }

    /// Everything an entry could change, in words.
    pub(crate) fn state(&self) -> String {
        let details = match self.election.phase() {
            Phase::Voting(phase) => format!("{:?}", phase.roll()),
            _ => String::new(),
        };
        format!("{:?} {details}", self.election)
    }

    /// The bytes are void, charged to this check, and change nothing.
    pub(crate) fn refuse_bytes(&mut self, bytes: &[u8], check: Check) -> Void {
        let before = self.state();
        let void = self.election.apply(bytes, &self.board).unwrap_err();
        assert_eq!(
            void.check,
            check,
            "{void} {}",
            String::from_utf8_lossy(bytes)
        );
        assert_eq!(self.state(), before, "{void}");
        void
    }

    pub(crate) fn refuse(&mut self, entry: &Entry, check: Check) -> Void {
        let bytes = self.sign(entry);
        self.refuse_bytes(&bytes, check)
    }

    pub(crate) fn dealing(&self) -> &Dealing {
        match self.election.phase() {
            Phase::Dealing(phase) => phase,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn confirming(&self) -> &Confirming {
        match self.election.phase() {
            Phase::Confirming(phase) => phase,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn preparing(&self) -> &Preparing {
        match self.election.phase() {
            Phase::Preparing(phase) => phase,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn voting(&self) -> &Voting {
        match self.election.phase() {
            Phase::Voting(phase) => phase,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn sealing(&self) -> &Sealing {
        match self.election.phase() {
            Phase::Sealing(phase) => phase,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn deal(&mut self, trustee: u32) -> Entry {
        let setup = self.dealing().setup().clone();
        Entry::Deal(Deal {
            election: self.id(),
            trustee,
            bytes: deal::Deal::make(&setup, trustee, &mut self.rng).to_bytes(),
        })
    }

    fn share(&self, trustee: u32) -> KeyShare {
        let dealt = match self.election.phase() {
            Phase::Confirming(phase) => phase.dealt(),
            Phase::Preparing(phase) => phase.dealt(),
            Phase::Sealing(phase) => phase.dealt(),
            other => panic!("{other:?}"),
        };
        dealt
            .open_shares(trustee, &encryption_secret(trustee))
            .unwrap()
    }

    pub(crate) fn confirm(&mut self, trustee: u32) -> Entry {
        let share = self.share(trustee);
        let mut rng = rng(self.board.size());
        let dealt = self.confirming().dealt();
        Entry::Confirm(Confirm {
            election: self.id(),
            trustee,
            key: *dealt.election_key(),
            share: *dealt.share(trustee),
            deals: *dealt.deals_hash(),
            proof: dealt.confirm(&share, &mut rng).to_bytes(),
        })
    }

    pub(crate) fn complaint(&mut self, trustee: u32, dealer: u32) -> Entry {
        let mut rng = rng(self.board.size());
        let dealt = self.confirming().dealt();
        let complaint = dealt.complain(trustee, dealer, &encryption_secret(trustee), &mut rng);
        Entry::Complaint(Complaint {
            election: self.id(),
            trustee,
            dealer,
            shared: complaint.shared,
            proof: complaint.proof.to_bytes(),
        })
    }

    /// Every issuer's proof over rows whose voters are given in order.
    pub(crate) fn proofs(&mut self, issued: Issued<'_>, voters: &[Voter]) -> Vec<u8> {
        let bytes: Vec<u8> = voters
            .iter()
            .flat_map(|voter| voter.row().to_bytes())
            .collect();
        let id = self.id();
        let proofs = [0, 1].map(|issuer: usize| {
            let key = public_key(&signing_key(ISSUERS + 1 + issuer as u8));
            let statement = issued.statement(&id, issuer as u32 + 1, &key, &bytes);
            let halves: Vec<SecretScalar> = voters
                .iter()
                .map(|voter| secret(voter.halves[issuer]))
                .collect();
            let halves: Vec<&SecretScalar> = halves.iter().collect();
            IssuerProof::prove(&statement, &halves, &mut self.rng).to_bytes()
        });
        proofs.concat()
    }

    /// A chunk with these voters, in this order.
    pub(crate) fn chunk_of(&mut self, chunk: u32, voters: &[Voter]) -> Entry {
        Entry::Roll(RollChunk {
            election: self.id(),
            chunk: chunk.into(),
            rows: voters
                .iter()
                .flat_map(|voter| voter.row().to_bytes())
                .collect(),
            proofs: self.proofs(Issued::Chunk(chunk), voters),
        })
    }

    /// The voters as the roll orders them.
    pub(crate) fn sorted_voters(&self) -> Vec<Voter> {
        let mut voters = self.voters.clone();
        voters.sort_by_key(|voter| *voter.key().bytes());
        voters
    }

    /// Four voters in the first chunk, the others in the second.
    pub(crate) fn chunk(&mut self, chunk: u32) -> Entry {
        let voters = self.sorted_voters();
        let (first, second) = voters.split_at(4);
        self.chunk_of(chunk, if chunk == 0 { first } else { second })
    }

    pub(crate) fn drill(&mut self, trustee: u32) -> Entry {
        let share = self.share(trustee);
        let mut rng = rng(self.board.size());
        let answer = self.preparing().drill_to_answer().answer(&share, &mut rng);
        Entry::Drill(Drill {
            election: self.id(),
            trustee,
            share: answer.share,
            proof: answer.proof.to_bytes(),
        })
    }

    pub(crate) fn open(&self) -> Entry {
        Entry::Open(self.preparing().opening(Vec::new(), &self.board))
    }

    /// A ballot of this voter after this tracker.
    pub(crate) fn ballot_after(
        &mut self,
        voter: &Voter,
        after: [u8; 32],
        answers: &[Answer],
    ) -> BallotEntry {
        let slot = Slot {
            college: voter.college,
            credential: voter.key(),
            after,
        };
        let bits = self.election.constants().form.encode(answers).unwrap();
        let seed = EncryptionSeed::random(&mut self.rng);
        let mut rng = rng(self.board.size());
        let context = self.voting().context();
        let encrypted = context.encrypt(slot, bits, seed).unwrap();
        BallotEntry {
            after,
            key: voter.key(),
            proof: encrypted
                .cast(context, &voter.credential(), &mut rng)
                .to_bytes(),
        }
    }

    /// The ballot that would be accepted now.
    pub(crate) fn ballot(&mut self, voter: usize, answers: &[Answer]) -> Entry {
        let voter = self.voters[voter];
        let line = self.voting().roll().line(voter.key().bytes());
        let after = line.map_or(NO_BALLOT, |line| line.after());
        Entry::Ballot(self.ballot_after(&voter, after, answers))
    }

    pub(crate) fn change(&self, reason: Reason, operation: Operation) -> Entry {
        Entry::RollChange(RollChange {
            election: self.id(),
            reason,
            operation,
        })
    }

    pub(crate) fn add(&mut self, voter: &Voter) -> Entry {
        let operation = Operation::Add {
            row: voter.row().to_bytes(),
            proofs: self.proofs(Issued::Add, &[*voter]),
        };
        self.change(Reason::Admitted, operation)
    }

    pub(crate) fn remove(&self, voter: usize) -> Entry {
        let key = self.voters[voter].key();
        self.change(Reason::Paper, Operation::Remove { key })
    }

    pub(crate) fn replace(&mut self, old: Point, new: &Voter) -> Entry {
        let proofs = self.proofs(Issued::Replace(old.bytes()), &[*new]);
        let row = new.row().to_bytes();
        let operation = Operation::Replace {
            key: old,
            halves: row[..64].to_vec(),
            proofs,
        };
        self.change(Reason::Lost, operation)
    }

    pub(crate) fn extension(&self, closes: u64) -> Entry {
        Entry::Extension(Extension {
            election: self.id(),
            closes,
            reason: vec!["snow".into(), "neige".into()],
        })
    }

    pub(crate) fn destruction(&self, trustee: u32) -> Entry {
        Entry::Destruction(Destruction {
            election: self.id(),
            trustee,
        })
    }

    pub(crate) fn close(&self) -> Entry {
        Entry::Close(Close {
            election: self.id(),
            size: self.board.size(),
            root: self.board.root(),
        })
    }

    pub(crate) fn seal(&self, trustee: u32) -> Entry {
        let (size, root) = self.sealing().closed();
        Entry::Seal(Seal {
            election: self.id(),
            trustee,
            size,
            root,
            sums: self.sealing().sums().hash(),
            memory: Memory::Kept,
        })
    }

    pub(crate) fn decryption(&mut self, trustee: u32) -> Entry {
        let share = self.share(trustee);
        let mut rng = rng(self.board.size());
        let (size, root) = self.sealing().closed();
        let decryption = self.sealing().sums().decrypt(&share, &mut rng);
        Entry::Decryption(Decryption {
            election: self.id(),
            trustee,
            phase: 1,
            size,
            root,
            shares: decryption
                .shares
                .iter()
                .flat_map(|share| *share.bytes())
                .collect(),
            proof: decryption.proof.to_bytes(),
        })
    }

    pub(crate) fn result(&self) -> Entry {
        Entry::Result(self.sealing().tally().unwrap().clone())
    }

    pub(crate) fn notice(&self, text: &str) -> Entry {
        Entry::Notice(Notice {
            election: self.id(),
            text: vec![text.into(), text.into()],
        })
    }

    pub(crate) fn until_confirming(mut self) -> Story {
        for trustee in 1..=3 {
            let entry = self.deal(trustee);
            self.stand(&entry);
        }
        self
    }

    pub(crate) fn until_preparing(mut self) -> Story {
        self = self.until_confirming();
        for trustee in 1..=3 {
            let entry = self.confirm(trustee);
            self.stand(&entry);
        }
        self
    }

    /// Roll and drills stand.
    pub(crate) fn until_ready(mut self) -> Story {
        self = self.until_preparing();
        for chunk in 0..2 {
            let entry = self.chunk(chunk);
            self.stand(&entry);
        }
        for trustee in 1..=3 {
            let entry = self.drill(trustee);
            self.stand(&entry);
        }
        self
    }

    pub(crate) fn until_voting(mut self) -> Story {
        self = self.until_ready();
        let open = self.open();
        self.stand(&open);
        self
    }

    pub(crate) fn vote(&mut self, voter: usize, first: usize, approved: [u32; 2]) -> Applied {
        let entry = self.ballot(voter, &answers(first, approved));
        self.stand(&entry)
    }

    /// Voters 0 (option 1), 3 (option 2, weight 3) and 5 (blank, college 2) have voted.
    pub(crate) fn until_sealing(mut self) -> Story {
        self = self.until_voting();
        self.vote(0, 1, [1, 0]);
        self.vote(3, 2, [1, 1]);
        self.vote(5, 0, [0, 1]);
        let close = self.close();
        self.stand(&close);
        self
    }

    /// Every trustee has sealed.
    pub(crate) fn until_sealed(mut self) -> Story {
        self = self.until_sealing();
        for trustee in 1..=3 {
            let seal = self.seal(trustee);
            self.stand(&seal);
        }
        self
    }

    /// Trustees 1 and 3 have decrypted.
    pub(crate) fn until_decrypted(mut self) -> Story {
        self = self.until_sealed();
        for trustee in [1, 3] {
            let decryption = self.decryption(trustee);
            self.stand(&decryption);
        }
        self
    }
}
