//! Receipts and refusals: what the server promises a voter, or why it does not; both signed.
//!
//! Source: `spec/entries.md`, "Receipts and refusals".

use urne_crypto::hash::length_prefixed;
use urne_crypto::signature::{PublicKey, SignatureError, SigningKey, sign};

use crate::entry::LARGEST_ENTRY;
use crate::json::{FormError, Reader, Writer};

/// The server's word that a ballot stands on the board and is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// election id
    pub election: [u8; 32],
    /// the ballot entry
    pub entry: Vec<u8>,
    /// its tracker
    pub tracker: [u8; 32],
    /// where it stands
    pub index: u64,
    /// size of the log the proof is for
    pub size: u64,
    /// the server's signature
    pub signature: [u8; 64],
    /// a tlog-proof
    pub proof: String,
}

const RECEIPT_DOMAIN: &str = "urne/0 receipt";
const REFUSAL_DOMAIN: &str = "urne/0 refusal";

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts
        .iter()
        .flat_map(|part| length_prefixed(part))
        .collect()
}

impl Receipt {
    /// Signs the promise; `proof` shows the entry in the log of `size` entries.
    pub fn sign(
        key: &SigningKey,
        election: [u8; 32],
        entry: Vec<u8>,
        tracker: [u8; 32],
        index: u64,
        (size, proof): (u64, String),
    ) -> Receipt {
        let mut receipt = Receipt {
            election,
            entry,
            tracker,
            index,
            size,
            signature: [0; 64],
            proof,
        };
        receipt.signature = sign(key, RECEIPT_DOMAIN, &receipt.message());
        receipt
    }

    fn message(&self) -> Vec<u8> {
        joined(&[
            &self.election,
            &self.tracker,
            &self.index.to_le_bytes(),
            &self.size.to_le_bytes(),
            &[1],
        ])
    }

    /// Checks the server's signature.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(&self, server: &PublicKey) -> Result<(), SignatureError> {
        server.verify(RECEIPT_DOMAIN, &self.message(), &self.signature)
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.open().field("kind").string("receipt");
        w.field("election").bytes(&self.election);
        w.field("entry").bytes(&self.entry);
        w.field("tracker").bytes(&self.tracker);
        w.field("index").integer(self.index);
        w.field("size").integer(self.size);
        w.field("accepted").boolean(true);
        w.field("signature").bytes(&self.signature);
        w.field("proof").string(&self.proof).close();
        let mut bytes = w.finish();
        bytes.push(b'\n');
        bytes
    }

    /// Reads a receipt file.
    ///
    /// # Errors
    /// [`FormError`].
    pub fn decode(bytes: &[u8]) -> Result<Receipt, FormError> {
        let r = &mut Reader::new(line(bytes)?);
        r.open()?;
        r.field("kind")?.one_of(&["receipt"])?;
        let election = r.field("election")?.array_of_bytes()?;
        let entry = r.field("entry")?.bytes(1..=LARGEST_ENTRY)?;
        let tracker = r.field("tracker")?.array_of_bytes()?;
        let index = r.field("index")?.integer(0..=u64::MAX)?;
        let size = r.field("size")?.integer(0..=u64::MAX)?;
        if !r.field("accepted")?.boolean()? {
            return Err(r.fault("expected true"));
        }
        let signature = r.field("signature")?.array_of_bytes()?;
        let proof = r.field("proof")?.string(1..=65_535)?;
        r.close()?;
        r.end()?;
        Ok(Receipt {
            election,
            entry,
            tracker,
            index,
            size,
            signature,
            proof,
        })
    }
}

/// The server's word that it did not append some bytes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// election id
    pub election: [u8; 32],
    /// SHA-256 of the bytes refused
    pub hash: [u8; 32],
    /// lower-case words joined by `-`
    pub code: String,
    /// size of the log at that moment
    pub size: u64,
    /// the server's signature
    pub signature: [u8; 64],
}

impl Refusal {
    /// Signs a refusal.
    pub fn sign(
        key: &SigningKey,
        election: [u8; 32],
        hash: [u8; 32],
        code: String,
        size: u64,
    ) -> Refusal {
        let mut refusal = Refusal {
            election,
            hash,
            code,
            size,
            signature: [0; 64],
        };
        refusal.signature = sign(key, REFUSAL_DOMAIN, &refusal.message());
        refusal
    }

    fn message(&self) -> Vec<u8> {
        joined(&[
            &self.election,
            &self.hash,
            self.code.as_bytes(),
            &self.size.to_le_bytes(),
        ])
    }

    /// Checks the server's signature.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(&self, server: &PublicKey) -> Result<(), SignatureError> {
        server.verify(REFUSAL_DOMAIN, &self.message(), &self.signature)
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.open().field("kind").string("refusal");
        w.field("election").bytes(&self.election);
        w.field("hash").bytes(&self.hash);
        w.field("code").string(&self.code);
        w.field("size").integer(self.size);
        w.field("signature").bytes(&self.signature).close();
        let mut bytes = w.finish();
        bytes.push(b'\n');
        bytes
    }

    /// Reads a refusal file.
    ///
    /// # Errors
    /// [`FormError`].
    pub fn decode(bytes: &[u8]) -> Result<Refusal, FormError> {
        let r = &mut Reader::new(line(bytes)?);
        r.open()?;
        r.field("kind")?.one_of(&["refusal"])?;
        let refusal = Refusal {
            election: r.field("election")?.array_of_bytes()?,
            hash: r.field("hash")?.array_of_bytes()?,
            code: r.field("code")?.string(1..=64)?,
            size: r.field("size")?.integer(0..=u64::MAX)?,
            signature: r.field("signature")?.array_of_bytes()?,
        };
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        if !refusal.code.split('-').all(is_word) {
            return Err(r.fault("expected lower-case words joined by -"));
        }
        r.close()?;
        r.end()?;
        Ok(refusal)
    }
}

/// One line and its line feed.
fn line(bytes: &[u8]) -> Result<&[u8], FormError> {
    match bytes.split_last() {
        Some((b'\n', line)) => Ok(line),
        _ => Err(FormError {
            at: bytes.len(),
            problem: "expected a line feed at the end".into(),
        }),
    }
}
