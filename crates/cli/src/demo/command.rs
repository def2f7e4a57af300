//! `urne demo` as people type it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::words::Language;
use super::{FEWEST_VOTERS, MOST_VOTERS, Options, run};
use crate::failure::{Failure, Outcome};
use crate::people::context::Context;
use crate::stage::observer::Judge;

/// Watch a whole election: a town's budget, from the first key to the checked result
///
/// Starts a server on this machine and plays everybody: organizer, registrars, trustees, voters, an observer. Only the people are
/// invented: keys, ballots, count and check are real, and go through the server's HTTP interface. In the end the program
/// urne-verify, where it lies beside this one, checks the public record over HTTP.
///
/// With --json the story goes to standard error, and one JSON object with what held to standard output.
#[derive(Args)]
pub struct Demo {
    /// End after the check instead of keeping the server up
    #[arg(long)]
    once: bool,
    /// How many people vote
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = voters)]
    voters: usize,
    /// The language it speaks (by default that of the locale)
    #[arg(long, value_enum)]
    lang: Option<LanguageArgument>,
    /// Where the public record is copied to (by default a new folder among the temporary ones)
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum LanguageArgument {
    /// français
    Fr,
    /// English
    En,
}

fn voters(text: &str) -> Result<usize, String> {
    let range = FEWEST_VOTERS..=MOST_VOTERS;
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("a number from {} to {}", range.start(), range.end()))
}

impl Demo {
    /// Plays it; this very program is started as the server.
    ///
    /// # Errors
    /// What went wrong or did not hold.
    pub fn run(self, context: &Context) -> Outcome {
        let program = std::env::current_exe()?;
        let language = match self.lang {
            Some(LanguageArgument::Fr) => Language::French,
            Some(LanguageArgument::En) => Language::English,
            None => Language::of_locale(|name| std::env::var(name).ok()),
        };
        let options = Options {
            judge: Judge::beside(&program),
            program,
            voters: self.voters,
            language,
            out: self.out,
        };
        if run(&options, self.once, context.json)? {
            Ok(())
        } else {
            Err(Failure::new("something did not hold: see above"))
        }
    }
}
