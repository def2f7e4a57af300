//! What the inhabitants want, and the count that anybody could make who saw every vote: the election's totals must equal it.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use urne_election::question::Answer;

use super::town::Town;

/// What one voter answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// for each project, whether it is chosen
    pub projects: Vec<bool>,
    /// the day chosen, from 0; nothing is blank
    pub day: Option<usize>,
}

impl Choice {
    /// One answer per question.
    pub fn answers(&self, town: &Town) -> Vec<Answer> {
        let projects = self.projects.iter().map(|&chosen| u32::from(chosen));
        let day = match self.day {
            None => Answer::Blank,
            Some(day) => {
                let days = 0..town.market.options.len();
                Answer::Values(days.map(|other| u32::from(other == day)).collect())
            }
        };
        vec![Answer::Values(projects.collect()), day]
    }

    /// What a second device recomputes from this choice: one value for each option, and one for blank.
    pub fn values(&self, town: &Town) -> Vec<u64> {
        let projects = self.projects.iter().map(|&chosen| u64::from(chosen));
        let options = town.market.options.len();
        let days = (0..=options).map(|day| u64::from(self.day.unwrap_or(options) == day));
        projects.chain(days).collect()
    }
}

/// What each voter first wants. The same town always wants the same.
pub fn choices(town: &Town, voters: usize) -> Vec<Choice> {
    let rng = &mut StdRng::seed_from_u64(120_000);
    (0..voters).map(|_| choice(town, rng)).collect()
}

/// What a voter who thinks again wants: another draw, different from the first.
pub fn second_thought(town: &Town, voter: usize, first: &Choice) -> Choice {
    let rng = &mut StdRng::seed_from_u64(voter as u64);
    loop {
        let again = choice(town, rng);
        if again != *first {
            return again;
        }
    }
}

fn choice(town: &Town, rng: &mut StdRng) -> Choice {
    let group = group(town, rng);
    let mut liked: Vec<(u32, usize)> = town
        .budget
        .projects
        .iter()
        .enumerate()
        .map(|(index, project)| (project.appeal[group] * 3 + rng.random_range(0..16), index))
        .collect();
    liked.sort_unstable_by(|a, b| b.cmp(a));
    let mut left = town.envelope;
    let mut projects = vec![false; liked.len()];
    let at_most = rng.random_range(2..=7);
    for (_, index) in liked.into_iter().take(at_most) {
        let cost = town.budget.projects[index].cost;
        if cost <= left {
            left -= cost;
            projects[index] = true;
        }
    }
    Choice {
        projects,
        day: day(town, group, rng),
    }
}

fn group(town: &Town, rng: &mut StdRng) -> usize {
    let mut drawn = rng.random_range(0..100);
    for (index, group) in town.groups.iter().enumerate() {
        if drawn < group.share {
            return index;
        }
        drawn -= group.share;
    }
    town.groups.len() - 1
}

/// One voter in twelve does not mind which day.
fn day(town: &Town, group: usize, rng: &mut StdRng) -> Option<usize> {
    if rng.random_range(0..12) == 0 {
        return None;
    }
    let liked = town.market.options.iter().enumerate();
    liked
        .map(|(index, day)| (day.appeal[group] + rng.random_range(0..8), index))
        .max()
        .map(|(_, index)| index)
}

/// Votes for each project, then for each day, then blank votes: a count made in plain view.
pub fn direct_count(town: &Town, last_choices: &[Choice]) -> Vec<u64> {
    let width = town.budget.projects.len() + town.market.options.len() + 1;
    let mut totals = vec![0; width];
    for choice in last_choices {
        for (total, value) in totals.iter_mut().zip(choice.values(town)) {
            *total += value;
        }
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_stays_within_the_envelope_and_chooses_something() {
        let town = Town::valbrise();
        for choice in choices(&town, 500) {
            let costs = town.budget.projects.iter().zip(&choice.projects);
            let spent: u32 = costs.filter(|(_, c)| **c).map(|(p, _)| p.cost).sum();
            assert!(spent > 0 && spent <= town.envelope, "{spent}");
        }
    }

    #[test]
    fn the_count_adds_every_choice_once() {
        let town = Town::valbrise();
        let mut projects = vec![false; 12];
        projects[2] = true;
        let one = Choice {
            projects: projects.clone(),
            day: Some(1),
        };
        let other = Choice {
            projects,
            day: None,
        };
        let totals = direct_count(&town, &[one, other]);
        assert_eq!(totals[..12], [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(totals[12..], [0, 1, 0, 1], "blank stands last");
    }

    #[test]
    fn a_second_thought_is_another_one() {
        let town = Town::valbrise();
        let first = &choices(&town, 1)[0];
        assert_ne!(second_thought(&town, 0, first), *first);
    }
}
