//! A small board, brought to each step by the devices themselves: two trustees, one issuer, three voters of whom two are on
//! the roll, a log and three witnesses.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use urne_board::checkpoint::{Checkpoint, SignedCheckpoint};
use urne_board::cosignature::cosign;
use urne_board::note::KeyName;
use urne_board::proof::TlogProof;
use urne_client::issuer::{Entitlement, Issuer, lay_out, signed_chunk};
use urne_client::organizer::Organizer;
use urne_client::replica::Replica;
use urne_client::trustee::{SecondStep, StepError, Trustee, TrusteeKeys, TrusteeMemory};
use urne_client::voter;
use urne_crypto::Scalar;
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::json::base64url;
use urne_election::manifest::{College, Log, Manifest, Party, WeightRule, Witnesses};
use urne_election::outcome::{Base, Majority, Quorum, Rule, RuleName, Ties};
use urne_election::phase::Applied;
use urne_election::question::{Answer, ChoiceOption, Kind, Question};
use urne_election::receipt::Receipt;
use urne_election::roll::{Issued, Row};

pub(crate) const NONCE: [u8; 32] = [9; 32];

pub(crate) fn key(holder: u8) -> SigningKey {
    SigningKey::from_bytes(&[holder; 32])
}

pub(crate) const ORGANIZER: u8 = 1;
pub(crate) const SERVER: u8 = 2;
pub(crate) const LOG: u8 = 3;
pub(crate) const ISSUER: u8 = 4;
const WITNESSES: [u8; 3] = [11, 12, 13];

pub(crate) fn party(name: &str, holder: u8) -> Party {
    Party {
        name: name.to_owned(),
        key: public_key(&key(holder)),
    }
}

fn witness_name(holder: u8) -> String {
    format!("witness-{holder}")
}

pub(crate) fn question() -> Question {
    let option = |name: &str| ChoiceOption {
        name: vec![name.into()],
        description: vec![String::new()],
        cost: 0,
    };
    Question {
        kind: Kind::One,
        title: vec!["Which?".into()],
        description: vec![String::new()],
        random: false,
        options: vec![option("a"), option("b")],
        blank: true,
        least: 0,
        most: 0,
        each: 0,
        envelope: 0,
        rule: Rule {
            name: RuleName::Most,
            seats: 1,
            majority: Majority {
                numerator: 0,
                denominator: 1,
                of: Base::Expressed,
                strict: false,
            },
            quorum: Quorum {
                numerator: 0,
                denominator: 1,
            },
            ties: Ties::Listed,
        },
    }
}

pub(crate) fn first() -> [Answer; 1] {
    [Answer::Values(vec![1, 0])]
}

pub(crate) struct Setting {
    pub(crate) rng: StdRng,
    pub(crate) organizer: Organizer,
    pub(crate) trustees: Vec<TrusteeKeys>,
    pub(crate) memories: Vec<TrusteeMemory>,
    /// u of each voter; the third is not on the roll
    pub(crate) voters: Vec<SecretScalar>,
    pub(crate) replica: Replica,
}

pub(crate) fn manifest(trustees: &[TrusteeKeys], witnesses: bool, rng: &mut StdRng) -> Manifest {
    let list = WITNESSES.map(|holder| party(&witness_name(holder), holder));
    let with = Witnesses {
        quorum: 3,
        faulty: 1,
        list: list.to_vec(),
    };
    Manifest {
        nonce: NONCE,
        languages: vec!["en".into()],
        title: vec!["A vote".into()],
        description: vec![String::new()],
        practice: true,
        opens: 1,
        closes: 2,
        organizer: party("Organizer", ORGANIZER),
        server: party("Server", SERVER),
        log: Log {
            origin: format!("urne.example/urne/{}", base64url(&NONCE)),
            key: public_key(&key(LOG)),
            interval: 60,
        },
        witnesses: if witnesses {
            with
        } else {
            Witnesses::default()
        },
        issuers: vec![party("Registrar", ISSUER)],
        threshold: 2,
        trustees: (1..)
            .zip(trustees)
            .map(|(number, keys)| keys.enrol("Somebody", &NONCE, number, rng))
            .collect(),
        colleges: vec![College {
            name: vec!["All".into()],
            guard: 1,
        }],
        weights: WeightRule {
            shared: 0,
            exception: String::new(),
        },
        cap: 9,
        notices: true,
        changes: true,
        questions: vec![question()],
    }
}

