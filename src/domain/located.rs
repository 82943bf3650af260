//! A TOML file as people wrote it: tables whose keys and values know the line that they stand on, so that what is wrong
//! can be named there.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong in a file, and on which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Wrong {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, in words.
    pub what: String,
}

/// A file's text with its tables.
#[derive(Debug)]
pub struct Located<'a> {
    text: &'a str,
    root: DeTable<'a>,
}

/// A table with the line that it begins on.
#[derive(Debug, Clone, Copy)]
pub struct Table<'t, 'a> {
    text: &'a str,
    rows: &'t DeTable<'a>,
    /// The line of its first word.
    pub line: usize,
}

/// A value with its key and its line.
#[derive(Debug, Clone, Copy)]
pub struct Value<'t, 'a> {
    text: &'a str,
    key: &'t str,
    content: &'t DeValue<'a>,
    /// The line that it stands on.
    pub line: usize,
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.split(|b| *b == b'\n').count()
}

impl<'a> Located<'a> {
    /// Reads a file.
    pub fn read(text: &'a str) -> Result<Self, Wrong> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Self { text, root: root.into_inner() }),
            Err(error) => {
                let line = line_of(text, error.span().map_or(0, |span| span.start));
                Err(Wrong { line, what: error.message().trim().replace('\n', ", ") })
            }
        }
    }

    /// The whole file as a table.
    pub fn root(&self) -> Table<'_, 'a> {
        Table { text: self.text, rows: &self.root, line: 1 }
    }
}

impl<'t, 'a> Table<'t, 'a> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<Value<'t, 'a>> {
        let (name, value) = self.rows.iter().find(|(name, _)| name.get_ref().as_ref() == key)?;
        Some(self.value(name, value))
    }

    fn value(&self, name: &'t Spanned<Cow<'a, str>>, value: &'t Spanned<DeValue<'a>>) -> Value<'t, 'a> {
        let line = line_of(self.text, value.span().start);
        Value { text: self.text, key: name.get_ref(), content: value.get_ref(), line }
    }

    /// The value of a key that must be there.
    pub fn need(&self, key: &str) -> Result<Value<'t, 'a>, Wrong> {
        self.get(key).ok_or_else(|| Wrong { line: self.line, what: format!("`{key}` is missing") })
    }

    /// Every key with its line, in the order of the file.
    pub fn keys(&self) -> Vec<(&'t str, usize)> {
        let mut keys: Vec<_> = self.rows.keys().map(|k| (k.span().start, k.get_ref().as_ref())).collect();
        keys.sort_unstable();
        keys.into_iter().map(|(offset, key)| (key, line_of(self.text, offset))).collect()
    }

    /// Refuses keys that are not among these.
    pub fn only(&self, known: &[&str]) -> Result<(), Wrong> {
        match self.keys().into_iter().find(|(key, _)| !known.contains(key)) {
            None => Ok(()),
            Some((key, line)) => {
                let what = format!("`{key}` is not known here; known are: {}", known.join(", "));
                Err(Wrong { line, what })
            }
        }
    }
}

impl<'t, 'a> Value<'t, 'a> {
    /// That this value is wrong.
    pub fn wrong(&self, rule: impl std::fmt::Display) -> Wrong {
        Wrong { line: self.line, what: format!("`{}` {rule}", self.key) }
    }

    /// A text.
    pub fn text(&self) -> Result<&'t str, Wrong> {
        self.content.as_str().ok_or_else(|| self.wrong("must be a text in quotation marks"))
    }

    /// A text, or a date and time written without quotation marks.
    pub fn text_or_time(&self) -> Result<String, Wrong> {
        match self.content.as_datetime() {
            Some(time) => Ok(time.to_string()),
            None => self.text().map(str::to_owned),
        }
    }

    /// Yes or no.
    pub fn truth(&self) -> Result<bool, Wrong> {
        self.content.as_bool().ok_or_else(|| self.wrong("must be true or false"))
    }

    /// A whole number within limits.
    pub fn count(&self, least: u32, most: u32) -> Result<u32, Wrong> {
        let read = self.content.as_integer().and_then(|n| u32::from_str_radix(n.as_str(), n.radix()).ok());
        read.filter(|n| (least..=most).contains(n))
            .ok_or_else(|| self.wrong(format!("must be a whole number from {least} to {most}")))
    }

    /// A table.
    pub fn table(&self) -> Result<Table<'t, 'a>, Wrong> {
        let table = self.content.as_table().ok_or_else(|| self.wrong("must be a table"))?;
        Ok(Table { text: self.text, rows: table, line: self.line })
    }

    /// A list of tables.
    pub fn tables(&self) -> Result<Vec<Table<'t, 'a>>, Wrong> {
        let must = || self.wrong(format!("must be written [[{}]]", self.key));
        let rows = self.content.as_array().ok_or_else(must)?;
        let read = |row: &'t Spanned<DeValue<'a>>| {
            let table = row.get_ref().as_table().ok_or_else(must)?;
            Ok(Table { text: self.text, rows: table, line: line_of(self.text, row.span().start) })
        };
        rows.iter().map(read).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TEXT: &str = "a = 1\n\n[[row]]\nid = \"x\"\nn = 0x10\n\n[[row]]\nid = 7\n[t]\nz = true\n";

    #[test]
    fn keys_values_and_tables_know_their_lines() {
        let file = Located::read(TEXT).unwrap();
        let rows = file.root().need("row").unwrap().tables().unwrap();
        assert_eq!(rows.iter().map(|r| r.line).collect::<Vec<_>>(), [3, 7]);
        assert_eq!(rows[0].need("n").unwrap().count(0, 16), Ok(16));
        assert_eq!(rows[0].need("n").unwrap().count(0, 15).unwrap_err().line, 5);
        assert_eq!(rows[1].need("id").unwrap().text().unwrap_err().line, 8);
        assert_eq!(rows[1].need("n").unwrap_err(), Wrong { line: 7, what: "`n` is missing".to_owned() });
        assert_eq!(file.root().only(&["a", "row"]).unwrap_err().line, 9);
        assert!(file.root().need("t").unwrap().table().unwrap().need("z").unwrap().truth().unwrap());
    }

    #[test]
    fn what_is_no_toml_names_its_line() {
        assert_eq!(Located::read("a = 1\nb = = 2\n").unwrap_err().line, 2);
        assert_eq!(Located::read("a = 1\na = 2\n").unwrap_err().line, 2);
    }
}
