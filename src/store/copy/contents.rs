//! What is in a store, by numbers that every engine gives alike: rows of each table, a digest of each table's content,
//! the evidence log's size and root. A digest is the sum, modulo 2^256, of the SHA-256 of each row's values, so that it
//! depends on no order. It finds what was lost or changed, not what was forged: that is the log's to prove.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::CopyError;
use super::tables::{TABLES, Table};
use crate::domain::log::{Frontier, Hash};

/// A table's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableContents {
    /// Its name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// The digest of all of them.
    pub digest: Hash,
}

/// The evidence log's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogContents {
    /// Its entries.
    pub size: u64,
    /// The Merkle root over them (RFC 6962, section 2.1).
    pub root: Hash,
}

/// A store's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Rows of all tables.
    pub rows: u64,
    /// Each table.
    pub tables: Vec<TableContents>,
    /// The log.
    pub log: LogContents,
}

impl Contents {
    /// What is not the same on another side, in words.
    pub fn difference(&self, other: &Self) -> Option<String> {
        for (one, two) in self.tables.iter().zip(&other.tables) {
            let name = &one.table;
            if one.rows != two.rows {
                return Some(format!(
                    "the two sides differ in the table `{name}`: {} rows and {}",
                    one.rows, two.rows
                ));
            }
            if one != two {
                return Some(format!(
                    "the two sides differ in the table `{name}`: as many rows ({}), but not the same",
                    one.rows
                ));
            }
        }
        if self.log != other.log {
            return Some("the two sides differ in the log's size or root".to_owned());
        }
        (self != other).then(|| "the two sides do not have the same tables".to_owned())
    }
}

/// What was found in a store.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Its content.
    pub contents: Contents,
    /// The log's root at the size that was asked for; none where the log does not go that far.
    pub root_at_head: Option<Hash>,
    /// The last number of each table that has numbers.
    pub(in crate::store) last: BTreeMap<&'static str, i64>,
}

/// Counts what is in a store.
pub(super) struct Counting {
    tables: BTreeMap<&'static str, (u64, Hash)>,
    last: BTreeMap<&'static str, i64>,
    log: Frontier,
    head: Option<u64>,
    root_at_head: Option<Hash>,
}

impl Counting {
    /// Nothing yet.
    pub fn new(head: Option<u64>) -> Self {
        let log = Frontier::default();
        let root_at_head = (head == Some(0)).then(|| log.root());
        Self { tables: BTreeMap::new(), last: BTreeMap::new(), log, head, root_at_head }
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.tables.values().map(|(rows, _)| rows).sum()
    }

    /// Adds rows of a table, in the order of its key.
    pub fn add(&mut self, table: &'static Table, rows: &[Vec<Value>]) -> Result<(), CopyError> {
        let (count, digest) = self.tables.entry(table.name).or_insert((0, Hash([0; 32])));
        for row in rows.iter().filter(|row| !says_nothing(table, row)) {
            *count += 1;
            add_to(digest, &of_row(row));
        }
        if let Some(Value::Integer(last)) = rows.last().map(|row| &row[0]) {
            self.last.insert(table.name, *last);
        }
        if table.name == "leaves" { self.add_entries(table, rows) } else { Ok(()) }
    }

    fn add_entries(&mut self, table: &Table, rows: &[Vec<Value>]) -> Result<(), CopyError> {
        let entry = table.columns().position(|column| column == "entry").unwrap_or_default();
        for row in rows {
            let (Value::Integer(seq), Value::Blob(entry)) = (&row[0], &row[entry]) else {
                return Err(CopyError::Gap(self.log.size()));
            };
            if u64::try_from(*seq) != Ok(self.log.size() + 1) {
                return Err(CopyError::Gap(self.log.size()));
            }
            self.log.append(Hash::leaf(entry));
            if Some(self.log.size()) == self.head {
                self.root_at_head = Some(self.log.root());
            }
        }
        Ok(())
    }