/// Another copy of the first `size` entries.
pub(crate) fn copy(replica: &Replica, size: usize) -> Replica {
    let mut entries = replica.entries()[..size].iter().cloned();
    let mut copy = Replica::start(entries.next().unwrap()).unwrap();
    entries.for_each(|entry| copy.replay(entry));
    assert!(copy.void().is_empty());
    copy
}

/// A signed checkpoint of a board, cosigned by these witnesses.
pub(crate) fn checkpoint_by(replica: &Replica, witnesses: &[u8]) -> SignedCheckpoint {
    let origin = KeyName::new(&replica.manifest().log.origin).unwrap();
    let tree = replica.tree();
    let stated = Checkpoint::new(origin, tree.size(), tree.root()).unwrap();
    let mut signed = stated.clone().sign(&key(LOG)).unwrap();
    for &holder in witnesses {
        let name = KeyName::new(&witness_name(holder)).unwrap();
        let line = cosign(&stated, &name, &key(holder), 1_764_000_000).unwrap();
        signed.add_cosignature(line).unwrap();
    }
    signed
}

pub(crate) fn checkpoint(replica: &Replica) -> SignedCheckpoint {
    checkpoint_by(replica, &WITNESSES)
}

/// The receipt for the entry at `index`, whatever it is.
pub(crate) fn receipt(replica: &Replica, index: u64, tracker: [u8; 32]) -> Receipt {
    let tree = replica.tree();
    let proof = TlogProof::prove(tree, index, checkpoint(replica)).unwrap();
    let entry = replica.entries()[index as usize].clone();
    let proof = (tree.size(), proof.to_string());
    let election = *replica.election().id();
    Receipt::sign(&key(SERVER), election, entry, tracker, index, proof)
}

impl Setting {
    pub(crate) fn found(witnesses: bool) -> Setting {
        Setting::found_as(witnesses, |_| {})
    }

    /// With a manifest changed before it is signed.
    pub(crate) fn found_as(witnesses: bool, change: impl FnOnce(&mut Manifest)) -> Setting {
        let mut rng = StdRng::seed_from_u64(1);
        let trustees: Vec<TrusteeKeys> = (0..2).map(|_| TrusteeKeys::generate(&mut rng)).collect();
        let organizer = Organizer::new(key(ORGANIZER));
        let mut manifest = manifest(&trustees, witnesses, &mut rng);
        change(&mut manifest);
        let entry = organizer.manifest(&manifest).unwrap();
        Setting {
            organizer,
            memories: vec![TrusteeMemory::default(); 2],
            voters: (1..=3_u64)
                .map(|number| SecretScalar::new(Scalar::from(100 * number)))
                .collect(),
            replica: Replica::start(entry).unwrap(),
            trustees,
            rng,
        }
    }

