//! Every transcript of spec/transcripts.md, in its order. Nothing else in this crate draws a challenge.

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use merlin::Transcript;

use crate::encoding::concatenate;

type Hash = [u8; 32];

fn scalar(transcript: &mut Transcript, label: &'static [u8]) -> Scalar {
    let mut wide = [0; 64];
    transcript.challenge_bytes(label, &mut wide);
    Scalar::from_bytes_mod_order_wide(&wide)
}

fn begin(name: &'static [u8], appends: &[(&'static [u8], &[u8])]) -> Transcript {
    let mut transcript = Transcript::new(name);
    append(&mut transcript, appends);
    transcript
}

fn append(transcript: &mut Transcript, appends: &[(&'static [u8], &[u8])]) {
    for (label, value) in appends {
        transcript.append_message(label, value);
    }
}

/// `trustee key`: the challenge of a proof of possession.
pub(crate) fn trustee_key(
    nonce: &Hash,
    trustee: u32,
    signing: &Hash,
    encryption: &Hash,
    commitment: &[u8],
) -> Scalar {
    let mut transcript = begin(
        b"urne/0 trustee key",
        &[
            (b"nonce", nonce),
            (b"trustee", &trustee.to_le_bytes()),
            (b"signing key", signing),
            (b"encryption key", encryption),
            (b"R", commitment),
        ],
    );
    scalar(&mut transcript, b"c")
}

/// What a deal's proof is about.
pub(crate) struct DealStatement<'a> {
    pub election: &'a Hash,
    pub trustee: u32,
    pub threshold: u32,
    /// P_1 ‖ … ‖ P_n
    pub encryption_keys: &'a [u8],
    pub signing_key: &'a Hash,
    pub commitments: &'a [u8],
    pub ephemeral: &'a Hash,
    pub shares: &'a [u8],
}

/// `deal`; `commitment` is R₀ ‖ R_E.
pub(crate) fn deal(statement: &DealStatement, commitment: &[u8]) -> Scalar {
    let mut transcript = begin(
        b"urne/0 deal",
        &[
            (b"election", statement.election),
            (b"trustee", &statement.trustee.to_le_bytes()),
            (b"threshold", &statement.threshold.to_le_bytes()),
            (b"encryption keys", statement.encryption_keys),
            (b"signing key", statement.signing_key),
            (b"commitments", statement.commitments),
            (b"ephemeral", statement.ephemeral),
            (b"shares", statement.shares),
            (b"R", commitment),
        ],
    );
    scalar(&mut transcript, b"c")
}

/// `share key`: the key under which the dealer's share for one trustee is encrypted.
pub(crate) fn share_key(
    election: &Hash,
    dealer: u32,
    trustee: u32,
    encryption_key: &Hash,
    ephemeral: &Hash,
    shared: &Hash,
) -> [u8; 32] {
    let mut transcript = begin(
        b"urne/0 share key",
        &[
            (b"election", election),
            (b"dealer", &dealer.to_le_bytes()),
            (b"trustee", &trustee.to_le_bytes()),
            (b"encryption key", encryption_key),
            (b"ephemeral", ephemeral),
            (b"shared", shared),
        ],
    );
    let mut key = [0; 32];
    transcript.challenge_bytes(b"key", &mut key);
    key
}

/// `confirm`.
pub(crate) fn confirm(
    election: &Hash,
    trustee: u32,
    key: &Hash,
    share: &Hash,
    deals: &Hash,
    commitment: &[u8],
) -> Scalar {
    let mut transcript = begin(
        b"urne/0 confirm",
        &[
            (b"election", election),
            (b"trustee", &trustee.to_le_bytes()),
            (b"key", key),
            (b"share", share),
            (b"deals", deals),
            (b"R", commitment),
        ],
    );
    scalar(&mut transcript, b"c")
}

/// What a complaint's proof is about.
pub(crate) struct ComplaintStatement<'a> {
    pub election: &'a Hash,
    pub trustee: u32,
    pub dealer: u32,
    /// leaf hash of the dealer's deal
    pub deal: &'a Hash,
    pub encryption_key: &'a Hash,
    pub ephemeral: &'a Hash,
    pub shared: &'a Hash,
}

