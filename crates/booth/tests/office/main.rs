//! Trustees' and registrars' desks, from the first key file to the result, on boards that the client's own tests bring to each
//! step.

#[cfg(test)]
#[expect(
    dead_code,
    reason = "shared with the client's tests, which use all of it"
)]
#[path = "../../../client/tests/devices/setting.rs"]
mod setting;

#[cfg(test)]
mod registrars;
#[cfg(test)]
mod trustees;
