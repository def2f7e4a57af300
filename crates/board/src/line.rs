//! The two fields every C2SP text format is made of: canonical decimal numbers and base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::tree::Hash;

/// A decimal number with no sign and no leading zero; zero itself is `0`.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let digits_only = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if !digits_only || leading_zero {
        return None;
    }
    text.parse().ok()
}

/// Standard base64 with padding and zero trailing bits (RFC 4648 section 4).
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The inverse of [`to_base64`]; refuses every other spelling of the same bytes.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A 32-byte hash from its 44 base64 characters.
pub(crate) fn hash_from_base64(text: &str) -> Option<Hash> {
    // The length first, so that no allocation depends on the sender.
    if text.len() != 44 {
        return None;
    }
    from_base64(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("10"), Some(10));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for refused in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1_0",
            "0x1",
            "١",
            "18446744073709551616",
        ] {
            assert_eq!(decimal(refused), None, "{refused:?}");
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(from_base64("AQ=="), Some(vec![1]));
        for refused in ["AQ", "AQ=", "AR==", "AQ==\n", "A Q=", "AQ==AQ==", "-_8="] {
            assert_eq!(from_base64(refused), None, "{refused:?}");
        }
    }

    #[test]
    fn a_hash_is_exactly_32_bytes() {
        assert_eq!(hash_from_base64(&to_base64(&[7; 32])), Some([7; 32]));
        // 31 bytes also take 44 characters.
        assert_eq!(hash_from_base64(&to_base64(&[7; 31])), None);
        assert_eq!(hash_from_base64(&to_base64(&[7; 33])), None);
        assert_eq!(hash_from_base64(&to_base64(&[7; 34])), None);
    }
}
