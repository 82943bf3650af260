//! What a number is: messy input made clean, all formats matched at once, check digits verified, the candidates ranked
//! with reasons. The formats are data: `numbers.toml` beside each carrier, and the files of `others/`.

mod answer;
mod check;
mod file;
mod fold;
mod format;
mod mend;
mod normalize;
mod problem;
mod rank;
mod reasons;
mod s10;
mod shape;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::contract::{CarrierFacts, CarrierId, Country, FactsError};
use crate::registry::Other;
pub use answer::{Candidate, CheckDigit, Hint, Identification, Problem};
use format::{Checked, Format, Issuer};
use normalize::Clean;
use rank::Beside;
pub use s10::Operator;
use s10::Posts;
use table::{ROWS_PER_LENGTH_MAX, Row, Table};

/// A carrier or other line that issues numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The folder's or file's name.
    pub id: CarrierId,
    /// What people call it.
    pub name: String,
    /// Domains on which it shows trackings.
    pub domains: Vec<String>,
    /// Its page for a number; `{n}` stands for the number.
    pub tracking_url: Option<String>,
    /// Whether it has a folder; other lines are known, but not recognized.
    pub has_folder: bool,
    country: Option<Country>,
}

impl Line {
    fn of(facts: &CarrierFacts) -> Self {
        Self {
            id: facts.id.clone(),
            name: facts.name.clone(),
            domains: facts.domains.clone(),
            tracking_url: facts.tracking_url.clone(),
            has_folder: true,
            country: facts.post_of,
        }
    }
}

/// All carriers' formats, ready to match.
#[derive(Debug)]
pub struct Formats {
    lines: Vec<Line>,
    all: Vec<Format>,
    table: Table,
    posts: Posts,
}

/// How far a number gets by itself, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// Fits nothing.
    Nothing,
    /// Fits a shape, but its check digit is wrong.
    CheckFails,
    /// Stands, but many numbers would.
    Weak,
    /// Stands on its own, even among other words.
    Strong,
}

/// One format that a number fits, its check digit looked at.
#[derive(Clone, Copy)]
struct Look<'f> {
    format: &'f Format,
    row: &'f Row,
    checked: Option<Checked>,
    /// For postal items.
    post: Option<Post<'f>>,
    /// What it proves, if its check digit is right.
    proved: f64,
}

#[derive(Clone, Copy)]
struct Post<'f> {
    country: Country,
    operator: &'f Operator,
    carrier: &'f CarrierId,
    indicated: s10::Indicated,
}

impl Look<'_> {
    fn stands(&self) -> bool {
        self.checked.is_none_or(Checked::is_right)
    }
}

