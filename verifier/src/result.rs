//! From totals to winners, and the bytes of the result (spec/tally.md section 4).

use crate::encoding::to_base64url;
use crate::manifest::{Method, Question, Rule};

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
    pub winners: Vec<u32>,
    /// ascending
    pub tied: Vec<u32>,
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
    /// Applies every question's rule to the colleges' totals.
    pub fn new(colleges: Vec<CollegeOutcome>, questions: &[Question]) -> Outcome {
        let mut first = 0;
        let questions = questions.iter().map(|question| {
            let count = question.ciphertexts();
            let outcome = question_outcome(&colleges, question, first);
            first += count;
            outcome
        });
        Outcome { questions: questions.collect(), colleges }
    }

    /// The members `colleges` and `questions` as a `result` entry writes them, without braces around.
    pub fn members(&self) -> String {
        let colleges: Vec<String> = self.colleges.iter().map(college_json).collect();
        let questions: Vec<String> = self.questions.iter().map(question_json).collect();
        format!(r#""colleges":[{}],"questions":[{}]"#, colleges.join(","), questions.join(","))
    }

    /// The bytes of the only valid `result` entry.
    pub fn entry(&self, election: &[u8; 32]) -> Vec<u8> {
        let (election, members) = (to_base64url(election), self.members());
        format!("{{\"kind\":\"result\",\"election\":\"{election}\",{members}}}\n").into_bytes()
    }
}

fn numbers<T: ToString>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

fn college_json(college: &CollegeOutcome) -> String {
    let state = match college.state {
        CollegeState::Decrypted => "decrypted",
        CollegeState::Empty => "empty",
        CollegeState::Withheld => "withheld",
    };
    format!(
        r#"{{"lines":{},"weight":{},"ballots":{},"turnout":{},"state":"{state}","totals":[{}]}}"#,
        college.lines,
        college.weight,
        college.ballots,
        college.turnout,
        numbers(&college.totals)
    )
}

fn question_json(question: &QuestionOutcome) -> String {
    let status = match question.status {
        Status::Decided => "decided",
        Status::Tied => "tied",
        Status::None => "none",
        Status::NoQuorum => "no-quorum",
        Status::Withheld => "withheld",
    };
    format!(
        r#"{{"totals":[{}],"expressed":{},"registered":{},"status":"{status}","winners":[{}],"tied":[{}]}}"#,
        numbers(&question.totals),
        question.expressed,
        question.registered,
        numbers(&question.winners),
        numbers(&question.tied)
    )
}

/// `first` is the position of the question's first ciphertext.
fn question_outcome(
    colleges: &[CollegeOutcome],
    question: &Question,
    first: usize,
) -> QuestionOutcome {
    let total = |position: usize| {
        let of_college = |college: &CollegeOutcome| college.totals.get(first + position).copied();
        colleges.iter().filter_map(of_college).sum::<u64>()
    };
    let totals: Vec<u64> = (0..question.ciphertexts()).map(total).collect();
    let open = colleges.iter().filter(|college| college.state != CollegeState::Withheld);
    let voted: u64 = open.map(|college| college.turnout).sum();
    let blank = if question.blank { totals.last().copied().unwrap_or(0) } else { 0 };
    let mut outcome = QuestionOutcome {
        expressed: voted.saturating_sub(blank),
        registered: colleges.iter().map(|college| college.weight).sum(),
        totals,
        status: Status::Withheld,
        winners: Vec::new(),
        tied: Vec::new(),
    };
    let rule = &question.rule;
    if colleges.iter().any(|college| college.state == CollegeState::Withheld) {
        return outcome;
    }
    if product(voted, rule.quorum.1) < product(outcome.registered, rule.quorum.0) {
        outcome.status = Status::NoQuorum;
        return outcome;
    }
    let ranking = ranking(question, &outcome);
    (outcome.winners, outcome.tied) = match rule.method {
        Method::Most => most(rule, &ranking),
        _ if rule.ordered => greedy_in_order(question, &ranking),
        _ => greedy_in_groups(question, &ranking),
    };
    outcome.tied.sort_unstable();
    outcome.status = match (outcome.tied.is_empty(), outcome.winners.is_empty()) {
        (false, _) => Status::Tied,
        (true, false) => Status::Decided,
        (true, true) => Status::None,
    };
    outcome
}

