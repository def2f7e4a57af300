//! The ballot proof, one by one and many at once (spec/ballot.md section 3).

use crate::Randomness;
use crate::encoding::{
    Bytes32, G, IsIdentity, Point, Scalar, combine, hash256, hash512, point, points, powers,
    scalars,
};
use crate::entry::Entry;
use crate::program::{Form, Program};
use crate::transcript::{Transcript, le32};

/// A ballot whose line is known.
pub(crate) struct Ballot {
    /// U
    pub key: Bytes32,
    pub after: Bytes32,
    pub proof: Vec<u8>,
    /// of its line, from 1
    pub college: u32,
}

impl Ballot {
    /// Takes over an entry of the kind `ballot`.
    pub(crate) fn new(entry: &Entry, college: u32) -> Self {
        let (key, proof) = (entry.value.array("key"), entry.value.bytes("proof").to_vec());
        Ballot { key, after: entry.after(), proof, college }
    }
}

/// α_1, β_1, α_2, β_2, … of a ballot.
pub(crate) type Ciphertexts = Vec<Point>;

/// Everything ballots of one election share.
pub(crate) struct BallotVerifier {
    pub ctx: Bytes32,
    /// G, H, K_0, K_1 … K_N, K′_1 … K′_N
    bases: Vec<Point>,
    /// the forms of the ciphertexts with target 0, then those of the rules with theirs
    forms: Vec<(Form, u32)>,
    /// what is absorbed for every ballot alike
    transcript: Transcript,
    /// n
    pub ciphertexts: usize,
    /// N
    bits: usize,
}

/// A proof with its challenges, everything decoded.
struct Decoded {
    ciphertexts: Ciphertexts,
    /// U
    credential: Point,
    /// A, B, T₁, T₂, T₃
    commitments: [Point; 5],
    /// f_1 … f_N
    responses: Vec<Scalar>,
    /// z, z_r, z_u
    last_responses: [Scalar; 3],
    y: Scalar,
    x: Scalar,
}

/// The four equations of a ballot; each has a weight of its own.
const EQUATIONS: usize = 4;

fn generator(family: &str, number: u32) -> Point {
    let hash = hash512("urne/0 generator", &[family.as_bytes(), &le32(number)]);
    Point::from_uniform_bytes(&hash)
}

impl BallotVerifier {
    /// Computes the generators and absorbs what all transcripts begin with.
    pub(crate) fn new(ctx: Bytes32, key: Point, program: &Program) -> Self {
        let bits = (0..=program.bits).map(|number| generator("bits", number));
        let squares = (1..=program.bits).map(|number| generator("squares", number));
        let ciphertexts = program.ciphertexts.iter().map(|form| (form.clone(), 0));
        let transcript = Transcript::new("urne/0 ballot")
            .append("ctx", &ctx)
            .append("key", &key.compress().0)
            .append("program", &program.bytes());
        BallotVerifier {
            ctx,
            bases: [G, key].into_iter().chain(bits).chain(squares).collect(),
            forms: ciphertexts.chain(program.rules.iter().cloned()).collect(),
            transcript,
            ciphertexts: program.ciphertexts.len(),
            bits: program.bits as usize,
        }
    }

    /// The tracker of a ballot (spec/ballot.md section 2).
    pub(crate) fn tracker(&self, ballot: &Ballot) -> Bytes32 {
        let ciphertexts = &ballot.proof[..64 * self.ciphertexts];
        hash256("urne/0 tracker", &[&self.ctx, &ballot.key, &ballot.after, ciphertexts])
    }

    /// α and β of a ballot, without its proof.
    pub(crate) fn ciphertexts(&self, ballot: &Ballot) -> Option<Ciphertexts> {
        points(&ballot.proof[..64 * self.ciphertexts])
    }

    /// How many ballots make a batch: enough for the large multiplication to pay, few enough to fit memory.
    pub(crate) fn batch(&self) -> usize {
        (65_536 / (2 * self.ciphertexts + 6)).clamp(16, 1024)
    }

