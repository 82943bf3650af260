//! `docs/numbers.md`, made from the data: every format with an example, and what chance gives. The committed page must
//! be the one that is made; `WAYGATE_WRITE_DOCS=1` writes it.

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

use super::chance::{self, Chance, EACH, STEPS};
use super::*;
use crate::built_in::{CARRIERS, OTHERS};

#[derive(Deserialize)]
struct File {
    name: Option<String>,
    #[serde(default)]
    format: Vec<Told>,
}

#[derive(Deserialize)]
struct Told {
    name: String,
    shape: String,
    check: Option<Check>,
    handed_to: Option<String>,
    confidence: String,
    source: String,
    valid: Vec<String>,
}

#[derive(Deserialize)]
struct Check {
    algorithm: check::Algorithm,
}

fn file(text: &str) -> File {
    toml::from_str(text).unwrap_or_else(|e| panic!("{e}"))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn formats(page: &mut String, told: &[Told]) {
    page.push_str("| format | example | shape | check digit | known | source |\n|---|---|---|---|---|---|\n");
    for Told { name, shape, check, handed_to, confidence, source, valid } in told {
        let check = check.as_ref().map_or("none known", |check| check.algorithm.name());
        let known = match confidence.as_str() {
            "spec" => "published",
            "code" => "several programs",
            "one" => "one source",
            _ => "a guess",
        };
        let whom = handed_to.as_ref().map(|whom| {
            let line = CarrierId::new(whom).ok().and_then(|whom| registry().formats().line(&whom));
            format!("; {} delivers", line.map_or(whom.as_str(), |line| &line.name))
        });
        let example = valid.first().map_or("", String::as_str);
        let (name, shape, source) = (cell(name), cell(shape), cell(source));
        let whom = whom.unwrap_or_default();
        let _ = writeln!(page, "| {name}{whom} | `{example}` | `{shape}` | {check} | {known} | {source} |");
    }
    page.push('\n');
}

fn percent(count: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let share = count as f64 * 100.0 / EACH as f64;
    if count == 0 { "–".to_owned() } else { format!("{share:.1} %") }
}

fn chances(page: &mut String, chances: &[Chance]) {
    let _ = writeln!(
        page,
        "## What chance gives\n\nOf {EACH} random strings of digits of each length: how many fit any format, how many pass \
         a check digit, the best score each gets, and the best of all. A number that only chance put there must not \
         look sure: the score says so, and the reasons say why.\n"
    );
    page.push_str("| digits | any candidate | a check digit passes |");
    for step in STEPS {
        let _ = write!(page, " up to {:.2} |", f64::from(step) / 1000.0);
    }
    page.push_str(" above | highest |\n|---|---|---|---|---|---|---|---|\n");
    for Chance { length, any, verified, up_to, best } in chances {
        let _ = write!(page, "| {length} | {} | {} |", percent(*any), percent(*verified));
        for count in up_to {
            let _ = write!(page, " {} |", percent(*count));
        }
        let _ = writeln!(page, " {:.2} |", f64::from(*best) / 1000.0);
    }
}

fn page() -> String {
    let carriers: Vec<(String, File)> = CARRIERS
        .iter()
        .filter_map(|carrier| {
            let id = id(carrier.folder);
            let name = registry().formats().line(&id)?.name.clone();
            Some((name, file(carrier.numbers?)))
        })
        .filter(|(_, file)| !file.format.is_empty())
        .collect();
    let others: Vec<File> = OTHERS.iter().map(|other| file(other.text)).collect();
    let count = carriers.iter().map(|(_, file)| file.format.len()).sum::<usize>()
        + others.iter().map(|file| file.format.len()).sum::<usize>();
    let posts = registry().formats().operators().count();
    let mut page = format!(
        "# Tracking numbers\n\nMade from `carriers/*/numbers.toml` and `carriers/others/*.toml`: {count} formats, and {posts} \
         postal operators by the letters at the end of a UPU S10 number. `waygate check NUMBER` says which of them a number \
         fits, with the reasons.\n\nShapes: `9` a digit, `A` a letter, `X` either, `[HJ]` one of these, `'1Z'` these \
         characters, `{{6}}` or `{{8,11}}` times, `|` or, `name=` a named part. Spaces, dots and dashes may stand anywhere.\n\n\
         ## Carriers\n\n"
    );
    for (name, file) in &carriers {
        let _ = writeln!(page, "### {name}\n");
        formats(&mut page, &file.format);
    }
    page.push_str("## Known, but not recognized\n\nA number of these lines is told, so that a seller hears whose it is; their tracking proves nothing here.\n\n");
    for file in &others {
        let _ = writeln!(page, "### {}\n", file.name.as_deref().unwrap_or_default());
        formats(&mut page, &file.format);
    }
    page.push_str(
        "## Postal operators\n\nThe last two letters of a UPU S10 item, and who issued it.\n\n| letters | operator | country |\n|---|---|---|\n",
    );
    for (country, operator) in registry().formats().operators() {
        let _ = writeln!(page, "| {country} | {} | {} |", cell(&operator.operator), cell(&operator.country));
    }
    page.push('\n');
    chances(&mut page, &chance::MEASURED);
    page
}

#[test]
fn the_page_is_the_one_that_the_data_make() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/numbers.md");
    let made = page();
    if std::env::var_os("WAYGATE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = made.lines().zip(committed.lines()).find(|(made, committed)| made != committed);
    assert!(
        made == committed,
        "docs/numbers.md is not what the data make; first: {differs:?}. Write it with \
         `WAYGATE_WRITE_DOCS=1 cargo test -p waygate-carriers --lib the_page_is`"
    );
}