fn product(count: u64, factor: u32) -> u128 {
    u128::from(count) * u128::from(factor)
}

/// An eligible option with its total.
type Ranked = (u32, u64);

fn ranking(question: &Question, outcome: &QuestionOutcome) -> Vec<Ranked> {
    let rule = &question.rule;
    let base = if rule.of_registered { outcome.registered } else { outcome.expressed };
    let (numerator, denominator) = rule.majority;
    let needed = product(base, numerator);
    let has_majority = |total: u64| {
        let reached = product(total, denominator);
        numerator == 0 || if rule.strict { reached > needed } else { reached >= needed }
    };
    let options = (1..).zip(outcome.totals.iter().copied()).take(question.options.len());
    let mut ranking: Vec<Ranked> =
        options.filter(|(_, total)| *total > 0 && has_majority(*total)).collect();
    let place = |option: u32| match rule.ordered {
        true => rule.order.iter().position(|listed| *listed == option).unwrap_or(usize::MAX),
        false => option as usize,
    };
    ranking.sort_by_key(|(option, total)| (std::cmp::Reverse(*total), place(*option)));
    ranking
}

fn options<'a>(ranked: impl IntoIterator<Item = &'a Ranked>) -> Vec<u32> {
    ranked.into_iter().map(|(option, _)| *option).collect()
}

fn most(rule: &Rule, ranking: &[Ranked]) -> (Vec<u32>, Vec<u32>) {
    let seats = rule.seats as usize;
    let limit = match ranking.get(seats.wrapping_sub(1)) {
        Some((_, limit)) if ranking.len() > seats => *limit,
        _ => return (options(ranking), vec![]),
    };
    let reaching = ranking.iter().filter(|(_, total)| *total >= limit).count();
    if rule.ordered || reaching == seats {
        return (options(ranking.iter().take(seats)), vec![]);
    }
    let (above, at): (Vec<&Ranked>, Vec<&Ranked>) =
        ranking.iter().take(reaching).partition(|(_, total)| *total > limit);
    (options(above), options(at))
}

fn cost(question: &Question, option: u32) -> u64 {
    let position = (option as usize).wrapping_sub(1);
    question.costs.get(position).copied().map_or(u64::MAX, u64::from)
}

fn greedy_in_order(question: &Question, ranking: &[Ranked]) -> (Vec<u32>, Vec<u32>) {
    let mut remaining = u64::from(question.envelope);
    let mut winners = Vec::new();
    for (option, _) in ranking {
        match remaining.checked_sub(cost(question, *option)) {
            Some(rest) => {
                remaining = rest;
                winners.push(*option);
            }
            None if question.rule.method == Method::GreedyStop => break,
            None => {}
        }
    }
    (winners, vec![])
}

