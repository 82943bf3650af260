//! Reading a file of rules: every rule once, each number there and possible, ranges without gap or overlap. What is wrong
//! is named with its row and its line.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Ladder, Penalty, Rule, Rules, RulesError, SmallParcels, id};
use crate::domain::calendar::days;
use crate::domain::located::{Located, Table, Wrong};

/// What every row has beside its numbers.
const WORDS: [&str; 2] = ["id", "says"];

impl From<Wrong> for RulesError {
    fn from(wrong: Wrong) -> Self {
        Self(wrong.to_string())
    }
}

impl Rules {
    /// Reads and checks a file of rules.
    pub fn read(text: &str) -> Result<Self, RulesError> {
        let file = Located::read(text)?;
        let root = file.root();
        root.only(&["version", "applies_from", "rule"])?;
        let version = root.need("version")?;
        if version.text()?.trim().is_empty() {
            return Err(version.wrong("is empty").into());
        }
        let applies = root.need("applies_from")?;
        let applies_from: Timestamp = applies
            .text_or_time()?
            .parse()
            .map_err(|_| applies.wrong("is not a time such as 2026-11-01T00:00:00Z"))?;
        let mut rows: Vec<Rule> = Vec::new();
        for table in root.need("rule")?.tables()? {
            let row = read_row(&table)?;
            if let Some(first) = rows.iter().find(|r| r.id == row.id) {
                return Err(RulesError(format!(
                    "line {}: `{}` stands twice, first on line {}",
                    row.line, row.id, first.line
                )));
            }
            rows.push(row);
        }
        if let Some((missing, _)) = id::KNOWN.iter().find(|(id, _)| rows.iter().all(|r| r.id != *id)) {
            let last = text.lines().count();
            return Err(RulesError(format!("line {last}: the rule `{missing}` is missing")));
        }
        build(version.text()?, applies_from, rows)
    }

    /// The same with one row as another version has it.
    pub fn with_row(&self, row: &Rule) -> Result<Self, RulesError> {
        let rows = self.rows.iter().map(|own| if own.id == row.id { row } else { own });
        build(&self.version, self.applies_from, rows.cloned().collect())
    }
}

fn read_row(table: &Table<'_, '_>) -> Result<Rule, RulesError> {
    let id_value = table.need("id")?;
    let name = id_value.text()?;
    let Some((_, numbers)) = id::KNOWN.iter().find(|(id, _)| *id == name) else {
        return Err(id_value.wrong(format!("is `{name}`, which is not a rule that is known")).into());
    };
    let in_row = |wrong: Wrong| RulesError(format!("line {}: `{name}`: {}", wrong.line, wrong.what));
    let says = table.need("says").map_err(in_row)?;
    if says.text().map_err(in_row)?.trim().is_empty() {
        return Err(in_row(says.wrong("does not say what it means")));
    }
    let keys: Vec<&str> = WORDS.into_iter().chain(numbers.iter().map(|(key, ..)| *key)).collect();
    table.only(&keys).map_err(in_row)?;
    let mut read = BTreeMap::new();
    for (key, least, most) in *numbers {
        let number = table.need(key).and_then(|value| value.count(*least, *most)).map_err(in_row)?;
        read.insert((*key).to_owned(), number);
    }
    Ok(Rule {
        id: name.to_owned(),
        says: says.text().map_err(in_row)?.to_owned(),
        numbers: read,
        line: table.line,
    })
}

fn build(version: &str, applies_from: Timestamp, rows: Vec<Rule>) -> Result<Rules, RulesError> {
    let number = |id: &str, key: &str| {
        let row = rows.iter().find(|r| r.id == id).expect("every known rule was found");
        (row.numbers[key], row)
    };
    let at_once_to = number(id::OPEN_AT_ONCE, "handling_days_to");
    meets(at_once_to, number(id::OPEN_AFTER, "handling_days_from"))?;
    let rung = |id, penalty| {
        let ((from, _), (within, _)) = (number(id, "faults_from"), number(id, "days"));
        Ladder { penalty, from, within: days(within), rule: id }
    };
    meets(number(id::SELLER_WARNING, "faults_to"), number(id::SELLER_RESTRICTION, "faults_from"))?;
    meets(number(id::SELLER_RESTRICTION, "faults_to"), number(id::SELLER_BAN, "faults_from"))?;
    let ladder = vec![
        rung(id::SELLER_WARNING, Penalty::Warning),
        rung(id::SELLER_RESTRICTION, Penalty::Restriction),
        rung(id::SELLER_BAN, Penalty::Ban),
    ];
    let (silence, silence_row) = number(id::SILENCE, "days");
    if silence >= number(id::DAY_16, "days").0 {
        let line = silence_row.line;
        return Err(RulesError(format!(
            "line {line}: `{}`: `days` must be fewer than those of `{}`, or silence never executes anything",
            id::SILENCE,
            id::DAY_16
        )));
    }
    let count = |id, key| number(id, key).0;
    let span = |id, key| days(count(id, key));
    Ok(Rules {
        version: version.to_owned(),
        applies_from,
        handling_days: count(id::OVERDUE, "default_days"),
        delivery_days: count(id::START, "default_days"),
        warning: span(id::WARNING, "days"),
        receipt_period: span(id::RECEIPT, "days"),
        release: span(id::RELEASE, "days"),
        extension: span(id::AUTO_EXTENSION, "days"),
        moved_within: span(id::AUTO_EXTENSION, "moved_within_days"),
        extensions_max: count(id::AUTO_EXTENSION, "times"),
        at_once_handling_days: at_once_to.0,
        open_after: span(id::OPEN_AFTER, "days"),
        silence: days(silence),
        submission: span(id::DAY_16, "days"),
        small_parcels: SmallParcels {
            disputes: count(id::SMALL_PARCELS, "disputes"),
            within: span(id::SMALL_PARCELS, "days"),
            last: span(id::SMALL_PARCELS, "last_days"),
        },
        ladder,
        rows,
    })
}

