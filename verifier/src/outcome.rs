//! From totals to winners, and the bytes of the result (spec/tally.md section 4).

use crate::encoding::{Bytes32, to_base64url};
use crate::manifest::numbers_of;
use crate::report::word;
use crate::template::Value;

/// What becomes of a college's totals.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum CollegeState {
    /// enough ballots
    Decrypted,
    /// no ballot, all totals are 0
    #[default]
    Empty,
    /// fewer ballots than the college's guard
    Withheld,
}

/// The figures of a college at close.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct CollegeOutcome {
    /// lines at close
    pub lines: u64,
    /// their weights, summed
    pub weight: u64,
    /// counting ballots
    pub ballots: u64,
    /// the weights of their lines, summed
    pub turnout: u64,
    /// whether there are totals
    pub state: CollegeState,
    /// one per ciphertext; none where withheld
    pub totals: Vec<u64>,
}

/// Where a question ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// there are winners and no ties
    Decided,
    /// some options are tied
    Tied,
    /// no option wins
    None,
    /// too few voted
    NoQuorum,
    /// a college is withheld
    Withheld,
}

/// The outcome of a question; options are numbered from 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuestionOutcome {
    /// one per option, blank last
    pub totals: Vec<u64>,
    /// weight of the ballots that are not blank
    pub expressed: u64,
    /// weight of all lines
    pub registered: u64,
    /// how it ended
    pub status: Status,
    /// in ranking order
    pub winners: Vec<usize>,
    /// ascending
    pub tied: Vec<usize>,
}

/// The whole result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// in the manifest's order
    pub colleges: Vec<CollegeOutcome>,
    /// in the manifest's order
    pub questions: Vec<QuestionOutcome>,
}

impl Outcome {
    /// Decides every question.
    pub(crate) fn new(colleges: Vec<CollegeOutcome>, questions: &[Value]) -> Outcome {
        let mut first = 0;
        let questions = questions.iter().map(|question| {
            let from = first;
            first += question.list("options").len() + usize::from(question.flag("blank"));
            decide(&colleges, question, from..first)
        });
        let questions = questions.collect();
        Outcome { colleges, questions }
    }

    /// The members `colleges` and `questions` as a `result` entry writes them, without braces around.
    pub fn members(&self) -> String {
        let colleges = self.colleges.iter().map(|college| {
            let CollegeOutcome { lines, weight, ballots, turnout, state, totals } = college;
            let (state, totals) = (word(state), list(totals));
            format!(
                r#"{{"lines":{lines},"weight":{weight},"ballots":{ballots},"turnout":{turnout},"state":"{state}","totals":{totals}}}"#
            )
        });
        let questions = self.questions.iter().map(|question| {
            let QuestionOutcome { expressed, registered, .. } = question;
            let (totals, status) = (list(&question.totals), word(question.status));
            let (winners, tied) = (list(&question.winners), list(&question.tied));
            format!(
                r#"{{"totals":{totals},"expressed":{expressed},"registered":{registered},"status":"{status}","winners":{winners},"tied":{tied}}}"#
            )
        });
        format!(r#""colleges":{},"questions":{}"#, list(colleges), list(questions))
    }

    /// The bytes of the only valid `result` entry.
    pub(crate) fn entry(&self, election: &Bytes32) -> Vec<u8> {
        let (election, members) = (to_base64url(election), self.members());
        format!("{{\"kind\":\"result\",\"election\":\"{election}\",{members}}}\n").into_bytes()
    }
}

/// A JSON array of what is JSON already.
pub(crate) fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    format!("[{}]", items.join(","))
}

