//! A sheet of A4 and what can be put on it: text in one typeface, squares for cameras, lines to cut along. Lengths are in
//! millimetres from the upper left corner, sizes of type in points.

use krilla::Document;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};
use qrcodegen::{QrCode, QrCodeEcc};

use crate::failure::Failure;

/// Points in a millimetre.
const POINTS: f32 = 72.0 / 25.4;
/// Width and height of A4.
const A4: (f32, f32) = (210.0, 297.0);
/// Height of a line, in sizes of type.
const LEADING: f32 = 1.35;

const REGULAR: &[u8] = include_bytes!("../../fonts/regular.ttf");
const BOLD: &[u8] = include_bytes!("../../fonts/bold.ttf");

/// How a text looks.
#[derive(Clone, Copy)]
pub(super) struct Type {
    /// points
    pub(super) size: f32,
    pub(super) bold: bool,
}

/// Running text.
pub(super) const BODY: Type = Type {
    size: 10.5,
    bold: false,
};

/// Both weights of the typeface, to draw with and to measure.
pub(super) struct Typeface {
    fonts: [(Font, ttf_parser::Face<'static>); 2],
}

impl Typeface {
    pub(super) fn new() -> Result<Typeface, Failure> {
        let load = |bytes: &'static [u8]| {
            let font = Font::new(bytes.into(), 0)
                .ok_or_else(|| Failure::new("letters", "the typeface cannot be read"))?;
            let face = ttf_parser::Face::parse(bytes, 0).map_err(Failure::of("letters"))?;
            Ok((font, face))
        };
        Ok(Typeface {
            fonts: [load(REGULAR)?, load(BOLD)?],
        })
    }

    /// Width of a text in millimetres.
    fn width(&self, text: &str, look: Type) -> f32 {
        let (_, face) = &self.fonts[usize::from(look.bold)];
        let advance = |symbol| {
            let glyph = face.glyph_index(symbol)?;
            face.glyph_hor_advance(glyph)
        };
        let units: u32 = text
            .chars()
            .map(|symbol| u32::from(advance(symbol).unwrap_or(0)))
            .sum();
        units as f32 / f32::from(face.units_per_em()) * look.size / POINTS
    }

    /// The lines of a text that is at most so wide. A word that is wider than a line is broken.
    fn lines(&self, text: &str, look: Type, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            let mut line = String::new();
            for word in paragraph.split(' ') {
                let longer = match line.is_empty() {
                    true => word.to_owned(),
                    false => format!("{line} {word}"),
                };
                if self.width(&longer, look) <= width {
                    line = longer;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(core::mem::take(&mut line));
                }
                line = self.broken(word, look, width, &mut lines);
            }
            lines.push(line);
        }
        lines
    }

    /// The end of a word, after as many full lines as it needs.
    fn broken(&self, word: &str, look: Type, width: f32, lines: &mut Vec<String>) -> String {
        let mut rest = String::new();
        for symbol in word.chars() {
            let mut longer = rest.clone();
            longer.push(symbol);
            if self.width(&longer, look) > width && !rest.is_empty() {
                lines.push(core::mem::take(&mut rest));
            }
            rest.push(symbol);
        }
        rest
    }
}

/// A document under way.
pub(super) struct Sheets {
    document: Document,
    typeface: Typeface,
}

impl Sheets {
    /// An empty document; `language` is the tag its text is read aloud in.
    pub(super) fn new(title: &str, language: &str) -> Result<Sheets, Failure> {
        let mut document = Document::new();
        let metadata = Metadata::new()
            .title(title.to_owned())
            .language(language.to_owned())
            .creator("Urne".to_owned());
        document.set_metadata(metadata);
        Ok(Sheets {
            document,
            typeface: Typeface::new()?,
        })
    }

    /// Adds a page.
    pub(super) fn page(&mut self, draw: impl FnOnce(&mut Pen<'_, '_>)) -> Result<(), Failure> {
        let settings = PageSettings::from_wh(A4.0 * POINTS, A4.1 * POINTS)
            .ok_or_else(|| Failure::new("letters", "this page has no size"))?;
        let mut page = self.document.start_page_with(settings);
        let mut surface = page.surface();
        draw(&mut Pen {
            surface: &mut surface,
            typeface: &self.typeface,
        });
        surface.finish();
        page.finish();
        Ok(())
    }

