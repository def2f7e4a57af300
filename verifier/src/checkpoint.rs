//! Signed notes, checkpoints, cosignatures and proof files (spec/board.md).

use sha2::{Digest, Sha256};

use crate::encoding::from_base64;
use crate::log::{MOST_ENTRIES, Tree};
use crate::manifest::{Manifest, Party};
use crate::signature;

/// No note is longer.
pub(crate) const LONGEST_NOTE: usize = 131_072;
const MOST_LINES: usize = 64;
const LOG: u8 = 0x01;
const WITNESS: u8 = 0x04;

struct SignatureLine {
    name: String,
    key_id: [u8; 4],
    signature: Vec<u8>,
}

/// A note whose text is the three lines of a checkpoint. Nothing is believed of it yet.
pub(crate) struct Checkpoint {
    text: String,
    pub origin: String,
    pub size: u64,
    pub root: [u8; 32],
    lines: Vec<SignatureLine>,
}

/// A decimal number without sign or leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    (canonical && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn hash(text: &str) -> Option<[u8; 32]> {
    from_base64(text)?.try_into().ok()
}

fn is_name(name: &str) -> bool {
    let forbidden = |c: char| c == '+' || c < ' ' || c.is_whitespace();
    !name.is_empty() && !name.chars().any(forbidden)
}

fn key_id(party: &Party, kind: u8) -> [u8; 4] {
    let hash = Sha256::new_with_prefix(&party.name).chain_update([b'\n', kind]);
    let [a, b, c, d, ..]: [u8; 32] = hash.chain_update(party.key).finalize().into();
    [a, b, c, d]
}

fn signature_line(line: &str) -> Option<SignatureLine> {
    let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = from_base64(encoded)?;
    let (key_id, signature) = bytes.split_first_chunk::<4>()?;
    let readable = is_name(name) && !signature.is_empty();
    readable.then(|| SignatureLine {
        name: name.to_owned(),
        key_id: *key_id,
        signature: signature.to_vec(),
    })
}

impl Checkpoint {
    /// Reads a note with a checkpoint body; `None` for any other form.
    pub(crate) fn read(note: &[u8]) -> Option<Checkpoint> {
        let note = std::str::from_utf8(note).ok().filter(|note| note.len() <= LONGEST_NOTE)?;
        if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return None;
        }
        let (text, lines) = note.rsplit_once("\n\n")?;
        let lines = lines.strip_suffix('\n')?.split('\n').map(signature_line);
        let lines: Vec<SignatureLine> = lines.take(MOST_LINES + 1).collect::<Option<_>>()?;
        let mut body = text.split('\n');
        let (origin, size, root) = (body.next()?, decimal(body.next()?)?, hash(body.next()?)?);
        let readable = body.next().is_none()
            && is_name(origin)
            && origin.len() <= 200
            && size <= MOST_ENTRIES
            && (size > 0 || root == Tree::default().root())
            && lines.len() <= MOST_LINES;
        let (text, origin) = (format!("{text}\n"), origin.to_owned());
        readable.then_some(Checkpoint { text, origin, size, root, lines })
    }

    fn lines_by<'a>(
        &'a self,
        party: &'a Party,
        kind: u8,
    ) -> impl Iterator<Item = &'a SignatureLine> {
        let id = key_id(party, kind);
        self.lines.iter().filter(move |line| line.name == party.name && line.key_id == id)
    }

    /// Whether this is a checkpoint of the log, which signed it: at least one line, none of them bad.
    pub(crate) fn is_signed_by(&self, log: &Party) -> bool {
        let good = |line: &SignatureLine| {
            let signature = line.signature.as_slice().try_into();
            signature.is_ok_and(|bytes| signature::is_good(&log.key, self.text.as_bytes(), bytes))
        };
        self.origin == log.name
            && self.lines_by(log, LOG).next().is_some()
            && self.lines_by(log, LOG).all(good)
    }

    /// The timestamps of the witnesses' cosignatures, one for each witness that signed.
    /// An error if a line by a witness is bad.
    fn cosignatures(&self, witnesses: &[Party]) -> Result<Vec<u64>, String> {
        let mut timestamps = Vec::new();
        for witness in witnesses {
            let mut first = None;
            for line in self.lines_by(witness, WITNESS) {
                let time = self.cosignature(witness, line);
                let time = time.ok_or_else(|| format!("a bad cosignature of {}", witness.name))?;
                first.get_or_insert(time);
            }
            timestamps.extend(first);
        }
        Ok(timestamps)
    }

    fn cosignature(&self, witness: &Party, line: &SignatureLine) -> Option<u64> {
        let (time, signature) = line.signature.split_first_chunk::<8>()?;
        let time = u64::from_be_bytes(*time);
        let message = format!("cosignature/v1\ntime {time}\n{}", self.text);
        let signature = signature.try_into().ok()?;
        let good = signature::is_good(&witness.key, message.as_bytes(), signature);
        (good && time <= i64::MAX as u64).then_some(time)
    }

    /// The timestamps counted, if this checkpoint has the manifest's quorum.
    pub(crate) fn quorum(&self, manifest: &Manifest) -> Result<Vec<u64>, String> {
        if !self.is_signed_by(&manifest.log) {
            return Err("the log has not signed it".to_owned());
        }
        let timestamps = self.cosignatures(&manifest.witnesses)?;
        match timestamps.len() >= manifest.quorum {
            true => Ok(timestamps),
            false => Err(format!("{} cosignatures of {}", timestamps.len(), manifest.quorum)),
        }
    }
}

