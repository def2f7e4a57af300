//! The participants' devices: what they do, and what they refuse to do.
//!
//! `setting` brings a small board to each step with the devices themselves; the others look at one device each.

#[cfg(test)]
mod issuers;
#[cfg(test)]
mod memories;
#[cfg(test)]
mod organizers;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod replicas;
#[cfg(test)]
mod setting;
#[cfg(test)]
mod trustees;
#[cfg(test)]
mod voters;
#[cfg(test)]
mod workshop;
