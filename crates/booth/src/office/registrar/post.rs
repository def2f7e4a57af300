//! What goes by post: how to reach the voters, their letters, and which letter is whose.

use std::collections::HashMap;

use urne_client::voter_list::{self, Contact, ListedVoter};
use urne_client::workshop::register::{RegisteredVoter, RowId};

use super::{Desk, from_server};
use crate::failure::Failure;
use crate::office::letters::{Letters, Order};
use crate::office::list;

impl Desk {
    /// Takes from a list how to reach the voters who are in the register: how many it names.
    ///
    /// # Errors
    /// `register-missing`; `list-…`, by line and column.
    pub fn take_contacts(&mut self, csv: &[u8]) -> Result<u32, Failure> {
        let listed = voter_list::read(csv, false).map_err(|error| list::failure(&error))?;
        self.contacts_of(listed)
    }

    /// The same from the list on the server.
    ///
    /// # Errors
    /// `register-missing`; `list-server`.
    pub fn take_server_contacts(&mut self, json: &str) -> Result<u32, Failure> {
        self.contacts_of(from_server(json)?)
    }

    fn contacts_of(&mut self, listed: Vec<ListedVoter>) -> Result<u32, Failure> {
        let register = self.register()?.voters().iter();
        let rows: HashMap<&str, RowId> = register
            .map(|voter| (voter.identifier.as_str(), voter.row))
            .collect();
        let known = listed.into_iter().filter_map(|voter| {
            let row = rows.get(voter.identifier.as_str())?;
            Some((*row, voter.contact))
        });
        let contacts: HashMap<RowId, Contact> = known.collect();
        let count = u32::try_from(contacts.len()).unwrap_or(u32::MAX);
        self.contacts = contacts;
        Ok(count)
    }

    /// Letters for all voters who have a line, in the register's order, as PDF.
    ///
    /// # Errors
    /// `letters-no-lines`: the roll does not stand yet; those of [`Letters::pdf`].
    pub fn letters(&self, order: &Order) -> Result<Vec<u8>, Failure> {
        let letters = Letters {
            order,
            manifest: self.board()?.manifest(),
            issuer: &self.issuer()?,
            contacts: &self.contacts,
        };
        letters.pdf(self.on_roll()?)
    }

    /// Which letter is whose, as CSV, for letters without an address.
    ///
    /// # Errors
    /// `letters-no-lines`.
    pub fn envelopes(&self) -> Result<Vec<u8>, Failure> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        let wrong = Failure::of("page");
        csv.write_record(["letter", "identifier", "name"])
            .map_err(&wrong)?;
        for (number, voter) in (1_u32..).zip(self.on_roll()?) {
            let name = self.contacts.get(&voter.row);
            let name = name.map_or("", |contact| contact.name.as_str());
            let record = [
                number.to_string(),
                voter.identifier.as_str().to_owned(),
                name.to_owned(),
            ];
            csv.write_record(record).map_err(&wrong)?;
        }
        csv.into_inner()
            .map_err(|error| Failure::new("page", error))
    }

    fn on_roll(&self) -> Result<Vec<&RegisteredVoter>, Failure> {
        let voters = self.register()?.voters().iter();
        let on_roll: Vec<&RegisteredVoter> = voters.filter(|voter| voter.line.is_some()).collect();
        match on_roll.is_empty() {
            true => Err(Failure::new(
                "letters-no-lines",
                "the roll does not stand yet",
            )),
            false => Ok(on_roll),
        }
    }
}