fn greedy_in_groups(question: &Question, ranking: &[Ranked]) -> (Vec<u32>, Vec<u32>) {
    let mut remaining = u64::from(question.envelope);
    let mut winners = Vec::new();
    for group in ranking.chunk_by(|(_, left), (_, right)| left == right) {
        let fitting: Vec<&Ranked> =
            group.iter().filter(|(option, _)| cost(question, *option) <= remaining).collect();
        let together: u64 = fitting.iter().map(|(option, _)| cost(question, *option)).sum();
        let all_fit = fitting.len() == group.len();
        if question.rule.method == Method::GreedyStop && !(all_fit && together <= remaining) {
            // Where none fits alone the list of the tied is empty, and the selection just ends.
            return (winners, options(fitting));
        }
        match remaining.checked_sub(together) {
            Some(rest) => {
                remaining = rest;
                winners.extend(options(fitting));
            }
            None => return (winners, options(fitting)),
        }
    }
    (winners, vec![])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::QuestionKind;

    fn rule(method: Method) -> Rule {
        Rule {
            method,
            seats: 0,
            majority: (0, 1),
            of_registered: false,
            strict: false,
            quorum: (0, 1),
            ordered: false,
            order: vec![],
        }
    }

    fn question(options: usize, blank: bool, rule: Rule) -> Question {
        Question {
            kind: QuestionKind::Several,
            title: vec![],
            options: vec![vec![]; options],
            costs: vec![0; options],
            blank,
            least: 0,
            most: 0,
            each: 0,
            envelope: 0,
            rule,
        }
    }

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

    fn decide(question: Question, turnout: u64, totals: &[u64]) -> QuestionOutcome {
        let colleges = vec![college(turnout, 100, totals)];
        Outcome::new(colleges, &[question]).questions.remove(0)
    }

    fn most(seats: u32, totals: &[u64]) -> (Status, Vec<u32>, Vec<u32>) {
        let rule = Rule { seats, ..rule(Method::Most) };
        let outcome = decide(question(totals.len(), false, rule), 50, totals);
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
        let order = vec![3, 1, 2];
        let rule = Rule { seats: 2, ordered: true, order, ..rule(Method::Most) };
        let outcome = decide(question(3, false, rule), 50, &[5, 5, 5]);
        assert_eq!((outcome.status, outcome.winners), (Status::Decided, vec![3, 1]));
    }

    #[test]
    fn majorities_are_strict_or_not_and_of_their_base() {
        let winners = |numerator, strict, of_registered, blank: u64| {
            let majority = (numerator, 2);
            let rule = Rule { seats: 1, majority, strict, of_registered, ..rule(Method::Most) };
            let outcome = decide(question(2, true, rule), 50, &[20, 10, blank]);
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
            let rule = Rule { seats: 1, quorum: (numerator, 100), ..rule(Method::Most) };
            decide(question(1, false, rule), 50, &[50]).status
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
        let rule = Rule { seats: 1, ..rule(Method::Most) };
        let outcome = Outcome::new(colleges, &[question(2, false, rule)]);
        let question = &outcome.questions[0];
        assert_eq!(question.status, Status::Withheld);
        assert_eq!(
            (&question.totals[..], question.expressed, question.registered),
            (&[20, 10][..], 30, 105)
        );
        assert!(question.winners.is_empty());
    }

    fn budget(
        method: Method,
        ordered: bool,
        costs: [u32; 4],
        totals: [u64; 4],
    ) -> (Vec<u32>, Vec<u32>) {
        let order = if ordered { vec![4, 3, 2, 1] } else { vec![] };
        let question = Question {
            costs: costs.to_vec(),
            envelope: 10,
            ..question(4, false, Rule { ordered, order, ..rule(method) })
        };
        let outcome = decide(question, 50, &totals);
        (outcome.winners, outcome.tied)
    }

    #[test]
    fn greedy_rules_differ_at_what_does_not_fit() {
        let (costs, totals) = ([6, 5, 4, 1], [9, 8, 7, 6]);
        for ordered in [false, true] {
            assert_eq!(budget(Method::GreedySkip, ordered, costs, totals), (vec![1, 3], vec![]));
            assert_eq!(budget(Method::GreedyStop, ordered, costs, totals), (vec![1], vec![]));
        }
    }

    #[test]
    fn greedy_groups_of_one_total_win_together_or_are_tied() {
        // 2 and 3 have one total; 4 remain after option 1.
        let skip = |costs| budget(Method::GreedySkip, false, costs, [9, 8, 8, 7]);
        let stop = |costs| budget(Method::GreedyStop, false, costs, [9, 8, 8, 7]);
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
            budget(Method::GreedySkip, true, [6, 3, 2, 1], [9, 8, 8, 7]),
            (vec![1, 3, 4], vec![])
        );
        assert_eq!(
            budget(Method::GreedyStop, true, [6, 3, 2, 1], [9, 8, 8, 7]),
            (vec![1, 3], vec![])
        );
    }

    #[test]
    fn the_entry_has_the_fields_of_the_template_in_order() {
        let rule = Rule { seats: 1, ..rule(Method::Most) };
        let outcome = Outcome::new(vec![college(50, 100, &[30, 20])], &[question(1, true, rule)]);
        let expected = concat!(
            r#"{"kind":"result","election":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","#,
            r#""colleges":[{"lines":100,"weight":100,"ballots":50,"turnout":50,"state":"decrypted","totals":[30,20]}],"#,
            r#""questions":[{"totals":[30,20],"expressed":30,"registered":100,"status":"decided","winners":[1],"tied":[]}]}"#,
            "\n"
        );
        assert_eq!(String::from_utf8(outcome.entry(&[0; 32])).unwrap(), expected);
    }
}
