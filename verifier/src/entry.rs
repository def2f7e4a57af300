//! Entries from index 1 on: their templates and signature lines (spec/encoding.md, spec/entries.md).

use crate::encoding::{from_base64url, length_prefixed};
use crate::json::{Mismatch, Reader};
use crate::manifest::Manifest;
use crate::signature;

/// 32 bytes that are a hash, a key or an encoded point.
pub(crate) type Bytes32 = [u8; 32];

/// `{"kind":"deal",…}`
pub(crate) struct Deal {
    pub trustee: u32,
    pub commitments: Vec<u8>,
    pub ephemeral: Bytes32,
    pub shares: Vec<u8>,
    pub proof: [u8; 128],
}

/// `{"kind":"confirm",…}`
pub(crate) struct Confirm {
    pub trustee: u32,
    pub key: Bytes32,
    pub share: Bytes32,
    pub deals: Bytes32,
    pub proof: [u8; 64],
}

/// `{"kind":"complaint",…}`
pub(crate) struct Complaint {
    pub trustee: u32,
    pub dealer: u32,
    pub shared: Bytes32,
    pub proof: [u8; 96],
}

/// `{"kind":"roll",…}`
pub(crate) struct Chunk {
    pub chunk: u64,
    pub rows: Vec<u8>,
    pub proofs: Vec<u8>,
}

/// `{"kind":"roll-change",…}`
pub(crate) enum Change {
    Add { row: Vec<u8>, proofs: Vec<u8> },
    Remove { key: Bytes32 },
    Replace { key: Bytes32, halves: Vec<u8>, proofs: Vec<u8> },
}

/// `{"kind":"drill",…}`
pub(crate) struct Drill {
    pub trustee: u32,
    pub share: Bytes32,
    pub proof: [u8; 96],
}

/// `{"kind":"open",…}`
pub(crate) struct Open {
    pub key: Bytes32,
    pub deals: Bytes32,
    pub confirms: Bytes32,
    pub roll: Bytes32,
    pub lines: u64,
    /// the paths of the voting page's files
    pub booth: Vec<String>,
    pub size: u64,
    pub root: Bytes32,
}

/// `{"kind":"ballot",…}`
pub(crate) struct Ballot {
    /// 32 zero bytes where the entry has the empty string
    pub after: Bytes32,
    pub key: Bytes32,
    pub proof: Vec<u8>,
}

/// `{"kind":"close",…}`
pub(crate) struct Close {
    pub size: u64,
    pub root: Bytes32,
}

/// `{"kind":"seal",…}`
pub(crate) struct Seal {
    pub trustee: u32,
    pub size: u64,
    pub root: Bytes32,
    pub sums: Bytes32,
    pub memory_lost: bool,
}

/// `{"kind":"decryption",…}`
pub(crate) struct Decryption {
    pub trustee: u32,
    pub size: u64,
    pub root: Bytes32,
    pub shares: Vec<u8>,
    pub proof: [u8; 96],
}

/// An entry by kind.
pub(crate) enum Body {
    Deal(Deal),
    Confirm(Confirm),
    Complaint(Complaint),
    Chunk(Chunk),
    Change(Change),
    Drill(Drill),
    Open(Open),
    Ballot(Ballot),
    Close(Close),
    Seal(Seal),
    Decryption(Decryption),
    Result,
    Notice,
}

/// An entry whose form is good (V9).
pub(crate) struct Entry<'a> {
    /// the line that is signed
    pub payload: &'a [u8],
    pub signatures: Vec<[u8; 64]>,
    /// the election id, where the kind has one
    pub election: Option<Bytes32>,
    pub body: Body,
}

/// Splits an entry into its payload and `count` signatures.
pub(crate) fn split(entry: &[u8]) -> Option<(&[u8], Vec<[u8; 64]>)> {
    let end = entry.iter().position(|byte| *byte == b'\n')?;
    let (payload, rest) = entry.split_at_checked(end)?;
    let mut lines = rest.strip_prefix(b"\n")?;
    let mut signatures = Vec::new();
    while let Some((line, tail)) = lines.split_first_chunk::<87>() {
        let text = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
        signatures.push(from_base64url(text)?.try_into().ok()?);
        lines = tail;
    }
    lines.is_empty().then_some((payload, signatures))
}

