//! A made-up election and its voters: what every measurement reads.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use urne_crypto::ballot::{BallotContext, NO_BALLOT, Slot};
use urne_crypto::elgamal::EncryptionSeed;
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::program::{LinearProgram, ProgramError, Rule};

use crate::classical::{self, ClassicalContext};

const CTX: [u8; 32] = [0xc7; 32];

/// One question "one of n".
pub(crate) struct Election {
    pub(crate) options: usize,
    pub(crate) context: BallotContext,
    pub(crate) classical: ClassicalContext,
}

/// One voter's ballot in every form, as bytes.
pub(crate) struct Cast {
    pub(crate) credential: [u8; 32],
    pub(crate) urne: Vec<u8>,
    pub(crate) compact: Vec<u8>,
    pub(crate) committed: Vec<u8>,
}

impl Election {
    /// A question with so many options, of which exactly one is to be chosen.
    pub(crate) fn new(options: u32) -> Result<Election, ProgramError> {
        let program = LinearProgram::new(
            options,
            (1..=options).map(|bit| vec![(bit, 1)]).collect(),
            vec![Rule {
                row: (1..=options).map(|bit| (bit, 1)).collect(),
                target: 1,
            }],
        )?;
        let key = SecretScalar::random(&mut StdRng::seed_from_u64(0)).public();
        Ok(Election {
            options: options as usize,
            classical: ClassicalContext::new(&CTX, &key, options as usize),
            context: BallotContext::new(CTX, key, program),
        })
    }

    /// Where a voter's ballot goes.
    pub(crate) fn slot(credential: Point) -> Slot {
        Slot {
            college: 1,
            credential,
            after: NO_BALLOT,
        }
    }

    /// The choice of voter number `voter`.
    fn choice(&self, voter: usize) -> Vec<bool> {
        (0..self.options)
            .map(|option| option == voter % self.options)
            .collect()
    }

    /// Encrypts and proves as Urne does.
    pub(crate) fn prove(
        &self,
        credential: &SecretScalar,
        voter: usize,
        rng: &mut impl rand::CryptoRng,
    ) -> Vec<u8> {
        self.context
            .encrypt(
                Election::slot(credential.public()),
                self.choice(voter),
                EncryptionSeed::random(rng),
            )
            .expect("invariant: one option is chosen")
            .cast(&self.context, credential, rng)
            .to_bytes()
    }

    /// Encrypts and proves in the classical way.
    pub(crate) fn prove_classically(
        &self,
        credential: &SecretScalar,
        voter: usize,
        rng: &mut impl rand::CryptoRng,
    ) -> classical::Proof {
        let key = self.context.election_key();
        classical::prove(&CTX, key, credential, &self.choice(voter), rng)
    }

    /// The ballots of so many voters, made on all cores.
    pub(crate) fn cast(&self, voters: usize) -> Vec<Cast> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let numbers: Vec<usize> = (0..voters).collect();
        let shares = numbers.chunks(voters.div_ceil(threads));
        std::thread::scope(|scope| {
            let workers: Vec<_> = shares
                .map(|share| scope.spawn(|| share.iter().map(|&v| self.cast_one(v)).collect()))
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| -> Vec<Cast> {
                    worker
                        .join()
                        .expect("invariant: making ballots never fails")
                })
                .collect()
        })
    }

    fn cast_one(&self, voter: usize) -> Cast {
        let mut rng = StdRng::seed_from_u64(voter as u64);
        let credential = SecretScalar::random(&mut rng);
        let classical = self.prove_classically(&credential, voter, &mut rng);
        Cast {
            credential: *credential.public().bytes(),
            urne: self.prove(&credential, voter, &mut rng),
            compact: classical.compact(),
            committed: classical.committed(),
        }
    }
}