/// That one range ends where the next begins.
fn meets(to: (u32, &Rule), from: (u32, &Rule)) -> Result<(), RulesError> {
    let ((to, above), (from, below)) = (to, from);
    if to + 1 == from {
        return Ok(());
    }
    let what = if to + 1 < from { "a gap" } else { "an overlap" };
    Err(RulesError(format!(
        "line {}: `{}`: {what} between {to}, where `{}` ends, and {from}, where this begins",
        below.line, below.id, above.id
    )))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../../config/rules/2026-11.toml");

    /// The file with one change, and what is said of it. The line that is named must be the changed row's, from its
    /// header to its end.
    fn refused(rule: &str, from: &str, to: &str) -> String {
        let row = TEXT.find(&format!("id = \"{rule}\"")).unwrap();
        let begin = TEXT[..row].rfind("[[rule]]").unwrap();
        let end = TEXT[row..].find("\n\n").map_or(TEXT.len(), |at| row + at);
        assert!(TEXT[begin..end].contains(from), "the file has changed: {from}");
        let changed = TEXT[begin..end].replacen(from, to, 1);
        let said =
            Rules::read(&format!("{}{changed}{}", &TEXT[..begin], &TEXT[end..])).unwrap_err().to_string();
        let line: usize = said.split("line ").nth(1).unwrap().split(':').next().unwrap().parse().unwrap();
        let lines = |text: &str| text.matches('\n').count();
        let first = lines(&TEXT[..begin]) + 1;
        assert!((first..=first + lines(&changed) + 1).contains(&line), "{said}: row on line {first}");
        said
    }

    #[test]
    fn a_number_that_is_missing_impossible_or_unknown_is_named_with_its_row() {
        for (rule, from, to) in [
            ("protection.warning", "days = 5", ""),
            ("protection.warning", "days = 5", "days = 0"),
            ("protection.warning", "days = 5", "days = 366"),
            ("protection.warning", "days = 5", "days = -5"),
            ("protection.warning", "days = 5", "days = 5.5"),
            ("protection.warning", "days = 5", "days = \"5\""),
            ("protection.warning", "days = 5", "days = 5\nhours = 5"),
            ("protection.auto-extension", "times = 3", "times = 0"),
            ("protection.expiry", "says", "days = 3\nsays"),
            ("dispute.silence", "days = 5", "days = 15"),
            ("seller.small-parcels", "disputes = 2", "disputes = 1"),
        ] {
            let said = refused(rule, from, to);
            assert!(said.contains(&format!("`{rule}`")), "{said}");
        }
    }

    #[test]
    fn a_gap_and_an_overlap_of_ranges_are_told_apart() {
        let gap = "handling_days_from = 6";
        assert!(refused("dispute.open-after", "handling_days_from = 5", gap).contains("a gap between 4"));
        let overlap = "handling_days_from = 4";
        assert!(refused("dispute.open-after", "handling_days_from = 5", overlap).contains("an overlap"));
        assert!(refused("seller.ban", "faults_from = 3", "faults_from = 4").contains("a gap between 2"));
        let above = TEXT.replacen("faults_to = 2", "faults_to = 3", 1);
        assert!(Rules::read(&above).unwrap_err().to_string().contains("`seller.ban`: an overlap"));
    }

    #[test]
    fn a_rule_that_is_missing_twice_there_or_unknown_is_named() {
        let missing = TEXT.replacen("[[rule]]\nid = \"dispute.one\"", "[[rule]]\nid = \"dispute.two\"", 1);
        assert!(Rules::read(&missing).unwrap_err().to_string().contains("`dispute.two`"));
        let twice = format!("{TEXT}\n[[rule]]\nid = \"dispute.one\"\nsays = \"again\"\n");
        let said = Rules::read(&twice).unwrap_err().to_string();
        assert!(said.contains("`dispute.one` stands twice"), "{said}");
        let row = TEXT.find("[[rule]]\nid = \"dispute.one\"").unwrap();
        let end = row + TEXT[row..].find("\n\n").unwrap();
        let gone = format!("{}{}", &TEXT[..row], &TEXT[end..]);
        assert!(Rules::read(&gone).unwrap_err().to_string().contains("`dispute.one` is missing"));
        assert!(refused("dispute.one", "says = \"An", "says = \"\" # An").contains("does not say"));
    }

    #[test]
    fn the_head_of_the_file_is_checked() {
        for (from, to) in [
            ("version = \"2026-11\"", "version = \" \""),
            ("version = \"2026-11\"", ""),
            ("applies_from = \"2026-01-01T00:00:00Z\"", "applies_from = \"soon\""),
            ("applies_from", "applies_form"),
        ] {
            assert!(TEXT.contains(from));
            assert!(Rules::read(&TEXT.replacen(from, to, 1)).is_err(), "{to}");
        }
    }
}
