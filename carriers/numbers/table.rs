//! All shapes at once: rows listed by length, and for each place and character the rows that allow it, as bits. A
//! number is matched by one `and` a character; nothing is allocated.

use super::check::Algorithm;
use super::shape::{Class, Expansion, NUMBER_CHARS_MAX, SYMBOLS, Span, symbol};

/// Words of 64 rows for one length.
const WORDS_MAX: usize = 4;
/// Most rows of one length.
pub(super) const ROWS_PER_LENGTH_MAX: usize = WORDS_MAX * 64;

/// Columns for one place: one for each character that numbers are made of, and one for all others, which no row allows.
const COLUMNS: usize = SYMBOLS + 1;

/// The column of each byte.
#[expect(clippy::cast_possible_truncation, reason = "there are 37 columns")]
static COLUMN: [u8; 256] = {
    let mut table = [SYMBOLS as u8; 256];
    let mut byte = 0;
    while byte < table.len() {
        if let Some(symbol) = symbol(byte as u8) {
            table[byte] = symbol as u8;
        }
        byte += 1;
    }
    table
};

/// One length and choice of alternatives of a format.
#[derive(Debug)]
pub(super) struct Row {
    /// The format's place in the list of formats.
    pub(super) format: usize,
    /// What may stand at each place.
    pub(super) classes: Vec<Class>,
    /// Where the named parts lie.
    pub(super) spans: Vec<Span>,
    /// What the shape says of a number, in words.
    pub(super) why: String,
    /// How the check digit is verified, where the format has one.
    pub(super) check: Option<Checking>,
}

impl Row {
    /// How many characters at the start are fixed.
    pub(super) fn fixed_start(&self) -> usize {
        self.classes.iter().take_while(|c| c.single().is_some()).count()
    }
}

/// Rows of one length.
#[derive(Debug, Default)]
struct Bucket {
    rows: Vec<Row>,
    words: usize,
    /// By place, then column, then word: the rows that allow it.
    allow: Vec<u64>,
    /// The rows without a check digit.
    unchecked: [u64; WORDS_MAX],
    /// The rows with one, put together where a number that is right for one of them is right for all.
    alike: Vec<Alike>,
}

/// Rows whose check digits are verified in the same way.
#[derive(Debug)]
struct Alike {
    first: usize,
    rows: [u64; WORDS_MAX],
}

/// How the check digit of a number that fits a row is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Checking {
    pub(super) algorithm: Algorithm,
    /// Where the check digit stands.
    pub(super) place: usize,
    /// What is checked, where it is printed in one piece: most formats.
    pub(super) piece: Option<Span>,
    /// Whether the number must name a post as well.
    pub(super) names_post: bool,
}

impl Checking {
    /// Whether a number that is right by this is right by the other, and the other way round.
    fn is_like(self, other: Self) -> bool {
        self.piece.is_some() && self == other
    }
}

/// Whether two sets of rows have one in common.
fn meet(some: &[u64; WORDS_MAX], others: &[u64; WORDS_MAX]) -> bool {
    some.iter().zip(others).any(|(some, others)| some & others != 0)
}

/// All rows, by length.
#[derive(Debug)]
pub(super) struct Table {
    buckets: Vec<Bucket>,
}

impl Table {
    /// Lists the expansions of all formats, in order. The error is the length that has too many rows.
    pub(super) fn build(
        expansions: impl Iterator<Item = (usize, Expansion, Option<Checking>)>,
    ) -> Result<Self, usize> {
        let mut buckets: Vec<Bucket> = (0..=NUMBER_CHARS_MAX).map(|_| Bucket::default()).collect();
        for (format, Expansion { classes, spans }, check) in expansions {
            buckets[classes.len()].rows.push(Row { format, classes, spans, why: String::new(), check });
        }
        for (length, bucket) in buckets.iter_mut().enumerate() {
            if bucket.rows.len() > ROWS_PER_LENGTH_MAX {
                return Err(length);
            }
            bucket.index(length);
        }
        Ok(Self { buckets })
    }

    /// All rows.
    pub(super) fn rows_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.buckets.iter_mut().flat_map(|bucket| &mut bucket.rows)
    }

    /// The rows of one length.
    pub(super) fn of_length(&self, length: usize) -> &[Row] {
        self.buckets.get(length).map_or(&[], |bucket| &bucket.rows)
    }

    /// The rows that a number fits, in order.
    pub(super) fn fitting(&self, number: &[u8]) -> Fitting<'_> {
        match self.buckets.get(number.len()) {
            Some(bucket) if !bucket.rows.is_empty() => {
                Fitting { rows: &bucket.rows, left: bucket.matches(number), word: 0 }
            }
            _ => Fitting { rows: &[], left: [0; WORDS_MAX], word: 0 },
        }
    }

    /// Whether a number fits a row by its shape and, where the row has a check digit, `is_right` says so; asked once
    /// for all rows that are checked alike.
    pub(super) fn fits(&self, number: &[u8], is_right: impl Fn(&Row) -> bool) -> bool {
        let Some(bucket) = self.buckets.get(number.len()).filter(|bucket| !bucket.rows.is_empty()) else {
            return false;
        };
        let left = bucket.matches(number);
        meet(&left, &bucket.unchecked)
            || bucket
                .alike
                .iter()
                .any(|alike| meet(&left, &alike.rows) && is_right(&bucket.rows[alike.first]))
    }
}

