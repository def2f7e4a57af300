//! A small election, all of it over HTTP: two trustees, two issuers, three voters, a title nobody should trust.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use urne_board::checkpoint::SignedCheckpoint;
use urne_client::draft::{
    DraftCollege, DraftContent, DraftKind, DraftOption, DraftQuestion, DraftRule, DraftRuleName,
    DraftWitnesses,
};
use urne_client::http::{
    Appended, Draft, DraftOpened, ElectionStatus, Founded, Frozen, Invitation, NewDraft,
    NewInvitation, NewSeat, PhaseName, Role, SeatHolder, SeatKeys, SeatOpened,
};
use urne_client::issuer::{Entitlement, Issuer, lay_out, signed_chunk};
use urne_client::organizer::Organizer;
use urne_client::replica::Replica;
use urne_client::trustee::{SecondStep, Trustee, TrusteeKeys, TrusteeMemory};
use urne_client::voter;
use urne_crypto::Scalar;
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::json::base64url;
use urne_election::phase::Phase;
use urne_election::question::Answer;
use urne_election::receipt::Receipt;
use urne_election::roll::{Issued, Row};

use crate::house::{Ask, House, Reply, ask, get};

pub(crate) const OPENS: u64 = 1_000_000;
pub(crate) const CLOSES: u64 = 2_000_000;
pub(crate) const TITLE: &str = "A <script>alert(1)</script> & \"square\"";
pub(crate) const TITRE: &str = "Une place <b>'verte'</b>";

/// A draft with its seats, not founded.
pub(crate) struct Desk {
    pub(crate) opened: DraftOpened,
    /// trustees 1 and 2, issuers 1 and 2
    pub(crate) seats: Vec<HeldSeat>,
    pub(crate) trustees: Vec<TrusteeKeys>,
    pub(crate) issuers: Vec<SigningKey>,
    pub(crate) organizer: SigningKey,
    pub(crate) rng: StdRng,
}

/// A seat with its holder's token.
pub(crate) struct HeldSeat {
    pub(crate) number: u32,
    pub(crate) token: String,
}

/// A seat that somebody shall hold.
pub(crate) fn new_seat(role: Role, name: &str) -> NewSeat {
    NewSeat {
        role,
        name: name.into(),
        holder: SeatHolder::Person,
        email: None,
    }
}

/// An election with everybody in it.
pub(crate) struct Village {
    pub(crate) house: House,
    pub(crate) desk: Desk,
    pub(crate) id: String,
    pub(crate) organizer: Organizer,
    pub(crate) issuers: Vec<Issuer>,
    pub(crate) memories: Vec<TrusteeMemory>,
    /// each voter's halves, one of each issuer
    pub(crate) voters: Vec<[SecretScalar; 2]>,
    pub(crate) replica: Replica,
}

pub(crate) fn content() -> DraftContent {
    let option = |english: &str, french: &str| DraftOption {
        name: vec![english.into(), french.into()],
        description: vec![String::new(), String::new()],
        cost: 0,
    };
    DraftContent {
        languages: vec!["en".into(), "fr".into()],
        title: vec![TITLE.into(), TITRE.into()],
        description: vec!["First.\nSecond.".into(), "Un.\nDeux.".into()],
        practice: true,
        opens: OPENS,
        closes: CLOSES,
        organizer: "Town hall".into(),
        threshold: 2,
        colleges: vec![DraftCollege {
            name: vec!["All".into(), "Tous".into()],
            guard: 1,
        }],
        shared_weights: 0,
        weight_exception: String::new(),
        witnesses: DraftWitnesses::default(),
        cap: 3,
        notices: true,
        changes: true,
        questions: vec![DraftQuestion {
            kind: DraftKind::One,
            title: vec!["Which?".into(), "Laquelle ?".into()],
            description: vec![String::new(), String::new()],
            random: false,
            blank: true,
            least: 0,
            most: 0,
            each: 0,
            envelope: 0,
            rule: DraftRule {
                name: DraftRuleName::Most,
                seats: 1,
                majority: None,
                quorum: None,
                ties: None,
            },
            options: vec![option("trees", "arbres"), option("benches", "bancs")],
        }],
    }
}