/// `complaint`; `commitment` is R_G ‖ R_E.
pub(crate) fn complaint(statement: &ComplaintStatement, commitment: &[u8]) -> Scalar {
    let mut transcript = begin(
        b"urne/0 complaint",
        &[
            (b"election", statement.election),
            (b"trustee", &statement.trustee.to_le_bytes()),
            (b"dealer", &statement.dealer.to_le_bytes()),
            (b"deal", statement.deal),
            (b"encryption key", statement.encryption_key),
            (b"ephemeral", statement.ephemeral),
            (b"shared", statement.shared),
            (b"R", commitment),
        ],
    );
    scalar(&mut transcript, b"c")
}

/// What an issuer's proof is about.
pub(crate) struct IssuerStatement<'a> {
    pub election: &'a Hash,
    /// "roll", "add" or "replace"
    pub operation: &'a str,
    pub issuer: u32,
    pub issuer_key: &'a Hash,
    pub chunk: u32,
    /// the old U of a replacement, zeros otherwise
    pub replaced: &'a Hash,
    pub rows: &'a [u8],
}

/// `issuer`; `commitment` is T.
pub(crate) fn issuer(statement: &IssuerStatement, commitment: &[u8]) -> Scalar {
    let mut transcript = begin(
        b"urne/0 issuer",
        &[
            (b"election", statement.election),
            (b"operation", statement.operation.as_bytes()),
            (b"issuer", &statement.issuer.to_le_bytes()),
            (b"issuer key", statement.issuer_key),
            (b"chunk", &statement.chunk.to_le_bytes()),
            (b"replaced", statement.replaced),
            (b"rows", statement.rows),
            (b"R", commitment),
        ],
    );
    scalar(&mut transcript, b"x")
}

/// `drill`: ρ and v.
pub(crate) fn drill(election: &Hash, key: &Hash, deals: &Hash, confirms: &Hash) -> (Scalar, u16) {
    let mut transcript = begin(
        b"urne/0 drill",
        &[(b"election", election), (b"key", key), (b"deals", deals), (b"confirms", confirms)],
    );
    let rho = scalar(&mut transcript, b"rho");
    let mut value = [0; 2];
    transcript.challenge_bytes(b"v", &mut value);
    (rho, u16::from_le_bytes(value))
}

/// What a drill's proof is about.
pub(crate) struct DrillStatement<'a> {
    pub election: &'a Hash,
    pub key: &'a Hash,
    pub deals: &'a Hash,
    pub confirms: &'a Hash,
    pub trustee: u32,
    /// X_j
    pub share: &'a Hash,
    /// α ‖ β
    pub ciphertext: &'a [u8],
    /// D_j
    pub decryption_share: &'a Hash,
}

/// `drill proof`; `commitment` is R_G ‖ R_α.
pub(crate) fn drill_proof(statement: &DrillStatement, commitment: &[u8]) -> Scalar {
    let mut transcript = begin(
        b"urne/0 drill proof",
        &[
            (b"election", statement.election),
            (b"key", statement.key),
            (b"deals", statement.deals),
            (b"confirms", statement.confirms),
            (b"trustee", &statement.trustee.to_le_bytes()),
            (b"share", statement.share),
            (b"ciphertext", statement.ciphertext),
            (b"decryption share", statement.decryption_share),
            (b"R", commitment),
        ],
    );
    scalar(&mut transcript, b"c")
}

/// The part of every `ballot` transcript that is the same for all ballots of an election, absorbed once.
#[derive(Clone)]
pub(crate) struct BallotPrefix(Transcript);

