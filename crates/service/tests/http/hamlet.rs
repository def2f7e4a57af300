//! A small election whose voters are on the server's list: with a registrar and the server as issuers, or with the server alone.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use urne_client::desk::{
    ListedVoter, NamedChange, NewChange, NewSignIn, NewVoter, NewVoterList, RegistrarList,
    RollProgress, RollStage, SignedIn, VoterList,
};
use urne_client::http::{NewSeat, Role, SeatHolder, SeatOpened};
use urne_client::issuer::Entitlement;
use urne_client::workshop::exchange::{Exchange, ExchangeError, Progress, SecretRow};
use urne_client::workshop::parcel::{Parcel, Task};
use urne_client::workshop::register::RowId;
use urne_crypto::credential::{Identifier, VotingCode, credential};
use urne_crypto::encoding::SecretScalar;
use urne_crypto::signature::PublicKey;
use urne_election::json::from_base64url;
use urne_service::config::{Config, Mail};

use crate::house::{Ask, House, Reply, ask, get};
use crate::letterbox::Letterbox;
use crate::village::{Desk, Village, new_seat};

/// Everybody with the list.
pub(crate) struct Hamlet {
    pub(crate) village: Village,
    pub(crate) letters: Letterbox,
    /// the registrar's codes, by row id; empty where the server is alone
    pub(crate) codes: HashMap<String, VotingCode>,
    pub(crate) with_registrar: bool,
}

pub(crate) fn voter(identifier: &str, email: &str) -> NewVoter {
    NewVoter {
        identifier: identifier.into(),
        name: format!("Voter {identifier}"),
        email: email.into(),
        language: String::new(),
        weight: 1,
        college: 1,
        address: "1, rue des Lilas\n12345 Valbrise".into(),
    }
}

/// Three voters: two with addresses of their own, one who shares.
pub(crate) fn list() -> NewVoterList {
    let french = NewVoter {
        language: "fr".into(),
        ..voter("m-1002", "bo@example.org")
    };
    NewVoterList {
        appeal_days: 10,
        voters: vec![
            voter("m-1001", "ana@example.org"),
            french,
            voter("m-1003", "carl@example.org"),
        ],
    }
}

/// A server whose mails go into a folder of its own.
pub(crate) fn mailing_house(change: impl FnOnce(&mut Config)) -> (House, Letterbox) {
    let mut folder = None;
    let house = House::with(|config| {
        let mails = config.data.with_file_name("mails");
        config.mail = Some(Mail::into_folder(mails.clone()));
        change(config);
        folder = Some(mails);
    });
    (house, Letterbox(folder.unwrap()))
}

/// A draft on which the server holds the last issuer's seat.
pub(crate) fn desk(house: &House, with_registrar: bool) -> Desk {
    let mut seats = vec![(Role::Trustee, "Ana"), (Role::Trustee, "Bo")];
    seats.extend(with_registrar.then_some((Role::Issuer, "Registrar")));
    let desk = Desk::named(house, &seats);
    let servers = NewSeat {
        holder: SeatHolder::Server,
        ..new_seat(Role::Issuer, "This server")
    };
    let opened: SeatOpened = house
        .send(&desk.organizer_asks("POST", "/seats").json(&servers))
        .ok();
    assert_eq!(opened.token, None);
    desk
}

impl Hamlet {
    /// Founded, with a key and a list of voters, and no roll yet.
    pub(crate) fn prepare(with_registrar: bool) -> Hamlet {
        let (house, letters) = mailing_house(|_| {});
        Hamlet::prepare_in(house, letters, with_registrar, &list())
    }

    pub(crate) fn prepare_in(
        house: House,
        letters: Letterbox,
        with_registrar: bool,
        list: &NewVoterList,
    ) -> Hamlet {
        let desk = desk(&house, with_registrar);
        let mut village = Village::found_on(house, desk);
        village.make_key();
        let hamlet = Hamlet {
            village,
            letters,
            codes: HashMap::new(),
            with_registrar,
        };
        assert_eq!(hamlet.save(list).status, 200);
        hamlet
    }

    /// An open box.
    pub(crate) fn open(with_registrar: bool) -> Hamlet {
        let mut hamlet = Hamlet::prepare(with_registrar);
        hamlet.make_roll();
        hamlet.village.drill_and_open();
        hamlet
    }

    pub(crate) fn house(&self) -> &House {
        &self.village.house
    }