    pub(crate) fn trustee(&self, index: usize) -> Trustee<'_> {
        Trustee::find(&self.trustees[index], &self.replica).unwrap()
    }

    pub(crate) fn issuer(&self) -> Issuer {
        Issuer::new(1, key(ISSUER), *self.replica.election().id())
    }

    pub(crate) fn stand(&mut self, entry: Vec<u8>) -> Applied {
        self.replica.admit(entry).unwrap()
    }

    pub(crate) fn deal(&mut self, index: usize) -> Result<Vec<u8>, StepError> {
        let trustee = Trustee::find(&self.trustees[index], &self.replica).unwrap();
        trustee.deal(&self.replica, &mut self.memories[index], &mut self.rng)
    }

    pub(crate) fn second_step(&mut self, index: usize) -> Result<SecondStep, StepError> {
        let trustee = Trustee::find(&self.trustees[index], &self.replica).unwrap();
        trustee.confirm_or_complain(&self.replica, &mut self.rng)
    }

    pub(crate) fn drill(&mut self, index: usize) -> Result<Vec<u8>, StepError> {
        let trustee = Trustee::find(&self.trustees[index], &self.replica).unwrap();
        trustee.drill(&self.replica, &mut self.rng)
    }

    pub(crate) fn seal(&mut self, index: usize) -> Result<Vec<u8>, StepError> {
        let closed = checkpoint(&self.replica);
        let trustee = Trustee::find(&self.trustees[index], &self.replica).unwrap();
        trustee.seal(&self.replica, Some(&closed), &mut self.memories[index])
    }

    pub(crate) fn decrypt(&mut self, index: usize) -> Result<Vec<u8>, StepError> {
        let trustee = Trustee::find(&self.trustees[index], &self.replica).unwrap();
        trustee.decrypt(&self.replica, &self.memories[index], &mut self.rng)
    }

    /// The roll: voters 1 and 2, with weights 1 and 2.
    pub(crate) fn chunk(&mut self) -> Vec<u8> {
        let issuer = self.issuer();
        let halves: Vec<Point> = self.voters[..2].iter().map(SecretScalar::public).collect();
        let entitlement = |weight| Entitlement { weight, college: 1 };
        let laid_out = lay_out(&[halves], &[entitlement(1), entitlement(2)]);
        let rows: Vec<Row> = laid_out.iter().map(|(row, _)| row.clone()).collect();
        let secrets: Vec<&SecretScalar> = laid_out
            .iter()
            .map(|(_, number)| &self.voters[*number])
            .collect();
        let proof = issuer.prove(Issued::Chunk(0), &rows, &secrets, &mut self.rng);
        signed_chunk(&[&issuer], 0, &rows, &[proof])
    }

    pub(crate) fn until_confirming(mut self) -> Setting {
        for index in 0..2 {
            let deal = self.deal(index).unwrap();
            self.stand(deal);
        }
        self
    }

    pub(crate) fn until_preparing(mut self) -> Setting {
        self = self.until_confirming();
        for index in 0..2 {
            let SecondStep::Confirm(entry) = self.second_step(index).unwrap() else {
                panic!("all shares are good");
            };
            self.stand(entry);
        }
        self
    }

    pub(crate) fn until_ready(mut self) -> Setting {
        self = self.until_preparing();
        let chunk = self.chunk();
        self.stand(chunk);
        for index in 0..2 {
            let drill = self.drill(index).unwrap();
            self.stand(drill);
        }
        self
    }

    pub(crate) fn until_voting(mut self) -> Setting {
        self = self.until_ready();
        let open = self.organizer.open(&self.replica, Vec::new()).unwrap();
        self.stand(open);
        self
    }

    pub(crate) fn until_sealing(mut self) -> Setting {
        self = self.until_voting();
        self.vote(0);
        let close = self.organizer.close(&self.replica).unwrap();
        self.stand(close);
        self
    }

    /// A ballot for the first option: its index and tracker.
    pub(crate) fn vote(&mut self, voter: usize) -> (u64, [u8; 32]) {
        let credential = &self.voters[voter];
        let prepared = voter::prepare(&self.replica, credential, &first(), &mut self.rng).unwrap();
        let tracker = prepared.tracker();
        let entry = prepared
            .cast(&self.replica, credential, &mut self.rng)
            .unwrap();
        let index = self.replica.tree().size();
        let Applied::Ballot { tracker: found, .. } = self.stand(entry) else {
            panic!("a ballot was cast");
        };
        assert_eq!(found, tracker);
        (index, tracker)
    }
}
