//! A ballot prover and verifier written from `spec/ballot.md` and `spec/transcripts.md` alone, so that the prover can lie at
//! every step and the verifier under test cannot be wrong in the same way.
//!
//! Every part of [`Prover`] is open: a test changes what it wants to lie about and lets the rest run honestly.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{RistrettoPoint, Scalar};
use merlin::Transcript;
use rand::rngs::StdRng;
use sha2::{Digest as _, Sha512};

use urne_crypto::ballot::{Ballot, BallotContext, Slot};
use urne_crypto::encoding::Point;
use urne_crypto::program::{LinearProgram, Row, Rule};

use crate::script::{challenge, encoded, point, scalar, script};

/// Everything public about one ballot, except the ballot.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) ctx: [u8; 32],
    pub(crate) key: RistrettoPoint,
    pub(crate) bits: u32,
    pub(crate) rows: Vec<Row>,
    pub(crate) rules: Vec<(Row, u32)>,
    pub(crate) college: u32,
    pub(crate) credential: RistrettoPoint,
    pub(crate) after: [u8; 32],
}

/// Whether the transcript absorbs H, as the protocol says, or forgets it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absorbing {
    Everything,
    NoKey,
}

impl Statement {
    /// le32(n) ‖ le32(N) ‖ le32(m) ‖ rows ‖ rules with targets.
    pub(crate) fn program_bytes(&self) -> Vec<u8> {
        let mut numbers = vec![self.rows.len(), self.bits as usize, self.rules.len()];
        let row = |numbers: &mut Vec<usize>, row: &Row| {
            numbers.push(row.len());
            for &(bit, coefficient) in row {
                numbers.extend([bit as usize, coefficient as usize]);
            }
        };
        for coefficients in &self.rows {
            row(&mut numbers, coefficients);
        }
        for (coefficients, target) in &self.rules {
            row(&mut numbers, coefficients);
            numbers.push(*target as usize);
        }
        numbers
            .into_iter()
            .flat_map(|number| u32::try_from(number).unwrap().to_le_bytes())
            .collect()
    }

    /// The crate's own view of the same election.
    pub(crate) fn context(&self) -> BallotContext {
        BallotContext::new(self.ctx, Point::from(self.key), self.program())
    }

    /// The crate's program, which must have the bytes computed here.
    pub(crate) fn program(&self) -> LinearProgram {
        let rules = self.rules.iter().cloned();
        let rules = rules.map(|(row, target)| Rule { row, target }).collect();
        let program = LinearProgram::new(self.bits, self.rows.clone(), rules).unwrap();
        assert_eq!(program.bytes(), self.program_bytes());
        program
    }

    /// The crate's slot.
    pub(crate) fn slot(&self) -> Slot {
        Slot {
            college: self.college,
            credential: Point::from(self.credential),
            after: self.after,
        }
    }

    /// w_1 … w_N for a challenge y.
    fn weights(&self, y: &Scalar) -> Vec<Scalar> {
        let mut weights = vec![Scalar::ZERO; self.bits as usize];
        let rows = self
            .rows
            .iter()
            .chain(self.rules.iter().map(|(row, _)| row));
        for (row, power) in rows.zip(powers(*y)) {
            for &(bit, coefficient) in row {
                weights[bit as usize - 1] += power * Scalar::from(coefficient);
            }
        }
        weights
    }

    /// Σ_c y^(n+c)·t_c.
    fn target(&self, y: &Scalar) -> Scalar {
        let powers = powers(*y).skip(self.rows.len());
        self.rules
            .iter()
            .zip(powers)
            .map(|((_, target), power)| power * Scalar::from(*target))
            .sum()
    }
}

/// y^1, y^2, ….
pub(crate) fn powers(y: Scalar) -> impl Iterator<Item = Scalar> {
    core::iter::successors(Some(y), move |power| Some(power * y))
}

/// K₀ and K_j are of the family "bits", K′_j of "squares".
pub(crate) fn generator(family: &[u8], index: u32) -> RistrettoPoint {
    let mut digest = Sha512::new();
    for part in [
        b"urne/0 generator".as_slice(),
        family,
        &index.to_le_bytes()[..],
    ] {
        digest.update(u32::try_from(part.len()).unwrap().to_le_bytes());
        digest.update(part);
    }
    RistrettoPoint::from_uniform_bytes(&digest.finalize().into())
}

/// The words of a ballot's `proof` field.
#[derive(Clone)]
pub(crate) struct Proof {
    pub(crate) ciphertexts: Vec<[RistrettoPoint; 2]>,
    /// A, B
    pub(crate) bit_commitments: [RistrettoPoint; 2],
    /// T₁, T₂, T₃
    pub(crate) link_commitments: [RistrettoPoint; 3],
    /// f_1 … f_N
    pub(crate) bit_responses: Vec<Scalar>,
    /// z, z_r, z_u
    pub(crate) responses: [Scalar; 3],
}

