//! Plain text with a little weight and colour where a terminal shows it, and lines no wider than a page.

/// Characters to a line.
pub const WIDTH: usize = 80;

/// Whether weight and colour are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink {
    coloured: bool,
}

impl Ink {
    /// Ink on a terminal, unless `NO_COLOR` asks for none; plain text elsewhere.
    pub fn for_output(is_terminal: bool, no_color: Option<&str>) -> Ink {
        Ink {
            coloured: is_terminal && no_color.is_none_or(str::is_empty),
        }
    }

    /// Text without any.
    pub fn plain() -> Ink {
        Ink { coloured: false }
    }

    /// Bold.
    pub fn strong(self, text: &str) -> String {
        self.wrapped("1", text)
    }

    /// Less loud than the rest.
    pub fn quiet(self, text: &str) -> String {
        self.wrapped("2", text)
    }

    /// Good, or chosen.
    pub fn green(self, text: &str) -> String {
        self.wrapped("32", text)
    }

    /// Wrong.
    pub fn red(self, text: &str) -> String {
        self.wrapped("1;31", text)
    }

    fn wrapped(self, code: &str, text: &str) -> String {
        if self.coloured && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Breaks a text at spaces so that it fits between `indent` and the page's edge. A word that is longer stands alone.
pub fn lines(text: &str, indent: usize) -> Vec<String> {
    let room = WIDTH.saturating_sub(indent);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// How many columns a text takes: one for each character, which holds for the languages of the demo.
pub fn width(text: &str) -> usize {
    text.chars().count()
}

/// The text, then spaces up to `columns`.
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_at_spaces_within_the_page() {
        let text = "word ".repeat(40);
        let broken = lines(&text, 10);
        assert_eq!(broken.len(), 3);
        assert!(broken.iter().all(|line| width(line) <= WIDTH - 10));
        assert_eq!(broken.join(" "), text.trim());
    }

    #[test]
    fn there_is_colour_only_on_a_terminal_that_wants_it() {
        let green = |terminal, no_color| Ink::for_output(terminal, no_color).green("x");
        assert_eq!(green(true, None), "\x1b[32mx\x1b[0m");
        assert_eq!(green(true, Some("1")), "x");
        assert_eq!(green(false, None), "x");
    }
}
