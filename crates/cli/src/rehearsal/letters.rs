//! Voters and what their letters and mails brought them; the rows, proofs and changes the issuers make for them together.

use rand::CryptoRng;
use urne_client::issuer::{Entitlement, Issuer, lay_out, signed_chunk};
use urne_crypto::credential::{Identifier, TypingError, VotingCode, credential};
use urne_crypto::encoding::{Point, SecretScalar};
use urne_election::entry::Operation;
use urne_election::roll::{Issued, Row};

use super::draft::Elector;

/// A voter with what the letter and the mail brought.
#[derive(Clone)]
pub struct Voter {
    identifier: Identifier,
    /// what is printed on the letter
    pub code: VotingCode,
    /// one half per issuer
    halves: Vec<SecretScalar>,
    entitlement: Entitlement,
}

impl Voter {
    /// Makes a letter: a code for the first issuer's half, a random second half.
    ///
    /// # Errors
    /// Where the elector's identifier cannot be used.
    pub fn new(
        elector: &Elector,
        issuers: &[Issuer],
        rng: &mut impl CryptoRng,
    ) -> Result<Voter, TypingError> {
        let identifier = Identifier::new(&elector.identifier)?;
        let entitlement = Entitlement {
            weight: elector.weight,
            college: elector.college,
        };
        Ok(Voter::with_letter(identifier, entitlement, issuers, rng))
    }

    fn with_letter(
        identifier: Identifier,
        entitlement: Entitlement,
        issuers: &[Issuer],
        rng: &mut impl CryptoRng,
    ) -> Voter {
        let code = VotingCode::random(rng);
        let halves = issuers
            .iter()
            .enumerate()
            .map(|(index, issuer)| match index {
                0 => issuer.half_from_code(&identifier, &code),
                _ => SecretScalar::random(rng),
            })
            .collect();
        Voter {
            identifier,
            code,
            halves,
            entitlement,
        }
    }

    /// u.
    pub fn credential(&self) -> SecretScalar {
        credential(&self.halves)
    }

    /// U.
    pub fn key(&self) -> Point {
        self.credential().public()
    }

    /// The public halves.
    pub fn public_halves(&self) -> Vec<Point> {
        self.halves.iter().map(SecretScalar::public).collect()
    }

    /// The voter's row with every issuer's proof for it.
    pub fn issue(
        &self,
        issued: Issued<'_>,
        issuers: &[Issuer],
        rng: &mut impl CryptoRng,
    ) -> (Row, Vec<u8>) {
        let Entitlement { weight, college } = self.entitlement;
        let row = Row::new(self.public_halves(), weight, college);
        let proofs: Vec<[u8; 64]> = issuers
            .iter()
            .zip(&self.halves)
            .map(|(issuer, half)| {
                let rows = core::slice::from_ref(&row);
                issuer.prove(issued, rows, &[half], rng)
            })
            .collect();
        (row, proofs.concat())
    }

    /// The letter was lost: the same voter with a new one, and the change of the roll that puts it in the old one's place.
    pub fn replaced(&self, issuers: &[Issuer], rng: &mut impl CryptoRng) -> (Voter, Operation) {
        let key = self.key();
        let new = Voter::with_letter(self.identifier.clone(), self.entitlement, issuers, rng);
        let (row, proofs) = new.issue(Issued::Replace(key.bytes()), issuers, rng);
        let operation = Operation::Replace {
            key,
            halves: row.halves.iter().flat_map(|half| *half.bytes()).collect(),
            proofs,
        };
        (new, operation)
    }
}

/// The roll of these voters, in chunks of at most this many rows.
pub fn roll_chunks(
    voters: &[Voter],
    issuers: &[Issuer],
    chunk_rows: usize,
    rng: &mut impl CryptoRng,
) -> Vec<Vec<u8>> {
    let public: Vec<Vec<Point>> = (0..issuers.len())
        .map(|issuer| {
            let halves = voters.iter().map(|voter| &voter.halves[issuer]);
            halves.map(SecretScalar::public).collect()
        })
        .collect();
    let entitlements: Vec<Entitlement> = voters.iter().map(|voter| voter.entitlement).collect();
    let rows = lay_out(&public, &entitlements);
    (0..)
        .zip(rows.chunks(chunk_rows))
        .map(|(number, rows)| chunk(number, rows, voters, issuers, rng))
        .collect()
}

fn chunk(
    number: u32,
    numbered: &[(Row, usize)],
    voters: &[Voter],
    issuers: &[Issuer],
    rng: &mut impl CryptoRng,
) -> Vec<u8> {
    let rows: Vec<Row> = numbered.iter().map(|(row, _)| row.clone()).collect();
    let proofs: Vec<[u8; 64]> = issuers
        .iter()
        .enumerate()
        .map(|(index, issuer)| {
            let halves: Vec<&SecretScalar> = numbered
                .iter()
                .map(|(_, voter)| &voters[*voter].halves[index])
                .collect();
            issuer.prove(Issued::Chunk(number), &rows, &halves, rng)
        })
        .collect();
    let issuers: Vec<&Issuer> = issuers.iter().collect();
    signed_chunk(&issuers, number, &rows, &proofs)
}
