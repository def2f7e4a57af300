//! QR codes, drawn as the path of an inline SVG picture: no image file, nothing a page's policy has to allow.

use qrcodegen::{QrCode, QrCodeEcc};

use crate::failure::Failure;

/// A QR code as the path of an SVG picture.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct Drawing {
    /// modules a side, with the quiet zone of four around
    pub size: i32,
    /// the dark modules, for the attribute `d`
    pub path: String,
}

/// Draws a text as a QR code.
///
/// # Errors
/// `too-long-for-qr`: then it has to be copied as text.
pub fn draw(text: &str) -> Result<Drawing, Failure> {
    const QUIET: i32 = 4;
    let code = QrCode::encode_text(text, QrCodeEcc::Medium)
        .map_err(|error| Failure::new("too-long-for-qr", error))?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let start = x;
            while code.get_module(x, y) {
                x += 1;
            }
            let run = x - start;
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", start + QUIET, y + QUIET));
            }
            x += 1;
        }
    }
    Ok(Drawing {
        size: code.size() + 2 * QUIET,
        path,
    })
}
