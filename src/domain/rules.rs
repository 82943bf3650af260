//! The rules of orders, disputes and sellers as versioned data: rows that people read, and their numbers. An order is
//! judged under the version that it began under.

pub mod id;
mod read;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The versions that are compiled in, oldest first.
const BUILT_IN: [&str; 1] = [include_str!("../../config/rules/2026-11.toml")];

/// Why a file of rules was refused; names the row and the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rules: {0}")]
pub struct RulesError(String);

/// One rule as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its id, e.g. `protection.expiry`.
    pub id: String,
    /// What it says, in one sentence.
    pub says: String,
    /// Its numbers; the unit stands in the name.
    pub numbers: BTreeMap<String, u32>,
    /// The line that its row begins on.
    pub line: usize,
}

/// What a fault costs a seller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Penalty {
    Warning,
    Restriction,
    Ban,
}

/// From how many faults on which penalty is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// The penalty.
    pub penalty: Penalty,
    /// From so many faults on.
    pub from: u32,
    /// Within so long.
    pub within: SignedDuration,
    /// The rule's id.
    pub rule: &'static str,
}

/// When a seller may not send small parcels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmallParcels {
    /// From so many disputes on.
    pub disputes: u32,
    /// Within so long.
    pub within: SignedDuration,
    /// Each filed so shortly before protection's end.
    pub last: SignedDuration,
}

/// A version of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The version, e.g. `2026-11`.
    pub version: String,
    /// From when on orders begin under it.
    pub applies_from: Timestamp,
    /// Every rule as it stands in the file.
    pub rows: Vec<Rule>,
    /// The handling time where none was promised, in days.
    pub handling_days: u32,
    /// The delivery period where none was promised, in days.
    pub delivery_days: u32,
    /// How long before the end of protection the warning comes.
    pub warning: SignedDuration,
    /// How long the buyer has after a verified delivery.
    pub receipt_period: SignedDuration,
    /// How long the funds are held after completion.
    pub release: SignedDuration,
    /// By how much protection is extended by itself.
    pub extension: SignedDuration,
    /// For so long a scan shows that the parcel moves.
    pub moved_within: SignedDuration,
    /// How often protection is extended by itself.
    pub extensions_max: u32,
    /// Up to this handling time, in days, disputes open at once.
    pub at_once_handling_days: u32,
    /// With a longer one, so long after all goods were shipped.
    pub open_after: SignedDuration,
    /// How long the seller has to answer.
    pub silence: SignedDuration,
    /// How long after its filing a dispute is submitted.
    pub submission: SignedDuration,
    /// When a seller may not send small parcels.
    pub small_parcels: SmallParcels,
    /// The penalties, mildest first.
    pub ladder: Vec<Ladder>,
}

static RULES: LazyLock<Vec<Rules>> = LazyLock::new(|| {
    let read = |text: &&str| match Rules::read(text) {
        Ok(rules) => rules,
        Err(error) => panic!("a built-in file is wrong: {error}"),
    };
    let all: Vec<Rules> = BUILT_IN.iter().map(read).collect();
    if let Err(error) = in_order(&all) {
        panic!("the built-in files are wrong: {error}");
    }
    all
});

/// That each version applies from later on than the one before, under a name of its own.
fn in_order(all: &[Rules]) -> Result<(), RulesError> {
    for pair in all.windows(2) {
        if pair[1].applies_from <= pair[0].applies_from
            || all.iter().filter(|r| r.version == pair[1].version).count() > 1
        {
            return Err(RulesError(format!("`{}` does not follow `{}`", pair[1].version, pair[0].version)));
        }
    }
    Ok(())
}

impl Rules {
    /// Every version that is compiled in, oldest first.
    pub fn all() -> &'static [Self] {
        &RULES
    }

    /// A version by its id.
    pub fn built_in(version: &str) -> Option<&'static Self> {
        RULES.iter().find(|r| r.version == version)
    }

    /// The newest version.
    pub fn current() -> &'static Self {
        &RULES[RULES.len() - 1]
    }

    /// The version that an order of this time begins under; the oldest, where the order is older.
    pub fn at(time: Timestamp) -> &'static Self {
        RULES.iter().rev().find(|r| r.applies_from <= time).unwrap_or(&RULES[0])
    }

    /// The place of a rule in the file: of two clocks that are due at one instant, the lower fires first.
    pub fn rank(&self, id: &str) -> usize {
        self.rows.iter().position(|r| r.id == id).unwrap_or(self.rows.len())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::calendar::days;

    #[test]
    fn the_numbers_are_those_of_the_mission() {
        let rules = Rules::current();
        assert_eq!(rules.warning, days(5));
        assert_eq!(rules.receipt_period, days(15));
        assert_eq!(rules.release, days(15));
        assert_eq!((rules.extension, rules.moved_within, rules.extensions_max), (days(10), days(10), 3));
        assert_eq!((rules.at_once_handling_days, rules.open_after), (4, days(5)));
        assert_eq!((rules.silence, rules.submission), (days(5), days(15)));
        let SmallParcels { disputes, within, last } = rules.small_parcels;
        assert_eq!((disputes, within, last), (2, days(30), days(5)));
        let ladder: Vec<_> = rules.ladder.iter().map(|l| (l.penalty, l.from, l.within)).collect();
        let half_a_year = days(180);
        assert_eq!(
            ladder,
            [
                (Penalty::Warning, 1, half_a_year),
                (Penalty::Restriction, 2, half_a_year),
                (Penalty::Ban, 3, half_a_year)
            ]
        );
    }

    #[test]
    fn a_version_is_found_by_its_name_and_by_an_order_s_time() {
        let rules = Rules::current();
        assert_eq!(Rules::built_in(&rules.version), Some(rules));
        assert_eq!(Rules::built_in("2020-01"), None);
        assert_eq!(Rules::at(Timestamp::MIN), &Rules::all()[0]);
        assert_eq!(Rules::at(Timestamp::MAX), rules);
    }

    #[test]
    fn versions_must_follow_each_other() {
        let rules = Rules::current().clone();
        let later = Rules {
            version: "2027-01".to_owned(),
            applies_from: "2027-01-01T00:00:00Z".parse().unwrap(),
            ..rules.clone()
        };
        assert_eq!(in_order(&[rules.clone(), later.clone()]), Ok(()));
        assert!(in_order(&[later.clone(), rules.clone()]).is_err());
        assert!(in_order(&[rules.clone(), Rules { version: rules.version.clone(), ..later }]).is_err());
    }
}