    /// All that was counted.
    pub fn survey(self) -> Survey {
        let rows = self.rows();
        let of_table = |table: &Table| {
            let (rows, digest) = self.tables.get(table.name).copied().unwrap_or((0, Hash([0; 32])));
            TableContents { table: table.name.to_owned(), rows, digest }
        };
        let log = LogContents { size: self.log.size(), root: self.log.root() };
        let contents = Contents { rows, tables: TABLES.iter().map(of_table).collect(), log };
        Survey { contents, root_at_head: self.root_at_head, last: self.last }
    }
}

/// Lanes come by themselves where something is due; one that had no turn and no trouble says no more than none at all.
fn says_nothing(table: &Table, row: &[Value]) -> bool {
    table.name == "lanes" && row[1..].iter().all(|value| matches!(value, Value::Null | Value::Integer(0)))
}

/// A row's hash: each value with its kind and its length, so that no two rows read alike.
fn of_row(row: &[Value]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for value in row {
        let (kind, bytes): (u8, &[u8]) = match value {
            Value::Null => (0, &[]),
            Value::Integer(number) => (1, &number.to_be_bytes()),
            Value::Text(text) => (2, text.as_bytes()),
            Value::Blob(bytes) => (3, bytes),
            Value::Real(number) => (4, &number.to_be_bytes()),
        };
        hash.update([kind]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
    hash.finalize().into()
}

/// Adds up numbers of 256 bits, the highest byte first; what goes beyond is left out.
fn add_to(sum: &mut Hash, other: &[u8; 32]) {
    let mut carry = 0;
    for (byte, other) in sum.0.iter_mut().zip(other).rev() {
        let total = u16::from(*byte) + u16::from(*other) + carry;
        let [high, low] = total.to_be_bytes();
        *byte = low;
        carry = u16::from(high);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(rows: &[Vec<Value>]) -> Hash {
        let mut digest = Hash([0; 32]);
        for row in rows {
            add_to(&mut digest, &of_row(row));
        }
        digest
    }

    #[test]
    fn numbers_of_256_bits_are_added_with_their_carries() {
        let mut all = Hash([0xff; 32]);
        let one: [u8; 32] = std::array::from_fn(|at| u8::from(at == 31));
        add_to(&mut all, &one);
        assert_eq!(all, Hash([0; 32]));
        let mut low = Hash(std::array::from_fn(|at| if at == 31 { 0xff } else { 0 }));
        add_to(&mut low, &one);
        assert_eq!(low, Hash(std::array::from_fn(|at| u8::from(at == 30))));
    }

    #[test]
    fn rows_that_would_read_alike_without_lengths_and_kinds_do_not() {
        let text = |t: &str| Value::Text(t.to_owned());
        let rows = [
            vec![text("ab"), text("c")],
            vec![text("a"), text("bc")],
            vec![text(""), Value::Null],
            vec![Value::Null, text("")],
            vec![Value::Blob(vec![]), Value::Null],
            vec![Value::Integer(0), Value::Null],
        ];
        let mut hashes: Vec<_> = rows.iter().map(|row| of_row(row)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), rows.len());
    }

    proptest! {
        #[test]
        fn a_digest_depends_on_the_rows_and_not_on_their_order(
            numbers in prop::collection::vec(any::<i64>(), 1..9), turn in 0..9_usize, at in 0..9_usize,
        ) {
            let rows: Vec<_> = numbers.iter().map(|n| vec![Value::Integer(*n)]).collect();
            let mut turned = rows.clone();
            turned.rotate_left(turn % rows.len());
            prop_assert_eq!(sum(&rows), sum(&turned));
            let at = at % rows.len();
            turned[at] = vec![Value::Integer(numbers[at].wrapping_add(1)), Value::Null];
            prop_assert_ne!(sum(&rows), sum(&turned));
            prop_assert_ne!(sum(&rows), sum(&rows[1..]));
        }
    }
}
