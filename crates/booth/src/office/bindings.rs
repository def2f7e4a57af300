//! The office's module as JavaScript sees it.

use wasm_bindgen::prelude::wasm_bindgen;

use super::sealed;
use crate::failure::Failure;

/// Encrypts bytes under a passphrase, as a file that `urne` opens too.
#[wasm_bindgen]
pub fn seal(plain: &[u8], passphrase: &str) -> Result<Vec<u8>, Failure> {
    sealed::seal(plain, passphrase)
}

/// Opens what [`seal`] or `urne` made.
#[wasm_bindgen]
pub fn unseal(sealed: &[u8], passphrase: &str) -> Result<Vec<u8>, Failure> {
    sealed::open(sealed, passphrase).map(|plain| plain.to_vec())
}
