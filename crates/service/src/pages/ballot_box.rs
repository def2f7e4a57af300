//! The picture that returns everywhere: a transparent ballot box. It fills as the board grows; its padlocks, one per trustee,
//! close as the key is made and open at the count.

/// A ballot box, as numbers for the drawing.
pub(crate) struct BallotBox {
    /// folded papers, from the bottom
    pub(crate) papers: Vec<Paper>,
    /// one per trustee
    pub(crate) padlocks: Vec<Padlock>,
    /// what it shows, for those who do not see it
    pub(crate) alternative: String,
}

/// A folded paper.
pub(crate) struct Paper {
    /// left edge
    pub(crate) x: i32,
    /// upper edge
    pub(crate) y: i32,
    /// degrees
    pub(crate) turn: i32,
}

/// A padlock.
pub(crate) struct Padlock {
    /// left edge
    pub(crate) x: i32,
    /// whether it is shut
    pub(crate) shut: bool,
}

const MOST_PAPERS: u64 = 24;
const PAPERS_IN_A_ROW: i32 = 6;

impl BallotBox {
    /// A box with this many ballots, and padlocks of which the first `shut` are.
    pub(crate) fn new(ballots: u64, trustees: u32, shut: u32, alternative: String) -> BallotBox {
        // Twice as many ballots are a few papers more, so that a small vote shows and a large one fits.
        let doublings = i32::try_from(ballots.checked_ilog2().unwrap_or(0)).unwrap_or(0);
        let papers = ballots
            .min(6 + 2 * u64::try_from(doublings).unwrap_or(0))
            .min(MOST_PAPERS);
        let papers = (0..i32::try_from(papers).unwrap_or(0)).map(|number| {
            let (row, column) = (number / PAPERS_IN_A_ROW, number % PAPERS_IN_A_ROW);
            Paper {
                x: 40 + column * 29 + (row % 2) * 8,
                y: 170 - row * 17 - (column % 2) * 4,
                turn: (number * 37) % 25 - 12,
            }
        });
        let step = 200 / i32::try_from(trustees.max(1)).unwrap_or(32);
        let padlocks = (0..trustees).map(|number| Padlock {
            x: 30 + step / 2 - 8 + step * i32::try_from(number).unwrap_or(0),
            shut: number < shut,
        });
        BallotBox {
            papers: papers.collect(),
            padlocks: padlocks.collect(),
            alternative,
        }
    }
}