    pub(crate) fn organizer(&self, method: &'static str, below: &str) -> Ask {
        self.village.desk.organizer_asks(method, below)
    }

    pub(crate) fn save(&self, list: &NewVoterList) -> Reply {
        self.house()
            .send(&self.organizer("PUT", "/voters").json(list))
    }

    pub(crate) fn voters(&self) -> Vec<ListedVoter> {
        let list: VoterList = self.house().send(&self.organizer("GET", "/voters")).ok();
        list.voters
    }

    pub(crate) fn row(&self, voter: usize) -> String {
        self.voters()[voter].row.clone()
    }

    pub(crate) fn progress(&self) -> RollProgress {
        self.house().send(&self.organizer("GET", "/roll")).ok()
    }

    /// The roll, made by whoever makes it.
    pub(crate) fn make_roll(&mut self) {
        if self.with_registrar {
            let voters = self.registrars_secrets();
            let entries = self.registrar(Task::Roll, &voters).unwrap();
            self.submit(entries);
        } else {
            let asked = self.organizer("POST", "/roll");
            assert_eq!(self.house().send(&asked).status, 202);
        }
        self.until(|hamlet| hamlet.progress().stage == RollStage::Published);
        let size = self.village.status().size;
        self.village.published(size);
    }

    /// The registrar makes a code for everybody on the list, as the server gives it.
    fn registrars_secrets(&mut self) -> Vec<(RowId, Identifier, Entitlement)> {
        let token = self.village.desk.seats[2].token.clone();
        let list: RegistrarList = self
            .house()
            .send(&get("/api/v1/seat/voters").token(&token))
            .ok();
        let entitled = |voter: &urne_client::desk::RegistrarVoter| {
            let entitlement = Entitlement {
                weight: voter.weight,
                college: voter.college,
            };
            let row = RowId::parse(&voter.row).unwrap();
            (
                row,
                Identifier::new(&voter.identifier).unwrap(),
                entitlement,
            )
        };
        let voters: Vec<_> = list.voters.iter().map(entitled).collect();
        for (row, ..) in &voters {
            self.new_code(row);
        }
        voters
    }

    /// A fresh code for a row.
    pub(crate) fn new_code(&mut self, row: &RowId) {
        let code = VotingCode::random(&mut self.village.desk.rng);
        self.codes.insert(row.to_string(), code);
    }