impl BallotPrefix {
    /// Absorbs ctx, H and the program.
    pub(crate) fn new(ctx: &Hash, key: &Hash, program: &[u8]) -> Self {
        BallotPrefix(begin(
            b"urne/0 ballot",
            &[(b"ctx", ctx), (b"key", key), (b"program", program)],
        ))
    }

    /// The challenge y, and the transcript to draw x from.
    pub(crate) fn first(
        &self,
        college: u32,
        credential: &Hash,
        after: &Hash,
        ciphertexts: &[u8],
        commitments: &[u8],
    ) -> (Scalar, BallotMiddle) {
        let mut transcript = self.0.clone();
        append(
            &mut transcript,
            &[
                (b"college", &college.to_le_bytes()),
                (b"credential", credential),
                (b"after", after),
                (b"ciphertexts", ciphertexts),
                (b"commitments", commitments),
            ],
        );
        (scalar(&mut transcript, b"y"), BallotMiddle(transcript))
    }
}

/// A `ballot` transcript after y.
pub(crate) struct BallotMiddle(Transcript);

impl BallotMiddle {
    /// The challenge x; `commitments` is T₁ ‖ T₂ ‖ T₃.
    pub(crate) fn second(mut self, commitments: &[u8]) -> Scalar {
        append(&mut self.0, &[(b"T", commitments)]);
        scalar(&mut self.0, b"x")
    }
}

/// What a decryption's proof is about.
pub(crate) struct DecryptionStatement<'a> {
    pub ctx: &'a Hash,
    /// root of the closed log
    pub root: &'a Hash,
    pub trustee: u32,
    /// X_j
    pub share: &'a RistrettoPoint,
    pub sums: &'a [u8],
    pub shares: &'a [u8],
}

