//! From decrypted points to the result everybody can recompute.
//!
//! Source: `spec/tally.md`, sections 3 and 4.

use urne_crypto::RistrettoPoint;
use urne_crypto::discrete_log::DiscreteLogarithms;

use crate::entry::{CollegeResult, CollegeState, QuestionResult, TallyResult};
use crate::form::BallotForm;
use crate::manifest::Manifest;
use crate::outcome::{Turnout, outcome};

/// Finds the totals of the decrypted colleges; `points` runs college by college, ciphertext by ciphertext. Nothing where a
/// total is out of its bounds, which valid proofs exclude.
pub(crate) fn decrypted_totals(
    form: &BallotForm,
    colleges: &[CollegeResult],
    points: &[RistrettoPoint],
) -> Option<Vec<CollegeResult>> {
    let turnout = colleges.iter().map(|college| college.turnout).max()?;
    let logarithms = DiscreteLogarithms::new(turnout.checked_mul(form.largest_value().into())?);
    let mut points = points.iter();
    let mut colleges = colleges.to_vec();
    for college in &mut colleges {
        if college.state != CollegeState::Decrypted {
            continue;
        }
        college.totals = form
            .largest_values()
            .iter()
            .zip(&mut points)
            .map(|(&largest, point)| {
                let total = logarithms.solve(point)?;
                (total <= college.turnout * u64::from(largest)).then_some(total)
            })
            .collect::<Option<Vec<u64>>>()?;
    }
    Some(colleges)
}

/// Adds the colleges up and finds the winners.
pub(crate) fn tally_result(
    election: [u8; 32],
    manifest: &Manifest,
    colleges: Vec<CollegeResult>,
) -> TallyResult {
    let public = colleges
        .iter()
        .filter(|college| college.state != CollegeState::Withheld);
    let cast: u64 = public.clone().map(|college| college.turnout).sum();
    let registered = colleges.iter().map(|college| college.weight).sum();
    let withheld = public.clone().count() < colleges.len();
    let mut first = 0;
    let questions = manifest
        .questions
        .iter()
        .map(|question| {
            let positions = first..first + question.ciphertexts();
            first = positions.end;
            let totals: Vec<u64> = positions
                .map(|position| public.clone().map(|college| college.totals[position]).sum())
                .collect();
            let blank = totals.get(question.options.len()).copied().unwrap_or(0);
            let expressed = cast.saturating_sub(blank);
            let turnout = Turnout {
                cast,
                expressed,
                registered,
                withheld,
            };
            QuestionResult {
                outcome: outcome(question, &totals, turnout),
                totals,
                expressed,
                registered,
            }
        })
        .collect();
    TallyResult {
        election,
        colleges,
        questions,
    }
}
