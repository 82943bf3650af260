//! The conversation with a seller: what is wrong, what would mend it, until when. What sellers are asked is a row of a
//! versioned file; no text for them names a limit, so that nobody learns from it how far a check lets things go.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::verdict::{Check, CheckOutcome, Outcome, Verdict};

/// The versions that are compiled in, oldest first.
const BUILT_IN: [&str; 1] = [include_str!("../../config/conversation/2026-11.toml")];

/// Who mends it, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mend {
    /// The seller gives another number, or names another carrier or page.
    Correct,
    /// The seller hands the parcel over.
    HandOver,
    /// The seller asks the carrier.
    AskCarrier,
    /// The seller explains, to a person.
    Explain,
}

/// A category of what sellers are asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Its id.
    pub id: String,
    /// How it is mended.
    pub by: Mend,
    /// The words, with `{likely}` where a carrier is named.
    pub words: String,
    /// When it is asked.
    pub says: String,
}

/// How often numbers may be corrected.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// Most corrections of one order.
    pub most: u32,
    /// Why so many.
    pub says: String,
}

/// One version of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversation {
    /// The version.
    pub id: String,
    /// How often numbers may be corrected.
    pub correction: Correction,
    /// What sellers are asked.
    pub ask: Vec<Ask>,
}

static CONVERSATIONS: LazyLock<Vec<Conversation>> = LazyLock::new(|| {
    let read = |text: &&str| match toml::from_str::<Conversation>(text) {
        Ok(conversation) => conversation,
        Err(error) => panic!("a built-in file of the conversation with sellers is wrong: {error}"),
    };
    BUILT_IN.iter().map(read).collect()
});

impl Conversation {
    /// The newest version.
    pub fn current() -> &'static Self {
        &CONVERSATIONS[CONVERSATIONS.len() - 1]
    }

    /// The category of what a seller was asked; none for words that are of no row, such as a hint about a number.
    pub fn category(&self, asked: &str) -> Option<&Ask> {
        self.ask.iter().find(|ask| match ask.words.split_once("{likely}") {
            None => ask.words == asked,
            Some((before, after)) => {
                asked.len() > before.len() + after.len()
                    && asked.starts_with(before)
                    && asked.ends_with(after)
            }
        })
    }
}

/// The words of a category.
pub fn words(id: &str) -> &'static str {
    let row = Conversation::current().ask.iter().find(|ask| ask.id == id);
    &row.expect("a test holds that every category that a check names is a row").words
}

/// One thing that would mend a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wanted {
    /// The category; `check-number` for a hint about the number itself.
    pub category: &'static str,
    /// How it is mended.
    pub by: Mend,
    /// The words.
    pub words: String,
}

/// What a seller is told of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// What is wrong, or not known yet, in the words of the checks.
    pub wrong: Vec<String>,
    /// What would mend it.
    pub mend: Vec<Wanted>,
    /// Until when, where it turns by itself.
    pub until: Option<Timestamp>,
}

/// What a seller is told of a verdict; nothing where nothing is amiss.
pub fn told(verdict: &Verdict) -> Option<Told> {
    if verdict.verdict == Outcome::Verified {
        return None;
    }
    let speaks = |check: &&Check| match verdict.verdict {
        Outcome::Pending => check.outcome == CheckOutcome::Unknown,
        _ => check.outcome == CheckOutcome::Fail,
    };
    let mut wrong: Vec<String> = Vec::new();
    for check in verdict.checks.iter().filter(speaks).filter(|check| !check.for_seller.is_empty()) {
        if !wrong.contains(&check.for_seller) {
            wrong.push(check.for_seller.clone());
        }
    }
    let wanted = |words: &String| match Conversation::current().category(words) {
        Some(row) => Wanted { category: &row.id, by: row.by, words: words.clone() },
        None => Wanted { category: "check-number", by: Mend::Correct, words: words.clone() },
    };
    Some(Told { wrong, mend: verdict.ask_seller.iter().map(wanted).collect(), until: verdict.turns_at })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Every category that a check names, read from the checks themselves.
    fn named() -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/verdict/checks");
        let texts =
            std::fs::read_dir(folder).unwrap().map(|f| std::fs::read_to_string(f.unwrap().path()).unwrap());
        let ids = |text: String| {
            let after = |mark: &str| text.split(mark).skip(1).map(str::to_owned).collect::<Vec<_>>();
            let all = [after("words(\""), after("const ASK: &str = \"")].concat();
            all.into_iter().map(|rest| rest.split('"').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        texts.flat_map(ids).collect()
    }

    #[test]
    fn every_category_that_a_check_names_is_a_row_and_every_row_is_named() {
        let rows: BTreeSet<String> = Conversation::current().ask.iter().map(|ask| ask.id.clone()).collect();
        assert_eq!(named(), rows);
        assert_eq!(rows.len(), Conversation::current().ask.len(), "an id stands twice");
    }

    #[test]
    fn no_row_names_a_number() {
        for ask in &Conversation::current().ask {
            assert!(!ask.words.contains(|c: char| c.is_numeric()), "{}", ask.words);
            assert!(!ask.says.trim().is_empty() && ask.words.ends_with('.'), "{}", ask.id);
            let asked = ask.words.replace("{likely}", "UPS");
            assert_eq!(
                Conversation::current().category(&asked).unwrap().id,
                ask.id,
                "told apart by its words"
            );
        }
        assert!(Conversation::current().correction.most > 0);
        assert!(!Conversation::current().correction.says.is_empty());
    }
}