impl Formats {
    /// Reads the `numbers.toml` of each carrier and the files of known other lines.
    pub fn read(
        numbers: &[(Arc<CarrierFacts>, &'static str)],
        others: &'static [Other],
        carriers: &BTreeMap<CarrierId, Arc<CarrierFacts>>,
    ) -> Result<Self, FactsError> {
        let mut lines: Vec<Line> = carriers.values().map(|facts| Line::of(facts)).collect();
        let mut read = Vec::new();
        for (facts, text) in numbers {
            let file = format!("{}/numbers.toml", facts.id);
            let Some(line) = lines.iter().position(|line| line.id == facts.id) else {
                return Err(FactsError { file, message: format!("`{}` is no carrier", facts.id) });
            };
            read.extend(file::numbers(&file, text, facts.id.as_str(), line)?);
        }
        for Other { id, text } in others {
            let file = format!("others/{id}.toml");
            let wrong = |message: String| FactsError { file: file.clone(), message };
            let carrier = CarrierId::new(id).map_err(|e| wrong(e.to_string()))?;
            if carriers.contains_key(&carrier) {
                return Err(wrong(format!("`{id}` has a folder: its formats belong there")));
            }
            let (facts, formats) = file::other(&file, text, id, lines.len())?;
            read.extend(formats);
            lines.push(Line {
                id: carrier,
                name: facts.name,
                domains: facts.domains,
                tracking_url: facts.tracking_url,
                has_folder: false,
                country: None,
            });
        }
        let (all, rows): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        let expansions = rows
            .into_iter()
            .enumerate()
            .flat_map(|(format, rows)| rows.into_iter().map(move |r| (format, r)));
        let table = Table::build(expansions).map_err(|length| FactsError {
            file: "numbers.toml".to_owned(),
            message: format!("more than {ROWS_PER_LENGTH_MAX} rows of {length} characters"),
        })?;
        let folders = carriers.values().filter_map(|c| Some((c.post_of?, c.id.clone()))).collect();
        Ok(Self { lines, all, table, posts: Posts::read(folders)? })
    }

    /// Says what an input is.
    pub fn identify(&self, input: &str, hint: Hint<'_>) -> Identification {
        let (clean, mut changes) = normalize::normalize(input, |number| self.level(number));
        let mut answer = Identification {
            input: normalize::cut(input).to_owned(),
            normalized: String::new(),
            changes: Vec::new(),
            candidates: Vec::new(),
            problem: None,
        };
        match clean {
            Clean::Number(number) => {
                answer.candidates = self.candidates(number.as_bytes(), hint);
                answer.normalized = number.into_owned();
                if answer.candidates.is_empty() {
                    self.mend(&mut answer, &mut changes, hint);
                }
            }
            Clean::Problem { normalized, problem } => {
                answer.normalized = normalized;
                answer.problem = Some(problem);
            }
        }
        answer.changes = changes;
        answer
    }

    /// Whether a clean number (capitals and digits) fits any format, check digit included. Allocates nothing.
    pub fn fits(&self, number: &str) -> bool {
        self.looks(number.as_bytes()).any(|look| look.stands())
    }

    /// A carrier or other line by its id.
    pub fn line(&self, id: &CarrierId) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == *id)
    }

    /// Every postal operator, by the suffix of its items.
    pub fn operators(&self) -> impl Iterator<Item = (Country, &Operator)> {
        self.posts.operators()
    }

    /// Reads look-alike characters where a check digit proves them, or says what is wrong.
    fn mend(&self, answer: &mut Identification, changes: &mut Vec<String>, hint: Hint<'_>) {
        // A number that has a shape is not read as another one, even if its check digit is wrong.
        let has_shape = self.looks(answer.normalized.as_bytes()).next().is_some();
        if !has_shape && let Some(mended) = mend::look_alikes(self, answer.normalized.as_bytes()) {
            let mut candidates = self.candidates(mended.number.as_bytes(), hint);
            candidates.retain(|c| c.check_digit == CheckDigit::Valid);
            if !candidates.is_empty() {
                changes.extend(mended.changes);
                answer.normalized = mended.number;
                answer.candidates = candidates;
                return;
            }
        }
        answer.problem = Some(problem::of(self, &answer.normalized));
    }

