//! Signed notes, checkpoints, cosignatures and proof files (spec/board.md).

use crate::encoding::{Bytes32, from_base64, sha256};
use crate::ledger::{Found, require};
use crate::manifest::{Manifest, Party};
use crate::signature;
use crate::tree::Tree;

/// No note is longer.
pub(crate) const LONGEST_NOTE: usize = 131_072;
const MOST_LINES: usize = 64;
/// A log has at most this many entries.
const MOST_ENTRIES: u64 = 1 << 32;
/// The kinds of keys.
const LOG: u8 = 0x01;
const WITNESS: u8 = 0x04;

/// A note whose text is the three lines of a checkpoint. Nothing is believed of it yet.
pub(crate) struct Checkpoint {
    text: String,
    pub origin: String,
    pub size: u64,
    pub root: Bytes32,
    /// the name of every signature line, and its key id ‖ signature
    lines: Vec<(String, Vec<u8>)>,
}

/// A decimal number without sign or leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    (canonical && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn hash(text: &str) -> Option<Bytes32> {
    from_base64(text)?.try_into().ok()
}

fn is_name(name: &str) -> bool {
    let forbidden = |c: char| c == '+' || c < ' ' || c.is_whitespace();
    !name.is_empty() && !name.chars().any(forbidden)
}

/// A key id of four bytes, and a signature of at least one.
fn signature_line(line: &str) -> Option<(String, Vec<u8>)> {
    let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = from_base64(encoded)?;
    (is_name(name) && bytes.len() > 4).then(|| (name.to_owned(), bytes))
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
        let lines: Vec<(String, Vec<u8>)> = lines.collect::<Option<_>>()?;
        let [origin, size, root] = text.split('\n').collect::<Vec<&str>>()[..] else { return None };
        let (size, root) = (decimal(size)?, hash(root)?);
        let readable = is_name(origin)
            && origin.len() <= 200
            && size <= MOST_ENTRIES
            && (size > 0 || root == Tree::default().root())
            && lines.len() <= MOST_LINES;
        let (text, origin) = (format!("{text}\n"), origin.to_owned());
        readable.then_some(Checkpoint { text, origin, size, root, lines })
    }

    /// The signatures of the lines by a key: both its name and its key id stand there.
    fn signatures_by<'a>(&'a self, party: &'a Party, kind: u8) -> impl Iterator<Item = &'a [u8]> {
        let hash = sha256(&[party.name.as_bytes(), b"\n", &[kind], &party.key]);
        let lines = self.lines.iter().filter(|(name, _)| *name == party.name);
        lines.filter_map(move |(_, bytes)| bytes.strip_prefix(&hash[..4]))
    }

    /// Whether this is a checkpoint of the log, which signed it: at least one line, none of them bad.
    pub(crate) fn is_signed_by(&self, log: &Party) -> bool {
        let good = |bytes: &[u8]| is_good(log, &self.text, bytes);
        self.origin == log.name
            && self.signatures_by(log, LOG).next().is_some()
            && self.signatures_by(log, LOG).all(good)
    }

    /// The timestamps of the witnesses' cosignatures, one for each witness that signed.
    /// An error if a line by a witness is bad.
    fn cosignatures(&self, witnesses: &[Party]) -> Found<Vec<u64>> {
        let mut timestamps = Vec::new();
        for witness in witnesses {
            let times =
                self.signatures_by(witness, WITNESS).map(|line| self.cosignature(witness, line));
            let times = times.collect::<Option<Vec<u64>>>();
            let times = times.ok_or_else(|| format!("a bad cosignature of {}", witness.name))?;
            timestamps.extend(times.first());
        }
        Ok(timestamps)
    }

    /// The timestamp, if the line is good.
    fn cosignature(&self, witness: &Party, line: &[u8]) -> Option<u64> {
        let (time, signature) = line.split_first_chunk::<8>()?;
        let time = u64::from_be_bytes(*time);
        let message = format!("cosignature/v1\ntime {time}\n{}", self.text);
        (time <= i64::MAX as u64 && is_good(witness, &message, signature)).then_some(time)
    }

    /// The timestamps counted, if this checkpoint has the manifest's quorum.
    pub(crate) fn quorum(&self, manifest: &Manifest) -> Found<Vec<u64>> {
        require(self.is_signed_by(&manifest.log), "the log has not signed it")?;
        let timestamps = self.cosignatures(&manifest.witnesses)?;
        let (found, needed) = (timestamps.len(), manifest.quorum);
        require(found >= needed, &format!("{found} cosignatures of {needed}"))?;
        Ok(timestamps)
    }
}

fn is_good(party: &Party, message: &str, signature: &[u8]) -> bool {
    let signature = signature.try_into();
    signature.is_ok_and(|bytes| signature::is_good(&party.key, message.as_bytes(), bytes))
}

/// A tlog-proof without extra data.
pub(crate) struct Proof {
    pub index: u64,
    pub hashes: Vec<Bytes32>,
    pub checkpoint: Checkpoint,
}

impl Proof {
    /// Reads a proof file; `None` for any other form, and where it has an extra line.
    pub(crate) fn read(text: &str) -> Option<Proof> {
        let (lines, note) = text.split_once("\n\n")?;
        let mut lines = lines.strip_prefix("c2sp.org/tlog-proof@v1\nindex ")?.split('\n');
        let index = decimal(lines.next()?)?;
        let hashes: Vec<Bytes32> = lines.map(hash).collect::<Option<_>>()?;
        let checkpoint = Checkpoint::read(note.as_bytes())?;
        (hashes.len() <= 63).then_some(Proof { index, hashes, checkpoint })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{leaf, root_from_proof};

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