impl Bucket {
    fn index(&mut self, length: usize) {
        self.words = match self.rows.len().div_ceil(64) {
            few @ ..=2 => few,
            _ => WORDS_MAX,
        };
        self.allow = vec![0; length * COLUMNS * self.words];
        for (at, row) in self.rows.iter().enumerate() {
            let bit = 1 << (at % 64);
            let Some(check) = row.check else {
                self.unchecked[at / 64] |= bit;
                continue;
            };
            let is_alike =
                |alike: &&mut Alike| self.rows[alike.first].check.is_some_and(|other| other.is_like(check));
            if let Some(alike) = self.alike.iter_mut().find(is_alike) {
                alike.rows[at / 64] |= bit;
            } else {
                let mut rows = [0; WORDS_MAX];
                rows[at / 64] = bit;
                self.alike.push(Alike { first: at, rows });
            }
        }
        for (at, row) in self.rows.iter().enumerate() {
            for (place, class) in row.classes.iter().enumerate() {
                for symbol in (0..SYMBOLS).filter(|s| class.has_symbol(*s)) {
                    self.allow[(place * COLUMNS + symbol) * self.words + at / 64] |= 1 << (at % 64);
                }
            }
        }
    }

    fn matches(&self, number: &[u8]) -> [u64; WORDS_MAX] {
        match self.words {
            1 => self.matches_in::<1>(number),
            2 => self.matches_in::<2>(number),
            _ => self.matches_in::<WORDS_MAX>(number),
        }
    }

    /// With as many words as the compiler is told, the inner loop has none of its own.
    fn matches_in<const WORDS: usize>(&self, number: &[u8]) -> [u64; WORDS_MAX] {
        let mut rows = [u64::MAX; WORDS];
        for (allow, byte) in self.allow.chunks_exact(COLUMNS * WORDS).zip(number) {
            let at = usize::from(COLUMN[usize::from(*byte)]) * WORDS;
            for (word, allow) in rows.iter_mut().zip(&allow[at..at + WORDS]) {
                *word &= allow;
            }
        }
        let mut all = [0; WORDS_MAX];
        all[..WORDS].copy_from_slice(&rows);
        all
    }
}

/// The rows that a number fits.
pub(super) struct Fitting<'t> {
    rows: &'t [Row],
    left: [u64; WORDS_MAX],
    word: usize,
}

impl<'t> Iterator for Fitting<'t> {
    type Item = &'t Row;

    fn next(&mut self) -> Option<&'t Row> {
        while let Some(bits) = self.left.get_mut(self.word) {
            if *bits != 0 {
                let at = self.word * 64 + bits.trailing_zeros() as usize;
                *bits &= *bits - 1;
                return self.rows.get(at);
            }
            self.word += 1;
        }
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::shape::Shape;
    use super::*;

    const SHAPES: [&str; 6] = ["9{4}", "A{2} 9{2}", "X{4}", "'1Z' 9{2,5}", "[0-3]{4}|[4-9]{4}", "9{2,6}"];

    fn table() -> Table {
        let expansions = SHAPES
            .iter()
            .enumerate()
            .flat_map(|(i, s)| Shape::read(s).unwrap().expansions.into_iter().map(move |e| (i, e, None)));
        Table::build(expansions).unwrap()
    }

    proptest! {
        /// The second implementation: row after row, place after place.
        #[test]
        fn bits_agree_with_row_by_row(number in "[0-9A-Z1Z-]{0,8}") {
            let table = table();
            let found: Vec<usize> = table.fitting(number.as_bytes()).map(|row| row.format).collect();
            let slow: Vec<usize> = table
                .of_length(number.len())
                .iter()
                .filter(|row| number.bytes().zip(&row.classes).all(|(b, class)| class.has(b)))
                .map(|row| row.format)
                .collect();
            prop_assert_eq!(found, slow);
        }
    }

    #[test]
    fn too_many_rows_of_one_length_are_an_error() {
        let row = Shape::read("9{4}").unwrap().expansions.remove(0);
        let many = (0..=ROWS_PER_LENGTH_MAX).map(|i| (i, row.clone(), None));
        assert_eq!(Table::build(many).unwrap_err(), 4);
    }
}