/// An invitation, as the operator makes it.
pub(crate) fn invite(house: &House) -> String {
    let note = "for the tests".to_owned();
    let asked = ask("POST", "/api/v1/invitations").token(&house.operator);
    house
        .send(&asked.json(&NewInvitation { note }))
        .ok::<Invitation>()
        .invitation
}

/// An open draft.
pub(crate) fn open_draft(house: &House) -> DraftOpened {
    let invitation = invite(house);
    house
        .send(&ask("POST", "/api/v1/drafts").json(&NewDraft { invitation }))
        .ok()
}

impl Desk {
    /// A draft whose content is saved and whose seats are named; nobody has sent keys.
    pub(crate) fn open(house: &House) -> Desk {
        let seats = [
            (Role::Trustee, "Ana <i>"),
            (Role::Trustee, "Bo"),
            (Role::Issuer, "Registrar"),
            (Role::Issuer, "Post"),
        ];
        Desk::named(house, &seats)
    }

    /// The same with these seats: the two trustees first, if any.
    pub(crate) fn named(house: &House, seats: &[(Role, &str)]) -> Desk {
        let opened = open_draft(house);
        let mut rng = StdRng::seed_from_u64(7);
        let trustees = (0..2).map(|_| TrusteeKeys::generate(&mut rng)).collect();
        let mut desk = Desk {
            opened,
            seats: Vec::new(),
            trustees,
            issuers: [4, 5]
                .map(|seed| SigningKey::from_bytes(&[seed; 32]))
                .to_vec(),
            organizer: SigningKey::from_bytes(&[1; 32]),
            rng,
        };
        let saved: Draft = house
            .send(&desk.organizer_asks("PUT", "/content").json(&content()))
            .ok();
        assert_eq!(saved.content, Some(content()));
        for (role, name) in seats {
            let asked = desk.organizer_asks("POST", "/seats");
            let opened: SeatOpened = house.send(&asked.json(&new_seat(*role, name))).ok();
            desk.seats.push(HeldSeat {
                number: opened.number,
                token: opened.token.unwrap(),
            });
        }
        desk
    }

    pub(crate) fn organizer_asks(&self, method: &'static str, below: &str) -> Ask {
        let DraftOpened { draft, token } = &self.opened;
        ask(method, format!("/api/v1/drafts/{draft}{below}")).token(token)
    }

    pub(crate) fn read(&self, house: &House) -> Draft {
        house.send(&self.organizer_asks("GET", "")).ok()
    }

    /// What the holder of a seat sends.
    pub(crate) fn keys(&mut self, draft: &Draft, seat: usize) -> SeatKeys {
        let nonce = urne_election::json::from_base64url(&draft.nonce).unwrap();
        if seat >= 2 {
            return SeatKeys {
                key: base64url(&public_key(&self.issuers[seat - 2])),
                encryption: None,
                proof: None,
            };
        }
        let number = self.seats[seat].number;
        let enrolled = self.trustees[seat].enrol("?", &nonce, number, &mut self.rng);
        SeatKeys {
            key: base64url(&enrolled.key),
            encryption: Some(base64url(enrolled.encryption.bytes())),
            proof: Some(base64url(&enrolled.proof)),
        }
    }

    /// Everybody sends keys.
    pub(crate) fn enrol_all(&mut self, house: &House) -> Draft {
        let draft = self.read(house);
        for seat in 0..self.seats.len() {
            let keys = self.keys(&draft, seat);
            let asked = ask("PUT", "/api/v1/seat/keys").token(&self.seats[seat].token);
            assert_eq!(house.send(&asked.json(&keys)).status, 200);
        }
        self.read(house)
    }

    /// The manifest entry of a draft.
    pub(crate) fn manifest(&self, draft: &Draft) -> Vec<u8> {
        let manifest = draft.manifest(public_key(&self.organizer)).unwrap();
        Organizer::new(self.organizer.clone())
            .manifest(&manifest)
            .unwrap()
    }
}

impl Village {
    /// An election that has just been founded.
    pub(crate) fn found(house: House) -> Village {
        let desk = Desk::open(&house);
        Village::found_on(house, desk)
    }