/// `decryption`: w and c; `commitment` is R_G ‖ R_α.
pub(crate) fn decryption(statement: &DecryptionStatement, commitment: &[u8]) -> (Scalar, Scalar) {
    let mut transcript = begin(
        b"urne/0 decryption",
        &[
            (b"ctx", statement.ctx),
            (b"root", statement.root),
            (b"phase", &1u32.to_le_bytes()),
            (b"trustee", &statement.trustee.to_le_bytes()),
            (b"share", &concatenate(&[*statement.share])),
            (b"sums", statement.sums),
            (b"shares", statement.shares),
        ],
    );
    let w = scalar(&mut transcript, b"w");
    append(&mut transcript, &[(b"R", commitment)]);
    (w, scalar(&mut transcript, b"c"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The transcript as spec/notation.md writes it, over the permutation alone.
    struct Written {
        state: [u8; 200],
        position: usize,
        begin: usize,
    }

    const RATE: usize = 166;

    impl Written {
        fn new(label: &[u8]) -> Self {
            let mut state = [0; 200];
            state[..6].copy_from_slice(&[1, 0xa8, 1, 0, 1, 0x60]);
            state[6..18].copy_from_slice(b"STROBEv1.0.2");
            keccak(&mut state);
            let mut written = Written { state, position: 0, begin: 0 };
            written.operation(0x12);
            written.absorb(b"Merlin v1.0");
            written.append(b"dom-sep", label);
            written
        }

        fn append(&mut self, label: &[u8], message: &[u8]) {
            self.header(label, message.len());
            self.operation(0x02);
            self.absorb(message);
        }

        fn challenge(&mut self, label: &[u8], length: usize) -> Vec<u8> {
            self.header(label, length);
            self.operation(0x07);
            (0..length).map(|_| self.squeeze()).collect()
        }

        fn header(&mut self, label: &[u8], length: usize) {
            self.operation(0x12);
            self.absorb(label);
            self.absorb(&(length as u32).to_le_bytes());
        }

        fn operation(&mut self, flag: u8) {
            let old = self.begin;
            self.begin = self.position + 1;
            self.absorb(&[old as u8, flag]);
            if flag == 0x07 && self.position != 0 {
                self.run();
            }
        }

        fn absorb(&mut self, bytes: &[u8]) {
            for byte in bytes {
                self.state[self.position] ^= byte;
                self.advance();
            }
        }

        fn squeeze(&mut self) -> u8 {
            let byte = std::mem::take(&mut self.state[self.position]);
            self.advance();
            byte
        }

        fn advance(&mut self) {
            self.position += 1;
            if self.position == RATE {
                self.run();
            }
        }

        fn run(&mut self) {
            self.state[self.position] ^= self.begin as u8;
            self.state[self.position + 1] ^= 0x04;
            self.state[RATE + 1] ^= 0x80;
            keccak(&mut self.state);
            (self.position, self.begin) = (0, 0);
        }
    }

    /// Keccak-f[1600] of FIPS 202, its constants generated by the rules given there.
    fn keccak(state: &mut [u8; 200]) {
        let mut lanes = [[0u64; 5]; 5];
        for (index, bytes) in state.as_chunks::<8>().0.iter().enumerate() {
            lanes[index % 5][index / 5] = u64::from_le_bytes(*bytes);
        }
        let mut register = 1u8;
        for _ in 0..24 {
            let parity: Vec<u64> =
                lanes.iter().map(|column| column.iter().fold(0, |sum, lane| sum ^ lane)).collect();
            for (x, column) in lanes.iter_mut().enumerate() {
                let flip = parity[(x + 4) % 5] ^ parity[(x + 1) % 5].rotate_left(1);
                column.iter_mut().for_each(|lane| *lane ^= flip);
            }
            let (mut x, mut y, mut current) = (1, 0, lanes[1][0]);
            for step in 0..24u32 {
                (x, y) = (y, (2 * x + 3 * y) % 5);
                let moved = current.rotate_left((step + 1) * (step + 2) / 2 % 64);
                current = std::mem::replace(&mut lanes[x][y], moved);
            }
            let before = lanes;
            for x in 0..5 {
                for y in 0..5 {
                    lanes[x][y] = before[x][y] ^ (!before[(x + 1) % 5][y] & before[(x + 2) % 5][y]);
                }
            }
            for exponent in 0..7 {
                if register & 1 == 1 {
                    lanes[0][0] ^= 1u64 << ((1 << exponent) - 1);
                }
                register = (register << 1) ^ if register & 0x80 == 0 { 0 } else { 0x71 };
            }
        }
        for (index, bytes) in state.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            *bytes = lanes[index % 5][index / 5].to_le_bytes();
        }
    }

    #[test]
    fn merlin_is_the_transcript_of_the_notation_chapter() {
        for length in [0, 1, 10, 150, 165, 166, 167, 400, 1000] {
            let message: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            let mut written = Written::new(b"urne/0 test");
            let mut merlin = Transcript::new(b"urne/0 test");
            for round in 0..3 {
                written.append(b"a", &message);
                merlin.append_message(b"a", &message);
                let mut drawn = vec![0; 64 + 200 * round];
                merlin.challenge_bytes(b"c", &mut drawn);
                assert_eq!(written.challenge(b"c", drawn.len()), drawn, "length {length}");
            }
        }
    }

    #[test]
    fn the_known_answer_of_merlins_own_tests() {
        // "equivalence_simple" of the merlin crate: label "test protocol", one message, 32 bytes.
        let mut written = Written::new(b"test protocol");
        written.append(b"some label", b"some data");
        let answer: Vec<String> =
            written.challenge(b"challenge", 32).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            answer.concat(),
            "d5a21972d0d5fe320c0d263fac7fffb8145aa640af6e9bca177c03c7efcf0615"
        );
    }

    #[test]
    fn a_decryption_share_is_bound_to_its_author() {
        let statement = |trustee| DecryptionStatement {
            ctx: &[1; 32],
            root: &[2; 32],
            trustee,
            share: &curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT,
            sums: b"sums",
            shares: b"shares",
        };
        assert_ne!(decryption(&statement(1), b"R"), decryption(&statement(2), b"R"));
        assert_eq!(decryption(&statement(1), b"R").0, decryption(&statement(1), b"S").0);
    }
}
