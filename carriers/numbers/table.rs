//! All shapes at once: rows listed by length, and for each place and character the rows that allow it, as bits. A
//! number is matched by one `and` a character; nothing is allocated.

use super::shape::{Class, Expansion, NUMBER_CHARS_MAX, SYMBOLS, Span, symbol};

/// Words of 64 rows for one length.
const WORDS_MAX: usize = 4;
/// Most rows of one length.
pub(super) const ROWS_PER_LENGTH_MAX: usize = WORDS_MAX * 64;

/// The place of each byte among the characters that numbers are made of; out of range for any other.
static SYMBOL: [u8; 256] = {
    let mut table = [u8::MAX; 256];
    let mut byte = 0;
    while byte < table.len() {
        #[expect(clippy::cast_possible_truncation, reason = "a byte, and a place below 36")]
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
    /// By place, then character, then word: the rows that allow it.
    allow: Vec<u64>,
}

/// All rows, by length.
#[derive(Debug)]
pub(super) struct Table {
    buckets: Vec<Bucket>,
}

impl Table {
    /// Lists the expansions of all formats, in order. The error is the length that has too many rows.
    pub(super) fn build(expansions: impl Iterator<Item = (usize, Expansion)>) -> Result<Self, usize> {
        let mut buckets: Vec<Bucket> = (0..=NUMBER_CHARS_MAX).map(|_| Bucket::default()).collect();
        for (format, Expansion { classes, spans }) in expansions {
            buckets[classes.len()].rows.push(Row { format, classes, spans, why: String::new() });
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
}

impl Bucket {
    fn index(&mut self, length: usize) {
        self.words = match self.rows.len().div_ceil(64) {
            few @ ..=2 => few,
            _ => WORDS_MAX,
        };
        self.allow = vec![0; length * SYMBOLS * self.words];
        for (at, row) in self.rows.iter().enumerate() {
            for (place, class) in row.classes.iter().enumerate() {
                for symbol in (0..SYMBOLS).filter(|s| class.has_symbol(*s)) {
                    self.allow[(place * SYMBOLS + symbol) * self.words + at / 64] |= 1 << (at % 64);
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
        for (allow, byte) in self.allow.chunks_exact(SYMBOLS * WORDS).zip(number) {
            let symbol = usize::from(SYMBOL[usize::from(*byte)]);
            let Some(allow) = allow.get(symbol * WORDS..(symbol + 1) * WORDS) else { return [0; WORDS_MAX] };
            let mut any = 0;
            for (word, allow) in rows.iter_mut().zip(allow) {
                *word &= allow;
                any |= *word;
            }
            if any == 0 {
                return [0; WORDS_MAX];
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
            .flat_map(|(i, s)| Shape::read(s).unwrap().expansions.into_iter().map(move |e| (i, e)));
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
        let many = (0..=ROWS_PER_LENGTH_MAX).map(|i| (i, row.clone()));
        assert_eq!(Table::build(many).unwrap_err(), 4);
    }
}
