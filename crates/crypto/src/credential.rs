//! Voting codes, the identifier a voter types, and the credential they make.
//!
//! Source: `spec/keys.md`, section 4.

use curve25519_dalek::Scalar;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::encoding::SecretScalar;
use crate::hash::hash_512;

/// Thirty symbols: no 0, O, 1, I, L, U.
const ALPHABET: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
const SYMBOLS: usize = 24;
const RANDOM_SYMBOLS: usize = 22;
/// Prime, above 29 and below 30²: one wrong symbol or two swapped neighbours never go unnoticed.
const CHECK_MODULUS: u32 = 883;

/// Why a typed code or identifier is refused, in words for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypingError {
    /// A symbol no code contains.
    #[error(
        "the character “{0}” is never part of a code (codes use 2–9 and A–Z without I, L, O, U)"
    )]
    Symbol(char),
    /// Too many or too few symbols.
    #[error("a code has 24 characters, this one has {0}")]
    Length(usize),
    /// The check symbols disagree.
    #[error("this code has a typing mistake: please compare it with your letter")]
    Mistake,
    /// The identifier is empty or too long.
    #[error("the identifier must have 1 to 254 bytes after removing spaces around it")]
    Identifier,
}

/// A voting code: 24 symbols, 107.9 bits, wiped when dropped.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct VotingCode([u8; SYMBOLS]);

impl VotingCode {
    /// A fresh code.
    pub fn random(rng: &mut impl rand::CryptoRng) -> VotingCode {
        let mut symbols = [0; SYMBOLS];
        for symbol in &mut symbols[..RANDOM_SYMBOLS] {
            *symbol = uniform_symbol(rng);
        }
        let sum = weighted_sum(&symbols);
        let check = (CHECK_MODULUS - sum) % CHECK_MODULUS;
        for (symbol, value) in symbols[RANDOM_SYMBOLS..]
            .iter_mut()
            .zip([check / 30, check % 30])
        {
            *symbol = u8::try_from(value).expect("invariant: below 30");
        }
        VotingCode(symbols)
    }

    /// Reads what a person typed: any case, spaces and dashes anywhere.
    ///
    /// # Errors
    /// [`TypingError`], in words to show.
    pub fn parse(typed: &str) -> Result<VotingCode, TypingError> {
        let mut symbols = [0; SYMBOLS];
        let mut count = 0;
        for character in typed.chars() {
            if character.is_whitespace() || character == '-' {
                continue;
            }
            let value = ALPHABET
                .iter()
                .position(|&symbol| char::from(symbol) == character.to_ascii_uppercase())
                .ok_or(TypingError::Symbol(character))?;
            if let Some(symbol) = symbols.get_mut(count) {
                *symbol = u8::try_from(value).expect("invariant: below 30");
            }
            count += 1;
        }
        if count != SYMBOLS {
            return Err(TypingError::Length(count));
        }
        if weighted_sum(&symbols) != 0 {
            return Err(TypingError::Mistake);
        }
        Ok(VotingCode(symbols))
    }

    /// The 24 symbols in groups of four, for the letter.
    pub fn grouped(&self) -> String {
        let text = self.text();
        let groups: Vec<&str> = (0..SYMBOLS)
            .step_by(4)
            .map(|start| &text[start..start + 4])
            .collect();
        groups.join("-")
    }

    fn text(&self) -> String {
        self.0
            .iter()
            .map(|&value| char::from(ALPHABET[usize::from(value)]))
            .collect()
    }
}

impl core::fmt::Debug for VotingCode {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("VotingCode(…)")
    }
}

/// Σ s_i·30^(24−i) mod 883.
fn weighted_sum(symbols: &[u8; SYMBOLS]) -> u32 {
    symbols.iter().fold(0, |sum, &symbol| {
        (sum * 30 + u32::from(symbol)) % CHECK_MODULUS
    })
}

/// Uniform in 0 … 29, by rejection.
fn uniform_symbol(rng: &mut impl rand::CryptoRng) -> u8 {
    loop {
        let mut byte = [0];
        rng.fill_bytes(&mut byte);
        // 240 is the largest multiple of 30 in a byte.
        if byte[0] < 240 {
            return byte[0] % 30;
        }
    }
}

/// What the voter knows beforehand and types, in its one form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier(String);

impl Identifier {
    /// NFKC, lower case, NFKC; spaces trimmed and runs of them made one.
    ///
    /// # Errors
    /// [`TypingError::Identifier`].
    pub fn new(typed: &str) -> Result<Identifier, TypingError> {
        let folded: String = typed
            .nfkc()
            .collect::<String>()
            .to_lowercase()
            .nfkc()
            .collect();
        Identifier::from_folded(&folded)
    }

    /// The same for a text that has been through NFKC, lower case and NFKC elsewhere: a browser brings the tables, which weigh more
    /// than all the mathematics. A text that has not only makes another credential, which stands on no roll.
    ///
    /// # Errors
    /// [`TypingError::Identifier`].
    pub fn from_folded(folded: &str) -> Result<Identifier, TypingError> {
        let words: Vec<&str> = folded.split_whitespace().collect();
        let identifier = words.join(" ");
        if (1..=254).contains(&identifier.len()) {
            Ok(Identifier(identifier))
        } else {
            Err(TypingError::Identifier)
        }
    }

