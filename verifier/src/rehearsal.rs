//! A small election written from the specification, its record, and what the verifier says about it.

use std::collections::BTreeMap;

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::{RistrettoPoint, Scalar};
use ed25519_dalek::{Signer, SigningKey};

use crate::ballot::{BallotVerifier, Ciphertexts, tests::Prover, tests::randomness};
use crate::encoding::{concatenate, hash256, length_prefixed, sha256, to_base64url as b64};
use crate::manifest::{Manifest, tests::payload};
use crate::program::Program;
use crate::transcript::Transcript;
use crate::tree::{Tree, leaf};
use crate::{CheckStatus, Options, ReadError, ReceiptState, Report, Verdict, verify};

type Bytes32 = [u8; 32];
const TRUSTEES: u32 = 3;
const NONCE: u64 = 12_345;

fn bytes(point: RistrettoPoint) -> Bytes32 {
    point.compress().0
}

fn scalar(value: u64) -> Scalar {
    Scalar::from(value)
}

fn signing(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// The seeds of the example manifest's parties.
const ORGANIZER: u8 = 1;
const SERVER: u8 = 2;
const LOG: u8 = 3;
const WITNESSES: [u8; 3] = [4, 5, 6];
const ISSUERS: [u8; 2] = [7, 8];
fn trustee_seed(trustee: u32) -> u8 {
    8 + trustee as u8
}

/// A voter: two halves, one college, weight 2.
#[derive(Clone, Copy)]
struct Voter(u64, u32);

impl Voter {
    fn halves(self) -> [Scalar; 2] {
        [scalar(self.0), scalar(self.0 + 1000)]
    }

    fn credential(self) -> Scalar {
        self.halves().iter().sum()
    }

    fn row(self) -> Vec<u8> {
        let halves = self.halves().map(|half| bytes(G * half)).concat();
        [halves, vec![2, 0, 0, 0], self.1.to_le_bytes().to_vec()].concat()
    }
}

/// The board so far, and everybody's secrets.
struct Town {
    manifest: Manifest,
    entries: Vec<Vec<u8>>,
    election: Bytes32,
    deals: Vec<u8>,
    confirms: Vec<u8>,
    chunks: Vec<u8>,
    lines: usize,
    verifier: Option<BallotVerifier>,
    /// of every line by its first half: tracker, index, ciphertexts of the accepted ballot
    accepted: BTreeMap<u64, (Bytes32, usize, Ciphertexts)>,
    closed: usize,
}

/// The dealer's polynomial: f(x) = a + b·x.
fn coefficients(dealer: u32) -> [Scalar; 2] {
    [scalar(50 + u64::from(dealer)), scalar(60 + u64::from(dealer))]
}

fn share_of(trustee: u32) -> Scalar {
    let value = |dealer| coefficients(dealer)[0] + coefficients(dealer)[1] * Scalar::from(trustee);
    (1..=TRUSTEES).map(value).sum()
}

fn election_key() -> RistrettoPoint {
    G * (1..=TRUSTEES).map(|dealer| coefficients(dealer)[0]).sum::<Scalar>()
}

fn encryption_secret(trustee: u32) -> Scalar {
    scalar(70 + u64::from(trustee))
}

/// R_G ‖ R_base ‖ z.
fn equality(base: RistrettoPoint, secret: Scalar, challenge: impl Fn(&[u8]) -> Scalar) -> Vec<u8> {
    let commitment = concatenate(&[G * scalar(NONCE), base * scalar(NONCE)]);
    let response = scalar(NONCE) + challenge(&commitment) * secret;
    [commitment, response.to_bytes().to_vec()].concat()
}

fn manifest_payload() -> String {
    let payload = payload();
    let (head, rest) = payload.split_once(r#""trustees":["#).unwrap();
    let (_, tail) = rest.split_once(r#"],"colleges":"#).unwrap();
    let trustees = (1..=TRUSTEES).map(|trustee| {
        let key = signing(trustee_seed(trustee)).verifying_key().to_bytes();
        let encryption = bytes(G * encryption_secret(trustee));
        let commitment = bytes(G * scalar(NONCE));
        let c = Transcript::new("urne/0 trustee key")
            .append("nonce", &[6; 32])
            .number("trustee", trustee)
            .append("signing key", &key)
            .append("encryption key", &encryption)
            .append("R", &commitment)
            .scalar("c");
        let response = scalar(NONCE) + c * encryption_secret(trustee);
        let proof = [commitment, response.to_bytes()].concat();
        let (key, encryption, proof) = (b64(&key), b64(&encryption), b64(&proof));
        format!(
            r#"{{"name":"T{trustee}","key":"{key}","encryption":"{encryption}","proof":"{proof}"}}"#
        )
    });
    let trustees = trustees.collect::<Vec<_>>().join(",");
    let payload = format!(r#"{head}"trustees":[{trustees}],"colleges":{tail}"#);
    let colleges = r#""colleges":[{"name":["C"],"guard":1},{"name":["D"],"guard":1}]"#;
    payload.replace(r#""colleges":[{"name":["C"],"guard":1}]"#, colleges)
}

impl Town {
    fn new() -> Town {
        Town::with(&manifest_payload())
    }

    fn with(payload: &str) -> Town {
        let manifest = Manifest::read(payload.as_bytes()).unwrap();
        let mut town = Town {
            manifest,
            entries: vec![],
            election: [0; 32],
            deals: vec![],
            confirms: vec![],
            chunks: vec![],
            lines: 0,
            verifier: None,
            accepted: BTreeMap::new(),
            closed: 0,
        };
        town.sign(payload, &[ORGANIZER]);
        town.election = sha256(&[&town.entries[0]]);
        town
    }

    /// Appends an entry signed by these; returns its index.
    fn sign(&mut self, payload: &str, signers: &[u8]) -> usize {
        let message = [length_prefixed("urne/0 entry", &[]), payload.as_bytes().to_vec()].concat();
        let signatures = signers.iter().map(|seed| b64(&signing(*seed).sign(&message).to_bytes()));
        let lines: Vec<String> = [payload.to_owned()].into_iter().chain(signatures).collect();
        self.push(format!("{}\n", lines.join("\n")).into_bytes())
    }

    fn push(&mut self, entry: Vec<u8>) -> usize {
        self.entries.push(entry);
        self.entries.len() - 1
    }

    fn last_leaf(&self) -> Bytes32 {
        leaf(self.entries.last().unwrap())
    }

    /// The head of a payload.
    fn head(&self, kind: &str) -> String {
        format!(r#"{{"kind":"{kind}","election":"{}""#, b64(&self.election))
    }

    fn tree(&self, size: usize) -> Tree {
        let mut tree = Tree::default();
        self.entries.iter().take(size).for_each(|entry| drop(tree.append(leaf(entry))));
        tree
    }

    fn position(&self) -> String {
        let size = self.entries.len();
        format!(r#""size":{size},"root":"{}""#, b64(&self.tree(size).root()))
    }

    fn deals_hash(&self) -> Bytes32 {
        hash256("urne/0 deals", &[&self.deals])
    }

    fn confirms_hash(&self) -> Bytes32 {
        hash256("urne/0 confirms", &[&self.confirms])
    }

    /// A deal; where `spoil` names a trustee the share dealt to it is wrong.
    fn deal_payload(&self, dealer: u32, spoil: u32) -> String {
        let [a, b] = coefficients(dealer);
        let ephemeral_secret = scalar(80 + u64::from(dealer));
        let (commitments, ephemeral) = (concatenate(&[G * a, G * b]), bytes(G * ephemeral_secret));
        let shares: Vec<u8> = (1..=TRUSTEES)
            .flat_map(|trustee| {
                let key = G * encryption_secret(trustee);
                let (shared, key) = (bytes(key * ephemeral_secret), bytes(key));
                let key: Bytes32 = Transcript::new("urne/0 share key")
                    .append("election", &self.election)
                    .number("dealer", dealer)
                    .number("trustee", trustee)
                    .append("encryption key", &key)
                    .append("ephemeral", &ephemeral)
                    .append("shared", &shared)
                    .bytes("key");
                let wrong = Scalar::from(u32::from(trustee == spoil));
                let share = a + b * Scalar::from(trustee) + wrong;
                let cipher = ChaCha20Poly1305::new(&key.into());
                cipher.encrypt(&[0; 12].into(), share.to_bytes().as_slice()).unwrap()
            })
            .collect();
        let trustees = &self.manifest.trustees;
        let keys: Vec<u8> = trustees.iter().flat_map(|t| t.array::<32>("encryption")).collect();
        let commitment = concatenate(&[G * scalar(NONCE), G * scalar(NONCE + 1)]);
        let c = Transcript::new("urne/0 deal")
            .append("election", &self.election)
            .number("trustee", dealer)
            .number("threshold", 2)
            .append("encryption keys", &keys)
            .append("signing key", trustees[dealer as usize - 1].bytes("key"))
            .append("commitments", &commitments)
            .append("ephemeral", &ephemeral)
            .append("shares", &shares)
            .append("R", &commitment)
            .scalar("c");
        let responses = [scalar(NONCE) + c * a, scalar(NONCE + 1) + c * ephemeral_secret];
        let proof = [commitment, responses.map(|z| z.to_bytes()).concat()].concat();
        format!(
            r#"{},"trustee":{dealer},"commitments":"{}","ephemeral":"{}","shares":"{}","proof":"{}"}}"#,
            self.head("deal"),
            b64(&commitments),
            b64(&ephemeral),
            b64(&shares),
            b64(&proof)
        )
    }

    fn deal(&mut self, dealer: u32) {
        let payload = self.deal_payload(dealer, 0);
        self.sign(&payload, &[trustee_seed(dealer)]);
        self.deals.extend(self.last_leaf());
    }

    fn confirm_payload(&self, trustee: u32) -> String {
        let (key, share) = (bytes(election_key()), bytes(G * share_of(trustee)));
        let deals = self.deals_hash();
        let commitment = bytes(G * scalar(NONCE));
        let c = Transcript::new("urne/0 confirm")
            .append("election", &self.election)
            .number("trustee", trustee)
            .append("key", &key)
            .append("share", &share)
            .append("deals", &deals)
            .append("R", &commitment)
            .scalar("c");
        let response = scalar(NONCE) + c * share_of(trustee);
        format!(
            r#"{},"trustee":{trustee},"key":"{}","share":"{}","deals":"{}","proof":"{}"}}"#,
            self.head("confirm"),
            b64(&key),
            b64(&share),
            b64(&deals),
            b64(&[commitment, response.to_bytes()].concat())
        )
    }

    fn confirm(&mut self, trustee: u32) {
        let payload = self.confirm_payload(trustee);
        self.sign(&payload, &[trustee_seed(trustee)]);
        self.confirms.extend(self.last_leaf());
    }

    fn complain(&mut self, trustee: u32, dealer: u32, deal: usize) -> usize {
        let ephemeral = G * scalar(80 + u64::from(dealer));
        let secret = encryption_secret(trustee);
        let (key, shared) = (bytes(G * secret), bytes(ephemeral * secret));
        let proof = equality(ephemeral, secret, |commitment| {
            Transcript::new("urne/0 complaint")
                .append("election", &self.election)
                .number("trustee", trustee)
                .number("dealer", dealer)
                .append("deal", &leaf(&self.entries[deal]))
                .append("encryption key", &key)
                .append("ephemeral", &bytes(ephemeral))
                .append("shared", &shared)
                .append("R", commitment)
                .scalar("c")
        });
        let payload = format!(
            r#"{},"trustee":{trustee},"dealer":{dealer},"shared":"{}","proof":"{}"}}"#,
            self.head("complaint"),
            b64(&shared),
            b64(&proof)
        );
        self.sign(&payload, &[trustee_seed(trustee)])
    }

    fn issuer_proofs(
        &self,
        operation: &str,
        chunk: u32,
        replaced: Bytes32,
        voters: &[Voter],
    ) -> Vec<u8> {
        let rows: Vec<u8> = voters.iter().flat_map(|voter| voter.row()).collect();
        let issuers = self.manifest.issuers.iter().zip(1..);
        issuers
            .flat_map(|(issuer, number)| {
                let commitment = bytes(G * scalar(NONCE));
                let x = Transcript::new("urne/0 issuer")
                    .append("election", &self.election)
                    .append("operation", operation.as_bytes())
                    .number("issuer", number)
                    .append("issuer key", issuer)
                    .number("chunk", chunk)
                    .append("replaced", &replaced)
                    .append("rows", &rows)
                    .append("R", &commitment)
                    .scalar("x");
                let (mut power, mut response) = (Scalar::ONE, scalar(NONCE));
                for voter in voters {
                    power *= x;
                    response += power * voter.halves()[number as usize - 1];
                }
                [commitment, response.to_bytes()].concat()
            })
            .collect()
    }

    fn chunk(&mut self, number: u32, voters: &[Voter]) {
        let mut voters = voters.to_vec();
        voters.sort_by_key(|voter| bytes(G * voter.credential()));
        let rows: Vec<u8> = voters.iter().flat_map(|voter| voter.row()).collect();
        let proofs = self.issuer_proofs("roll", number, [0; 32], &voters);
        let (rows, proofs) = (b64(&rows), b64(&proofs));
        let payload = format!(
            r#"{},"chunk":{number},"rows":"{rows}","proofs":"{proofs}"}}"#,
            self.head("roll")
        );
        self.sign(&payload, &ISSUERS);
        self.chunks.extend(self.last_leaf());
        self.lines += voters.len();
    }

    fn drill(&mut self, trustee: u32) {
        let (key, deals, confirms) =
            (bytes(election_key()), self.deals_hash(), self.confirms_hash());
        let begin = |name| {
            Transcript::new(name)
                .append("election", &self.election)
                .append("key", &key)
                .append("deals", &deals)
                .append("confirms", &confirms)
        };
        let mut transcript = begin("urne/0 drill");
        let rho = transcript.scalar("rho");
        let value = u16::from_le_bytes(transcript.bytes("v"));
        let (alpha, beta) = (G * rho, G * Scalar::from(value) + election_key() * rho);
        let decryption_share = bytes(G * (share_of(trustee) * rho));
        let proof = equality(alpha, share_of(trustee), |commitment| {
            begin("urne/0 drill proof")
                .number("trustee", trustee)
                .append("share", &bytes(G * share_of(trustee)))
                .append("ciphertext", &concatenate(&[alpha, beta]))
                .append("decryption share", &decryption_share)
                .append("R", commitment)
                .scalar("c")
        });
        let (share, proof) = (b64(&decryption_share), b64(&proof));
        let payload = format!(
            r#"{},"trustee":{trustee},"share":"{share}","proof":"{proof}"}}"#,
            self.head("drill")
        );
        self.sign(&payload, &[trustee_seed(trustee)]);
    }

    fn open_payload(&self) -> String {
        format!(
            r#"{},"key":"{}","deals":"{}","confirms":"{}","roll":"{}","lines":{},"booth":[],{}}}"#,
            self.head("open"),
            b64(&bytes(election_key())),
            b64(&self.deals_hash()),
            b64(&self.confirms_hash()),
            b64(&hash256("urne/0 roll", &[&self.chunks])),
            self.lines,
            self.position()
        )
    }

    fn open(&mut self) {
        let payload = self.open_payload();
        let index = self.sign(&payload, &[ORGANIZER]);
        let program = Program::compile(&self.manifest.questions).unwrap();
        self.verifier =
            Some(BallotVerifier::new(sha256(&[&self.entries[index]]), election_key(), &program));
    }

    /// A ballot for one of three options, made after the one now accepted on the line.
    fn ballot_entry(
        &self,
        line: u64,
        voter: Voter,
        choice: usize,
    ) -> (Vec<u8>, Bytes32, Ciphertexts) {
        let verifier = self.verifier.as_ref().unwrap();
        let mut bits = [0; 3];
        bits[choice - 1] = 1;
        let after = self.accepted.get(&line).map_or([0; 32], |(tracker, ..)| *tracker);
        let counter = self.entries.len() as u64 * 100;
        let mut prover = Prover { verifier, credential: voter.credential(), counter };
        let ballot = prover.prove(&bits, voter.1, after);
        let written = if after == [0; 32] { String::new() } else { b64(&after) };
        let (key, proof) = (b64(&ballot.key), b64(&ballot.proof));
        let entry = format!(
            "{{\"kind\":\"ballot\",\"after\":\"{written}\",\"key\":\"{key}\",\"proof\":\"{proof}\"}}\n"
        );
        (entry.into_bytes(), verifier.tracker(&ballot), verifier.ciphertexts(&ballot).unwrap())
    }

    fn vote(&mut self, line: u64, voter: Voter, choice: usize) -> usize {
        let (entry, tracker, ciphertexts) = self.ballot_entry(line, voter, choice);
        let index = self.push(entry);
        self.accepted.insert(line, (tracker, index, ciphertexts));
        index
    }

    fn close(&mut self) {
        let payload = format!("{},{}}}", self.head("close"), self.position());
        self.sign(&payload, &[ORGANIZER]);
        self.closed = self.entries.len();
    }

    /// The sums of college 1, every line with weight 2.
    fn sums(&self) -> Vec<RistrettoPoint> {
        let mut sums = vec![RistrettoPoint::default(); 6];
        for (_, _, ciphertexts) in self.accepted.values() {
            sums.iter_mut().zip(ciphertexts).for_each(|(sum, point)| *sum += point + point);
        }
        sums
    }

    fn closed_log(&self) -> String {
        format!(r#""size":{},"root":"{}""#, self.closed, b64(&self.tree(self.closed).root()))
    }

    fn seal(&mut self, trustee: u32) -> usize {
        let sums = b64(&hash256("urne/0 sums", &[&concatenate(&self.sums())]));
        let (head, log) = (self.head("seal"), self.closed_log());
        let payload =
            format!(r#"{head},"trustee":{trustee},{log},"sums":"{sums}","memory":"kept"}}"#);
        self.sign(&payload, &[trustee_seed(trustee)])
    }

    fn decrypt(&mut self, trustee: u32) -> usize {
        let sums = self.sums();
        let alphas: Vec<RistrettoPoint> = sums.iter().step_by(2).copied().collect();
        let shares: Vec<RistrettoPoint> =
            alphas.iter().map(|alpha| alpha * share_of(trustee)).collect();
        let (sums, share_bytes) = (concatenate(&sums), concatenate(&shares));
        let mut transcript = Transcript::new("urne/0 decryption")
            .append("ctx", &self.verifier.as_ref().unwrap().ctx)
            .append("root", &self.tree(self.closed).root())
            .number("phase", 1)
            .number("trustee", trustee)
            .append("share", &bytes(G * share_of(trustee)))
            .append("sums", &sums)
            .append("shares", &share_bytes);
        let w = transcript.scalar("w");
        let base =
            alphas.iter().rev().fold(RistrettoPoint::default(), |sum, alpha| (sum + alpha) * w);
        let proof = equality(base, share_of(trustee), |commitment| {
            transcript.clone().append("R", commitment).scalar("c")
        });
        let payload = format!(
            r#"{},"trustee":{trustee},"phase":1,{},"shares":"{}","proof":"{}"}}"#,
            self.head("decryption"),
            self.closed_log(),
            b64(&share_bytes),
            b64(&proof)
        );
        self.sign(&payload, &[trustee_seed(trustee)])
    }

    fn result(&mut self, members: &str) -> usize {
        let payload = format!("{},{members}}}", self.head("result"));
        self.sign(&payload, &[])
    }

    fn ceremony(mut self) -> Town {
        (1..=TRUSTEES).for_each(|trustee| self.deal(trustee));
        (1..=TRUSTEES).for_each(|trustee| self.confirm(trustee));
        self
    }

    fn opened(self) -> Town {
        let mut town = self.ceremony();
        town.chunk(
            0,
            &(1..=6).map(|half| Voter(half, 1 + u32::from(half == 6))).collect::<Vec<_>>(),
        );
        (1..=TRUSTEES).for_each(|trustee| town.drill(trustee));
        town.open();
        town
    }

    fn ended(mut self) -> Town {
        self.close();
        self.seal(1);
        self.seal(3);
        self.decrypt(3);
        self.decrypt(1);
        self
    }

    fn checkpoint(&self, size: usize) -> String {
        let root = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            self.tree(size).root(),
        );
        let origin = &self.manifest.log.name;
        let text = format!("{origin}\n{size}\n{root}\n");
        let mut note = format!("{text}\n");
        let mut sign = |name: &str, seed: u8, kind: u8, message: &str, time: &[u8]| {
            let key = signing(seed);
            let public = key.verifying_key().to_bytes();
            let id = sha256(&[name.as_bytes(), b"\n", &[kind], &public]);
            let signature = key.sign(message.as_bytes()).to_bytes();
            let line = [&id[..4], time, &signature].concat();
            let line = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, line);
            note.push_str(&format!("— {name} {line}\n"));
        };
        sign(origin, LOG, 1, &text, &[]);
        for seed in WITNESSES {
            let time = 1_700_000_000 + u64::from(seed);
            sign(
                &format!("w{seed}"),
                seed,
                4,
                &format!("cosignature/v1\ntime {time}\n{text}"),
                &time.to_be_bytes(),
            );
        }
        note
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let size = self.entries.len();
        let mut files = BTreeMap::new();
        files.insert("checkpoint".to_owned(), self.checkpoint(size).into_bytes());
        // All that are kept in this small town; a longer log keeps its first ones.
        for size in 1..=size.min(60) {
            files.insert(format!("checkpoints/{size}"), self.checkpoint(size).into_bytes());
        }
        let mut tree = Tree::default();
        let mut tiles = vec![];
        self.entries.iter().for_each(|entry| tiles.extend(tree.append(leaf(entry))));
        for tile in tiles.into_iter().chain(tree.partial_tiles()) {
            files.insert(tile.path, tile.bytes);
        }
        for (number, entries) in self.entries.chunks(256).enumerate() {
            let framed = entries
                .iter()
                .flat_map(|entry| [&(entry.len() as u16).to_be_bytes()[..], entry].concat());
            let (path, _) = crate::tree::bundle(number as u64, size as u64);
            files.insert(path, framed.collect());
        }
        files
    }

    fn verify(&self) -> Report {
        verify_files(&self.files(), &Options { election: Some(self.election), receipts: vec![] })
    }

    /// A receipt for the ballot at `index`, given when the log had `size` entries.
    fn receipt(&self, index: usize, size: usize, tracker: Bytes32) -> Vec<u8> {
        let (position, log_size) = ((index as u64).to_le_bytes(), (size as u64).to_le_bytes());
        let parts: [&[u8]; 5] = [&self.election, &tracker, &position, &log_size, &[1]];
        let message = length_prefixed("urne/0 receipt", &parts);
        let signature = b64(&signing(SERVER).sign(&message).to_bytes());
        let leaves: Vec<Bytes32> = self.entries[..size].iter().map(|entry| leaf(entry)).collect();
        let engine = base64::engine::general_purpose::STANDARD;
        let hashes = crate::tree::tests::path(index, &leaves).into_iter();
        let hashes: String =
            hashes.map(|hash| base64::Engine::encode(&engine, hash) + "\\n").collect();
        let checkpoint = self.checkpoint(size).replace('\n', "\\n");
        let (election, entry, tracker) =
            (b64(&self.election), b64(&self.entries[index]), b64(&tracker));
        format!(
            "{{\"kind\":\"receipt\",\"election\":\"{election}\",\"entry\":\"{entry}\",\"tracker\":\"{tracker}\",\
             \"index\":{index},\"size\":{size},\"accepted\":true,\"signature\":\"{signature}\",\
             \"proof\":\"c2sp.org/tlog-proof@v1\\nindex {index}\\n{hashes}\\n{checkpoint}\"}}\n"
        )
        .into_bytes()
    }
}

fn verify_files(files: &BTreeMap<String, Vec<u8>>, options: &Options) -> Report {
    let source = |path: &str, _: usize| Ok::<_, ReadError>(files.get(path).cloned());
    let report = verify(&source, options, &randomness, &mut |_| ());
    assert_eq!(report.checks.len(), 27);
    assert!(!report.to_text().is_empty());
    report
}

/// The void entries as (index, check).
fn void(report: &Report) -> Vec<(u64, usize)> {
    report.void.iter().map(|void| (void.index, void.check)).collect()
}

fn status(report: &Report, check: usize) -> CheckStatus {
    report.checks[check - 1].status
}

fn assert_passes(report: &Report) {
    assert_eq!(report.verdict(), Verdict::Pass, "{}", report.to_text());
}

/// Lines 1 to 5 in college 1, line 6 in college 2.
fn voter(line: u64) -> Voter {
    Voter(line, 1 + u32::from(line == 6))
}

#[test]
fn a_whole_election_passes_and_gives_its_result() {
    let mut town = Town::new().opened();
    let head = town.head("notice");
    town.sign(&format!(r#"{head},"text":["hello"]}}"#), &[ORGANIZER]);
    town.vote(1, voter(1), 1);
    town.vote(2, voter(2), 2);
    town.vote(3, voter(3), 3);
    town.vote(2, voter(2), 1);
    // Line 3 ends and takes its ballot along.
    let key = b64(&bytes(G * voter(3).credential()));
    let head = town.head("roll-change");
    town.sign(
        &format!(r#"{head},"operation":"remove","reason":"paper","key":"{key}"}}"#),
        &ISSUERS,
    );
    town.accepted.remove(&3);
    // Line 4 votes, gets another key, and votes again.
    town.vote(4, voter(4), 3);
    let (old, new) = (bytes(G * voter(4).credential()), Voter(40, 1));
    let halves = b64(&new.row()[..64]);
    let proofs = b64(&town.issuer_proofs("replace", 0, old, &[new]));
    let key = b64(&old);
    town.sign(&format!(r#"{head},"operation":"replace","reason":"lost","key":"{key}","halves":"{halves}","proofs":"{proofs}"}}"#), &ISSUERS);
    town.vote(4, new, 2);
    let mut town = town.ended();
    let unfinished = town.verify();
    assert_passes(&unfinished);
    let members = concat!(
        r#""colleges":[{"lines":4,"weight":8,"ballots":3,"turnout":6,"state":"decrypted","totals":[4,2,0]},"#,
        r#"{"lines":1,"weight":2,"ballots":0,"turnout":0,"state":"empty","totals":[0,0,0]}],"#,
        r#""questions":[{"totals":[4,2,0],"expressed":6,"registered":10,"status":"decided","winners":[1],"tied":[]}]"#
    );
    town.result(members);
    town.seal(2);
    town.decrypt(2);
    let report = town.verify();
    assert_passes(&report);
    assert_eq!(report.outcome.as_ref().map(|outcome| outcome.members()), Some(members.to_owned()));
    assert!(report.to_json().contains(members));
    for check in [13, 27] {
        assert_eq!(status(&report, check), CheckStatus::NotApplicable, "V{check}");
    }
    for check in (1..=26).filter(|check| *check != 13) {
        assert_eq!(status(&report, check), CheckStatus::Pass, "V{check}");
    }
}

#[test]
fn closing_may_be_put_off_and_keys_may_be_said_to_be_destroyed() {
    let mut town = Town::new().opened();
    let put_off = |town: &mut Town, closes: u64, seed: u8| {
        let head = town.head("extension");
        town.sign(&format!(r#"{head},"closes":{closes},"reason":["snow"]}}"#), &[seed])
    };
    let destroyed = |town: &mut Town, trustee: u32| {
        let head = town.head("destruction");
        town.sign(&format!(r#"{head},"trustee":{trustee}}}"#), &[trustee_seed(trustee)])
    };
    let mut expected = Vec::new();
    // The manifest announces 2000.
    expected.push((put_off(&mut town, 2_000, ORGANIZER), 22));
    put_off(&mut town, 2_060, ORGANIZER);
    expected.push((put_off(&mut town, 2_060, ORGANIZER), 22));
    expected.push((put_off(&mut town, 2_120, SERVER), 10));
    put_off(&mut town, 2_061, ORGANIZER);
    town.vote(1, voter(1), 1);
    expected.push((destroyed(&mut town, 1), 26));
    let mut town = town.ended();
    expected.push((put_off(&mut town, 9_000, ORGANIZER), 26));
    destroyed(&mut town, 2);
    expected.push((destroyed(&mut town, 2), 26));
    let report = town.verify();
    let expected: Vec<_> = expected.iter().map(|(index, check)| (*index as u64, *check)).collect();
    assert_eq!(void(&report), expected, "{}", report.to_text());
    assert_eq!(
        (report.extensions.clone(), report.destructions.clone()),
        (vec![2_060, 2_061], vec![2])
    );
    let text = report.to_text();
    assert!(text.contains("Closing was put off to 1970-01-01 00:34 UTC."), "{text}");
    assert!(text.contains("destroyed the key."), "{text}");
}

#[test]
fn entries_out_of_order_are_void_and_change_nothing() {
    let mut town = Town::new();
    let confirm = town.confirm_payload(1);
    town.sign(&confirm, &[trustee_seed(1)]);
    town.deal(1);
    let deal = town.deal_payload(1, 0);
    town.sign(&deal, &[trustee_seed(1)]);
    let head = town.head("notice");
    let notice = format!(r#"{head},"text":["hello"]}}"#);
    town.sign(&notice, &[SERVER]);
    town.sign(&notice, &[SERVER]);
    town.sign(&notice, &[ORGANIZER]);
    town.sign(&notice, &[ORGANIZER]);
    town.push(b"{}\n".to_vec());
    town.deal(2);
    town.deal(3);
    let deal = town.deal_payload(1, 0);
    town.sign(&deal, &[trustee_seed(1)]);
    let foreign = confirm.replace(&b64(&town.election), &b64(&[0; 32]));
    town.sign(&foreign, &[trustee_seed(1)]);
    let confirm = town.confirm_payload(1);
    town.sign(&confirm, &[trustee_seed(2)]);
    (1..=3).for_each(|trustee| town.confirm(trustee));
    let early = town.open_payload();
    town.sign(&early, &[ORGANIZER]);
    town.chunk(0, &[voter(1), voter(2)]);
    let early = town.open_payload();
    town.sign(&early, &[ORGANIZER]);
    (1..=3).for_each(|trustee| town.drill(trustee));
    town.drill(3);
    let wrong = town.open_payload().replace(r#""lines":2"#, r#""lines":3"#);
    town.sign(&wrong, &[ORGANIZER]);
    town.open();
    town.vote(1, voter(1), 2);
    town.decrypt(1);
    let mut town = town.ended();
    town.vote(1, voter(1), 2);
    let report = town.verify();
    let expected = [
        (1, 26),
        (3, 26),
        (4, 10),
        (5, 10),
        (7, 26),
        (8, 9),
        (11, 26),
        (12, 26),
        (13, 10),
        (17, 17),
        (19, 17),
        (23, 26),
        (24, 17),
        (27, 26),
        (33, 26),
    ];
    assert_eq!(void(&report), expected, "{}", report.to_text());
    assert_eq!(report.verdict(), Verdict::Fail);
    assert_eq!(report.first_failure(), Some(9));
    let totals = report.outcome.map(|outcome| outcome.questions[0].totals.clone());
    assert_eq!(totals, Some(vec![0, 2, 0]), "the tally goes on");
}

#[test]
fn ballots_are_judged_by_line_then_proof_then_acceptance() {
    let mut payload = manifest_payload();
    payload = payload.replace(r#""cap":10"#, r#""cap":2"#);
    let mut town = Town::with(&payload).opened();
    town.vote(1, voter(1), 1);
    let (stranger, ..) = town.ballot_entry(77, Voter(77, 1), 1);
    let stranger = town.push(stranger);
    let (mut unproven, ..) = town.ballot_entry(2, voter(2), 2);
    let last = unproven.len() - 5;
    unproven[last] ^= 1;
    let unproven = town.push(unproven);
    let again = town.push(town.entries[stranger - 1].clone());
    town.vote(1, voter(1), 2);
    let (third, ..) = town.ballot_entry(1, voter(1), 3);
    let third = town.push(third);
    // The proof is bound to the line's college.
    let (college, ..) = town.ballot_entry(6, Voter(6, 1), 3);
    let college = town.push(college);
    let report = town.ended().verify();
    let expected = [(stranger, 19), (unproven, 20), (again, 21), (third, 21), (college, 20)];
    assert_eq!(void(&report), expected.map(|(index, check)| (index as u64, check)));
    assert_eq!(
        report.outcome.map(|outcome| outcome.questions[0].totals.clone()),
        Some(vec![0, 2, 0])
    );
}

#[test]
fn seals_and_decryptions_wait_for_each_other() {
    let mut town = Town::new().opened();
    town.vote(1, voter(1), 1);
    town.close();
    let start = town.entries.len();
    town.result(r#""colleges":[{"lines":0,"weight":0,"ballots":0,"turnout":0,"state":"empty","totals":[]}],"questions":[{"totals":[0],"expressed":0,"registered":0,"status":"none","winners":[],"tied":[]}]"#);
    town.seal(1);
    town.decrypt(1);
    town.seal(1);
    let sums = town.accepted.clone();
    town.accepted.clear();
    town.seal(2);
    town.accepted = sums;
    town.seal(2);
    town.decrypt(3);
    town.decrypt(1);
    town.decrypt(1);
    town.closed -= 1;
    town.decrypt(2);
    town.closed += 1;
    let unfinished = town.verify();
    assert!(!unfinished.ended());
    town.decrypt(2);
    let wrong = town.entries[start].clone();
    town.push(wrong);
    let report = town.verify();
    assert!(report.ended());
    let expected = [(0, 26), (2, 26), (3, 26), (4, 23), (6, 26), (8, 26), (9, 24), (11, 25)];
    let expected = expected.map(|(offset, check)| (offset + start as u64, check));
    assert_eq!(void(&report), expected, "{}", report.to_text());
}

#[test]
fn a_complaint_names_the_guilty() {
    for spoil in [0, 2] {
        let mut town = Town::new();
        let payload = town.deal_payload(1, spoil);
        let deal = town.sign(&payload, &[trustee_seed(1)]);
        town.deal(2);
        town.deal(3);
        town.complain(2, 1, deal + 1);
        town.complain(2, 1, deal);
        town.confirm(1);
        let report = town.verify();
        let complaint = deal as u64 + 3;
        assert_eq!(void(&report), [(complaint, 13), (complaint + 2, 26)]);
        let guilt = report.guilt.unwrap();
        assert_eq!(
            (guilt.trustee, guilt.as_dealer),
            if spoil == 2 { (1, true) } else { (2, false) }
        );
        assert_eq!(status(&report, 13), CheckStatus::Fail);
    }
}

#[test]
fn a_ceremony_that_failed_is_incomplete() {
    let mut town = Town::new();
    (1..=3).for_each(|trustee| town.deal(trustee));
    town.complain(3, 1, 1);
    let report = town.verify();
    assert_eq!((report.verdict(), report.exit_code()), (Verdict::Incomplete, 3));
    assert!(report.to_json().contains(r#""ceremony":{"guilty":3,"role":"complainer"}"#));
    assert_eq!(Town::new().verify().verdict(), Verdict::Incomplete, "a manifest alone");
}

#[test]
fn withheld_colleges_end_with_the_seals() {
    let payload =
        manifest_payload().replace(r#"{"name":["C"],"guard":1}"#, r#"{"name":["C"],"guard":2}"#);
    let mut town = Town::with(&payload).opened();
    town.vote(1, voter(1), 1);
    town.close();
    town.accepted.clear();
    let sums = b64(&hash256("urne/0 sums", &[b""]));
    let (head, log) = (town.head("seal"), town.closed_log());
    for trustee in [1, 2] {
        assert!(!town.verify().ended());
        let payload =
            format!(r#"{head},"trustee":{trustee},{log},"sums":"{sums}","memory":"lost"}}"#);
        town.sign(&payload, &[trustee_seed(trustee)]);
    }
    let report = town.verify();
    assert_passes(&report);
    assert_eq!(report.memory_lost, [1, 2]);
    let outcome = report.outcome.unwrap();
    assert_eq!(outcome.questions[0].status, crate::Status::Withheld);
    assert_eq!(outcome.colleges[0].totals, []);
    let refused = town.decrypt(1);
    assert_eq!(void(&town.verify()), [(refused as u64, 26)]);
}

#[test]
fn damage_of_the_folder_fails_the_check_it_concerns() {
    let mut town = Town::new().opened();
    town.vote(1, voter(1), 1);
    let town = town.ended();
    let size = town.entries.len();
    let open =
        town.entries.iter().position(|entry| entry.starts_with(br#"{"kind":"open""#)).unwrap();
    let close = town.closed - 1;
    let options = |election| Options { election, receipts: vec![vec![]] };
    let first = |path: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut files = town.files();
        change(files.get_mut(path).unwrap());
        files.retain(|_, bytes| !bytes.is_empty());
        let report = verify_files(&files, &options(Some(town.election)));
        assert_eq!(report.verdict(), Verdict::Fail);
        let first = report.first_failure().unwrap();
        if first <= 6 {
            assert!((first + 1..=27).all(|check| status(&report, check) == CheckStatus::NotRun));
            assert!(report.void.is_empty() && !report.ended() && report.guilt.is_none());
            assert_eq!(report.receipts, [(ReceiptState::Unknown, None)]);
        }
        first
    };
    let replace = |from: &str, to: &str| {
        let (from, to) = (from.as_bytes().to_vec(), to.as_bytes().to_vec());
        move |bytes: &mut Vec<u8>| {
            let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
            bytes.splice(at..at + from.len(), to.clone());
        }
    };
    let bundle = format!("tile/entries/000.p/{size}");
    let tile = format!("tile/0/000.p/{size}");
    assert_eq!(first("checkpoint", &|bytes| bytes.clear()), 1);
    assert_eq!(first("checkpoint", &|bytes| bytes.truncate(bytes.len() - 1)), 1);
    assert_eq!(first("checkpoint", &replace("— w4", "- w4")), 1);
    assert_eq!(first(&bundle, &|bytes| bytes.clear()), 1);
    assert_eq!(first(&bundle, &|bytes| bytes.push(0)), 1);
    assert_eq!(first(&bundle, &|bytes| bytes[10] ^= 1), 2, "the manifest's form");
    assert_eq!(first(&bundle, &replace("\"practice\":true", "\"practice\":null")), 2);
    assert_eq!(first("checkpoint", &replace("example.org", "example.com")), 5);
    assert_eq!(first(&tile, &|bytes| bytes.clear()), 6);
    assert_eq!(first(&tile, &|bytes| bytes[0] ^= 1), 6);
    assert_eq!(first(&bundle, &|bytes| *bytes.last_mut().unwrap() ^= 1), 6);
    for size in [open, open + 1, close, close + 1] {
        let path = format!("checkpoints/{size}");
        assert_eq!(first(&path, &|bytes| bytes.clear()), 7);
        assert_eq!(
            first(&path, &|bytes| *bytes = town.checkpoint(size + 2).into_bytes()),
            7,
            "another size"
        );
        assert_eq!(first(&path, &replace("— example", "— exemple")), 7, "not signed");
        assert_eq!(first(&path, &replace("— w4", "— w9")), 8);
    }
    assert_eq!(first("checkpoint", &replace("— w4", "— w9")), 8);
    let other = verify_files(&town.files(), &options(Some([0; 32])));
    assert_eq!(other.first_failure(), Some(4));
    let none = verify_files(&town.files(), &Options::default());
    assert_eq!(status(&none, 4), CheckStatus::NotApplicable);
    assert!(none.to_text().contains("No election id was given"));
    let mut files = town.files();
    files.remove("checkpoints/3");
    assert_passes(&verify_files(&files, &Options::default()));
}

#[test]
fn a_forged_manifest_signature_or_possession_is_found() {
    let mut town = Town::new();
    town.entries.clear();
    town.sign(&manifest_payload(), &[SERVER]);
    assert_eq!(town.verify().first_failure(), Some(2));
    town.entries.clear();
    town.sign(&manifest_payload(), &[ORGANIZER, ORGANIZER]);
    assert_eq!(town.verify().first_failure(), Some(2));
    let proof = |trustee: usize| b64(town.manifest.trustees[trustee].bytes("proof"));
    let swapped = manifest_payload().replace(&proof(0), &proof(1));
    assert_eq!(Town::with(&swapped).verify().first_failure(), Some(3));
}

#[test]
fn receipts_say_what_became_of_their_ballots() {
    let mut town = Town::new().opened();
    let counting = town.vote(1, voter(1), 1);
    let counting = town.receipt(counting, town.entries.len(), town.accepted[&1].0);
    let replaced = town.vote(2, voter(2), 2);
    let replaced = town.receipt(replaced, replaced + 1, town.accepted[&2].0);
    town.vote(2, voter(2), 1);
    let cancelled = town.vote(3, voter(3), 3);
    let cancelled = town.receipt(cancelled, cancelled + 1, town.accepted[&3].0);
    let key = b64(&bytes(G * voter(3).credential()));
    let head = town.head("roll-change");
    let removal = town.sign(
        &format!(r#"{head},"operation":"remove","reason":"paper","key":"{key}"}}"#),
        &ISSUERS,
    );
    town.accepted.remove(&3);
    let mut town = town.ended();
    let size = town.entries.len();
    let receipts = |list: &[&Vec<u8>]| Options {
        election: None,
        receipts: list.iter().map(|r| r.to_vec()).collect(),
    };
    let report = verify_files(&town.files(), &receipts(&[&counting, &replaced, &cancelled]));
    assert_passes(&report);
    let first = town.accepted[&1].1 as u64;
    let expected = [
        (ReceiptState::Counts, Some(first)),
        (ReceiptState::Replaced, Some(first + 2)),
        (ReceiptState::Cancelled, Some(removal as u64)),
    ];
    assert_eq!(report.receipts, expected);
    let judge = |town: &Town, receipt: &Vec<u8>| {
        let report = verify_files(&town.files(), &receipts(&[receipt]));
        (status(&report, 27), report.receipts[0])
    };
    let change = |from: &str, to: &str| {
        let text = String::from_utf8(counting.clone()).unwrap();
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1).into_bytes()
    };
    let (index, log) = (format!("\"index\":{first}"), format!("\"size\":{}", first + 1));
    for (receipt, state) in [
        (change("}\n", "}"), (ReceiptState::Unknown, None)),
        (change("\"accepted\":true", "\"accepted\":false"), (ReceiptState::Unknown, None)),
        (change(&b64(&town.election), &b64(&[0; 32])), (ReceiptState::Unknown, None)),
        (
            change(&b64(&town.entries[first as usize]), &b64(&town.entries[0])),
            (ReceiptState::Unknown, None),
        ),
        (change(&index, &format!("\"index\":{}", first + 1)), (ReceiptState::Absent, None)),
        (change(&log, &format!("\"size\":{}", first + 2)), (ReceiptState::Counts, Some(first))),
        (change("proof@v1", "proof@v2"), (ReceiptState::Counts, Some(first))),
        (change("— w4", "— w9"), (ReceiptState::Counts, Some(first))),
        (change(&b64(&town.accepted[&1].0), &b64(&[0; 32])), (ReceiptState::Counts, Some(first))),
        (
            town.receipt(first as usize, first as usize + 1, [0; 32]),
            (ReceiptState::Counts, Some(first)),
        ),
    ] {
        assert_eq!(
            judge(&town, &receipt),
            (CheckStatus::Fail, state),
            "{}",
            String::from_utf8_lossy(&receipt)
        );
    }
    // Indexes that are not below the receipt's size, inside and beyond the record.
    for (index_said, size_said) in [(first + 1, first + 1), (900, 900), (900, 800), (800, 10)] {
        let said = String::from_utf8(change(&index, &format!("\"index\":{index_said}"))).unwrap();
        let said = said.replacen(&log, &format!("\"size\":{size_said}"), 1).into_bytes();
        assert_eq!(judge(&town, &said), (CheckStatus::Fail, (ReceiptState::Absent, None)));
    }
    let later = change(&index, "\"index\":900").to_vec();
    let later = String::from_utf8(later).unwrap().replacen(&log, "\"size\":901", 1).into_bytes();
    assert_eq!(judge(&town, &later), (CheckStatus::Fail, (ReceiptState::Unknown, None)));
    // A void ballot, and one that never came to stand.
    let copy = town.entries[first as usize].clone();
    let misplaced = town.push(copy);
    let void = town.receipt(misplaced, size + 1, town.accepted[&1].0);
    assert_eq!(
        judge(&town, &void),
        (CheckStatus::Fail, (ReceiptState::Void, Some(misplaced as u64)))
    );
    let mut other = Town::new().opened();
    other.entries.truncate(first as usize);
    other.vote(1, voter(1), 2);
    other.vote(2, voter(2), 2);
    assert_eq!(judge(&other, &counting), (CheckStatus::Fail, (ReceiptState::Absent, None)));
    // A record older than the receipt.
    other.entries.truncate(first as usize);
    assert_eq!(judge(&other, &counting), (CheckStatus::NotRun, (ReceiptState::Unknown, None)));
    let mut fork = Town::new().opened();
    fork.vote(1, voter(1), 1);
    assert_eq!(fork.entries[first as usize], town.entries[first as usize]);
    let late = town.receipt(first as usize, first as usize + 2, town.accepted[&1].0);
    assert_eq!(judge(&fork, &late), (CheckStatus::NotRun, (ReceiptState::Counts, Some(first))));
    fork.vote(4, voter(4), 1);
    assert_eq!(
        judge(&fork, &late),
        (CheckStatus::Fail, (ReceiptState::Counts, Some(first))),
        "another root"
    );
}

#[test]
fn kinds_that_the_manifest_does_not_allow_are_void() {
    let payload = manifest_payload()
        .replace(r#""notices":true,"changes":true"#, r#""notices":false,"changes":false"#);
    let mut town = Town::with(&payload).opened();
    let notice = format!(r#"{},"text":["hello"]}}"#, town.head("notice"));
    let notice = town.sign(&notice, &[ORGANIZER]);
    let key = b64(&bytes(G * voter(3).credential()));
    let change = format!(
        r#"{},"operation":"remove","reason":"paper","key":"{key}"}}"#,
        town.head("roll-change")
    );
    let change = town.sign(&change, &ISSUERS);
    assert_eq!(void(&town.verify()), [(notice as u64, 26), (change as u64, 26)]);
}

#[test]
fn progress_goes_from_the_first_entry_to_the_last() {
    let mut town = Town::new().opened();
    let head = town.head("notice");
    for number in 0..300 {
        town.sign(&format!(r#"{head},"text":["{number}"]}}"#), &[ORGANIZER]);
    }
    let size = town.entries.len() as u64;
    let files = town.files();
    let source = |path: &str, _: usize| Ok::<_, ReadError>(files.get(path).cloned());
    let mut seen = vec![];
    let report = verify(&source, &Options::default(), &randomness, &mut |progress| {
        seen.push((progress.entries, progress.of))
    });
    assert_eq!(seen, [(0, size), (256, size), (size, size)]);
    assert_eq!(report.verdict(), Verdict::Incomplete, "{}", report.to_text());
    assert_eq!(report.first_failure(), None);
    assert_eq!(report.checks[0].detail, format!("{size} entries are there"));
    assert_eq!(report.checks[8].detail, format!("{} checked", size - 1));
}

#[test]
fn files_are_asked_for_with_their_longest_length() {
    let mut town = Town::new().opened();
    town.close();
    let files = town.files();
    let asked = std::cell::RefCell::new(BTreeMap::new());
    let source = |path: &str, limit: usize| {
        let kind = path.split('/').take(2).collect::<Vec<_>>().join("/");
        asked.borrow_mut().insert(kind.trim_end_matches(char::is_numeric).to_owned(), limit);
        Ok::<_, ReadError>(files.get(path).cloned())
    };
    verify(&source, &Options::default(), &randomness, &mut |_| ());
    let expected = [
        ("checkpoint", 131_072),
        ("checkpoints/", 131_072),
        ("tile/", 8_192),
        ("tile/entries", 256 * 65_537),
    ];
    assert_eq!(asked.into_inner(), expected.map(|(kind, limit)| (kind.to_owned(), limit)).into());
}

#[test]
fn a_source_that_cannot_read_is_not_a_missing_file() {
    let town = Town::new();
    let files = town.files();
    for broken in ["checkpoint", "tile/0", "tile/entries"] {
        let source = |path: &str, _: usize| match path.starts_with(broken) {
            true => Err(ReadError("out of order".to_owned())),
            false => Ok(files.get(path).cloned()),
        };
        let report = verify(&source, &Options::default(), &randomness, &mut |_| ());
        let failed = report.first_failure().unwrap();
        assert_eq!(failed, if broken == "tile/0" { 6 } else { 1 });
        assert!(report.checks[failed - 1].detail.ends_with(": out of order"));
    }
}

#[test]
fn the_words_say_what_was_found() {
    let mut town = Town::new().opened();
    town.vote(1, voter(1), 1);
    let town = town.ended();
    let receipts = vec![town.receipt(12, 13, [0; 32])];
    let text =
        verify_files(&town.files(), &Options { election: Some(town.election), receipts }).to_text();
    let id = b64(&town.election);
    let cosigned = "cosigned 2023-11-14 22:13 UTC to 2023-11-14 22:13 UTC.";
    let expected = [
        format!(
            "Election: T\nElection id: {id}\n\nChecks\n  V1  pass           files: 18 entries are there\n"
        ),
        "\n  V10 pass           signatures of entries: 16 checked\n".to_owned(),
        "\n  V13 not-applicable complaints: nothing to check\n".to_owned(),
        "\n  V27 fail           receipts: receipt 1: its tracker is not that of its ballot\n"
            .to_owned()
            + "      This means: the server broke its word to this voter.\n\n"
            + "The ballot of receipt 1 counts (entry 12).\n\nColleges\n"
            + "  C: 1 ballots on 5 lines, weight 2 of 10\n"
            + "  D: 0 ballots on 1 lines, weight 0 of 2; no ballot\n\n"
            + "Q\n         2  A\n         0  A\n         0  A\n  Elected: A.\n\n"
            + "Declared by the record\n  This was a rehearsal.\n"
            + "  Announced hours: 1970-01-01 00:16 UTC to 1970-01-01 00:33 UTC.\n"
            + &format!("  Checkpoint of 11 entries (open): {cosigned}\n")
            + &format!("  Checkpoint of 12 entries (open): {cosigned}\n"),
        "\n\nNot checked\n  Nobody can see on the board whether the roll holds real people,\n"
            .to_owned()
            + "  nor whether a voter's device showed the truth.\n\nTrust that remains\n"
            + "  Secrecy: fewer than 2 of the 3 trustees work together.\n"
            + "  The 2 issuers do not work together, nor one with the server.\n\nVerdict: FAIL\n",
    ];
    for part in expected {
        assert!(text.contains(&part), "{part}\n---\n{text}");
    }
    assert_eq!(text.matches("This means").count(), 1);
    let silent = ["Void entries", "Trustee", "Rare weights", "ceremony", "more"];
    assert!(silent.iter().all(|word| !text.contains(word)), "{text}");
}

#[test]
fn the_words_name_the_guilty_and_what_is_missing() {
    let payload = manifest_payload()
        .replace(r#""exception":"""#, r#""exception":"so few""#)
        .replace(r#""practice":true"#, r#""practice":false"#);
    let mut town = Town::with(&payload);
    for _ in 0..52 {
        town.push(b"\x1b[31m\n".to_vec());
    }
    (1..=3).for_each(|trustee| town.deal(trustee));
    town.complain(3, 1, 53);
    let text = verify_files(&town.files(), &Options::default()).to_text();
    for part in [
        "\n\nVoid entries; they changed nothing, and the server is to blame\n  entry 1 (V9): of no kind",
        "\n  and 2 more\n",
        "\n\nThe ceremony failed: trustee 3 (T3) complained of a good share.\n",
        "\n\nThe election has not ended; there is no result yet.\n",
        "\nDeclared by the record\n  Rare weights are allowed, because: so few\n  Announced",
        "\n  No election id was given to compare with a voter's letter.\n  No receipt was given.\n",
    ] {
        assert!(text.contains(part), "{part}\n---\n{text}");
    }
    assert!(!text.contains("rehearsal") && !text.contains('\x1b'), "{text}");
}

#[test]
fn ballots_wait_for_each_other_and_are_checked_together() {
    let mut town = Town::new().opened();
    for line in 1..=3 {
        town.vote(line, voter(line), 1);
    }
    let drawn = std::sync::Mutex::new(vec![]);
    let counted = |bytes: &mut [u8]| {
        drawn.lock().unwrap().push(bytes.len());
        randomness(bytes)
    };
    let files = town.files();
    let source = |path: &str, _: usize| Ok::<_, ReadError>(files.get(path).cloned());
    let report = verify(&source, &Options::default(), &counted, &mut |_| ());
    assert_eq!(report.first_failure(), None);
    assert_eq!(drawn.into_inner().unwrap(), [3 * 4 * 16], "four weights of 128 bits per ballot");
}
