//! Soundness: what must be refused is refused, and what is proven can be extracted.
//!
//! In reading order:
//! 1. `script`, `cheat`, `dealer`: provers and verifiers written from the specification alone, which can lie at each step
//! 2. `known_answers`, `transcripts`: both sides hash the same bytes
//! 3. `honest_ballots`, `cast_or_check`, `cheating_ballots`, `cheating_batches`, `extractor`: the ballot
//! 4. `ceremony`, `cheating_trustees`, `cheating_issuers`: everybody else
//! 5. `binding`: every public input of every proof, flipped
//! 6. `decoders`: what is not canonical is not read

#[cfg(test)]
mod binding;
#[cfg(test)]
mod cast_or_check;
#[cfg(test)]
mod ceremony;
#[cfg(test)]
mod cheat;
#[cfg(test)]
mod cheating_ballots;
#[cfg(test)]
mod cheating_batches;
#[cfg(test)]
mod cheating_issuers;
#[cfg(test)]
mod cheating_trustees;
#[cfg(test)]
mod dealer;
#[cfg(test)]
mod decoders;
#[cfg(test)]
mod extractor;
#[cfg(test)]
mod honest_ballots;
#[cfg(test)]
mod known_answers;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod script;
#[cfg(test)]
mod transcripts;
