//! Characters made plain: capitals, full-width forms, other scripts' digits and look-alike letters, dashes, spaces, and
//! characters that nobody sees. What has no plain form becomes a line break, which no number crosses.

/// What was done to the characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Done {
    capitals: bool,
    forms: bool,
    look_alikes: bool,
    invisible: bool,
}

impl Done {
    /// In words.
    pub(super) fn in_words(self) -> impl Iterator<Item = &'static str> {
        [
            (self.invisible, "removed characters that cannot be seen"),
            (self.forms, "changed characters of another form to plain ones"),
            (self.look_alikes, "read Cyrillic or Greek letters as the Latin letters that look the same"),
            (self.capitals, "changed to capitals"),
        ]
        .into_iter()
        .filter_map(|(done, words)| done.then_some(words))
    }
}

/// Makes every character plain ASCII.
pub(super) fn fold(text: &str) -> (String, Done) {
    let mut done = Done::default();
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) {
            done.invisible = true;
            continue;
        }
        let formed = form(c);
        done.forms |= formed != c;
        let upper = capital(formed);
        done.capitals |= upper != formed;
        plain.push(match latin(upper) {
            Some(latin) => {
                done.look_alikes = true;
                latin
            }
            None if upper.is_ascii() => upper,
            None => '\n',
        });
    }
    (plain, done)
}

/// Marks, joiners and controls that leave no trace on the screen.
fn is_invisible(c: char) -> bool {
    let zero_width = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}'
    );
    zero_width || (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// Full-width forms, other scripts' decimal digits, dashes and spaces.
fn form(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).filter(char::is_ascii).unwrap_or(c),
        '\u{660}'..='\u{669}' => nth_digit(c, 0x660),
        '\u{6f0}'..='\u{6f9}' => nth_digit(c, 0x6f0),
        '\u{966}'..='\u{96f}' => nth_digit(c, 0x966),
        '\u{1d7ce}'..='\u{1d7ff}' => char::from_digit((u32::from(c) - 0x1d7ce) % 10, 10).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{30fc}' => '-',
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\u{b7}' | '\u{2022}' | '\u{3002}' | '\u{30fb}' => '.',
        _ => c,
    }
}

fn nth_digit(c: char, zero: u32) -> char {
    char::from_digit(u32::from(c) - zero, 10).unwrap_or(c)
}

/// The capital, where it is one character.
fn capital(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_uppercase();
    }
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// The Latin capital that a Cyrillic or Greek capital looks like.
fn latin(c: char) -> Option<char> {
    Some(match c {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ӏ' | 'Ι' => 'I',
        'Ј' | 'Ϳ' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ԛ' => 'Q',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Ԝ' => 'W',
        'Х' | 'Χ' => 'X',
        'У' | 'Ү' | 'Υ' => 'Y',
        'Ζ' => 'Z',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_number_becomes_that_number() {
        let cases = [
            ("1z999", "1Z999"),
            ("１Ｚ９９９", "1Z999"),
            ("ЕЕ123СN", "EE123CN"), // Cyrillic Е, Е, С
            ("ее123сn", "EE123CN"), // the same, small
            ("ΡΟ12", "PO12"),       // Greek Ρ, Ο
            ("12\u{200b}34\u{feff}", "1234"),
            ("12\u{2011}34\u{a0}5", "12-34 5"),
            ("١٢٣", "123"), // Arabic digits
            ("单号123", "\n\n123"),
            ("ß", "\n"), // its capital is two letters
        ];
        for (given, want) in cases {
            assert_eq!(fold(given).0, want, "{given}");
        }
    }

    #[test]
    fn every_change_is_told() {
        let told = |text| fold(text).1.in_words().count();
        assert_eq!(told("1Z-999 X"), 0);
        assert_eq!(told("1z"), 1);
        assert_eq!(told("\u{200b}１zЕ"), 4);
    }
}
