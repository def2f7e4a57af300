//! How trustees make the key of the box: fingerprints compared, deals, confirms or complaints, and the drill.

use serde_json::json;
use urne_client::replica::Replica;
use urne_client::trustee::{SecondStep, TrusteeMemory};
use urne_crypto::ceremony::confirm::Grievance;
use urne_crypto::ceremony::spoken_fingerprint;

use super::super::context::Context;
use super::Told;
use super::work::{Work, done, explained};
use crate::failure::{Failure, Outcome};

pub(super) fn fingerprints(context: &Context, told: Told) -> Outcome {
    let work = Work::begin(context, told)?;
    let replica = work.follow()?;
    let keys = work.keys()?;
    let own = work.seated(&keys, &replica)?.number();
    let manifest = replica.manifest();
    let listed: Vec<(u32, &str, String)> = (1..)
        .zip(&manifest.trustees)
        .map(|(number, trustee)| {
            let spoken = spoken_fingerprint(&trustee.key, &trustee.encryption);
            (number, trustee.name.as_str(), spoken)
        })
        .collect();
    let mut words = format!(
        "{} ({} of {} trustees open the box)",
        manifest.title.join(" / "),
        manifest.threshold,
        manifest.trustees.len()
    );
    for (number, name, spoken) in &listed {
        let you = if *number == own {
            "  ← yours, of the key in this folder"
        } else {
            ""
        };
        words.push_str(&format!("\n{number}  {spoken}  {name}{you}"));
    }
    words.push_str("\nEach reads their own aloud. If all agree: urne trustee deal");
    let json: Vec<_> = listed
        .iter()
        .map(|(number, name, spoken)| json!({ "number": number, "name": name, "fingerprint": spoken, "own": *number == own }))
        .collect();
    context.tell(&words, &json!({ "fingerprints": json }));
    Ok(())
}

pub(super) fn deal(context: &Context, told: Told) -> Outcome {
    let work = Work::begin(context, told)?;
    let replica = work.follow()?;
    let entry = match work.folder.sent("deal")? {
        Some(entry) => entry,
        None => {
            let keys = work.keys()?;
            let trustee = work.seated(&keys, &replica)?;
            let mut memory = work.memory(&keys)?.unwrap_or_else(TrusteeMemory::lost);
            let made = trustee.deal(&replica, &mut memory, &mut rand::rng());
            let entry = made.map_err(|error| explained(error, &replica))?;
            // The entry first: a memory of a deal that is nowhere would leave this key of no use.
            work.folder.keep_sent("deal", &entry)?;
            work.keep_memory(&keys, &memory)?;
            entry
        }
    };
    let index = work.send(&replica, &entry)?;
    done(
        context,
        "deal",
        index,
        "once all have dealt: urne trustee confirm",
    );
    Ok(())
}

pub(super) fn confirm(context: &Context, told: Told) -> Outcome {
    let work = Work::begin(context, told)?;
    let replica = work.follow()?;
    if let Some(entry) = work.folder.sent("confirm")? {
        let index = work.send(&replica, &entry)?;
        done(context, "confirm", index, "urne trustee drill");
        return Ok(());
    }
    let keys = work.keys()?;
    let step = work
        .seated(&keys, &replica)?
        .confirm_or_complain(&replica, &mut rand::rng())
        .map_err(|error| explained(error, &replica))?;
    match step {
        SecondStep::Confirm(entry) => {
            work.folder.keep_sent("confirm", &entry)?;
            let index = work.send(&replica, &entry)?;
            done(context, "confirm", index, "urne trustee drill");
            Ok(())
        }
        SecondStep::Complaint(entry, grievance) => {
            work.folder.keep_sent("complaint", &entry)?;
            let index = work.send(&replica, &entry)?;
            Err(complained(&replica, grievance, index))
        }
    }
}

fn complained(replica: &Replica, grievance: Grievance, index: u64) -> Failure {
    let dealer = &replica.manifest().trustees[grievance.dealer as usize - 1];
    Failure::new(format!(
        "{} (trustee {}) dealt you a bad share: {}. Your complaint, which anyone can check, stands on the board (entry {index}). The ceremony has failed; the organizer starts another election without {}",
        dealer.name, grievance.dealer, grievance.fault, dealer.name
    ))
}

pub(super) fn drill(context: &Context, told: Told) -> Outcome {
    let work = Work::begin(context, told)?;
    let replica = work.follow()?;
    let entry = match work.folder.sent("drill")? {
        Some(entry) => entry,
        None => {
            let keys = work.keys()?;
            let entry = work
                .seated(&keys, &replica)?
                .drill(&replica, &mut rand::rng())
                .map_err(|error| explained(error, &replica))?;
            work.folder.keep_sent("drill", &entry)?;
            entry
        }
    };
    let index = work.send(&replica, &entry)?;
    done(
        context,
        "drill",
        index,
        "after the closing: urne trustee seal",
    );
    Ok(())
}