    /// V20: for each ballot its ciphertexts if the proof is valid.
    pub(crate) fn verify(
        &self,
        batch: &[Ballot],
        randomness: Randomness,
    ) -> Vec<Option<Ciphertexts>> {
        let decoded: Vec<Option<Decoded>> =
            batch.iter().map(|ballot| self.decode(ballot)).collect();
        let sound: Vec<&Decoded> = decoded.iter().flatten().collect();
        let mut valid = Vec::new();
        self.bisect(&sound, randomness, &mut valid);
        let mut valid = valid.into_iter();
        let verdicts =
            decoded.into_iter().map(|ballot| ballot.filter(|_| valid.next() == Some(true)));
        verdicts.map(|ballot| Some(ballot?.ciphertexts)).collect()
    }

    /// Says of each ballot in turn whether it is valid. The depth is the logarithm of the batch.
    fn bisect(&self, ballots: &[&Decoded], randomness: Randomness, valid: &mut Vec<bool>) {
        match ballots {
            [] => {}
            [ballot] => valid.push(self.each_equation_holds(ballot)),
            _ if self.batch_holds(ballots, randomness) => {
                valid.extend(ballots.iter().map(|_| true))
            }
            _ => {
                let (left, right) = ballots.split_at(ballots.len() / 2);
                self.bisect(left, randomness, valid);
                self.bisect(right, randomness, valid);
            }
        }
    }

    fn each_equation_holds(&self, ballot: &Decoded) -> bool {
        (0..EQUATIONS).all(|equation| {
            let mut weights = [Scalar::ZERO; EQUATIONS];
            weights[equation] = Scalar::ONE;
            let mut sum = Sum::new(self);
            sum.add(ballot, weights);
            sum.is_identity()
        })
    }

    /// One sum over all equations with fresh weights. Without randomness nothing is taken to hold,
    /// so that bisection ends at the equations themselves.
    fn batch_holds(&self, ballots: &[&Decoded], randomness: Randomness) -> bool {
        let mut bytes = vec![0; ballots.len() * EQUATIONS * 16];
        if randomness(&mut bytes).is_err() {
            return false;
        }
        let weights: Vec<u128> =
            bytes.as_chunks().0.iter().map(|weight| u128::from_le_bytes(*weight)).collect();
        let mut sum = Sum::new(self);
        for (ballot, weights) in ballots.iter().zip(weights.as_chunks().0) {
            sum.add(ballot, weights.map(Scalar::from));
        }
        !weights.contains(&0) && sum.is_identity()
    }

    fn decode(&self, ballot: &Ballot) -> Option<Decoded> {
        let (ciphertext_bytes, rest) = ballot.proof.split_at_checked(64 * self.ciphertexts)?;
        let (commitment_bytes, responses) = rest.split_at_checked(5 * 32)?;
        let ciphertexts = points(ciphertext_bytes)?;
        if ciphertexts.iter().step_by(2).any(Point::is_identity) {
            return None;
        }
        let mut responses = scalars(responses)?;
        let last_responses = responses.split_off(self.bits.min(responses.len())).try_into().ok()?;
        let mut transcript = (self.transcript.clone())
            .number("college", ballot.college)
            .append("credential", &ballot.key)
            .append("after", &ballot.after)
            .append("ciphertexts", ciphertext_bytes)
            .append("commitments", &commitment_bytes[..64]);
        let y = transcript.scalar("y");
        let x = transcript.append("T", &commitment_bytes[64..]).scalar("x");
        let commitments = points(commitment_bytes)?.try_into().ok()?;
        let credential = point(&ballot.key)?;
        let sound = y != Scalar::ZERO && x != Scalar::ZERO;
        sound.then_some(Decoded {
            ciphertexts,
            credential,
            commitments,
            responses,
            last_responses,
            y,
            x,
        })
    }
}

/// A weighted sum of "left side − right side" over equations, the shared bases gathered.
struct Sum<'v> {
    verifier: &'v BallotVerifier,
    /// of G, H, K_0, K_1 … K_N, K′_1 … K′_N
    shared: Vec<Scalar>,
    scalars: Vec<Scalar>,
    points: Vec<Point>,
}

impl<'v> Sum<'v> {
    fn new(verifier: &'v BallotVerifier) -> Self {
        let shared = vec![Scalar::ZERO; verifier.bases.len()];
        Sum { verifier, shared, scalars: Vec::new(), points: Vec::new() }
    }

    fn term(&mut self, scalar: Scalar, point: Point) {
        self.scalars.push(scalar);
        self.points.push(point);
    }

