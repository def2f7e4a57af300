//! Boards kept and served below HTTP: whole elections, what is refused, crashes, failing disks, witnesses, backups.
//!
//! In reading order:
//! 1. `town`, `draft`: a small election and everybody in it; `faulty`: a store that fails on command; `witness`: a witness on loopback
//! 2. `elections`: from the manifest to the result; `admission`: which entries are taken, and what the others are told
//! 3. `restarts`: what memory held is what the disk gives back; `tripwires`: and nothing else
//! 4. `faults`: every write lost, and every write kept but reported lost; `full`: no room
//! 5. `witnessed`: quorums, late and lying witnesses; `backups`; `store`: who may read the database, and who waits for whom

#[cfg(test)]
mod admission;
#[cfg(test)]
mod backups;
#[cfg(test)]
mod draft;
#[cfg(test)]
mod elections;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod faulty;
#[cfg(test)]
mod full;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod store;
#[cfg(test)]
mod town;
#[cfg(test)]
mod tripwires;
#[cfg(test)]
mod witness;
#[cfg(test)]
mod witnessed;
