//! Entries: the template, the phase and the signers of every kind (spec/entries.md, spec/encoding.md).

use crate::encoding::{Bytes32, from_base64url, length_prefixed};
use crate::ledger::{Found, require};
use crate::manifest::Manifest;
use crate::program::Program;
use crate::signature;
use crate::template::{self, LANGUAGES, Value};

/// The phases of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// trustees deal
    Dealing,
    /// trustees confirm
    Confirming,
    /// roll and drill
    Preparing,
    /// between `open` and `close`
    Voting,
    /// after `close`
    Sealing,
    /// after a valid complaint
    Failed,
}

/// Whose signatures an entry carries.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Signer {
    Nobody,
    Organizer,
    /// the one named in the field `trustee`
    Trustee,
    /// each, in the manifest's order
    Issuers,
}

/// A kind of entry.
pub(crate) struct Kind {
    pub name: &'static str,
    /// the only phase in which it may stand; `None` if it may in any
    pub phase: Option<Phase>,
    pub signer: Signer,
    /// as in spec/entries.md
    pub template: &'static str,
}

const fn kind(
    name: &'static str,
    phase: Option<Phase>,
    signer: Signer,
    template: &'static str,
) -> Kind {
    Kind { name, phase, signer, template }
}

/// Every kind after entry 0.
#[rustfmt::skip]
pub(crate) const KINDS: [Kind; 15] = [
    kind("ballot", Some(Phase::Voting), Signer::Nobody,
        r#"{"kind":"ballot","after":B(32)|"","key":B(32 point≠O),"proof":B(64·n + 32·N + 256)}"#),
    kind("deal", Some(Phase::Dealing), Signer::Trustee,
        r#"{"kind":"deal","election":B(32),"trustee":INT(1..32),"commitments":B(32·t),"ephemeral":B(32 point≠O),
            "shares":B(48·n),"proof":B(128)}"#),
    kind("confirm", Some(Phase::Confirming), Signer::Trustee,
        r#"{"kind":"confirm","election":B(32),"trustee":INT(1..32),"key":B(32 point≠O),"share":B(32 point≠O),"deals":B(32),"proof":B(64)}"#),
    kind("complaint", Some(Phase::Confirming), Signer::Trustee,
        r#"{"kind":"complaint","election":B(32),"trustee":INT(1..32),"dealer":INT(1..32),"shared":B(32 point≠O),"proof":B(96)}"#),
    kind("roll", Some(Phase::Preparing), Signer::Issuers,
        r#"{"kind":"roll","election":B(32),"chunk":INT,"rows":B(40..48000),"proofs":B(64·s)}"#),
    kind("roll-change", Some(Phase::Voting), Signer::Issuers,
        r#"{"kind":"roll-change","election":B(32),"operation":"add","reason":"admitted"|"error","row":B(32·s+8),"proofs":B(64·s)}
         | {"kind":"roll-change","election":B(32),"operation":"remove","reason":"paper"|"struck"|"error","key":B(32 point≠O)}
         | {"kind":"roll-change","election":B(32),"operation":"replace","reason":"lost"|"error","key":B(32 point≠O),"halves":B(32·s),"proofs":B(64·s)}"#),
    kind("drill", Some(Phase::Preparing), Signer::Trustee,
        r#"{"kind":"drill","election":B(32),"trustee":INT(1..32),"share":B(32 point),"proof":B(96)}"#),
    kind("open", Some(Phase::Preparing), Signer::Organizer,
        r#"{"kind":"open","election":B(32),"key":B(32 point≠O),"deals":B(32),"confirms":B(32),
            "roll":B(32),"lines":INT,"booth":[{"path":STR(1..200),"hash":B(32)}; 0..256],"size":INT,"root":B(32)}"#),
    kind("extension", Some(Phase::Voting), Signer::Organizer,
        r#"{"kind":"extension","election":B(32),"closes":INT,"reason":TEXT(2000)}"#),
    kind("close", Some(Phase::Voting), Signer::Organizer,
        r#"{"kind":"close","election":B(32),"size":INT,"root":B(32)}"#),
    kind("seal", Some(Phase::Sealing), Signer::Trustee,
        r#"{"kind":"seal","election":B(32),"trustee":INT(1..32),"size":INT,"root":B(32),"sums":B(32),"memory":"kept"|"lost"}"#),
    kind("decryption", Some(Phase::Sealing), Signer::Trustee,
        r#"{"kind":"decryption","election":B(32),"trustee":INT(1..32),"phase":INT(1..1),"size":INT,"root":B(32),"shares":B(32..44800),"proof":B(96)}"#),
    kind("result", Some(Phase::Sealing), Signer::Nobody,
        r#"{"kind":"result","election":B(32),
            "colleges":[{"lines":INT,"weight":INT,"ballots":INT,"turnout":INT,"state":"decrypted"|"empty"|"withheld","totals":[INT; 0..1400]}; 1..64],
            "questions":[{"totals":[INT; 1..701],"expressed":INT,"registered":INT,
              "status":"decided"|"tied"|"none"|"no-quorum"|"withheld","winners":[INT(1..700); 0..700],"tied":[INT(1..700); 0..700]}; 1..64]}"#),
    kind("destruction", Some(Phase::Sealing), Signer::Trustee,
        r#"{"kind":"destruction","election":B(32),"trustee":INT(1..32)}"#),
    kind("notice", None, Signer::Organizer,
        r#"{"kind":"notice","election":B(32),"text":TEXT(20000)}"#),
];

/// An entry whose form is good (V9).
pub(crate) struct Entry<'a> {
    pub kind: &'static Kind,
    pub value: Value,
    /// the line that is signed
    pub payload: &'a [u8],
    pub signatures: Vec<[u8; 64]>,
}

/// A payload and its signature lines.
pub(crate) fn split(entry: &[u8]) -> Option<(&[u8], Vec<[u8; 64]>)> {
    let mut lines = entry.strip_suffix(b"\n")?.split(|byte| *byte == b'\n');
    let payload = lines.next()?;
    let signature = |line| from_base64url(std::str::from_utf8(line).ok()?)?.try_into().ok();
    Some((payload, lines.map(signature).collect::<Option<_>>()?))
}

/// Whether `signature` is one on this payload (spec/encoding.md, An entry).
pub(crate) fn is_signed(payload: &[u8], signature: &[u8; 64], key: &Bytes32) -> bool {
    let message = [&length_prefixed("urne/0 entry", &[]), payload].concat();
    signature::is_good(key, &message, signature)
}

/// V9: reads an entry against the template of its kind and counts its signatures.
pub(crate) fn read<'a>(
    entry: &'a [u8],
    manifest: &Manifest,
    program: &Program,
) -> Found<Entry<'a>> {
    let (payload, signatures) = split(entry).ok_or("not a payload and signature lines")?;
    let of_kind = |kind: &&Kind| {
        let rest = payload
            .strip_prefix(br#"{"kind":""#)
            .and_then(|r| r.strip_prefix(kind.name.as_bytes()));
        rest.is_some_and(|rest| rest.starts_with(b"\""))
    };
    let kind = KINDS.iter().find(of_kind).ok_or("of no kind that has a template")?;
    let (trustees, issuers) = (manifest.trustees.len(), manifest.issuers.len());
    // In the template of a ballot n is the number of ciphertexts.
    let n = if kind.name == "ballot" { program.ciphertexts.len() } else { trustees };
    let (t, bits) = (manifest.threshold, program.bits as usize);
    let letters =
        [('n', n), ('t', t), ('s', issuers), ('N', bits), (LANGUAGES, manifest.languages)];
    let value = template::read(payload, kind.template, &letters)?;
    // What spec/entries.md says of form beside the templates.
    for name in ["trustee", "dealer"].into_iter().filter(|name| value.find(name).is_some()) {
        require(value.number(name) <= trustees as u64, "no such trustee")?;
    }
    if kind.name == "roll" {
        let rows = value.bytes("rows").len() % (32 * issuers + 8);
        require(rows == 0, "the rows are not a whole number of rows")?;
    }
    let zeros = Some(&Value::Bytes(vec![0; 32]));
    require(value.find("after") != zeros, "32 zero bytes written out in after")?;
    let entry = Entry { kind, value, payload, signatures };
    let (found, expected) = (entry.signatures.len(), entry.signers(manifest).len());
    require(found == expected, &format!("{found} signature lines instead of {expected}"))?;
    Ok(entry)
}

impl Entry<'_> {
    /// The keys under which it must be signed.
    fn signers(&self, manifest: &Manifest) -> Vec<Bytes32> {
        match self.kind.signer {
            Signer::Nobody => vec![],
            Signer::Organizer => vec![manifest.key_of("organizer")],
            Signer::Trustee => vec![manifest.trustee(self.value.small("trustee")).array("key")],
            Signer::Issuers => manifest.issuers.clone(),
        }
    }

    /// V10: whether every signature is good.
    pub(crate) fn is_signed(&self, manifest: &Manifest) -> bool {
        let mut signed = self.signers(manifest).into_iter().zip(&self.signatures);
        signed.all(|(key, signature)| is_signed(self.payload, signature, &key))
    }

    /// Of a ballot: the tracker of the one it replaces, zeros if there is none.
    pub(crate) fn after(&self) -> Bytes32 {
        match self.value.field("after") {
            Value::Bytes(_) => self.value.array("after"),
            _ => [0; 32],
        }
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

    fn form(payload: &str, signatures: usize) -> Found<Option<Bytes32>> {
        let entry = format!("{payload}\n{}", format!("{}\n", bytes(64)).repeat(signatures));
        let manifest = manifest();
        let program = manifest.check().unwrap();
        let entry = read(entry.as_bytes(), &manifest, &program)?;
        Ok(entry.value.find("election").map(|_| entry.value.array("election")))
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
                    bytes(544)
                ),
                0,
            ),
            (
                format!(
                    r#"{{"kind":"ballot","after":"{id}","key":"{point}","proof":"{}"}}"#,
                    bytes(544)
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
            (format!(r#"{}"closes":7,"reason":["snow"]}}"#, head("extension")), 1),
            (format!(r#"{}"trustee":1}}"#, head("destruction")), 1),
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
            (&bytes(544), &bytes(543)),
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

#[cfg(test)]
mod spec {
    use super::KINDS;
    use crate::manifest::{MANIFEST, QUESTION, RULE};
    use crate::receipt::RECEIPT;

    #[test]
    fn the_templates_are_those_of_the_specification() {
        let squeeze = |text: &str| text.split_whitespace().collect::<String>();
        let page = include_str!("../../spec/entries.md");
        let blocks = page.split("```").skip(1).step_by(2).map(squeeze).collect::<Vec<String>>();
        let expected = blocks.concat();
        // A receipt stands in one block with the refusal, which no verifier reads.
        let expected = expected.split(r#"{"kind":"refusal""#).next().unwrap();
        let mut rest = expected.to_owned();
        let others = [MANIFEST, QUESTION, RULE, RECEIPT].into_iter();
        let kinds = KINDS.iter().flat_map(|kind| kind.template.split("\n         |"));
        for template in kinds.chain(others) {
            let template = squeeze(template);
            assert!(rest.contains(&template), "{template}");
            rest = rest.replacen(&template, "", 1);
        }
        assert_eq!(rest, "", "templates that nothing reads");
    }
}
