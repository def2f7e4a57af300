//! The generators K₀, K_j and K′_j of the bit commitment.
//!
//! Source: `spec/notation.md`, "Generators of the bit commitment".

use curve25519_dalek::RistrettoPoint;

use crate::hash::hash_512;

/// K₀, K₁ … K_N and K′₁ … K′_N: hashed to the group, so that nobody knows a relation between them.
#[derive(Clone, Debug)]
pub struct Generators {
    /// K₀
    pub blinding: RistrettoPoint,
    /// K₁ … K_N
    pub bits: Vec<RistrettoPoint>,
    /// K′₁ … K′_N
    pub squares: Vec<RistrettoPoint>,
}

impl Generators {
    /// The generators for N = `bits` bits.
    pub fn new(bits: u32) -> Generators {
        Generators {
            blinding: generator("bits", 0),
            bits: (1..=bits).map(|index| generator("bits", index)).collect(),
            squares: (1..=bits)
                .map(|index| generator("squares", index))
                .collect(),
        }
    }
}

fn generator(family: &str, index: u32) -> RistrettoPoint {
    RistrettoPoint::from_uniform_bytes(&hash_512(
        "urne/0 generator",
        &[family.as_bytes(), &index.to_le_bytes()],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn generators_are_all_different_and_do_not_depend_on_how_many() {
        let few = Generators::new(3);
        let many = Generators::new(20);
        assert_eq!(few.bits[..], many.bits[..3]);
        assert_eq!(few.squares[..], many.squares[..3]);
        let all: HashSet<[u8; 32]> = many
            .bits
            .iter()
            .chain(&many.squares)
            .chain([&many.blinding])
            .map(|point| point.compress().0)
            .collect();
        assert_eq!(all.len(), 41);
    }
}