/// The question's ciphertexts are those at `positions`.
fn decide(
    colleges: &[CollegeOutcome],
    question: &Value,
    positions: std::ops::Range<usize>,
) -> QuestionOutcome {
    let is_withheld = |college: &&CollegeOutcome| college.state == CollegeState::Withheld;
    let open = || colleges.iter().filter(|college| !is_withheld(college));
    let total = |position: usize| open().map(|college| college.totals[position]).sum();
    let totals: Vec<u64> = positions.map(total).collect();
    let voted: u64 = open().map(|college| college.turnout).sum();
    let blank = totals.last().copied().filter(|_| question.flag("blank")).unwrap_or(0);
    let registered = colleges.iter().map(|college| college.weight).sum();
    let (winners, tied) = Default::default();
    // Valid ballots cannot make a blank total above the turnout.
    let expressed = voted.saturating_sub(blank);
    let mut outcome =
        QuestionOutcome { totals, expressed, registered, status: Status::Withheld, winners, tied };
    let quorum = question.field("rule").field("quorum");
    if colleges.iter().any(|college| is_withheld(&college)) {
        return outcome;
    }
    // 0 of the registered weight is always there.
    if product(voted, quorum, "denominator") < product(registered, quorum, "numerator") {
        outcome.status = Status::NoQuorum;
        return outcome;
    }
    let ranking = ranking(question, &outcome);
    let select = if question.field("rule").text("name") == "most" { most } else { greedy };
    (outcome.winners, outcome.tied) = select(question, &ranking);
    outcome.tied.sort_unstable();
    outcome.status = match (outcome.tied.is_empty(), outcome.winners.is_empty()) {
        (false, _) => Status::Tied,
        (true, false) => Status::Decided,
        (true, true) => Status::None,
    };
    outcome
}

fn product(count: u64, fraction: &Value, part: &str) -> u128 {
    u128::from(count) * u128::from(fraction.number(part))
}

/// An eligible option: its number, its total, its cost.
#[derive(Clone, Copy)]
struct Ranked {
    option: usize,
    total: u64,
    cost: u64,
}

fn is_ordered(question: &Value) -> bool {
    question.field("rule").text("ties") == "order"
}

/// The eligible options, highest total first, equal totals by `order` or by number.
fn ranking(question: &Value, outcome: &QuestionOutcome) -> Vec<Ranked> {
    let (rule, options) = (question.field("rule"), question.list("options"));
    let majority = rule.field("majority");
    let of_registered = majority.text("of") == "registered";
    let base = if of_registered { outcome.registered } else { outcome.expressed };
    let needed = product(base, majority, "numerator");
    let has_majority = |total: u64| {
        let reached = product(total, majority, "denominator");
        if majority.flag("strict") { reached > needed } else { reached >= needed }
    };
    let mut ranking: Vec<Ranked> = (1..)
        .zip(options.iter().zip(&outcome.totals))
        .filter(|(_, (_, total))| **total > 0 && has_majority(**total))
        .map(|(option, (named, total))| Ranked {
            option,
            total: *total,
            cost: named.number("cost"),
        })
        .collect();
    let order = numbers_of(rule.list("order"));
    // Where `order` is empty every place is `None`, and the stable sort keeps the order of the numbers.
    let place = |option: usize| order.iter().position(|listed| *listed == option as u64);
    ranking.sort_by_key(|one| (std::cmp::Reverse(one.total), place(one.option)));
    ranking
}

fn numbers<'a>(ranked: impl IntoIterator<Item = &'a Ranked>) -> Vec<usize> {
    ranked.into_iter().map(|one| one.option).collect()
}

/// Winners and tied by the rule `most`.
fn most(question: &Value, ranking: &[Ranked]) -> (Vec<usize>, Vec<usize>) {
    let seats = question.field("rule").small("seats") as usize;
    let (seated, others) = ranking.split_at(seats.min(ranking.len()));
    let limit = seated.last().map(|one| one.total);
    // The first without a seat has as many votes as the last with one.
    let is_tied = others.first().is_some_and(|one| Some(one.total) == limit);
    if !is_tied || is_ordered(question) {
        return (numbers(seated), vec![]);
    }
    let above = seated.iter().filter(|one| Some(one.total) != limit);
    (numbers(above), numbers(ranking.iter().filter(|one| Some(one.total) == limit)))
}

