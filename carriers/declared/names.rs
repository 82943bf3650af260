//! Names that a request carries (headers, fields, secrets) for as long as the program runs. They come from files that are
//! read once, at start, and each is kept once.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// The name, kept.
pub(super) fn kept(name: &str) -> &'static str {
    let mut names = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let name: &'static str = name.to_owned().leak();
    names.insert(name);
    name
}