    /// Adds the four equations of spec/ballot.md section 3, each with its weight.
    fn add(&mut self, ballot: &Decoded, [w1, w2, w3, w4]: [Scalar; EQUATIONS]) {
        let (x, responses) = (ballot.x, &ballot.responses);
        let [z, z_r, z_u] = ballot.last_responses;
        let [a, b, t1, t2, t3] = ballot.commitments;
        let n = self.verifier.ciphertexts;

        // 1. x·B + A = z·K₀ + Σ f_j·K_j + Σ f_j(x−f_j)·K′_j
        self.term(w1 * x, b);
        self.term(w1, a);
        let squares = responses.iter().map(|f| f * (x - f));
        let bases = [z].into_iter().chain(responses.iter().copied()).chain(squares);
        for (sum, scalar) in self.shared[2..].iter_mut().zip(bases) {
            *sum -= w1 * scalar;
        }

        // Σ w_j·f_j = Σ_i y^i·(form i at f) and Σ_c y^(n+c)·t_c, over ciphertexts, then rules.
        let y: Vec<Scalar> = powers(ballot.y).take(self.verifier.forms.len()).collect();
        let forms = || self.verifier.forms.iter().zip(&y);
        let opening: Scalar = forms().map(|((form, _), y)| y * evaluate(form, responses)).sum();
        let targets: Scalar = forms().map(|((_, target), y)| y * Scalar::from(*target)).sum();

        // 2. x·Σ y^i·α_i + T₁ = z_r·G
        // 3. x·(Σ y^i·β_i + Σ_c y^(n+c)·t_c·G) + T₂ = (Σ w_j·f_j)·G + z_r·H
        for (y, ciphertext) in y[..n].iter().zip(ballot.ciphertexts.as_chunks::<2>().0) {
            self.term(w2 * x * y, ciphertext[0]);
            self.term(w3 * x * y, ciphertext[1]);
        }
        self.term(w2, t1);
        self.term(w3, t2);
        self.shared[0] += w3 * (x * targets - opening) - w2 * z_r;
        self.shared[1] -= w3 * z_r;

        // 4. x·U + T₃ = z_u·G
        self.term(w4 * x, ballot.credential);
        self.term(w4, t3);
        self.shared[0] -= w4 * z_u;
    }

    fn is_identity(&self) -> bool {
        let scalars = self.shared.iter().chain(&self.scalars);
        let points = self.verifier.bases.iter().chain(&self.points);
        combine(scalars, points).is_identity()
    }
}

