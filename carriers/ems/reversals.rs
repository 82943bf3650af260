//! Operations that take back an earlier one: a delivery that was recorded by mistake is no delivery.
//! China EMS open platform, code dictionary, read 2026-11-23.

/// An operation, and those of which it takes back the last. What 492 (an import is cancelled) takes back is not told.
const REVERSALS: [(&str, &[&str]); 18] = [
    ("207", &["203"]),
    ("212", &["208"]),
    ("304", &["303", "336", "345"]),
    ("424", &["423"]),
    ("448", &["447"]),
    ("472", &["404"]),
    ("474", &["405"]),
    ("483", &["482"]),
    ("742", &["702"]),
    ("743", &["704"]),
    ("744", &["705"]),
    ("EDAD", &["EDA"]),
    ("EDCD", &["EDC"]),
    ("EMED", &["EME"]),
    ("EXAD", &["EXA"]),
    ("EXBD", &["EXB"]),
    ("EXCD", &["EXC"]),
    ("EXDD", &["EXD"]),
];

/// Which of the operations, oldest first, were taken back later.
pub fn taken_back(oldest_first: &[&str]) -> Vec<bool> {
    let mut back = vec![false; oldest_first.len()];
    for (at, code) in oldest_first.iter().enumerate() {
        let Some((_, of)) = REVERSALS.iter().find(|(reversal, _)| reversal == code) else { continue };
        let last = (0..at).rev().find(|earlier| of.contains(&oldest_first[*earlier]) && !back[*earlier]);
        if let Some(last) = last {
            back[last] = true;
        }
    }
    back
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_that_still_stands_is_taken_back() {
        assert_eq!(taken_back(&["203", "704", "743", "704"]), [false, true, false, false]);
        assert_eq!(taken_back(&["704", "704", "743", "743"]), [true, true, false, false]);
        assert_eq!(taken_back(&["303", "345", "304"]), [false, true, false]);
        // Nothing of the kind came before.
        assert_eq!(taken_back(&["743", "704", "705"]), [false, false, false]);
        assert_eq!(taken_back(&[]), [] as [bool; 0]);
    }

    #[test]
    fn every_reversal_has_a_row_that_moves_nothing() {
        let table = crate::contract::StatusTable::read("ems/statuses.toml", include_str!("statuses.toml"));
        let table = table.unwrap_or_else(|e| panic!("{e}"));
        for (code, _) in REVERSALS {
            let mapped = table.get("op_code", code).map(|m| m.status);
            assert_eq!(mapped, Some(crate::contract::Status::Info), "{code}");
        }
    }
}