    /// Every format whose shape the number fits, once for each way to read it.
    fn looks<'f>(&'f self, number: &[u8]) -> impl Iterator<Item = Look<'f>> {
        self.table.fitting(number).filter_map(move |row| self.look(row, number))
    }

    fn look<'f>(&'f self, row: &'f Row, number: &[u8]) -> Option<Look<'f>> {
        let format = &self.all[row.format];
        let mut proved = rank::base(format);
        let post = match format.issuer {
            Issuer::Own(_) => None,
            Issuer::S10 => {
                let post = self.post(number)?;
                proved *= rank::postal(post.indicated.use_is, post.operator.is_assumed());
                Some(post)
            }
        };
        let checked = format.check.as_ref().map(|check| check.of(&row.spans, number));
        Some(Look { format, row, checked, post, proved })
    }

    fn post(&self, number: &[u8]) -> Option<Post<'_>> {
        let (indicator, rest) = number.split_at_checked(2)?;
        let suffix = rest.get(rest.len().checked_sub(2)?..)?;
        let country = Country::new(std::str::from_utf8(suffix).ok()?).ok()?;
        let operator = self.posts.operator(country)?;
        let carrier = self.posts.carrier(indicator, country);
        Some(Post { country, operator, carrier, indicated: s10::indicated(indicator) })
    }

    fn level(&self, number: &[u8]) -> Level {
        self.looks(number)
            .map(|look| match (look.stands(), look.proved >= rank::STRONG) {
                (true, true) => Level::Strong,
                (true, false) => Level::Weak,
                (false, _) => Level::CheckFails,
            })
            .max()
            .unwrap_or(Level::Nothing)
    }

    fn candidates(&self, number: &[u8], hint: Hint<'_>) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut seen = None;
        for look in self.looks(number).filter(Look::stands) {
            // The rows of a format follow each other: one of them is enough.
            if seen == Some(look.row.format) {
                continue;
            }
            seen = Some(look.row.format);
            candidates.push(self.candidate(&look, number, hint));
        }
        candidates.sort_by(|a, b| {
            b.score.total_cmp(&a.score).then_with(|| (&a.carrier, &a.format).cmp(&(&b.carrier, &b.format)))
        });
        candidates
    }

    fn candidate(&self, look: &Look<'_>, number: &[u8], hint: Hint<'_>) -> Candidate {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (carrier, format, service, country, tracking_url) = match (look.format.issuer, look.post) {
            (Issuer::Own(line), _) => {
                let line = &self.lines[line];
                let service = look.format.service.as_ref().and_then(|(part, names)| {
                    names.get(std::str::from_utf8(look.row.part(*part, number)).ok()?).cloned()
                });
                let tracked = if look.format.tracked.is_empty() {
                    text(number)
                } else {
                    look.format.tracked.iter().map(|part| text(look.row.part(*part, number))).collect()
                };
                let url = line.tracking_url.as_ref().map(|url| url.replace("{n}", &tracked));
                (&line.id, look.format.id.clone(), service, line.country, url)
            }
            (Issuer::S10, Some(post)) => {
                let own = || self.line(post.carrier)?.tracking_url.clone();
                let url = post.operator.tracking_url(&text(number)).or_else(own);
                let format = format!("{}.s10", post.carrier);
                (post.carrier, format, post.indicated.service.map(str::to_owned), Some(post.country), url)
            }
            (Issuer::S10, None) => unreachable!("a postal number that stands has an operator"),
        };
        let beside = Beside {
            claimed: hint.claimed == Some(carrier),
            shipped_from: hint.ship_from.is_some() && hint.ship_from == country,
        };
        Candidate {
            carrier: carrier.clone(),
            format,
            service,
            operator: look.post.map(|p| p.operator.operator.clone()),
            origin_country: look.post.map(|p| p.country),
            check_digit: if look.checked.is_some() { CheckDigit::Valid } else { CheckDigit::None },
            score: rank::score(look.proved, look.format.confidence, beside),
            reasons: reasons::of(look, self.name(look), number, self.named(carrier, beside), country),
            tracking_url,
        }
    }

    /// What else speaks for a carrier, as the reasons tell it.
    fn named<'f>(&'f self, carrier: &CarrierId, beside: Beside) -> reasons::Beside<'f> {
        let claimed = beside.claimed.then(|| self.line(carrier).map(|line| line.name.as_str())).flatten();
        reasons::Beside { claimed, shipped_from: beside.shipped_from }
    }

    /// What people call the issuer.
    fn name<'f>(&'f self, look: &Look<'f>) -> &'f str {
        match (look.format.issuer, look.post) {
            (_, Some(post)) => &post.operator.operator,
            (Issuer::Own(line), None) => &self.lines[line].name,
            (Issuer::S10, None) => "a post",
        }
    }
}