/// The value of a form at the responses.
fn evaluate(form: &Form, responses: &[Scalar]) -> Scalar {
    let terms = form.iter().map(|(bit, coefficient)| {
        let response = responses[*bit as usize - 1];
        // Most coefficients are 1.
        if *coefficient == 1 { response } else { response * Scalar::from(*coefficient) }
    });
    terms.sum()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::NoRandomness;
    use crate::encoding::concatenate;
    use sha2::{Digest, Sha512};
    use std::sync::atomic::{AtomicU8, Ordering};

    /// A prover as spec/ballot.md section 3 describes it, with nonces from a counter.
    pub(crate) struct Prover<'v> {
        pub(crate) verifier: &'v BallotVerifier,
        pub(crate) credential: Scalar,
        pub(crate) counter: u64,
    }

    impl Prover<'_> {
        fn draw(&mut self) -> Scalar {
            self.counter += 1;
            let seed =
                [self.credential.to_bytes().as_slice(), &self.counter.to_le_bytes()].concat();
            Scalar::from_bytes_mod_order_wide(&Sha512::digest(seed).into())
        }

        fn coefficients(&self, y: Scalar) -> Vec<Scalar> {
            let mut weights = vec![Scalar::ZERO; self.verifier.bits];
            let mut power = Scalar::ONE;
            for (form, _) in &self.verifier.forms {
                power *= y;
                for (bit, coefficient) in form {
                    weights[*bit as usize - 1] += power * Scalar::from(*coefficient);
                }
            }
            weights
        }

        pub(crate) fn prove(&mut self, bits: &[u32], college: u32, after: Bytes32) -> Ballot {
            let verifier = self.verifier;
            let bits: Vec<Scalar> = bits.iter().map(|bit| Scalar::from(*bit)).collect();
            let credential = (G * self.credential).compress().to_bytes();
            let mut ciphertexts = Vec::new();
            let mut openings = Vec::new();
            for (form, _) in &verifier.forms[..verifier.ciphertexts] {
                let r = self.draw();
                ciphertexts.extend([G * r, G * evaluate(form, &bits) + verifier.bases[1] * r]);
                openings.push(r);
            }
            let nonces: Vec<Scalar> = bits.iter().map(|_| self.draw()).collect();
            let (rho_a, rho_b) = (self.draw(), self.draw());
            let mut a = verifier.bases[2] * rho_a;
            let mut b = verifier.bases[2] * rho_b;
            for (j, (nonce, bit)) in nonces.iter().zip(&bits).enumerate() {
                let (base, square) = (verifier.bases[3 + j], verifier.bases[3 + verifier.bits + j]);
                a += base * nonce - square * (nonce * nonce);
                b += base * bit + square * (nonce * (Scalar::ONE - bit - bit));
            }
            let ciphertext_bytes = concatenate(&ciphertexts);
            let commitments = concatenate(&[a, b]);
            let mut transcript = (verifier.transcript.clone())
                .append("college", &college.to_le_bytes())
                .append("credential", &credential)
                .append("after", &after)
                .append("ciphertexts", &ciphertext_bytes)
                .append("commitments", &commitments);
            let y = transcript.scalar("y");
            let (tau, kappa) = (self.draw(), self.draw());
            let weighted: Scalar = self
                .coefficients(y)
                .iter()
                .zip(&nonces)
                .map(|(weight, nonce)| weight * nonce)
                .sum();
            let second = concatenate(&[G * tau, G * weighted + verifier.bases[1] * tau, G * kappa]);
            let x = transcript.append("T", &second).scalar("x");
            let mut power = Scalar::ONE;
            let mut opening = Scalar::ZERO;
            for r in &openings {
                power *= y;
                opening += power * r;
            }
            let mut responses: Vec<Scalar> =
                bits.iter().zip(&nonces).map(|(bit, nonce)| bit * x + nonce).collect();
            responses.extend([rho_b * x + rho_a, x * opening + tau, x * self.credential + kappa]);
            let responses: Vec<u8> =
                responses.iter().flat_map(|scalar| scalar.to_bytes()).collect();
            let proof = [ciphertext_bytes, commitments, second, responses].concat();
            Ballot { after, key: credential, proof, college }
        }
    }

    /// One of three with blank allowed: 3 ciphertexts; plus a range 0 … 5 and a rule on it.
    fn verifier() -> BallotVerifier {
        let program = Program {
            ciphertexts: vec![vec![(1, 1)], vec![(2, 1)], vec![(3, 1), (4, 2), (5, 2)]],
            largest: vec![1, 1, 5],
            rules: vec![(vec![(1, 1), (2, 1)], 1), (vec![(3, 2), (4, 4), (5, 4), (6, 1)], 7)],
            bits: 6,
        };
        BallotVerifier::new([1; 32], G * Scalar::from(77u64), &program)
    }

    fn prove(verifier: &BallotVerifier, voter: u64, bits: [u32; 6]) -> Ballot {
        let credential = Scalar::from(1000 + voter);
        Prover { verifier, credential, counter: 0 }.prove(&bits, 1, [0; 32])
    }

    const VALID: [u32; 6] = [1, 0, 1, 1, 0, 1];

    pub(crate) fn randomness(bytes: &mut [u8]) -> Result<(), NoRandomness> {
        static CALLS: AtomicU8 = AtomicU8::new(1);
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        for (position, byte) in bytes.iter_mut().enumerate() {
            *byte =
                Sha512::digest([call.to_le_bytes().as_slice(), &position.to_le_bytes()].concat())
                    [0];
        }
        Ok(())
    }

    fn valid(verifier: &BallotVerifier, batch: &[Ballot]) -> Vec<bool> {
        verifier.verify(batch, &randomness).iter().map(Option::is_some).collect()
    }

    #[test]
    fn batches_are_large_but_fit_memory() {
        let batch = |ciphertexts| BallotVerifier { ciphertexts, ..verifier() }.batch();
        assert_eq!([1, 29, 61, 125].map(batch), [1024, 1024, 512, 256]);
        assert_eq!(batch(700), 46);
        assert_eq!(batch(5000), 16);
    }

    #[test]
    fn honest_ballots_pass_one_by_one_and_in_batches() {
        let verifier = verifier();
        assert_eq!(valid(&verifier, &[]), []);
        for count in [1, 2, 5] {
            let batch: Vec<Ballot> =
                (0..count).map(|voter| prove(&verifier, voter, VALID)).collect();
            assert_eq!(valid(&verifier, &batch), vec![true; batch.len()]);
            let without = verifier.verify(&batch, &|_: &mut [u8]| Err(NoRandomness));
            assert!(without.iter().all(Option::is_some), "one by one without randomness");
        }
        let mut prover = Prover { verifier: &verifier, credential: Scalar::from(5u64), counter: 0 };
        assert_eq!(valid(&verifier, &[prover.prove(&VALID, 3, [9; 32])]), [true]);
    }

    #[test]
    fn choices_that_break_a_rule_or_are_no_bits_fail() {
        let verifier = verifier();
        for bits in [
            [1, 1, 1, 1, 0, 1],
            [0, 0, 1, 1, 0, 1],
            [2, 0, 1, 1, 0, 1],
            [1, 0, 1, 1, 0, 0],
            [1, 0, 7, 0, 0, 0],
        ] {
            assert_eq!(valid(&verifier, &[prove(&verifier, 1, bits)]), [false], "{bits:?}");
        }
        // Not a bit, though every linear rule holds.
        assert_eq!(valid(&verifier, &[prove(&verifier, 1, [1, 0, 3, 0, 0, 1])]), [false]);
    }

    #[test]
    fn every_byte_of_proof_and_context_is_bound() {
        let verifier = verifier();
        let length = prove(&verifier, 1, VALID).proof.len();
        assert_eq!(length, 3 * 64 + 6 * 32 + 256);
        for part in 0..length / 32 {
            let mut ballot = prove(&verifier, 1, VALID);
            // Another valid encoding in this place: 0 for scalars, G for points.
            let other = if part < 11 { G.compress().to_bytes() } else { [0; 32] };
            ballot.proof[32 * part..32 * part + 32].copy_from_slice(&other);
            assert_eq!(valid(&verifier, &[ballot]), [false], "part {part}");
        }
        let mut college = prove(&verifier, 1, VALID);
        college.college = 2;
        let mut after = prove(&verifier, 1, VALID);
        after.after[0] = 1;
        let mut key = prove(&verifier, 1, VALID);
        key.key = G.compress().to_bytes();
        let mut long = prove(&verifier, 1, VALID);
        long.proof.push(0);
        assert_eq!(valid(&verifier, &[college, after, key, long]), [false; 4]);
    }

    #[test]
    fn bisection_names_every_bad_ballot_and_spares_the_good() {
        let verifier = verifier();
        let mut batch: Vec<Ballot> = (0..9).map(|voter| prove(&verifier, voter, VALID)).collect();
        batch[2].college = 7;
        batch[3].proof[0] ^= 0xff;
        batch[8] = prove(&verifier, 8, [1, 1, 1, 1, 0, 1]);
        let expected = [true, true, false, false, true, true, true, true, false];
        assert_eq!(valid(&verifier, &batch), expected);
    }

    #[test]
    fn errors_of_two_ballots_or_equations_do_not_cancel_out() {
        let verifier = verifier();
        let shift = |ballot: &mut Ballot, response: usize, by: Scalar| {
            let at = ballot.proof.len() - 32 * response;
            let bytes = &mut ballot.proof[at..at + 32];
            let shifted = scalars(bytes).unwrap()[0] + by;
            bytes.copy_from_slice(&shifted.to_bytes());
        };
        let (mut left, mut right) = (prove(&verifier, 1, VALID), prove(&verifier, 2, VALID));
        shift(&mut left, 1, Scalar::ONE);
        shift(&mut right, 1, -Scalar::ONE);
        assert_eq!(valid(&verifier, &[left, right]), [false, false]);
    }

    #[test]
    fn the_identity_as_first_half_of_a_ciphertext_is_refused() {
        let verifier = verifier();
        let mut ballot = prove(&verifier, 1, VALID);
        ballot.proof[..32].copy_from_slice(&[0; 32]);
        assert!(verifier.decode(&ballot).is_none());
        let mut beta = prove(&verifier, 1, VALID);
        beta.proof[32..64].copy_from_slice(&[0; 32]);
        assert!(verifier.decode(&beta).is_some(), "β may be the identity");
    }
}