    /// The one form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Issuer number `issuer`'s half of the credential: u_r.
pub fn credential_half(
    election: &[u8; 32],
    issuer: u32,
    identifier: &Identifier,
    code: &VotingCode,
) -> SecretScalar {
    let mut text = code.text();
    let mut wide = hash_512(
        "urne/0 credential",
        &[
            election,
            &issuer.to_le_bytes(),
            identifier.0.as_bytes(),
            text.as_bytes(),
        ],
    );
    let half = SecretScalar::new(Scalar::from_bytes_mod_order_wide(&wide));
    wide.zeroize();
    text.zeroize();
    half
}

/// u = Σ u_r.
pub fn credential<'a>(halves: impl IntoIterator<Item = &'a SecretScalar>) -> SecretScalar {
    SecretScalar::new(halves.into_iter().map(SecretScalar::expose).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    fn code() -> VotingCode {
        VotingCode::random(&mut StdRng::seed_from_u64(5))
    }

    #[test]
    fn a_code_survives_every_way_of_typing_it() {
        let code = code();
        let grouped = code.grouped();
        assert_eq!(grouped.len(), 29);
        for typed in [
            grouped.clone(),
            grouped.to_lowercase(),
            grouped.replace('-', ""),
            format!("  {}\n", grouped.replace('-', " ")),
        ] {
            assert_eq!(VotingCode::parse(&typed), Ok(code.clone()));
        }
    }

    #[test]
    fn every_wrong_symbol_and_every_swap_of_neighbours_is_caught() {
        for seed in 0..40 {
            let code = VotingCode::random(&mut StdRng::seed_from_u64(seed));
            let text: Vec<u8> = code.text().into_bytes();
            for index in 0..SYMBOLS {
                for &symbol in ALPHABET {
                    let mut wrong = text.clone();
                    wrong[index] = symbol;
                    let parsed = VotingCode::parse(std::str::from_utf8(&wrong).unwrap());
                    assert_eq!(parsed.is_ok(), symbol == text[index]);
                }
                if index > 0 && text[index] != text[index - 1] {
                    let mut swapped = text.clone();
                    swapped.swap(index, index - 1);
                    assert_eq!(
                        VotingCode::parse(std::str::from_utf8(&swapped).unwrap()),
                        Err(TypingError::Mistake)
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_not_a_code_is_explained() {
        assert_eq!(VotingCode::parse("O"), Err(TypingError::Symbol('O')));
        assert_eq!(VotingCode::parse("2345"), Err(TypingError::Length(4)));
        let long = format!("{}22", code().grouped());
        assert_eq!(VotingCode::parse(&long), Err(TypingError::Length(26)));
    }

    #[test]
    fn symbols_are_uniform() {
        let mut counts = [0_u32; 30];
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..30_000 {
            counts[usize::from(uniform_symbol(&mut rng))] += 1;
        }
        assert!(counts.iter().all(|count| (800..1200).contains(count)));
    }

    #[test]
    fn one_person_has_one_identifier_however_it_is_typed() {
        let identifier = Identifier::new("  Zoé\u{a0}  DUPONT ").unwrap();
        assert_eq!(identifier.as_str(), "zoé dupont");
        assert_eq!(Identifier::new("Zoe\u{301} dupont"), Ok(identifier));
        assert_eq!(Identifier::new(" \t"), Err(TypingError::Identifier));
        assert!(Identifier::new(&"x".repeat(254)).is_ok());
        assert!(Identifier::new(&"x".repeat(255)).is_err());
        assert_eq!(
            Identifier::from_folded(" a\u{2003}b "),
            Identifier::new("A B")
        );
    }

    #[test]
    fn a_half_depends_on_everything() {
        let identifier = Identifier::new("4711").unwrap();
        let half = |election: u8, issuer, identifier: &Identifier, seed| {
            let code = VotingCode::random(&mut StdRng::seed_from_u64(seed));
            credential_half(&[election; 32], issuer, identifier, &code).to_bytes()
        };
        let base = half(1, 1, &identifier, 1);
        assert_eq!(base, half(1, 1, &identifier, 1));
        assert_ne!(base, half(2, 1, &identifier, 1));
        assert_ne!(base, half(1, 2, &identifier, 1));
        assert_ne!(base, half(1, 1, &Identifier::new("4712").unwrap(), 1));
        assert_ne!(base, half(1, 1, &identifier, 2));
    }

    #[test]
    fn halves_add_up_in_secret_and_in_public() {
        let mut rng = StdRng::seed_from_u64(2);
        let halves = [
            SecretScalar::random(&mut rng),
            SecretScalar::random(&mut rng),
        ];
        let sum = halves[0].public().element() + halves[1].public().element();
        assert_eq!(*credential(&halves).public().element(), sum);
    }
}
