//! Changes of the roll while the box is open: each holder names the voter and the reason; see ADR 0018.

use rand::Rng as _;
use serde_json::json;
use urne_client::issuer::Entitlement;
use urne_client::workshop::exchange::SecretRow;
use urne_client::workshop::parcel::{ChangeKind, Task};
use urne_client::workshop::register::{RegisteredVoter, RowId};
use urne_crypto::credential::{Identifier, VotingCode};
use urne_election::entry::Reason;
use urne_election::json::base64url;
use urne_election::phase::Phase;

use super::super::stage::Stage;
use super::Change;
use super::work::{Made, Work};
use crate::failure::{Failure, Outcome};
use crate::files::disk;

/// What a change does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Add,
    Remove,
    Replace,
}

impl Work<'_> {
    pub(super) fn registered(&self, identifier: &str) -> Outcome<RowId> {
        let identifier = Identifier::new(identifier)?;
        let voter = self.register.by_identifier(&identifier);
        voter.map(|voter| voter.row).ok_or_else(|| {
            Failure::new(format!(
                "nobody in your register has the identifier “{}”",
                identifier.as_str()
            ))
        })
    }

    /// Puts a late voter into the register.
    pub(super) fn admit(
        &mut self,
        identifier: &str,
        entitlement: Entitlement,
        row: Option<&str>,
    ) -> Outcome<RowId> {
        let identifier = Identifier::new(identifier)?;
        let told = match row {
            None => None,
            Some(text) => Some(RowId::parse(text).ok_or_else(|| {
                Failure::new("a row id has 32 digits (0–9, a–f): take it as the other registrar's command printed it")
            })?),
        };
        if let Some(voter) = self.register.by_identifier(&identifier) {
            // An earlier run that was interrupted before the change stood.
            let same = voter.line.is_none()
                && voter.entitlement == entitlement
                && told.is_none_or(|row| row == voter.row);
            return if same {
                Ok(voter.row)
            } else {
                Err(Failure::new(
                    "a voter with this identifier is in your register already",
                ))
            };
        }
        let row = told.unwrap_or_else(|| RowId::random(&mut rand::rng()));
        self.register.add(RegisteredVoter {
            row,
            identifier,
            entitlement,
            code: None,
            next_code: None,
            line: None,
        })?;
        Ok(row)
    }

    pub(super) fn change(
        &mut self,
        row: RowId,
        reason: Reason,
        wanted: Wanted,
        change: &Change,
    ) -> Outcome {
        if !matches!(self.replica.election().phase(), Phase::Voting(_)) {
            let stage = Stage::of(&self.replica);
            return Err(Failure::not_yet(format!(
                "the roll changes only while the box is open; the election is {}",
                stage.phase
            )));
        }
        let language = self.letter_language(change.language.as_deref())?;
        let number = self.issuer.number();
        let election = self.id;
        let voter = self.register.by_row_mut(&row);
        let voter = voter.ok_or_else(|| Failure::new("this voter is not in your register"))?;
        if wanted != Wanted::Remove && voter.next_code.is_none() {
            voter.next_code = Some(VotingCode::random(&mut rand::rng()));
        }
        let line = voter.line;
        let line = || line.ok_or_else(|| Failure::new("this voter has no line on the roll yet"));
        let kind = match wanted {
            Wanted::Add => ChangeKind::Add,
            Wanted::Remove => ChangeKind::Remove(line()?),
            Wanted::Replace => ChangeKind::Replace(line()?),
        };
        // The new code is on the disk before its public half leaves.
        self.keep_register()?;
        if wanted == Wanted::Add && self.replica.manifest().issuers.len() == 2 {
            self.context.note(&format!(
                "The other registrar adds the same voter with: --row {row}"
            ));
        }
        let voter = self.register.by_row(&row);
        let secrets: Vec<SecretRow> = voter
            .and_then(|voter| Some(self.secret(voter, voter.next_code.as_ref()?)))
            .filter(|_| wanted != Wanted::Remove)
            .into_iter()
            .collect();
        let task = Task::Change { row, reason, kind };
        let file = self.parcel_file(&task.parcel_name());
        let Made { entries, lines } = self.exchange(task, secrets, change.waiting)?;
        self.submit(&entries)?;
        if wanted == Wanted::Remove {
            self.register.remove(&row);
        } else if let Some(voter) = self.register.by_row_mut(&row) {
            voter.code = voter.next_code.take();
            voter.line = lines.first().map(|(_, line)| *line);
        }
        self.keep_register()?;
        disk::remove(&file)?;
        let written = match self.register.by_row(&row) {
            Some(voter) if wanted != Wanted::Remove => {
                let into = self.folder.file("").join(&change.into);
                disk::make_folder(&into)?;
                let path = into.join(format!("letter-new-{:08x}.txt", rand::rng().next_u32()));
                self.write_letter(voter, language, &path)?;
                Some(path)
            }
            _ => None,
        };
        let what = match wanted {
            Wanted::Add => "The voter has a line.",
            Wanted::Remove => "The voter's line has ended; a ballot cast with it no longer counts.",
            Wanted::Replace => "The old letters are worthless; the voter's line has a new key.",
        };
        let letter = written
            .as_ref()
            .map(|path| format!("\nThe new letter: {}", path.display()));
        self.context.tell(
            &format!("{what}{}", letter.unwrap_or_default()),
            &json!({ "election": base64url(&election), "registrar": number, "row": row.to_string(), "letter": written }),
        );
        Ok(())
    }
}