impl Proof {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let points = self.ciphertexts.iter().flatten();
        let points = points
            .chain(&self.bit_commitments)
            .chain(&self.link_commitments);
        let scalars = self.bit_responses.iter().chain(&self.responses);
        points
            .map(encoded)
            .chain(scalars.map(Scalar::to_bytes))
            .flatten()
            .collect()
    }

    pub(crate) fn parse(statement: &Statement, bytes: &[u8]) -> Proof {
        let (n, bits) = (statement.rows.len(), statement.bits as usize);
        assert_eq!(bytes.len(), 64 * n + 32 * bits + 256);
        let words: Vec<&[u8]> = bytes.chunks(32).collect();
        let (points, scalars) = words.split_at(2 * n + 5);
        let points: Vec<RistrettoPoint> = points.iter().map(|word| point(word)).collect();
        let scalars: Vec<Scalar> = scalars.iter().map(|word| scalar(word)).collect();
        Proof {
            ciphertexts: points[..2 * n]
                .chunks(2)
                .map(|pair| [pair[0], pair[1]])
                .collect(),
            bit_commitments: [points[2 * n], points[2 * n + 1]],
            link_commitments: points[2 * n + 2..].try_into().unwrap(),
            bit_responses: scalars[..bits].to_vec(),
            responses: scalars[bits..].try_into().unwrap(),
        }
    }

    /// The same bytes, decoded by the crate.
    pub(crate) fn ballot(&self, statement: &Statement) -> Ballot {
        Ballot::decode(&statement.program(), &self.to_bytes()).unwrap()
    }

    /// y and x, as the specification draws them.
    pub(crate) fn challenges(
        &self,
        statement: &Statement,
        absorbing: Absorbing,
    ) -> (Scalar, Scalar) {
        let mut transcript = transcript(statement, &self.ciphertexts, absorbing);
        transcript.append_message(b"commitments", &joined(&self.bit_commitments));
        let y = challenge(&mut transcript, b"y");
        transcript.append_message(b"T", &joined(&self.link_commitments));
        (y, challenge(&mut transcript, b"x"))
    }

    /// Left minus right of the four equations, for any challenges at all.
    pub(crate) fn residuals(
        &self,
        statement: &Statement,
        y: &Scalar,
        x: &Scalar,
    ) -> [RistrettoPoint; 4] {
        let [a, b] = &self.bit_commitments;
        let [first, second, third] = &self.link_commitments;
        let [z, z_r, z_u] = &self.responses;
        let mut bits = x * b + a - z * generator(b"bits", 0);
        for (number, f) in (1..).zip(&self.bit_responses) {
            bits -= f * generator(b"bits", number) + f * (x - f) * generator(b"squares", number);
        }
        let combined = |half: usize| -> RistrettoPoint {
            let halves = self.ciphertexts.iter().map(|pair| pair[half]);
            powers(*y)
                .zip(halves)
                .map(|(power, half)| power * half)
                .sum()
        };
        let weighted: Scalar = dot(&statement.weights(y), &self.bit_responses);
        [
            bits,
            x * combined(0) + first - z_r * G,
            x * (combined(1) + statement.target(y) * G) + second
                - weighted * G
                - z_r * statement.key,
            x * statement.credential + third - z_u * G,
        ]
    }

    /// The numbers of the equations that fail.
    pub(crate) fn broken_equations(&self, statement: &Statement, absorbing: Absorbing) -> Vec<u32> {
        let (y, x) = self.challenges(statement, absorbing);
        (1..)
            .zip(self.residuals(statement, &y, &x))
            .filter(|(_, residual)| *residual != RistrettoPoint::identity())
            .map(|(number, _)| number)
            .collect()
    }
}

fn transcript(
    statement: &Statement,
    ciphertexts: &[[RistrettoPoint; 2]],
    absorbing: Absorbing,
) -> Transcript {
    let mut transcript = script(b"urne/0 ballot", &[(b"ctx", &statement.ctx)]);
    if absorbing == Absorbing::Everything {
        transcript.append_message(b"key", &encoded(&statement.key));
    }
    let ciphertexts: Vec<u8> = ciphertexts.iter().flatten().flat_map(encoded).collect();
    for (label, value) in [
        (b"program".as_slice(), statement.program_bytes()),
        (b"college", statement.college.to_le_bytes().to_vec()),
        (b"credential", encoded(&statement.credential).to_vec()),
        (b"after", statement.after.to_vec()),
        (b"ciphertexts", ciphertexts),
    ] {
        transcript.append_message(label, &value);
    }
    transcript
}

fn joined(points: &[RistrettoPoint]) -> Vec<u8> {
    points.iter().flat_map(encoded).collect()
}