/// Whether `signature` is one on this payload (spec/encoding.md, An entry).
pub(crate) fn is_signed(payload: &[u8], signature: &[u8; 64], key: &Bytes32) -> bool {
    let message = [&length_prefixed(b"urne/0 entry"), payload].concat();
    signature::is_good(key, &message, signature)
}

/// V9: reads an entry against the template of its kind and counts its signatures.
pub(crate) fn read<'a>(
    entry: &'a [u8],
    manifest: &Manifest,
    ballot_proof: usize,
) -> Result<Entry<'a>, Mismatch> {
    let (payload, signatures) = split(entry).ok_or("not a payload and signature lines")?;
    let mut reader = Reader::new(payload)?;
    reader.literal(r#"{"kind":""#)?;
    let template = Template { r: &mut reader, manifest, ballot_proof, election: None };
    let (body, election) = template.read()?;
    let expected = match body {
        Body::Ballot(_) | Body::Result => 0,
        Body::Chunk(_) | Body::Change(_) => manifest.issuers.len(),
        _ => 1,
    };
    if signatures.len() != expected {
        return Err(format!("{} signature lines instead of {expected}", signatures.len()));
    }
    Ok(Entry { payload, signatures, election, body })
}

impl Entry<'_> {
    /// V10: whether every signature is good.
    pub(crate) fn signatures_are_good(&self, manifest: &Manifest) -> bool {
        let trustee = |number: u32| manifest.trustees.get(number as usize - 1).map(|t| t.key);
        let signers: Vec<Option<Bytes32>> = match &self.body {
            Body::Ballot(_) | Body::Result => vec![],
            Body::Chunk(_) | Body::Change(_) => {
                manifest.issuers.iter().map(|issuer| Some(issuer.key)).collect()
            }
            Body::Deal(deal) => vec![trustee(deal.trustee)],
            Body::Confirm(confirm) => vec![trustee(confirm.trustee)],
            Body::Complaint(complaint) => vec![trustee(complaint.trustee)],
            Body::Drill(drill) => vec![trustee(drill.trustee)],
            Body::Seal(seal) => vec![trustee(seal.trustee)],
            Body::Decryption(decryption) => vec![trustee(decryption.trustee)],
            Body::Open(_) | Body::Close(_) | Body::Notice => {
                vec![Some(manifest.organizer.key)]
            }
        };
        signers.len() == self.signatures.len()
            && signers.iter().zip(&self.signatures).all(|(key, signature)| {
                key.is_some_and(|key| is_signed(self.payload, signature, &key))
            })
    }
}

struct Template<'r, 'a> {
    r: &'r mut Reader<'a>,
    manifest: &'r Manifest,
    ballot_proof: usize,
    election: Option<Bytes32>,
}

