//! From bytes to an [`Instance`].

use std::collections::HashMap;

use super::error::{ParseError, Problem, Section};
use super::instance::{Choice, Instance, Meta, Points, Project, Vote};
use super::meta;
use super::numbers;
use super::rows::{Header, Row, Sections, line_breaks};

/// The largest file read, in bytes.
pub const MAX_FILE_BYTES: usize = 64 << 20;
/// The longest line read, in bytes.
pub const MAX_LINE_BYTES: usize = 1 << 20;
/// The most keys in `META`.
pub const MAX_META_KEYS: usize = 1_000;
/// The most projects in a file.
pub const MAX_PROJECTS: usize = 1_000;
/// The most votes in a file.
pub const MAX_VOTES: usize = 1_000_000;
/// The most entries in one vote's list of projects, and of points.
pub const MAX_CHOICES_PER_VOTE: usize = 1_000;
/// The most entries in the lists of all votes together.
pub const MAX_CHOICES: usize = 10_000_000;

/// Reads a `.pb` file.
///
/// # Errors
///
/// [`ParseError`], with line, field and advice, where the file's structure is
/// broken or one of the limits above is passed. A ballot against the rules is
/// no such error: see [`Instance::check_vote`].
pub fn parse(bytes: &[u8]) -> Result<Instance, ParseError> {
    let text = text(bytes)?;
    let mut sections = Sections::new(text);
    let meta::MetaSection {
        mut meta,
        num_projects,
        num_votes,
    } = meta::read(&mut sections)?;
    let mut projects = read_projects(&mut sections)?;
    check_count("num_projects", num_projects, projects.len())?;
    let votes = read_votes(&mut sections, &meta, &projects)?;
    check_count("num_votes", num_votes, votes.len())?;
    sections.finish()?;
    reduce_to_whole_units(&mut meta, &mut projects);
    Ok(Instance {
        meta,
        projects,
        votes,
    })
}

/// The bytes as text, without a byte-order mark.
fn text(bytes: &[u8]) -> Result<&str, ParseError> {
    if bytes.len() > MAX_FILE_BYTES {
        let problem = Problem::FileTooLarge {
            bytes: bytes.len(),
            most: MAX_FILE_BYTES,
        };
        return Err(ParseError::of_file(problem));
    }
    let at = |line, problem| ParseError {
        line: Some(line),
        section: None,
        field: None,
        problem,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        at(
            line_breaks(&bytes[..error.valid_up_to()]) + 1,
            Problem::NotUtf8,
        )
    })?;
    // A record's table of fields takes eight times its semicolons in memory.
    let too_long = text
        .split('\n')
        .position(|line| line.len() > MAX_LINE_BYTES);
    if let Some(index) = too_long {
        return Err(at(
            index + 1,
            Problem::LineTooLong {
                most: MAX_LINE_BYTES,
            },
        ));
    }
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn check_count(key: &str, (line, stated): (usize, u64), found: usize) -> Result<(), ParseError> {
    if u64::try_from(found) == Ok(stated) {
        return Ok(());
    }
    Err(ParseError::of_field(
        line,
        Section::Meta,
        key,
        Problem::CountDiffers { stated, found },
    ))
}

fn read_projects(sections: &mut Sections<'_>) -> Result<Vec<Project>, ParseError> {
    let header = sections.open(Section::Projects)?;
    let columns = ProjectColumns::find(&header)?;
    let mut projects: Vec<Project> = Vec::new();
    let mut lines: HashMap<String, usize> = HashMap::new();
    while let Some(row) = sections.row()? {
        header.check(&row)?;
        if projects.len() == MAX_PROJECTS {
            let problem = Problem::TooMany {
                what: "projects",
                most: MAX_PROJECTS,
            };
            return Err(ParseError::of_row(row.line, Section::Projects, problem));
        }
        let project = columns.project(&row)?;
        if let Some(first_line) = lines.insert(project.id.clone(), row.line) {
            let problem = Problem::ProjectRepeated {
                id: project.id,
                first_line,
            };
            return Err(ParseError::of_field(
                row.line,
                Section::Projects,
                "project_id",
                problem,
            ));
        }
        projects.push(project);
    }
    if projects.is_empty() {
        return Err(ParseError::of_row(
            header.line(),
            Section::Projects,
            Problem::NoProjects,
        ));
    }
    Ok(projects)
}

/// Where the columns of `PROJECTS` stand that are read.
struct ProjectColumns {
    id: usize,
    cost: usize,
    name: Option<usize>,
    votes: Option<usize>,
    score: Option<usize>,
    selected: Option<usize>,
}

impl ProjectColumns {
    fn find(header: &Header) -> Result<Self, ParseError> {
        Ok(ProjectColumns {
            id: header.require("project_id")?,
            cost: header.require("cost")?,
            name: header.find("name"),
            votes: header.find("votes"),
            score: header.find("score"),
            selected: header.find("selected"),
        })
    }