pub(crate) fn dot(left: &[Scalar], right: &[Scalar]) -> Scalar {
    assert_eq!(left.len(), right.len());
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// A prover whose every choice is in the open.
#[derive(Clone)]
pub(crate) struct Prover {
    pub(crate) statement: Statement,
    pub(crate) absorbing: Absorbing,
    /// b_1 … b_N; "bits" for the honest
    pub(crate) bits: Vec<Scalar>,
    /// r_1 … r_n
    pub(crate) randomness: Vec<Scalar>,
    /// u
    pub(crate) credential: Scalar,
    /// (α_i, β_i), fixed before anything is proven
    pub(crate) ciphertexts: Vec<[RistrettoPoint; 2]>,
    /// a_1 … a_N
    pub(crate) masks: Vec<Scalar>,
    /// ρ_A, ρ_B
    pub(crate) blindings: [Scalar; 2],
    /// τ
    pub(crate) randomness_mask: Scalar,
    /// κ
    pub(crate) credential_mask: Scalar,
    /// multiples of G added to A, T₁, T₂, T₃ before they are hashed: one per equation
    pub(crate) errors: [Scalar; 4],
}

impl Prover {
    /// An honest prover for these bits, even where the bits are not.
    pub(crate) fn new(
        statement: &Statement,
        bits: &[bool],
        credential: Scalar,
        rng: &mut StdRng,
    ) -> Prover {
        let bits: Vec<Scalar> = bits.iter().map(|&bit| u64::from(bit).into()).collect();
        let randomness: Vec<Scalar> = statement.rows.iter().map(|_| Scalar::random(rng)).collect();
        let mut prover = Prover {
            absorbing: Absorbing::Everything,
            masks: bits.iter().map(|_| Scalar::random(rng)).collect(),
            bits,
            randomness,
            credential,
            ciphertexts: Vec::new(),
            blindings: [Scalar::random(rng), Scalar::random(rng)],
            randomness_mask: Scalar::random(rng),
            credential_mask: Scalar::random(rng),
            errors: [Scalar::ZERO; 4],
            statement: statement.clone(),
        };
        prover.encrypt();
        prover
    }

    /// v_i = Σ_j L_ij·b_j.
    pub(crate) fn values(&self) -> Vec<Scalar> {
        let sum = |row: &Row| {
            row.iter()
                .map(|&(bit, coefficient)| Scalar::from(coefficient) * self.bits[bit as usize - 1])
                .sum()
        };
        self.statement.rows.iter().map(sum).collect()
    }

    /// α_i = r_i·G, β_i = v_i·G + r_i·H.
    pub(crate) fn encrypt(&mut self) {
        self.ciphertexts = self
            .values()
            .iter()
            .zip(&self.randomness)
            .map(|(v, r)| [r * G, v * G + r * self.statement.key])
            .collect();
    }

    /// A = ρ_A·K₀ + Σ a_j·K_j − Σ a_j²·K′_j, B = ρ_B·K₀ + Σ b_j·K_j + Σ a_j(1−2b_j)·K′_j.
    pub(crate) fn first_message(&self) -> [RistrettoPoint; 2] {
        let two = Scalar::from(2_u64);
        let [mut a, mut b] = self
            .blindings
            .map(|blinding| blinding * generator(b"bits", 0));
        for ((number, mask), bit) in (1..).zip(&self.masks).zip(&self.bits) {
            let (linear, square) = (generator(b"bits", number), generator(b"squares", number));
            a += mask * linear - mask * mask * square;
            b += bit * linear + mask * (Scalar::ONE - two * bit) * square;
        }
        [a + self.errors[0] * G, b]
    }

    /// T₁ = τ·G, T₂ = (Σ w_j·a_j)·G + τ·H, T₃ = κ·G.
    pub(crate) fn second_message(&self, y: &Scalar) -> [RistrettoPoint; 3] {
        let masked = dot(&self.statement.weights(y), &self.masks);
        [
            (self.randomness_mask + self.errors[1]) * G,
            (masked + self.errors[2]) * G + self.randomness_mask * self.statement.key,
            (self.credential_mask + self.errors[3]) * G,
        ]
    }

    /// f_j = b_j·x + a_j, and z = ρ_B·x + ρ_A, z_r = x·Σ y^i·r_i + τ, z_u = x·u + κ.
    pub(crate) fn third_message(&self, y: &Scalar, x: &Scalar) -> (Vec<Scalar>, [Scalar; 3]) {
        let responses = self
            .bits
            .iter()
            .zip(&self.masks)
            .map(|(bit, mask)| bit * x + mask)
            .collect();
        let powers: Vec<Scalar> = powers(*y).take(self.randomness.len()).collect();
        (
            responses,
            [
                self.blindings[1] * x + self.blindings[0],
                x * dot(&powers, &self.randomness) + self.randomness_mask,
                x * self.credential + self.credential_mask,
            ],
        )
    }

    /// The whole proof, with the challenges the transcript gives.
    pub(crate) fn prove(&self) -> Proof {
        let mut transcript = transcript(&self.statement, &self.ciphertexts, self.absorbing);
        let bit_commitments = self.first_message();
        transcript.append_message(b"commitments", &joined(&bit_commitments));
        let y = challenge(&mut transcript, b"y");
        let link_commitments = self.second_message(&y);
        transcript.append_message(b"T", &joined(&link_commitments));
        let x = challenge(&mut transcript, b"x");
        let (bit_responses, responses) = self.third_message(&y, &x);
        Proof {
            ciphertexts: self.ciphertexts.clone(),
            bit_commitments,
            link_commitments,
            bit_responses,
            responses,
        }
    }
}
