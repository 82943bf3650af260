//! The certificate as a PDF: A4, the fonts that every reader has, and the signed document attached, so that the file is
//! enough to check it. Letters that these fonts lack are written by their number.

use pdf_writer::types::AssociationKind;
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::sheet::Sheet;

/// A4 in points.
const PAGE: (f32, f32) = (595.0, 842.0);
const MARGIN: f32 = 48.0;
const SIZE: f32 = 8.0;
const LEADING: f32 = 11.0;
/// Where values begin.
const VALUES: f32 = MARGIN + 150.0;
/// Letters of Courier, each six tenths of its size wide, on a line of values.
const VALUE_LETTERS: usize = 72;
/// The same for names, in a narrower column.
const NAME_LETTERS: usize = 34;
/// The attached document's name.
const ATTACHED: &str = "certificate.json";

const BOLD: Name<'static> = Name(b"B");
const PLAIN: Name<'static> = Name(b"P");

/// Writes the file.
pub fn write(sheet: &Sheet, document: &str) -> Vec<u8> {
    let mut next = 0;
    let mut id = || {
        next += 1;
        Ref::new(next)
    };
    let (catalog, tree, bold, plain, file, spec) = (id(), id(), id(), id(), id(), id());
    let contents = paint(sheet);
    let pages: Vec<(Ref, Ref)> = contents.iter().map(|_| (id(), id())).collect();
    let mut pdf = Pdf::new();
    let mut root = pdf.catalog(catalog);
    root.pages(tree);
    root.lang(TextStr("en"));
    root.names().embedded_files().names().insert(Str(ATTACHED.as_bytes()), spec);
    root.insert(Name(b"AF")).array().item(spec);
    root.finish();
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(pages.iter().map(|(page, _)| *page)).count(count);
    for ((page, content), bytes) in pages.iter().zip(contents) {
        let mut page = pdf.page(*page);
        page.media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).parent(tree).contents(*content);
        page.resources().fonts().pair(BOLD, bold).pair(PLAIN, plain);
        page.finish();
        pdf.stream(*content, &bytes);
    }
    for (font, name) in [(bold, b"Courier-Bold".as_slice()), (plain, b"Courier")] {
        pdf.type1_font(font).base_font(Name(name)).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    pdf.embedded_file(file, document.as_bytes()).subtype(Name(b"application/json"));
    let mut attached = pdf.file_spec(spec);
    attached.path(Str(ATTACHED.as_bytes())).unic_file(TextStr(ATTACHED)).embedded_file_with_unicode(file);
    attached.association_kind(AssociationKind::Source);
    attached.finish();
    pdf.finish()
}

/// The pages, each as what is painted on it.
fn paint(sheet: &Sheet) -> Vec<Vec<u8>> {
    let mut pages = Painter { done: Vec::new(), content: Content::new(), y: PAGE.1 - MARGIN };
    pages.text(BOLD, 14.0, MARGIN, &format!("Certificate: {}", sheet.verdict));
    pages.down(18.0);
    pages.text(PLAIN, 10.0, MARGIN, &sheet.parcel);
    pages.down(20.0);
    for section in &sheet.sections {
        pages.room(3.0 * LEADING);
        pages.text(BOLD, 9.0, MARGIN, &section.title);
        pages.down(LEADING + 3.0);
        for line in &section.lines {
            let (names, values) = (wrap(&line.name, NAME_LETTERS), wrap(&line.text, VALUE_LETTERS));
            for n in 0..names.len().max(values.len()) {
                pages.room(LEADING);
                if let Some(name) = names.get(n) {
                    pages.text(BOLD, 7.0, MARGIN, name);
                }
                if let Some(value) = values.get(n) {
                    pages.text(PLAIN, SIZE, VALUES, value);
                }
                pages.down(LEADING);
            }
        }
        pages.down(LEADING);
    }
    pages.done.push(pages.content.finish().to_vec());
    pages.done
}

struct Painter {
    done: Vec<Vec<u8>>,
    content: Content,
    y: f32,
}

impl Painter {
    fn text(&mut self, font: Name<'_>, size: f32, x: f32, text: &str) {
        self.content.begin_text().set_font(font, size).next_line(x, self.y);
        self.content.show(Str(&encoded(text))).end_text();
    }

    fn down(&mut self, by: f32) {
        self.y -= by;
    }

    /// Begins another page where less than this is left.
    fn room(&mut self, height: f32) {
        if self.y - height < MARGIN {
            let full = std::mem::replace(&mut self.content, Content::new());
            self.done.push(full.finish().to_vec());
            self.y = PAGE.1 - MARGIN;
        }
    }
}

/// A text in lines of so many letters, between words where there are any.
fn wrap(text: &str, letters: usize) -> Vec<String> {
    let text: Vec<char> = written(text).chars().collect();
    let mut lines = Vec::new();
    let mut rest = text.as_slice();
    while rest.len() > letters {
        let space = rest[..letters].iter().rposition(|c| *c == ' ').filter(|at| *at > letters / 2);
        let (line, next) = match space {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => rest.split_at(letters),
        };
        lines.push(line.iter().collect());
        rest = next;
    }
    lines.push(rest.iter().collect());
    lines
}

/// A text with letters that the fonts lack by their number.
fn written(text: &str) -> String {
    let letter = |c: char| match c {
        '\u{2018}' | '\u{2019}' => "'".to_owned(),
        '\u{2013}' | '\u{2014}' | '\u{2212}' => "-".to_owned(),
        ' '..='~' | '\u{a0}'..='\u{ff}' => c.to_string(),
        c => format!("U+{:04X}", u32::from(c)),
    };
    text.chars().map(letter).collect()
}

/// WinAnsi agrees with the first 256 letters of Unicode where we write any.
fn encoded(text: &str) -> Vec<u8> {
    written(text).chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap(&"a".repeat(20), 8), ["a".repeat(8), "a".repeat(8), "a".repeat(4)]);
        assert_eq!(wrap("", 8), [""]);
    }

    #[test]
    fn letters_without_a_glyph_are_written_by_their_number() {
        assert_eq!(written("Z\u{fc}rich \u{6df1}"), "Z\u{fc}rich U+6DF1");
        assert_eq!(encoded("\u{fc}"), [0xfc]);
    }
}
