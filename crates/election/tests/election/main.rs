//! What an election is, tested against the specification.
//!
//! In reading order:
//! 1. `sample`: a good manifest and good questions to start from; `tree`: payloads as trees, to break one thing at a time
//! 2. `questions`: which bits, ciphertexts and rules a question becomes, and which answers it allows
//! 3. `manifest`, `rules`, `entries`, `templates`, `damage`: one form per value, and every limit and rule broken alone
//! 4. `outcomes`: totals become winners, also by a slow second implementation
//! 5. `roll`: lines, weights, changes
//! 6. `board`, `story`: an election played step by step; `order`, `ceremony_faults`, `voting_faults`, `sealing_faults`: what
//!    may stand where, and that what may not changes nothing
//! 7. `sequencing`: judging without effect, proofs checked beforehand
//! 8. `receipts`: the server's promises

#[cfg(test)]
mod board;
#[cfg(test)]
mod ceremony_faults;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod entries;
#[cfg(test)]
mod manifest;
#[cfg(test)]
mod order;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod roll;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sealing_faults;
#[cfg(test)]
mod sequencing;
#[cfg(test)]
mod story;
#[cfg(test)]
mod templates;
#[cfg(test)]
mod tree;
#[cfg(test)]
mod voting_faults;
