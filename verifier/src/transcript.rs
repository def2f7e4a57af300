//! Transcripts, and the one shape that most proofs have (spec/notation.md, spec/transcripts.md).

use crate::encoding::{Point, Scalar, points, scalars};
use crate::ledger::{Found, require};
use crate::template::Value;

/// A transcript from which challenges are drawn.
#[derive(Clone)]
pub(crate) struct Transcript(merlin::Transcript);

impl Transcript {
    /// Begins a transcript; the name includes "urne/0 ".
    pub(crate) fn new(name: &'static str) -> Self {
        Transcript(merlin::Transcript::new(name.as_bytes()))
    }

    /// The next append of a row of spec/transcripts.md: its label and its value.
    pub(crate) fn append(mut self, label: &'static str, value: &[u8]) -> Self {
        self.0.append_message(label.as_bytes(), value);
        self
    }

    /// Appends of a number.
    pub(crate) fn number(self, label: &'static str, number: u32) -> Self {
        self.append(label, &le32(number))
    }

    /// Appends of fields that an entry has under the same names, numbers as le32.
    pub(crate) fn fields<const N: usize>(self, entry: &Value, names: [&'static str; N]) -> Self {
        names.into_iter().fold(self, |transcript, name| match entry.field(name) {
            Value::Number(_) => transcript.number(name, entry.small(name)),
            _ => transcript.append(name, entry.bytes(name)),
        })
    }

    /// `→ challenge(label, N)`.
    pub(crate) fn bytes<const N: usize>(&mut self, label: &'static str) -> [u8; N] {
        let mut drawn = [0; N];
        self.0.challenge_bytes(label.as_bytes(), &mut drawn);
        drawn
    }

    /// `→ scalar(label)`.
    pub(crate) fn scalar(&mut self, label: &'static str) -> Scalar {
        Scalar::from_bytes_mod_order_wide(&self.bytes(label))
    }
}

/// le32(x).
pub(crate) fn le32(number: u32) -> [u8; 4] {
    number.to_le_bytes()
}

/// Checks a proof that somebody knows x with key = x·base for every claim (base, key). It is a commitment R per
/// claim, then either a response z per claim or a single z for all, which proves that the x are the same;
/// z·base = R + c·key. The transcript absorbs the commitments as "R" and gives c.
pub(crate) fn check_proof(
    transcript: Transcript,
    proof: &[u8],
    claims: &[(Point, Point)],
) -> Found {
    let (commitments, responses) = proof.split_at(32 * claims.len());
    let c = transcript.append("R", commitments).scalar("c");
    let commitments = points(commitments).ok_or("a commitment of the proof does not decode")?;
    let responses = scalars(responses).ok_or("a response of the proof does not decode")?;
    let mut equations = claims.iter().zip(commitments).zip(responses.iter().cycle());
    let holds = equations.all(|(((base, key), commitment), z)| base * z == commitment + key * c);
    require(holds && !responses.is_empty(), "the proof does not hold")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::{G, concatenate};

    #[test]
    fn proofs_need_every_equation_and_one_response_proves_equality() {
        let (first, second) = (Scalar::from(11u64), Scalar::from(12u64));
        let base = G * Scalar::from(3u64);
        let prove = |secrets: &[Scalar]| {
            let nonce = Scalar::from(29u64);
            let commitments = concatenate(&[G * nonce, base * nonce]);
            let c = Transcript::new("test").append("R", &commitments).scalar("c");
            let responses = secrets.iter().flat_map(|secret| (nonce + c * secret).to_bytes());
            commitments.into_iter().chain(responses).collect::<Vec<u8>>()
        };
        let check = |proof: &[u8], key, shared| {
            check_proof(Transcript::new("test"), proof, &[(G, key), (base, shared)]).is_ok()
        };
        assert!(check(&prove(&[first]), G * first, base * first));
        assert!(!check(&prove(&[first]), G * first, base * second));
        assert!(!check(&prove(&[first]), G * second, base * first));
        assert!(check(&prove(&[first, second]), G * first, base * second));
        assert!(!check(&prove(&[first, second]), G * second, base * first));
        assert!(!check(&prove(&[]), G * first, base * first));
        for position in [0, 32, 64] {
            let mut proof = prove(&[first]);
            proof[position + 31] = 0xff;
            assert!(!check(&proof, G * first, base * first), "byte {position}");
        }
    }

    #[test]
    fn transcripts_are_bound_to_name_labels_and_values() {
        let draw =
            |name, label, value: &[u8]| Transcript::new(name).append(label, value).scalar("c");
        let drawn = draw("a", "b", b"c");
        assert_eq!(drawn, draw("a", "b", b"c"));
        assert!(
            [draw("x", "b", b"c"), draw("a", "x", b"c"), draw("a", "b", b"x")]
                .iter()
                .all(|other| *other != drawn)
        );
        assert_eq!(le32(258), [2, 1, 0, 0]);
    }

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
            let mut merlin = merlin::Transcript::new(b"urne/0 test");
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
}
