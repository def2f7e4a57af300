//! What the story claims, tried each time it is told: a refusal is signed, a second device finds the voter's choice, receipts hold.

use urne_client::receipt::{Fate, fate};
use urne_client::voter::{self, Audit, Checked};
use urne_crypto::signature::PublicKey;
use urne_election::receipt::{Receipt, Refusal};

use super::preferences::Choice;
use super::story::DemoError;
use super::town::Town;
use crate::stage::company::own_randomness;
use crate::stage::{Company, StageError};
use crate::wire::server::WireError;

/// Cast-or-check: a second device captures the ballot's tracker, has it opened, and finds what the voter chose.
pub(super) fn check_a_ballot(
    company: &mut Company,
    number: usize,
    choice: &Choice,
    town: &Town,
) -> Result<(), DemoError> {
    company.board_mut().catch_up()?;
    let replica = company.replica();
    let credential = company.credential(&company.voters()[number]);
    let slot = voter::slot(replica, &credential.public()).map_err(StageError::from)?;
    let answers = choice.answers(town);
    let rng = &mut own_randomness();
    let prepared = voter::prepare(replica, &credential, &answers, rng).map_err(StageError::from)?;
    let captured = prepared.tracker();
    let shown = prepared.reveal(replica).to_bytes();
    let audit = Audit::decode(&shown).map_err(|_| DemoError::Unexpected("an unreadable check"))?;
    let found = audit
        .check(replica, &slot, &captured)
        .map_err(StageError::from)?;
    if found == Checked::Unchanged(choice.values(town)) {
        Ok(())
    } else {
        Err(DemoError::Unexpected(
            "the second device did not find what the voter chose",
        ))
    }
}

/// The server must not take this ballot, and must sign that it does not.
pub(super) fn require_refusal(company: &Company, ballot: &[u8]) -> Result<(), DemoError> {
    let refused = match company.cast(ballot) {
        Ok(_) => {
            return Err(DemoError::Unexpected(
                "a ballot was taken that may not stand",
            ));
        }
        Err(StageError::Wire(WireError::Refused(problem))) => problem,
        Err(error) => return Err(error.into()),
    };
    let Some(refusal) = &refused.refusal else {
        return Err(StageError::from(WireError::Refused(refused)).into());
    };
    let manifest = company.replica().manifest();
    let signed = Refusal::decode(refusal.as_bytes()).is_ok_and(|refusal| {
        let server = PublicKey::decode(&manifest.server.key);
        let about = refusal.hash == urne_crypto::hash::fingerprint(ballot);
        about && server.is_ok_and(|server| refusal.verify(&server).is_ok())
    });
    if signed {
        Ok(())
    } else {
        Err(DemoError::Unexpected(
            "a refusal was not signed as it must be",
        ))
    }
}

/// The first ballot was replaced, the last one counts.
pub(super) fn follow_receipts(company: &Company, receipts: &[Receipt]) -> Result<(), String> {
    let fates = receipts
        .iter()
        .map(|receipt| fate(receipt, company.replica()));
    let fates: Vec<Fate> = fates
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    match fates[..] {
        [Fate::Replaced { .. }, Fate::Counts] => Ok(()),
        _ => Err(format!("{fates:?}")),
    }
}