    /// The registrar goes through the rounds of a task, as the command does.
    pub(crate) fn registrar(
        &mut self,
        task: Task,
        voters: &[(RowId, Identifier, Entitlement)],
    ) -> Result<Vec<Vec<u8>>, ExchangeError> {
        let token = self.village.desk.seats[2].token.clone();
        let issuer = &self.village.issuers[0];
        let manifest = self.village.replica.manifest().clone();
        let secret =
            |(row, identifier, entitlement): &(RowId, Identifier, Entitlement)| SecretRow {
                row: *row,
                entitlement: *entitlement,
                half: issuer.half_from_code(identifier, &self.codes[&row.to_string()]),
            };
        let secrets = voters.iter().map(secret).collect();
        let name = task.parcel_name();
        let mut exchange = Exchange::start(issuer, &manifest, task, secrets);
        let house = &self.village.house;
        let author = PublicKey::decode(&manifest.issuers[1].key).unwrap();
        let start = Instant::now();
        loop {
            let theirs = get(self.village.path(&format!("/parcels/2/{name}"))).token(&token);
            let theirs = house.send(&theirs);
            let theirs =
                (theirs.status == 200).then(|| Parcel::decode(&theirs.body, &author).unwrap());
            let theirs = theirs.filter(|parcel| parcel.task == exchange.parcel().task);
            let progress = exchange.advance(theirs.as_ref(), &mut rand::rng())?;
            let bytes = exchange.parcel().to_bytes(issuer.key());
            let own = ask("PUT", self.village.path(&format!("/parcels/1/{name}"))).token(&token);
            assert_eq!(house.send(&own.octets(bytes)).status, 204);
            if let Progress::Complete { entries, .. } = progress {
                return Ok(entries);
            }
            assert!(
                start.elapsed() < Duration::from_secs(40),
                "{:?}",
                self.progress()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The registrar leaves the first round of a task and goes away.
    pub(crate) fn leave_first_round(
        &mut self,
        task: Task,
        voters: &[(RowId, Identifier, Entitlement)],
    ) {
        let issuer = &self.village.issuers[0];
        let manifest = self.village.replica.manifest().clone();
        let secret =
            |(row, identifier, entitlement): &(RowId, Identifier, Entitlement)| SecretRow {
                row: *row,
                entitlement: *entitlement,
                half: issuer.half_from_code(identifier, &self.codes[&row.to_string()]),
            };
        let secrets = voters.iter().map(secret).collect();
        let name = task.parcel_name();
        let exchange = Exchange::start(issuer, &manifest, task, secrets);
        let bytes = exchange.parcel().to_bytes(issuer.key());
        let token = &self.village.desk.seats[2].token;
        let own = ask("PUT", self.village.path(&format!("/parcels/1/{name}"))).token(token);
        assert_eq!(self.house().send(&own.octets(bytes)).status, 204);
    }

    /// The registrar sends what both have signed; the server may have done so already.
    pub(crate) fn submit(&self, entries: Vec<Vec<u8>>) {
        for entry in entries {
            assert_eq!(self.village.send_entry(&entry).status, 200);
        }
    }

    /// What the registrar knows of a voter of the list.
    pub(crate) fn registered(&self, voter: usize) -> (RowId, Identifier, Entitlement) {
        let listed = &self.voters()[voter];
        let entitlement = Entitlement {
            weight: listed.voter.weight,
            college: listed.voter.college,
        };
        let identifier = Identifier::new(&listed.voter.identifier).unwrap();
        (RowId::parse(&listed.row).unwrap(), identifier, entitlement)
    }

    pub(crate) fn until(&self, holds: impl Fn(&Hamlet) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            assert!(
                start.elapsed() < Duration::from_secs(40),
                "{:?}",
                self.progress()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn invite_all(&self) {
        let asked = self.organizer("POST", "/invitations");
        let reply = self.house().send(&asked.json(&serde_json::json!({})));
        assert_eq!(reply.status, 202, "{}", reply.text());
    }

    pub(crate) fn ask_for_link(&self, name: &str) -> Reply {
        let asked = ask("POST", self.village.path("/links"));
        self.house()
            .send(&asked.json(&serde_json::json!({ "identifier": name })))
    }

    pub(crate) fn sign_in(&self, sign_in: &NewSignIn) -> Reply {
        self.house()
            .send(&ask("POST", self.village.path("/sign-in")).json(sign_in))
    }

    pub(crate) fn sign_in_by(&self, token: &str) -> Reply {
        self.sign_in(&NewSignIn {
            token: Some(token.into()),
            identifier: None,
            code: None,
        })
    }

    /// The whole credential of a voter: what a mailed link gives, and the letter's code where there is one.
    pub(crate) fn credential(&self, voter: usize, signed_in: &SignedIn) -> SecretScalar {
        let servers = SecretScalar::decode(&from_base64url(&signed_in.half).unwrap()).unwrap();
        let mut halves = vec![servers];
        if self.with_registrar {
            let (row, identifier, _) = self.registered(voter);
            let code = &self.codes[&row.to_string()];
            halves.push(self.village.issuers[0].half_from_code(&identifier, code));
        }
        let whole = credential(&halves);
        let key: [u8; 32] = from_base64url(&signed_in.key).unwrap();
        assert_eq!(
            *whole.public().bytes(),
            key,
            "the halves make the line's key"
        );
        whole
    }

    /// Signs in with the newest link that came to an address and votes.
    pub(crate) fn vote(&mut self, voter: usize, token: &str, option: usize) -> [u8; 32] {
        let signed_in: SignedIn = self.sign_in_by(token).ok();
        let credential = self.credential(voter, &signed_in);
        self.village.vote_with(&credential, option).tracker
    }

    pub(crate) fn name_change(&self, change: &NewChange) -> NamedChange {
        self.house()
            .send(&self.organizer("POST", "/changes").json(change))
            .ok()
    }

    pub(crate) fn wait_for_change(&mut self, row: &str) {
        self.until(|hamlet| {
            let asked = hamlet.organizer("GET", "/changes");
            let changes: Vec<NamedChange> = hamlet.house().send(&asked).ok();
            let change = changes
                .into_iter()
                .find(|change| change.row == row)
                .unwrap();
            assert_eq!(change.trouble, None);
            change.done
        });
        let size = self.village.status().size;
        self.village.published(size);
    }

    /// Rows of one table.
    pub(crate) fn rows_of(&self, table: &str) -> Vec<String> {
        let mut rows = self.house().rows();
        rows.retain(|row| row.starts_with(&format!("{table} ")));
        rows
    }
}
