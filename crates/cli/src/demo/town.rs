//! Valbrise, an invented town: who takes part, what is asked. The texts stand in `valbrise.toml`, in every language.

use serde::Deserialize;
use urne_client::draft::{
    DraftCollege, DraftContent, DraftKind, DraftOption, DraftQuestion, DraftRule, DraftRuleName,
    DraftWitnesses,
};

use super::words::Language;

/// A text in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Both {
    fr: String,
    en: String,
}

impl Both {
    /// The text in this language.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::French => &self.fr,
            Language::English => &self.en,
        }
    }

    /// As in a manifest: the preferred language first.
    fn text(&self, first: Language) -> Vec<String> {
        first
            .then_the_others()
            .map(|language| self.in_language(language).to_owned())
            .to_vec()
    }
}

/// The town.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Town {
    /// what the budget may cost, in euros
    pub envelope: u32,
    /// the groups of inhabitants
    pub groups: Vec<Group>,
    /// the election as such
    pub election: Frame,
    /// who holds the key together
    pub trustees: Vec<Person>,
    /// those whose names are told
    pub voters: NamedVoters,
    /// the first question
    pub budget: Budget,
    /// the second question
    pub market: Market,
}

/// People who like similar things.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// for readers of the file
    pub name: String,
    /// of a hundred inhabitants
    pub share: u32,
}

/// What is said of the election itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// its name
    pub title: Both,
    description: Both,
    /// who organizes it
    pub organizer: String,
    college: Both,
    /// who makes the voting codes
    pub issuers: Vec<String>,
}

/// Somebody with a calling.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// first name and surname
    pub name: String,
    /// what they do
    pub calling: Both,
    /// whether they are not seen again after the drill
    #[serde(default)]
    pub absent: bool,
}

/// The voters whose names are told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedVoters {
    /// has a ballot checked before casting another
    pub checker: String,
    /// loses the letter after having voted
    pub loser: String,
}

/// A budget to be spent on projects.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// the question
    pub title: Both,
    description: Both,
    /// what the money can be spent on
    pub projects: Vec<Project>,
}

/// A project.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// in a few words
    pub name: Both,
    description: Both,
    /// in euros
    pub cost: u32,
    /// 0 to 10, one for each group
    pub appeal: Vec<u32>,
}

/// One of several answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Market {
    /// the question
    pub title: Both,
    description: Both,
    /// the answers
    pub options: Vec<Day>,
}

/// When the market might be held.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// in a few words
    pub name: Both,
    /// 0 to 10, one for each group
    pub appeal: Vec<u32>,
}

impl Town {
    /// Valbrise.
    pub fn valbrise() -> Town {
        toml::from_str(include_str!("valbrise.toml"))
            .expect("invariant: the file is part of the program, and a test reads it")
    }

    /// Who is not seen again after the drill, and the numbers of the other trustees.
    pub fn absent_and_present(&self) -> (Vec<&Person>, Vec<u32>) {
        let numbered = || (1..).zip(&self.trustees);
        let absent = numbered().filter(|(_, person)| person.absent);
        let present = numbered().filter(|(_, person)| !person.absent);
        (
            absent.map(|(_, person)| person).collect(),
            present.map(|(number, _)| number).collect(),
        )
    }

    /// The draft its organizer saves: opened at once, announced for a week, texts in both languages.
    pub fn draft(&self, first: Language, opens: u64) -> DraftContent {
        const WEEK: u64 = 7 * 24 * 3600;
        let frame = &self.election;
        DraftContent {
            languages: first
                .then_the_others()
                .map(|language| language.tag().to_owned())
                .to_vec(),
            title: frame.title.text(first),
            description: frame.description.text(first),
            practice: true,
            opens,
            closes: opens + WEEK,
            organizer: frame.organizer.clone(),
            threshold: THRESHOLD,
            colleges: vec![DraftCollege {
                name: frame.college.text(first),
                guard: 5,
            }],
            shared_weights: 5,
            weight_exception: String::new(),
            witnesses: DraftWitnesses::default(),
            cap: 20,
            notices: true,
            changes: true,
            questions: vec![self.budget_question(first), self.market_question(first)],
        }
    }

    /// A knapsack: any projects that fit in the envelope together. The most chosen are paid for first, skipping what no
    /// longer fits; of two that are equal, the cheaper comes first.
    fn budget_question(&self, first: Language) -> DraftQuestion {
        let projects = &self.budget.projects;
        let mut cheapest_first: Vec<u32> = (1..).take(projects.len()).collect();
        cheapest_first.sort_by_key(|&number| projects[number as usize - 1].cost);
        DraftQuestion {
            kind: DraftKind::Knapsack,
            title: self.budget.title.text(first),
            description: self.budget.description.text(first),
            random: true,
            blank: false,
            least: 0,
            most: 0,
            each: 0,
            envelope: self.envelope,
            rule: rule(DraftRuleName::GreedySkip, 0, Some(cheapest_first)),
            options: projects
                .iter()
                .map(|project| DraftOption {
                    name: project.name.text(first),
                    description: project.description.text(first),
                    cost: project.cost,
                })
                .collect(),
        }
    }

    fn market_question(&self, first: Language) -> DraftQuestion {
        DraftQuestion {
            kind: DraftKind::One,
            title: self.market.title.text(first),
            description: self.market.description.text(first),
            random: false,
            blank: true,
            least: 0,
            most: 0,
            each: 0,
            envelope: 0,
            rule: rule(DraftRuleName::Most, 1, None),
            options: self
                .market
                .options
                .iter()
                .map(|day| DraftOption {
                    name: day.name.text(first),
                    description: vec![String::new(); first.then_the_others().len()],
                    cost: 0,
                })
                .collect(),
        }
    }
}

/// How many of the trustees are needed to decrypt.
pub const THRESHOLD: u32 = 3;

fn rule(name: DraftRuleName, seats: u32, ties: Option<Vec<u32>>) -> DraftRule {
    DraftRule {
        name,
        seats,
        majority: None,
        quorum: None,
        ties,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_the_town_can_be_read_and_is_complete() {
        let town = Town::valbrise();
        assert_eq!(town.trustees.len(), 5);
        let (absent, present) = town.absent_and_present();
        assert_eq!((absent.len(), present), (1, vec![1, 3, 4, 5]));
        assert_eq!(town.budget.projects.len(), 12);
        let shares: u32 = town.groups.iter().map(|group| group.share).sum();
        assert_eq!(shares, 100);
        let projects = town.budget.projects.iter().map(|project| &project.appeal);
        let days = town.market.options.iter().map(|day| &day.appeal);
        assert!(projects.chain(days).all(|a| a.len() == town.groups.len()));
        let wanted: u32 = town
            .budget
            .projects
            .iter()
            .map(|project| project.cost)
            .sum();
        assert!(
            wanted > 2 * town.envelope,
            "there is something to choose between"
        );
    }

    #[test]
    fn the_draft_has_the_preferred_language_first() {
        let town = Town::valbrise();
        let draft = town.draft(Language::English, 1);
        assert_eq!(draft.languages, ["en", "fr"]);
        assert!(draft.title[0].contains("participatory"));
        assert!(town.draft(Language::French, 1).title[0].contains("participatif"));
    }
}