impl Template<'_, '_> {
    fn read(mut self) -> Result<(Body, Option<Bytes32>), Mismatch> {
        type Template<'r, 'a, 'm> = fn(&'m mut self::Template<'r, 'a>) -> Result<Body, Mismatch>;
        let kinds: [(&str, Template); 13] = [
            (r#"ballot""#, Self::ballot),
            (r#"deal""#, Self::deal),
            (r#"confirm""#, Self::confirm),
            (r#"complaint""#, Self::complaint),
            (r#"roll""#, Self::chunk),
            (r#"roll-change""#, Self::change),
            (r#"drill""#, Self::drill),
            (r#"open""#, Self::open),
            (r#"close""#, Self::close),
            (r#"seal""#, Self::seal),
            (r#"decryption""#, Self::decryption),
            (r#"result""#, Self::result),
            (r#"notice""#, Self::notice),
        ];
        let body = self.r.choice(&kinds)?(&mut self)?;
        self.r.literal("}")?;
        self.r.end()?;
        Ok((body, self.election))
    }

    fn election(&mut self) -> Result<(), Mismatch> {
        self.r.literal(r#","election":"#)?;
        self.election = Some(self.r.array()?);
        Ok(())
    }

    /// `,"field":INT(1..n)`, n the number of trustees.
    fn trustee(&mut self, field: &str) -> Result<u32, Mismatch> {
        self.r.literal(field)?;
        let trustees = u32::try_from(self.manifest.trustees.len()).unwrap_or(0);
        self.r.small(1, trustees)
    }

    fn array<const N: usize>(&mut self, field: &str) -> Result<[u8; N], Mismatch> {
        self.r.literal(field)?;
        self.r.array()
    }

    fn point(&mut self, field: &str) -> Result<Bytes32, Mismatch> {
        self.r.literal(field)?;
        self.r.point_not_identity()
    }

    fn bytes(&mut self, field: &str, least: usize, most: usize) -> Result<Vec<u8>, Mismatch> {
        self.r.literal(field)?;
        self.r.bytes(least, most)
    }

    fn integer(&mut self, field: &str) -> Result<u64, Mismatch> {
        self.r.literal(field)?;
        self.r.any_integer()
    }

    fn deal(&mut self) -> Result<Body, Mismatch> {
        let (n, t) = (self.manifest.trustees.len(), self.manifest.threshold);
        self.election()?;
        Ok(Body::Deal(Deal {
            trustee: self.trustee(r#","trustee":"#)?,
            commitments: self.bytes(r#","commitments":"#, 32 * t, 32 * t)?,
            ephemeral: self.point(r#","ephemeral":"#)?,
            shares: self.bytes(r#","shares":"#, 48 * n, 48 * n)?,
            proof: self.array(r#","proof":"#)?,
        }))
    }

    fn confirm(&mut self) -> Result<Body, Mismatch> {
        self.election()?;
        Ok(Body::Confirm(Confirm {
            trustee: self.trustee(r#","trustee":"#)?,
            key: self.point(r#","key":"#)?,
            share: self.point(r#","share":"#)?,
            deals: self.array(r#","deals":"#)?,
            proof: self.array(r#","proof":"#)?,
        }))
    }

    fn complaint(&mut self) -> Result<Body, Mismatch> {
        self.election()?;
        Ok(Body::Complaint(Complaint {
            trustee: self.trustee(r#","trustee":"#)?,
            dealer: self.trustee(r#","dealer":"#)?,
            shared: self.point(r#","shared":"#)?,
            proof: self.array(r#","proof":"#)?,
        }))
    }

    fn chunk(&mut self) -> Result<Body, Mismatch> {
        let issuers = self.manifest.issuers.len();
        self.election()?;
        let chunk = self.integer(r#","chunk":"#)?;
        let rows = self.bytes(r#","rows":"#, 40, 48_000)?;
        if rows.len() % (32 * issuers + 8) != 0 {
            return Err("the rows are not a whole number of rows".to_owned());
        }
        let proofs = self.bytes(r#","proofs":"#, 64 * issuers, 64 * issuers)?;
        Ok(Body::Chunk(Chunk { chunk, rows, proofs }))
    }

    fn change(&mut self) -> Result<Body, Mismatch> {
        let issuers = self.manifest.issuers.len();
        let (half, proof) = (32 * issuers, 64 * issuers);
        self.election()?;
        self.r.literal(r#","operation":"#)?;
        let forms = [(r#""add""#, 0), (r#""remove""#, 1), (r#""replace""#, 2)];
        let operation = *self.r.choice(&forms)?;
        self.r.literal(r#","reason":"#)?;
        let reasons: &[(&str, ())] = match operation {
            0 => &[(r#""admitted""#, ()), (r#""error""#, ())],
            1 => &[(r#""paper""#, ()), (r#""struck""#, ()), (r#""error""#, ())],
            _ => &[(r#""lost""#, ()), (r#""error""#, ())],
        };
        self.r.choice(reasons)?;
        Ok(Body::Change(match operation {
            0 => Change::Add {
                row: self.bytes(r#","row":"#, half + 8, half + 8)?,
                proofs: self.bytes(r#","proofs":"#, proof, proof)?,
            },
            1 => Change::Remove { key: self.point(r#","key":"#)? },
            _ => Change::Replace {
                key: self.point(r#","key":"#)?,
                halves: self.bytes(r#","halves":"#, half, half)?,
                proofs: self.bytes(r#","proofs":"#, proof, proof)?,
            },
        }))
    }

    fn drill(&mut self) -> Result<Body, Mismatch> {
        self.election()?;
        let trustee = self.trustee(r#","trustee":"#)?;
        let share = self.array(r#","share":"#)?;
        if crate::encoding::point(&share).is_none() {
            return Err("the share is not a group element".to_owned());
        }
        Ok(Body::Drill(Drill { trustee, share, proof: self.array(r#","proof":"#)? }))
    }

    fn open(&mut self) -> Result<Body, Mismatch> {
        self.election()?;
        Ok(Body::Open(Open {
            key: self.point(r#","key":"#)?,
            deals: self.array(r#","deals":"#)?,
            confirms: self.array(r#","confirms":"#)?,
            roll: self.array(r#","roll":"#)?,
            lines: self.integer(r#","lines":"#)?,
            booth: {
                self.r.literal(r#","booth":"#)?;
                self.r.list(0, 256, |r| {
                    let path = r.after(r#"{"path":"#)?.string(1, 200)?;
                    r.after(r#","hash":"#)?.array::<32>()?;
                    r.literal("}")?;
                    Ok(path)
                })?
            },
            size: self.integer(r#","size":"#)?,
            root: self.array(r#","root":"#)?,
        }))
    }

    fn close(&mut self) -> Result<Body, Mismatch> {
        self.election()?;
        Ok(Body::Close(Close {
            size: self.integer(r#","size":"#)?,
            root: self.array(r#","root":"#)?,
        }))
    }

    fn ballot(&mut self) -> Result<Body, Mismatch> {
        self.r.literal(r#","after":"#)?;
        let after = if self.r.next_is(r#""""#) { [0; 32] } else { self.after()? };
        Ok(Body::Ballot(Ballot {
            after,
            key: self.point(r#","key":"#)?,
            proof: self.bytes(r#","proof":"#, self.ballot_proof, self.ballot_proof)?,
        }))
    }

    /// A tracker; none has the one form `""`.
    fn after(&mut self) -> Result<Bytes32, Mismatch> {
        match self.r.array()? {
            zeros if zeros == [0; 32] => Err("32 zero bytes written out in after".to_owned()),
            tracker => Ok(tracker),
        }
    }

    fn seal(&mut self) -> Result<Body, Mismatch> {
        self.election()?;
        Ok(Body::Seal(Seal {
            trustee: self.trustee(r#","trustee":"#)?,
            size: self.integer(r#","size":"#)?,
            root: self.array(r#","root":"#)?,
            sums: self.array(r#","sums":"#)?,
            memory_lost: {
                self.r.literal(r#","memory":"#)?;
                *self.r.choice(&[(r#""kept""#, false), (r#""lost""#, true)])?
            },
        }))
    }

    fn decryption(&mut self) -> Result<Body, Mismatch> {
        self.election()?;
        let trustee = self.trustee(r#","trustee":"#)?;
        self.r.literal(r#","phase":1"#)?;
        Ok(Body::Decryption(Decryption {
            trustee,
            size: self.integer(r#","size":"#)?,
            root: self.array(r#","root":"#)?,
            shares: self.bytes(r#","shares":"#, 32, 44_800)?,
            proof: self.array(r#","proof":"#)?,
        }))
    }

    fn result(&mut self) -> Result<Body, Mismatch> {
        self.election()?;
        self.r.literal(r#","colleges":"#)?;
        self.r.list(1, 64, |r| {
            for field in [r#"{"lines":"#, r#","weight":"#, r#","ballots":"#, r#","turnout":"#] {
                r.literal(field)?;
                r.any_integer()?;
            }
            r.after(r#","state":"#)?.choice(&[
                (r#""decrypted""#, ()),
                (r#""empty""#, ()),
                (r#""withheld""#, ()),
            ])?;
            r.after(r#","totals":"#)?.list(0, 1400, Reader::any_integer)?;
            r.literal("}")
        })?;
        self.r.literal(r#","questions":"#)?;
        self.r.list(1, 64, |r| {
            r.after(r#"{"totals":"#)?.list(1, 701, Reader::any_integer)?;
            for field in [r#","expressed":"#, r#","registered":"#] {
                r.literal(field)?;
                r.any_integer()?;
            }
            r.literal(r#","status":"#)?;
            let status = ["decided", "tied", "none", "no-quorum", "withheld"];
            let status = status.map(|status| (format!("\"{status}\""), ()));
            r.choice(&status.each_ref().map(|(literal, value)| (literal.as_str(), *value)))?;
            for field in [r#","winners":"#, r#","tied":"#] {
                r.literal(field)?;
                r.list(0, 700, |r| r.small(1, 700))?;
            }
            r.literal("}")
        })?;
        Ok(Body::Result)
    }

    fn notice(&mut self) -> Result<Body, Mismatch> {
        self.election()?;
        self.r.literal(r#","text":"#)?;
        self.r.text(20_000, self.manifest.languages)?;
        Ok(Body::Notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::to_base64url;
    use crate::manifest::tests::manifest;

    fn point() -> String {
        to_base64url(&curve25519_dalek::constants::RISTRETTO_BASEPOINT_COMPRESSED.0)
    }

    fn bytes(length: usize) -> String {
        to_base64url(&vec![5; length])
    }

    fn form(payload: &str, signatures: usize) -> Result<Option<Bytes32>, Mismatch> {
        let entry = format!("{payload}\n{}", format!("{}\n", bytes(64)).repeat(signatures));
        read(entry.as_bytes(), &manifest(), 640).map(|entry| entry.election)
    }

    fn payloads() -> Vec<(String, usize)> {
        let (id, point) = (bytes(32), point());
        let head = |kind: &str| format!(r#"{{"kind":"{kind}","election":"{id}","#);
        let close = format!(r#""size":7,"root":"{id}"}}"#);
        let trustee = r#""trustee":2,"#;
        vec![
            (
                format!(
                    r#"{}{trustee}"commitments":"{}","ephemeral":"{point}","shares":"{}","proof":"{}"}}"#,
                    head("deal"),
                    bytes(64),
                    bytes(96),
                    bytes(128)
                ),
                1,
            ),
            (
                format!(
                    r#"{}{trustee}"key":"{point}","share":"{point}","deals":"{id}","proof":"{}"}}"#,
                    head("confirm"),
                    bytes(64)
                ),
                1,
            ),
            (
                format!(
                    r#"{}{trustee}"dealer":1,"shared":"{point}","proof":"{}"}}"#,
                    head("complaint"),
                    bytes(96)
                ),
                1,
            ),
            (
                format!(
                    r#"{}"chunk":0,"rows":"{}","proofs":"{}"}}"#,
                    head("roll"),
                    bytes(144),
                    bytes(128)
                ),
                2,
            ),
            (
                format!(
                    r#"{}"operation":"add","reason":"admitted","row":"{}","proofs":"{}"}}"#,
                    head("roll-change"),
                    bytes(72),
                    bytes(128)
                ),
                2,
            ),
            (
                format!(
                    r#"{}"operation":"remove","reason":"struck","key":"{point}"}}"#,
                    head("roll-change")
                ),
                2,
            ),
            (
                format!(
                    r#"{}"operation":"replace","reason":"lost","key":"{point}","halves":"{}","proofs":"{}"}}"#,
                    head("roll-change"),
                    bytes(64),
                    bytes(128)
                ),
                2,
            ),
            (
                format!(r#"{}{trustee}"share":"{point}","proof":"{}"}}"#, head("drill"), bytes(96)),
                1,
            ),
            (
                format!(
                    r#"{}"key":"{point}","deals":"{id}","confirms":"{id}","roll":"{id}","lines":2,"booth":[{{"path":"a","hash":"{id}"}}],{close}"#,
                    head("open")
                ),
                1,
            ),
            (format!(r#"{}{close}"#, head("close")), 1),
            (
                format!(
                    r#"{{"kind":"ballot","after":"","key":"{point}","proof":"{}"}}"#,
                    bytes(640)
                ),
                0,
            ),
            (
                format!(
                    r#"{{"kind":"ballot","after":"{id}","key":"{point}","proof":"{}"}}"#,
                    bytes(640)
                ),
                0,
            ),
            (
                format!(
                    r#"{}{trustee}"size":7,"root":"{id}","sums":"{id}","memory":"kept"}}"#,
                    head("seal")
                ),
                1,
            ),
            (
                format!(
                    r#"{}{trustee}"phase":1,"size":7,"root":"{id}","shares":"{}","proof":"{}"}}"#,
                    head("decryption"),
                    bytes(33),
                    bytes(96)
                ),
                1,
            ),
            (
                format!(
                    r#"{}"colleges":[{{"lines":1,"weight":1,"ballots":0,"turnout":0,"state":"empty","totals":[0]}}],"questions":[{{"totals":[0],"expressed":0,"registered":1,"status":"none","winners":[],"tied":[1]}}]}}"#,
                    head("result")
                ),
                0,
            ),
            (format!(r#"{}"text":["hello"]}}"#, head("notice")), 1),
        ]
    }

    #[test]
    fn every_kind_is_read_with_its_signatures_and_no_others() {
        for (payload, signatures) in payloads() {
            let read = form(&payload, signatures);
            let expected = (!payload.contains("ballot\"")).then_some([5; 32]);
            assert_eq!(read, Ok(expected), "{payload}");
            assert!(form(&payload, signatures + 1).is_err(), "{payload}");
            assert!(signatures == 0 || form(&payload, signatures - 1).is_err(), "{payload}");
            assert!(form(&format!("{payload} "), signatures).is_err(), "{payload}");
            assert!(form(&payload.replacen(':', ": ", 1), signatures).is_err(), "{payload}");
            assert!(
                form(&payload.replace(r#"}"#, r#","more":0}"#), signatures).is_err(),
                "{payload}"
            );
        }
    }

    #[test]
    fn values_outside_their_type_are_faults_of_form() {
        let identity = "A".repeat(43);
        let zeros = format!(r#""after":"{identity}""#);
        let changes = [
            (r#""trustee":2"#, r#""trustee":3"#),
            (r#""trustee":2"#, r#""trustee":0"#),
            (r#""dealer":1"#, r#""dealer":3"#),
            (r#""phase":1"#, r#""phase":2"#),
            (r#""kept""#, r#""forgotten""#),
            (r#""reason":"admitted""#, r#""reason":"lost""#),
            (r#""reason":"struck""#, r#""reason":"lost""#),
            (r#""reason":"lost""#, r#""reason":"struck""#),
            (r#""operation":"add""#, r#""operation":"remove""#),
            (r#""state":"empty""#, r#""state":"open""#),
            (r#""status":"none""#, r#""status":"won""#),
            (r#""tied":[1]"#, r#""tied":[0]"#),
            (r#"["hello"]"#, r#"["hello","again"]"#),
            (r#""kind":"close""#, r#""kind":"manifest""#),
            (r#""path":"a""#, r#""path":"""#),
            (r#""after":"""#, &zeros),
            (r#""after":"""#, r#""after":null"#),
            (&point(), &identity),
            (&bytes(144), &bytes(143)),
            (&bytes(640), &bytes(639)),
            (&bytes(96), &bytes(95)),
        ];
        for (from, to) in changes {
            let holders: Vec<(String, usize)> =
                payloads().into_iter().filter(|(payload, _)| payload.contains(from)).collect();
            assert!(!holders.is_empty(), "{from}");
            for (payload, signatures) in holders {
                let allowed = payload.contains(r#""kind":"drill""#) && to == identity;
                assert_eq!(
                    form(&payload.replacen(from, to, 1), signatures).is_ok(),
                    allowed,
                    "{from} {payload}"
                );
            }
        }
    }

    #[test]
    fn signature_lines_have_one_form() {
        let line = bytes(64);
        let good = format!("x\n{line}\n");
        assert_eq!(split(good.as_bytes()).map(|(_, signatures)| signatures.len()), Some(1));
        assert_eq!(
            split(b"x\n").map(|(payload, signatures)| (payload, signatures.len())),
            Some((&b"x"[..], 0))
        );
        for bad in [
            "x".to_owned(),
            format!("x\n{line}"),
            format!("x\n{line}\n\n"),
            format!("x\n{line}=\n"),
            format!("x\n{}\n", line.replace("BQU", "BQ ")),
        ] {
            assert!(split(bad.as_bytes()).is_none(), "{bad:?}");
        }
        let unused_bits = format!("x\n{}R\n", &line[..85]);
        assert!(split(unused_bits.as_bytes()).is_none());
    }
}