    /// The same on a draft whose seats are named already.
    pub(crate) fn found_on(house: House, mut desk: Desk) -> Village {
        let draft = desk.enrol_all(&house);
        let entry = desk.manifest(&draft);
        let founded: Founded = house
            .send(
                &desk
                    .organizer_asks("POST", "/manifest")
                    .octets(entry.clone()),
            )
            .ok();
        let replica = Replica::start(entry).unwrap();
        let election = *replica.election().id();
        assert_eq!(founded.election, base64url(&election));
        let checkpoint = get(format!("/boards/{}/checkpoint", founded.election));
        while house.send(&checkpoint).status != 200 {}
        let half = |number: u64| SecretScalar::new(Scalar::from(number));
        Village {
            organizer: Organizer::new(desk.organizer.clone()),
            issuers: (1..)
                .zip(&desk.issuers)
                .map(|(number, key)| Issuer::new(number, key.clone(), election))
                .collect(),
            memories: vec![TrusteeMemory::default(); 2],
            voters: (0..3)
                .map(|number| [half(1000 + 7 * number), half(5000 + 3 * number)])
                .collect(),
            id: founded.election,
            replica,
            desk,
            house,
        }
    }

    /// An election with an open box.
    pub(crate) fn open(house: House) -> Village {
        let mut village = Village::found(house);
        village.make_key();
        let chunk = village.chunk();
        village.append(chunk);
        village.drill_and_open();
        village
    }

    /// The trustees deal and confirm.
    pub(crate) fn make_key(&mut self) {
        for step in 0..2 {
            for number in 0..2 {
                let entry = self.ceremony_entry(step, number);
                self.append(entry);
            }
        }
    }

    /// The trustees show that they can decrypt, and the organizer opens the box.
    pub(crate) fn drill_and_open(&mut self) {
        for number in 0..2 {
            let entry = self.ceremony_entry(2, number);
            self.append(entry);
        }
        let open = self.organizer.open(&self.replica, Vec::new()).unwrap();
        self.append(open);
    }

    /// The same people at what has become of the house.
    pub(crate) fn on(self, change: impl FnOnce(House) -> House) -> Village {
        Village {
            house: change(self.house),
            ..self
        }
    }

    pub(crate) fn path(&self, below: &str) -> String {
        format!("/api/v1/elections/{}{below}", self.id)
    }

    pub(crate) fn status(&self) -> ElectionStatus {
        self.house.send(&get(self.path(""))).ok()
    }

    pub(crate) fn send_entry(&self, entry: &[u8]) -> Reply {
        self.house
            .send(&ask("POST", self.path("/entries")).octets(entry))
    }

    pub(crate) fn send_ballot(&self, ballot: &[u8]) -> Reply {
        self.house
            .send(&ask("POST", self.path("/ballots")).octets(ballot))
    }

    pub(crate) fn append(&mut self, entry: Vec<u8>) -> Appended {
        let appended: Appended = self.send_entry(&entry).ok();
        assert!(
            appended
                .covered_by
                .is_some_and(|size| size > appended.index)
        );
        self.catch_up();
        appended
    }

    /// A file of the record.
    pub(crate) fn file(&self, path: &str) -> Result<Vec<u8>, String> {
        let reply = self.house.send(&get(format!("/boards/{}/{path}", self.id)));
        match reply.status {
            200 => Ok(reply.body),
            status => Err(format!("{path}: {status}")),
        }
    }

    pub(crate) fn catch_up(&mut self) {
        let Village {
            house, id, replica, ..
        } = self;
        let read = |path: &str| {
            let reply = house.send(&get(format!("/boards/{id}/{path}")));
            match reply.status {
                200 => Ok(reply.body),
                status => Err(format!("{path}: {status}")),
            }
        };
        replica.catch_up(read).unwrap();
    }

    /// A trustee's deal (0), confirm (1) or drill (2).
    pub(crate) fn ceremony_entry(&mut self, step: usize, number: usize) -> Vec<u8> {
        let trustee = Trustee::find(&self.desk.trustees[number], &self.replica).unwrap();
        let (replica, rng) = (&self.replica, &mut self.desk.rng);
        match step {
            0 => trustee
                .deal(replica, &mut self.memories[number], rng)
                .unwrap(),
            1 => match trustee.confirm_or_complain(replica, rng).unwrap() {
                SecondStep::Confirm(entry) => entry,
                SecondStep::Complaint(..) => panic!("nobody cheats here"),
            },
            _ => trustee.drill(replica, rng).unwrap(),
        }
    }