    /// The PDF.
    pub(super) fn finish(self) -> Result<Vec<u8>, Failure> {
        let finished = self.document.finish();
        finished.map_err(|error| Failure::new("letters", format!("{error:?}")))
    }
}

/// What draws on a page.
pub(super) struct Pen<'p, 's> {
    surface: &'p mut Surface<'s>,
    typeface: &'p Typeface,
}

impl Pen<'_, '_> {
    /// One line of text; (x, y) is where its base line begins.
    fn line(&mut self, (x, y): (f32, f32), text: &str, look: Type) {
        let (font, _) = &self.typeface.fonts[usize::from(look.bold)];
        let start = Point::from_xy(x * POINTS, y * POINTS);
        let font = font.clone();
        self.surface
            .draw_text(start, font, look.size, text, false, TextDirection::Auto);
    }

    /// Text that runs over as many lines as it needs; (x, y) is its upper left corner. Answers where it ends.
    pub(super) fn text(&mut self, (x, y): (f32, f32), width: f32, text: &str, look: Type) -> f32 {
        let mut base = y;
        for line in self.typeface.lines(text, look, width) {
            base += look.size * LEADING / POINTS;
            self.line((x, base - 0.35 * look.size / POINTS), &line, look);
        }
        base
    }

    /// A square for cameras with its quiet margin, `side` wide in all.
    ///
    /// # Errors
    /// `letters`: the text is too long for one.
    pub(super) fn square(
        &mut self,
        (x, y): (f32, f32),
        side: f32,
        text: &str,
    ) -> Result<(), Failure> {
        const MARGIN: i32 = 4;
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(Failure::of("letters"))?;
        let module = side / (code.size() + 2 * MARGIN) as f32;
        let mut path = PathBuilder::new();
        for row in 0..code.size() {
            for column in (0..code.size()).filter(|&column| code.get_module(column, row)) {
                let left = x + (column + MARGIN) as f32 * module;
                let top = y + (row + MARGIN) as f32 * module;
                let points = [left, top, left + module, top + module].map(|edge| edge * POINTS);
                let [left, top, right, bottom] = points;
                if let Some(rectangle) = Rect::from_ltrb(left, top, right, bottom) {
                    path.push_rect(rectangle);
                }
            }
        }
        self.fill(path);
        Ok(())
    }

    /// A thin line across.
    pub(super) fn rule(&mut self, (x, y): (f32, f32), width: f32) {
        let mut path = PathBuilder::new();
        let edges = [x, y, x + width, y + 0.2].map(|edge| edge * POINTS);
        if let Some(line) = Rect::from_ltrb(edges[0], edges[1], edges[2], edges[3]) {
            path.push_rect(line);
        }
        self.fill(path);
    }

    fn fill(&mut self, path: PathBuilder) {
        if let Some(path) = path.finish() {
            self.surface.set_fill(Some(Fill::default()));
            self.surface.draw_path(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words_and_a_word_that_is_too_wide_inside() {
        let typeface = Typeface::new().unwrap();
        let text =
            "a few words, and a-word-that-is-far-too-wide-for-any-line-of-this-width\nthe end";
        let lines = typeface.lines(text, BODY, 40.0);
        assert!(lines.len() > 3);
        for line in &lines {
            assert!(typeface.width(line, BODY) <= 40.0, "{line}");
        }
        assert_eq!(lines.last().unwrap(), "the end");
        assert_eq!(
            lines.concat().replace(' ', ""),
            text.replace([' ', '\n'], "")
        );
    }

    #[test]
    fn every_letter_of_french_is_in_the_typeface() {
        let typeface = Typeface::new().unwrap();
        for symbol in "àâæçéèêëîïôœùûüÿÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸ«»’“”–…€ßäöÄÖ".chars()
        {
            for (_, face) in &typeface.fonts {
                assert!(face.glyph_index(symbol).is_some(), "{symbol}");
            }
        }
    }
}
