//! What a receiver remembers: which events it took, and how far each order is. The oldest is forgotten where there is no
//! more room.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// Most ids, and most orders, that are remembered.
const REMEMBERED_MAX: usize = 100_000;

/// Sequence numbers that did not come, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The first.
    pub from: i64,
    /// The last.
    pub to: i64,
}

/// What an event is, seen beside those before it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// It was taken before.
    pub duplicate: bool,
    /// These should have come first.
    pub missing: Option<Missing>,
    /// It breaks a promise.
    pub problem: Option<String>,
}

/// The events that were taken.
#[derive(Debug, Default)]
pub struct Seen {
    bodies: Remembered<String, [u8; 32]>,
    orders: Remembered<String, i64>,
}

impl Seen {
    /// Takes an event; `place` is its order and its number there.
    pub fn take(&mut self, id: &str, body: &[u8], place: Option<(&str, i64)>) -> Taken {
        let hash: [u8; 32] = Sha256::digest(body).into();
        if let Some(known) = self.bodies.get(id) {
            let problem = (*known != hash).then(|| "this id came before with another body".to_owned());
            return Taken { duplicate: true, missing: None, problem };
        }
        self.bodies.put(id.to_owned(), hash);
        let Some((order, sequence)) = place else { return Taken::default() };
        let before = self.orders.get(order).copied();
        if before.is_none_or(|before| sequence > before) {
            self.orders.put(order.to_owned(), sequence);
        }
        match before {
            Some(before) if sequence > before + 1 => {
                Taken { missing: Some(Missing { from: before + 1, to: sequence - 1 }), ..Taken::default() }
            }
            Some(before) if sequence <= before => {
                let problem = format!("number {sequence} of the order came after number {before}");
                Taken { problem: Some(problem), ..Taken::default() }
            }
            // The first of an order that is seen here need not be its first.
            _ => Taken::default(),
        }
    }
}

/// A map that forgets its oldest entry where it is full.
#[derive(Debug)]
struct Remembered<K, V> {
    values: HashMap<K, V>,
    ages: VecDeque<K>,
}

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self { values: HashMap::new(), ages: VecDeque::new() }
    }
}

impl<K: Hash + Eq + Clone, V> Remembered<K, V> {
    fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.values.get(key)
    }

    fn put(&mut self, key: K, value: V) {
        if self.values.insert(key.clone(), value).is_none() {
            self.ages.push_back(key);
        }
        if self.ages.len() > REMEMBERED_MAX
            && let Some(oldest) = self.ages.pop_front()
        {
            self.values.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_told_once_and_a_repetition_is_none() {
        let mut seen = Seen::default();
        assert_eq!(seen.take("a", b"1", Some(("A-1", 4))), Taken::default());
        assert_eq!(seen.take("b", b"2", Some(("A-1", 5))), Taken::default());
        assert_eq!(seen.take("d", b"3", Some(("A-1", 8))).missing, Some(Missing { from: 6, to: 7 }));
        assert_eq!(seen.take("e", b"4", Some(("A-1", 9))), Taken::default());
        assert_eq!(seen.take("e", b"4", Some(("A-1", 9))), Taken { duplicate: true, ..Taken::default() });
        assert_eq!(seen.take("x", b"5", Some(("A-2", 1))), Taken::default());
    }

    #[test]
    fn another_body_under_an_id_and_a_late_number_are_broken_promises() {
        let mut seen = Seen::default();
        seen.take("a", b"1", Some(("A-1", 2)));
        let changed = seen.take("a", b"2", Some(("A-1", 2)));
        assert!(changed.duplicate && changed.problem.is_some_and(|what| what.contains("another body")));
        let late = seen.take("b", b"3", Some(("A-1", 1)));
        assert!(!late.duplicate && late.problem.is_some_and(|what| what.contains("came after number 2")));
        assert_eq!(seen.take("n", b"4", None), Taken::default(), "a notice has no place");
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let mut seen = Seen::default();
        for n in 0..=REMEMBERED_MAX {
            seen.take(&n.to_string(), b"", Some((&n.to_string(), 1)));
        }
        assert_eq!((seen.bodies.values.len(), seen.orders.values.len()), (REMEMBERED_MAX, REMEMBERED_MAX));
        assert!(seen.take(&REMEMBERED_MAX.to_string(), b"", None).duplicate);
        assert!(!seen.take("0", b"", None).duplicate, "the oldest was forgotten");
    }
}