    pub(crate) fn chunk(&mut self) -> Vec<u8> {
        let halves = [0, 1].map(|issuer| {
            let halves = self.voters.iter().map(|halves| halves[issuer].public());
            halves.collect::<Vec<Point>>()
        });
        let entitled = Entitlement {
            weight: 1,
            college: 1,
        };
        let laid_out = lay_out(&halves, &vec![entitled; self.voters.len()]);
        let rows: Vec<Row> = laid_out.iter().map(|(row, _)| row.clone()).collect();
        let rng = &mut self.desk.rng;
        let proofs = [0, 1].map(|issuer| {
            let secrets: Vec<&SecretScalar> = laid_out
                .iter()
                .map(|(_, voter)| &self.voters[*voter][issuer])
                .collect();
            self.issuers[issuer].prove(Issued::Chunk(0), &rows, &secrets, rng)
        });
        signed_chunk(&self.issuers.iter().collect::<Vec<_>>(), 0, &rows, &proofs)
    }

    pub(crate) fn credential(&self, voter: usize) -> SecretScalar {
        urne_crypto::credential::credential(&self.voters[voter])
    }

    pub(crate) fn ballot(&mut self, voter: usize, option: usize) -> Vec<u8> {
        let credential = self.credential(voter);
        self.ballot_with(&credential, option)
    }

    pub(crate) fn ballot_with(&mut self, credential: &SecretScalar, option: usize) -> Vec<u8> {
        // The first option, the second, or blank.
        let answer = match option {
            0 => Answer::Values(vec![1, 0]),
            1 => Answer::Values(vec![0, 1]),
            _ => Answer::Blank,
        };
        let rng = &mut self.desk.rng;
        let prepared = voter::prepare(&self.replica, credential, &[answer], rng).unwrap();
        prepared.cast(&self.replica, credential, rng).unwrap()
    }

    pub(crate) fn vote(&mut self, voter: usize, option: usize) -> Receipt {
        let credential = self.credential(voter);
        self.vote_with(&credential, option)
    }

    pub(crate) fn vote_with(&mut self, credential: &SecretScalar, option: usize) -> Receipt {
        self.catch_up();
        let ballot = self.ballot_with(credential, option);
        let reply = self.send_ballot(&ballot);
        assert_eq!(reply.status, 200, "{}", reply.text());
        self.catch_up();
        let receipt = Receipt::decode(&reply.body).unwrap();
        urne_client::receipt::verify(&receipt, &self.replica).unwrap();
        assert_eq!(receipt.entry, ballot);
        receipt
    }

    pub(crate) fn close(&mut self) {
        let asked = ask("POST", self.path("/freeze")).token(&self.desk.opened.token);
        let frozen: Frozen = self.house.send(&asked).ok();
        self.published(frozen.size);
        let close = self.organizer.close(&self.replica).unwrap();
        self.append(close);
    }

    /// Waits until this much is published.
    pub(crate) fn published(&mut self, size: u64) {
        while self.status().published < size {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        self.catch_up();
    }

    /// From the closed box to the result, which the server appends by itself.
    pub(crate) fn count(&mut self) {
        let Phase::Sealing(phase) = self.replica.election().phase() else {
            panic!("the box is not closed");
        };
        let closed = self
            .file(&format!("checkpoints/{}", phase.closed().0))
            .unwrap();
        let closed = SignedCheckpoint::parse(&closed).unwrap();
        for number in 0..2 {
            let trustee = Trustee::find(&self.desk.trustees[number], &self.replica).unwrap();
            let memory = &mut self.memories[number];
            let seal = trustee.seal(&self.replica, Some(&closed), memory).unwrap();
            self.append(seal);
        }
        for number in 0..2 {
            let trustee = Trustee::find(&self.desk.trustees[number], &self.replica).unwrap();
            let rng = &mut self.desk.rng;
            let entry = trustee
                .decrypt(&self.replica, &self.memories[number], rng)
                .unwrap();
            self.append(entry);
        }
        while self.status().phase != PhaseName::Ended {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let size = self.status().size;
        self.published(size);
    }
}
