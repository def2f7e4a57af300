//! Codes, and the rounds with the other registrar until the roll is signed by all.

use std::collections::HashMap;

use serde::Serialize;
use urne_client::issuer::Issuer;
use urne_client::workshop::exchange::{Exchange, ExchangeError, Progress, Round, SecretRow};
use urne_client::workshop::parcel::{Parcel, Task};
use urne_client::workshop::register::{Register, RowId};
use urne_crypto::encoding::Point;
use urne_crypto::signature::{PublicKey, public_key};
use urne_election::json::base64url;
use urne_election::phase::Phase;

use super::Desk;
use crate::failure::Failure;

/// Where the roll stands after a round.
#[derive(Clone, Debug, Serialize)]
pub struct RollStep {
    /// `halves`, `proofs`, `signatures`: what the other registrar has still to send; `complete`
    pub awaits: &'static str,
    /// the own parcel, to be kept, then left for the other; base64url
    pub parcel: String,
    /// once complete: the entries in the order to send them, base64url
    pub entries: Vec<String>,
}

impl Desk {
    /// Gives every voter a code. The register is to be kept before anything made from the codes leaves.
    ///
    /// # Errors
    /// `register-missing`; `list-college`: a college the election does not have; `step-wrong-phase`.
    pub fn make_codes(&mut self, rng: &mut impl rand::CryptoRng) -> Result<(), Failure> {
        let Phase::Preparing(_) = self.board()?.election().phase() else {
            return Err(Failure::new(
                "step-wrong-phase",
                "the roll is published between the confirms and the opening",
            ));
        };
        let colleges = self.board()?.manifest().colleges.len();
        let voters = self.register()?.voters();
        let stray = voters
            .iter()
            .find(|voter| voter.entitlement.college as usize > colleges);
        if let Some(voter) = stray {
            let (who, college) = (voter.identifier.as_str(), voter.entitlement.college);
            return Err(Failure::new("list-college", format!("“{who}”: {college}")));
        }
        if let Some(register) = self.register.as_mut() {
            register.make_codes(rng);
        }
        Ok(())
    }

    /// One round of the roll. `saved` is the own parcel as kept before; `other` what the other registrar has left.
    ///
    /// # Errors
    /// `exchange-…`.
    pub fn advance(
        &mut self,
        saved: Option<&[u8]>,
        other: Option<&[u8]>,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<RollStep, Failure> {
        let issuer = self.issuer()?;
        let manifest = self.board()?.manifest();
        let secrets = secrets(self.register()?, &issuer);
        let mut exchange = Exchange::start(&issuer, manifest, Task::Roll, secrets);
        if let Some(bytes) = saved {
            let own = author(&public_key(issuer.key()))?;
            let parcel = Parcel::decode(bytes, &own).map_err(Failure::of("exchange-saved"))?;
            exchange = exchange
                .resume(parcel)
                .map_err(|error| self.refused(&error))?;
        }
        let other = match other {
            Some(bytes) => Some(self.received(&issuer, bytes)?),
            None => None,
        };
        let progress = exchange
            .advance(other.as_ref(), rng)
            .map_err(|error| self.refused(&error))?;
        let parcel = base64url(&exchange.parcel().to_bytes(issuer.key()));
        Ok(match progress {
            Progress::Waiting(round) => RollStep {
                awaits: match round {
                    Round::Halves => "halves",
                    Round::Proofs => "proofs",
                    Round::Signatures => "signatures",
                },
                parcel,
                entries: Vec::new(),
            },
            Progress::Complete { entries, lines } => {
                self.keep_lines(lines);
                RollStep {
                    awaits: "complete",
                    parcel,
                    entries: entries.iter().map(|entry| base64url(entry)).collect(),
                }
            }
        })
    }

    fn keep_lines(&mut self, lines: Vec<(RowId, Point)>) {
        let lines: HashMap<RowId, Point> = lines.into_iter().collect();
        let voters = self.register.iter_mut().flat_map(Register::voters_mut);
        for voter in voters {
            voter.line = lines.get(&voter.row).copied();
        }
    }

    fn received(&self, issuer: &Issuer, bytes: &[u8]) -> Result<Parcel, Failure> {
        let issuers = &self.board()?.manifest().issuers;
        let other = issuers
            .iter()
            .zip(1..)
            .find(|(_, number)| *number != issuer.number());
        let (other, _) = other.ok_or_else(|| {
            Failure::new("exchange-alone", "this election has one registrar only")
        })?;
        Parcel::decode(bytes, &author(&other.key)?).map_err(Failure::of("exchange-parcel"))
    }

    /// The identifier of a row id is for the registrar's eyes: the other knows the voter by it too.
    fn refused(&self, error: &ExchangeError) -> Failure {
        let (code, row) = match error {
            ExchangeError::OtherTask => ("exchange-task", None),
            ExchangeError::Lists(row) | ExchangeError::Entitlement(row) => {
                ("exchange-lists", Some(row))
            }
            ExchangeError::Line(row) => ("exchange-dishonest", Some(row)),
            ExchangeError::Proof(_) | ExchangeError::Signature(_) => ("exchange-dishonest", None),
            ExchangeError::SignedAnother => ("exchange-signed", None),
            ExchangeError::OwnParcel => ("exchange-saved", None),
        };
        let voter = row.and_then(|row| self.register.as_ref()?.by_row(row));
        let who = voter.map_or_else(String::new, |voter| {
            format!(" (in your register: “{}”)", voter.identifier.as_str())
        });
        Failure::new(code, format!("{error}{who}"))
    }
}

fn secrets(register: &Register, issuer: &Issuer) -> Vec<SecretRow> {
    let with_code = register.voters().iter().filter_map(|voter| {
        let code = voter.code.as_ref()?;
        Some(SecretRow {
            row: voter.row,
            entitlement: voter.entitlement,
            half: issuer.half_from_code(&voter.identifier, code),
        })
    });
    with_code.collect()
}

fn author(key: &[u8; 32]) -> Result<PublicKey, Failure> {
    PublicKey::decode(key).map_err(Failure::of("exchange-parcel"))
}