/// Winners and tied by the rules `greedy-skip` and `greedy-stop`.
fn greedy(question: &Value, ranking: &[Ranked]) -> (Vec<usize>, Vec<usize>) {
    let stop = question.field("rule").text("name") == "greedy-stop";
    let mut rest = question.number("envelope");
    let mut winners = Vec::new();
    // With a tie order every option is a group of its own.
    let together =
        |left: &Ranked, right: &Ranked| !is_ordered(question) && left.total == right.total;
    for group in ranking.chunk_by(together) {
        let fitting: Vec<&Ranked> = group.iter().filter(|one| one.cost <= rest).collect();
        let cost: u64 = fitting.iter().map(|one| one.cost).sum();
        let some_do_not_fit = fitting.len() < group.len();
        if cost > rest || (stop && some_do_not_fit) {
            // Where none fits alone the list of the tied is empty, and the selection just ends.
            return (winners, numbers(fitting));
        }
        rest -= cost;
        winners.extend(numbers(fitting));
    }
    (winners, vec![])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::tests::Sample;

    fn college(turnout: u64, weight: u64, totals: &[u64]) -> CollegeOutcome {
        CollegeOutcome {
            lines: weight,
            weight,
            ballots: turnout,
            turnout,
            state: CollegeState::Decrypted,
            totals: totals.to_vec(),
        }
    }

    fn decide(sample: Sample, turnout: u64, totals: &[u64]) -> QuestionOutcome {
        let colleges = vec![college(turnout, 100, totals)];
        Outcome::new(colleges, &[sample.read()]).questions.remove(0)
    }

    fn most(seats: u32, totals: &[u64]) -> (Status, Vec<usize>, Vec<usize>) {
        let costs = vec![0; totals.len()];
        let outcome = decide(Sample { costs: &costs, seats, ..Sample::default() }, 50, totals);
        (outcome.status, outcome.winners, outcome.tied)
    }

    #[test]
    fn most_fills_the_seats_by_rank() {
        assert_eq!(most(2, &[5, 9, 7]), (Status::Decided, vec![2, 3], vec![]));
        assert_eq!(most(3, &[5, 0, 7]), (Status::Decided, vec![3, 1], vec![]), "0 is not eligible");
        assert_eq!(most(1, &[0, 0]), (Status::None, vec![], vec![]));
    }

    #[test]
    fn ties_at_the_last_seat_are_listed_and_ties_above_it_do_not_matter() {
        assert_eq!(most(2, &[5, 9, 5]), (Status::Tied, vec![2], vec![1, 3]));
        assert_eq!(most(2, &[5, 5, 1]), (Status::Decided, vec![1, 2], vec![]));
        assert_eq!(most(1, &[4, 4]), (Status::Tied, vec![], vec![1, 2]));
        assert_eq!(most(2, &[4, 4]), (Status::Decided, vec![1, 2], vec![]), "as many as seats");
    }

    #[test]
    fn an_order_settles_ties() {
        let sample = Sample { costs: &[0; 3], seats: 2, order: &[3, 1, 2], ..Sample::default() };
        let outcome = decide(sample, 50, &[5, 5, 5]);
        assert_eq!((outcome.status, outcome.winners), (Status::Decided, vec![3, 1]));
    }

    #[test]
    fn majorities_are_strict_or_not_and_of_their_base() {
        let winners = |numerator, strict, of_registered, blank: u64| {
            let (majority, of) =
                ([numerator, 2], if of_registered { "registered" } else { "expressed" });
            let sample = Sample { blank: true, majority, of, strict, ..Sample::default() };
            let outcome = decide(sample, 50, &[20, 10, blank]);
            assert_eq!((outcome.expressed, outcome.registered), (50 - blank, 100));
            outcome.winners
        };
        assert_eq!(winners(1, false, false, 10), [1], "20 of 40 is a half");
        assert_eq!(winners(1, true, false, 10), [0; 0]);
        assert_eq!(winners(1, true, false, 11), [1], "20 of 39");
        assert_eq!(winners(1, false, false, 9), [0; 0], "20 of 41");
        assert_eq!(winners(1, false, true, 10), [0; 0], "20 of 100");
        assert_eq!(winners(0, true, true, 10), [1], "none required");
    }

    #[test]
    fn a_quorum_compares_turnout_with_the_registered_weight() {
        let status = |numerator| {
            let sample = Sample { costs: &[0], quorum: [numerator, 100], ..Sample::default() };
            decide(sample, 50, &[50]).status
        };
        assert_eq!(
            [status(0), status(50), status(51)],
            [Status::Decided, Status::Decided, Status::NoQuorum]
        );
    }

    #[test]
    fn a_withheld_college_leaves_every_question_undecided() {
        let mut colleges = vec![college(30, 60, &[20, 10]), college(2, 40, &[])];
        colleges[1].state = CollegeState::Withheld;
        colleges.push(CollegeOutcome { state: CollegeState::Empty, ..college(0, 5, &[0, 0]) });
        let outcome = Outcome::new(colleges, &[Sample::default().read()]);
        let question = &outcome.questions[0];
        assert_eq!(question.status, Status::Withheld);
        assert_eq!(
            (&question.totals[..], question.expressed, question.registered),
            (&[20, 10][..], 30, 105)
        );
        assert!(question.winners.is_empty());
    }

    fn budget(
        method: &str,
        ordered: bool,
        costs: [u32; 4],
        totals: [u64; 4],
    ) -> (Vec<usize>, Vec<usize>) {
        let order: &[u32] = if ordered { &[4, 3, 2, 1] } else { &[] };
        let sample =
            Sample { costs: &costs, numbers: [0, 0, 0, 10], method, order, ..Sample::default() };
        let outcome = decide(sample, 50, &totals);
        (outcome.winners, outcome.tied)
    }

    #[test]
    fn greedy_rules_differ_at_what_does_not_fit() {
        let (costs, totals) = ([6, 5, 4, 1], [9, 8, 7, 6]);
        for ordered in [false, true] {
            assert_eq!(budget("greedy-skip", ordered, costs, totals), (vec![1, 3], vec![]));
            assert_eq!(budget("greedy-stop", ordered, costs, totals), (vec![1], vec![]));
        }
    }

    #[test]
    fn greedy_groups_of_one_total_win_together_or_are_tied() {
        // 2 and 3 have one total; 4 remain after option 1.
        let skip = |costs| budget("greedy-skip", false, costs, [9, 8, 8, 7]);
        let stop = |costs| budget("greedy-stop", false, costs, [9, 8, 8, 7]);
        assert_eq!(skip([6, 2, 2, 0]), (vec![1, 2, 3, 4], vec![]));
        assert_eq!(skip([6, 5, 2, 2]), (vec![1, 3, 4], vec![]), "one is passed over");
        assert_eq!(skip([6, 3, 2, 1]), (vec![1], vec![2, 3]), "both fit alone, not together");
        assert_eq!(skip([6, 5, 5, 4]), (vec![1, 4], vec![]), "none fits");
        assert_eq!(stop([6, 2, 2, 0]), (vec![1, 2, 3, 4], vec![]));
        assert_eq!(stop([6, 5, 2, 2]), (vec![1], vec![3]), "the one that fits alone is tied");
        assert_eq!(stop([6, 3, 2, 1]), (vec![1], vec![2, 3]));
        assert_eq!(stop([6, 5, 5, 4]), (vec![1], vec![]), "none fits, and that is the end");
    }

    #[test]
    fn an_order_takes_budget_groups_apart() {
        assert_eq!(
            budget("greedy-skip", true, [6, 3, 2, 1], [9, 8, 8, 7]),
            (vec![1, 3, 4], vec![])
        );
        assert_eq!(budget("greedy-stop", true, [6, 3, 2, 1], [9, 8, 8, 7]), (vec![1, 3], vec![]));
    }

    #[test]
    fn the_entry_has_the_fields_of_the_template_in_order() {
        let sample = Sample { costs: &[0], blank: true, ..Sample::default() };
        let outcome = Outcome::new(vec![college(50, 100, &[30, 20])], &[sample.read()]);
        let expected = concat!(
            r#"{"kind":"result","election":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","#,
            r#""colleges":[{"lines":100,"weight":100,"ballots":50,"turnout":50,"state":"decrypted","totals":[30,20]}],"#,
            r#""questions":[{"totals":[30,20],"expressed":30,"registered":100,"status":"decided","winners":[1],"tied":[]}]}"#,
            "\n"
        );
        assert_eq!(String::from_utf8(outcome.entry(&[0; 32])).unwrap(), expected);
    }
}