/// A tlog-proof without extra data.
pub(crate) struct Proof {
    pub index: u64,
    pub hashes: Vec<[u8; 32]>,
    pub checkpoint: Checkpoint,
}

impl Proof {
    /// Reads a proof file; `None` for any other form, and where it has an extra line.
    pub(crate) fn read(text: &str) -> Option<Proof> {
        let (lines, note) = text.split_once("\n\n")?;
        let mut lines = lines.split('\n');
        if lines.next()? != "c2sp.org/tlog-proof@v1" {
            return None;
        }
        let index = decimal(lines.next()?.strip_prefix("index ")?)?;
        let hashes: Vec<[u8; 32]> = lines.map(hash).collect::<Option<_>>()?;
        let checkpoint = Checkpoint::read(note.as_bytes())?;
        (hashes.len() <= 63).then_some(Proof { index, hashes, checkpoint })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{leaf, root_from_proof};

    // The example of spec/board.md.
    const PROOF: &str = "c2sp.org/tlog-proof@v1
index 5
SFM123z+yWXxX/dF/GJcQdXqJkaTaTAWWCj3PdS2iFQ=
vhV4G2KKKEFMHIoRuG24Qi+hBBIV/g18RJbSPNoeQUI=
l5nzB1F+9RfCIF35tndivzR1ayAJn7ffzOdrzr0nOy4=

log.example/urne/1
7
mMl/C6MXXNCLAx3QhLncTmSbZNGijm6mlGRlAxc6tYc=

— log.example/urne/1 Qx2pschXIc1bOJLxlCVjskDMPvqwKpUINpmoKYXSTu7Urgv9iBgC6fjpxjXeohKIbySVjgSkBCZDSxdbwgJiIUaF/gs=
— w1.example wkTwFAAAAABlU/EAv8Wf2RExQeNuu2M+kUTN3mRcEAprYq9xG9mx+ITtVWg0x0l6A1VSMmwro6AWiLEfsDMNPCRw5UEvs6OFJ8CZBw==
— w3.example aeCo5gAAAABlU/ECwZI/uIJmrH64cAevwrCBGZgUoSgIXlHkIyWfvA1JfB+gcNsisd8bwq+b/nC8D4HclznaMzD0lQWVFawndSXjDw==
";

    fn party(name: &str, seed: u8) -> Party {
        let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes();
        Party { name: name.to_owned(), key }
    }

    fn note() -> &'static str {
        PROOF.split_once("\n\n").unwrap().1
    }

    fn read(note: &str) -> Option<Checkpoint> {
        Checkpoint::read(note.as_bytes())
    }

    fn witnesses() -> Vec<Party> {
        vec![party("w1.example", 2), party("w2.example", 3), party("w3.example", 4)]
    }