    fn project(&self, row: &Row) -> Result<Project, ParseError> {
        let refuse =
            |field, problem| ParseError::of_field(row.line, Section::Projects, field, problem);
        let id = row.field(self.id);
        if id.is_empty() {
            return Err(refuse("project_id", Problem::Empty));
        }
        let name = self
            .name
            .map(|column| row.field(column))
            .filter(|name| !name.is_empty());
        let cost = numbers::hundredths(row.field(self.cost));
        let votes = optional(row, self.votes, numbers::count);
        let score = optional(row, self.score, numbers::whole);
        let selected = optional(row, self.selected, numbers::count);
        Ok(Project {
            line: row.line,
            id: id.to_owned(),
            cost: cost.map_err(|problem| refuse("cost", problem))?,
            name: name.map(str::to_owned),
            published_votes: votes.map_err(|problem| refuse("votes", problem))?,
            published_score: score.map_err(|problem| refuse("score", problem))?,
            published_selected: selected.map_err(|problem| refuse("selected", problem))?,
        })
    }
}

/// A field that may be left out.
fn optional<T>(
    row: &Row,
    column: Option<usize>,
    read: impl Fn(&str) -> Result<T, Problem>,
) -> Result<Option<T>, Problem> {
    let given = column.and_then(|column| given(row.field(column)));
    given.map(read).transpose()
}

/// A field's text, if there is any: some published files write `None`.
fn given(field: &str) -> Option<&str> {
    Some(field).filter(|text| !text.is_empty() && !text.eq_ignore_ascii_case("none"))
}

fn read_votes(
    sections: &mut Sections<'_>,
    meta: &Meta,
    projects: &[Project],
) -> Result<Vec<Vote>, ParseError> {
    let header = sections.open(Section::Votes)?;
    let voter_column = header.require("voter_id")?;
    let vote_column = header.require("vote")?;
    let points_column = match meta.vote_type.has_points() {
        true => Some(header.require("points")?),
        false => header.find("points"),
    };
    let ids = projects
        .iter()
        .enumerate()
        .map(|(index, project)| (project.id.as_str(), index));
    let indices: HashMap<&str, usize> = ids.collect();
    let mut votes = Vec::new();
    let mut choices_left = MAX_CHOICES;
    while let Some(row) = sections.row()? {
        header.check(&row)?;
        let refuse =
            |field, problem| ParseError::of_field(row.line, Section::Votes, field, problem);
        if votes.len() == MAX_VOTES {
            return Err(refuse(
                "voter_id",
                Problem::TooMany {
                    what: "votes",
                    most: MAX_VOTES,
                },
            ));
        }
        let voter = row.field(voter_column);
        if voter.is_empty() {
            return Err(refuse("voter_id", Problem::Empty));
        }
        let choices = list(row.field(vote_column), |id| choice(&indices, id));
        let choices = choices
            .map_err(|problem| refuse("vote", problem))?
            .unwrap_or_default();
        let points = list(points_column.map_or("", |column| row.field(column)), points);
        let points = points.map_err(|problem| refuse("points", problem))?;
        let entries = choices.len() + points.as_ref().map_or(0, Vec::len);
        choices_left = choices_left.checked_sub(entries).ok_or_else(|| {
            refuse(
                "vote",
                Problem::TooMany {
                    what: "choices in all",
                    most: MAX_CHOICES,
                },
            )
        })?;
        votes.push(Vote {
            line: row.line,
            voter: voter.to_owned(),
            repeats_line: None,
            choices,
            points,
        });
    }
    mark_repeated_voters(&mut votes);
    Ok(votes)
}

/// The entries of a comma-separated list; none where the field is empty.
fn list<T>(field: &str, read: impl Fn(&str) -> T) -> Result<Option<Vec<T>>, Problem> {
    let Some(text) = given(field) else {
        return Ok(None);
    };
    let count = text.split(',').count();
    if count > MAX_CHOICES_PER_VOTE {
        return Err(Problem::TooMany {
            what: "entries in one list",
            most: MAX_CHOICES_PER_VOTE,
        });
    }
    Ok(Some(
        text.split(',').map(|entry| read(entry.trim())).collect(),
    ))
}

fn choice(indices: &HashMap<&str, usize>, id: &str) -> Choice {
    match indices.get(id) {
        Some(index) => Choice::Project(*index),
        None => Choice::Unknown(id.into()),
    }
}

fn points(text: &str) -> Points {
    numbers::whole(text).map_or_else(|_| Points::Unreadable(text.into()), Points::Whole)
}

fn mark_repeated_voters(votes: &mut [Vote]) {
    let mut first_lines: HashMap<String, usize> = HashMap::new();
    for vote in votes {
        match first_lines.get(&vote.voter) {
            Some(line) => vote.repeats_line = Some(*line),
            None => _ = first_lines.insert(vote.voter.clone(), vote.line),
        }
    }
}

/// Goes from hundredths back to whole units where no amount needs hundredths.
fn reduce_to_whole_units(meta: &mut Meta, projects: &mut [Project]) {
    let limits = [&mut meta.min_sum_cost, &mut meta.max_sum_cost];
    let mut amounts: Vec<&mut u64> = limits.into_iter().flatten().collect();
    amounts.push(&mut meta.budget);
    amounts.extend(projects.iter_mut().map(|project| &mut project.cost));
    if amounts.iter().all(|amount| **amount % meta.scale == 0) {
        for amount in amounts {
            *amount /= meta.scale;
        }
        meta.scale = 1;
    }
}
