//! Tells what happens, step by step: a line for each step once it is done, a spinner or a bar meanwhile on a terminal.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::ink::{Ink, lines};

/// Writes the story.
pub struct Narrator<W> {
    out: W,
    ink: Ink,
    step: u32,
}

/// A step that is under way.
pub struct Step {
    bar: ProgressBar,
}

const INDENT: usize = 5;

impl<W: Write> Narrator<W> {
    /// Writes to `out`; spinners and bars go to standard error, where it is a terminal.
    pub fn new(out: W, ink: Ink) -> Narrator<W> {
        Narrator { out, ink, step: 0 }
    }

    /// The ink it writes with.
    pub fn ink(&self) -> Ink {
        self.ink
    }

    /// Title and setting.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn open(&mut self, title: &str, setting: &str) -> io::Result<()> {
        writeln!(self.out, "\n  {}\n", self.ink.strong(title))?;
        for line in lines(setting, 4) {
            writeln!(self.out, "  {line}")?;
        }
        writeln!(self.out)?;
        self.out.flush()
    }

    /// A step begins. `of` says how many parts it has, where that is worth showing.
    pub fn begin(&self, text: &str, of: Option<usize>) -> Step {
        let template = match of {
            Some(_) => "     {msg} {bar:24} {pos}/{len}",
            None => "  {spinner} {msg}",
        };
        let bar = match of {
            Some(parts) => ProgressBar::new(parts as u64),
            None => ProgressBar::new_spinner(),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("█▓·"));
        }
        bar.set_message(text.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Step { bar }
    }

    /// The step is done: what happened, and what is worth knowing about it.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn done(&mut self, step: Step, text: &str, notes: &[String]) -> io::Result<()> {
        step.bar.finish_and_clear();
        self.step += 1;
        let mut number = format!("{:>3}  ", self.step);
        for line in lines(text, INDENT + 1) {
            writeln!(self.out, "{}{line}", self.ink.green(&number))?;
            number = " ".repeat(INDENT);
        }
        for note in notes {
            let mut bullet = "· ";
            for line in lines(note, INDENT + 3) {
                let line = format!("{}{bullet}{line}", " ".repeat(INDENT));
                writeln!(self.out, "{}", self.ink.quiet(&line))?;
                bullet = "  ";
            }
        }
        self.out.flush()
    }

    /// Lines as they are.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

impl Step {
    /// One part more is done.
    pub fn advance(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