    #[test]
    fn the_example_is_signed_and_cosigned() {
        let checkpoint = read(note()).unwrap();
        assert!(checkpoint.is_signed_by(&party("log.example/urne/1", 1)));
        assert!(!checkpoint.is_signed_by(&party("log.example/urne/1", 2)), "another key");
        assert!(!checkpoint.is_signed_by(&party("log.example/urne/2", 1)), "another origin");
        assert_eq!(checkpoint.cosignatures(&witnesses()), Ok(vec![1_700_000_000, 1_700_000_002]));
        assert_eq!(checkpoint.cosignatures(&[party("w1.example", 3)]), Ok(vec![]));
    }

    #[test]
    fn a_bad_line_of_a_known_key_refuses_the_note_and_of_an_unknown_one_does_not() {
        let bad = note().replace("JfB+gc", "JfB+gd");
        let checkpoint = read(&bad).unwrap();
        assert!(checkpoint.cosignatures(&witnesses()).is_err());
        assert_eq!(checkpoint.cosignatures(&witnesses()[..2]), Ok(vec![1_700_000_000]));
        let bad = note().replace("qwKpUINpmoKY", "qwKpUINpmoKZ");
        assert!(!read(&bad).unwrap().is_signed_by(&party("log.example/urne/1", 1)));
        let doubled = format!("{}{}\n", note(), bad.lines().nth(4).unwrap());
        assert!(!read(&doubled).unwrap().is_signed_by(&party("log.example/urne/1", 1)));
    }

    #[test]
    fn several_lines_by_one_witness_count_once() {
        let line = note().lines().nth(5).unwrap();
        let checkpoint = read(&format!("{}{line}\n", note())).unwrap();
        assert_eq!(checkpoint.cosignatures(&witnesses()).map(|times| times.len()), Ok(2));
    }

    #[test]
    fn notes_of_another_form_are_refused() {
        assert!(read(note()).is_some());
        for (part, other) in [
            ("\n7\n", "\n07\n"),
            ("\n7\n", "\n4294967297\n"),
            ("\n7\n", "\n0\n"),
            ("\n7\n", "\n7\nmore\n"),
            ("tYc=\n", "tYd=\n"),
            ("tYc=\n", "tYc\n"),
            ("log.example/urne/1\n7", "log.example/urne+1\n7"),
            ("log.example/urne/1\n7", "log example/urne/1\n7"),
            ("— w1", "- w1"),
            ("— w1", "—  w1"),
            ("CZBw==\n", "CZBw==\r\n"),
            ("CZBw==\n", "CZBw== \n"),
            ("w1.example wkTwFAAAAABlU", "w1.example wkTwFA==\n— w1 AAAAAABlU"),
        ] {
            let changed = note().replace(part, other);
            assert!(changed != note() && read(&changed).is_none(), "{other:?}");
        }
        assert!(read(note().trim_end()).is_none(), "no last line feed");
        assert!(read(&format!("{}\n", note())).is_none(), "an empty last line");
        let line = note().lines().nth(5).unwrap();
        let many = |count| read(&format!("{}{}", note(), format!("{line}\n").repeat(count)));
        assert!(many(61).is_some() && many(62).is_none(), "64 lines at most");
        let empty = "log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— log AAAAAAA=\n";
        assert!(read(empty).is_some(), "the empty tree");
    }

    #[test]
    fn the_example_proof_leads_to_its_root() {
        let proof = Proof::read(PROOF).unwrap();
        let checkpoint = &proof.checkpoint;
        let root = root_from_proof(leaf(b"entry 5"), proof.index, checkpoint.size, &proof.hashes);
        assert_eq!(root, Some(checkpoint.root));
        for (part, other) in [
            ("@v1\n", "@v1\nextra AAAA\n"),
            ("@v1", "@v2"),
            ("index 5", "index 05"),
            ("index 5", "index  5"),
            ("yWXxX/dF/GJcQdXqJkaTaTAWWCj3PdS2iFQ=", ""),
        ] {
            assert!(Proof::read(&PROOF.replace(part, other)).is_none(), "{other}");
        }
    }

    #[test]
    fn decimals_have_one_form() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("4294967296"), Some(1 << 32));
        for refused in ["", "00", "01", "+1", "-1", " 1", "1 ", "18446744073709551616"] {
            assert_eq!(decimal(refused), None, "{refused}");
        }
    }
}
