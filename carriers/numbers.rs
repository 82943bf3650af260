//! What a number is: messy input made clean, all formats matched at once, check digits verified, the candidates ranked
//! with reasons. The formats are data: `numbers.toml` beside each carrier, and the files of `others/`.

mod address;
mod answer;
mod check;
mod file;
mod fold;
mod format;
mod found;
mod mend;
mod normalize;
mod problem;
mod rank;
mod reasons;
mod s10;
mod scan;
mod shape;
mod table;
mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::contract::{CarrierFacts, CarrierId, Country, FactsError};
use crate::registry::Other;
pub use answer::{Candidate, CheckDigit, Hint, Identification, Problem};
use file::Owner;
use format::Rarity;
use format::{Checked, Format, Issuer};
pub use found::{Fit, Found};
use found::{Standing, Wrong};
use normalize::Clean;
use rank::Beside;
pub use reasons::Reason;
pub use s10::Operator;
use s10::{PostOf, Posts};
use shape::Expansion;
use table::{Checking, ROWS_PER_LENGTH_MAX, Row, Table};
use template::Template;

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
    page: Option<Template>,
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
            page: facts.tracking_url.as_deref().map(Template::read),
        }
    }
}

/// A text with the formats of a carrier.
#[derive(Debug, Clone)]
pub struct NumbersText<'t> {
    /// Whose formats they are.
    pub carrier: CarrierId,
    /// The file, for messages.
    pub file: String,
    /// What it holds.
    pub text: &'t str,
    /// Whether it holds formats and nothing else.
    pub stand_alone: bool,
}

/// All carriers' formats, ready to match.
#[derive(Debug)]
pub struct Formats {
    lines: Vec<Line>,
    all: Vec<Format>,
    table: Table,
    /// Which country's post has a folder of its own.
    folders: BTreeMap<Country, CarrierId>,
    /// The posts, read when the first number with the form of a postal item comes.
    posts: OnceLock<Posts>,
}

/// How far a number gets by itself, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// Fits nothing.
    Nothing,
    /// A few digits, as any date or house number has.
    Faint,
    /// Fits a shape, but its check digit is wrong.
    CheckFails,
    /// Stands, but many numbers would.
    Weak,
    /// Stands on its own, even among other words.
    Strong,
}

/// Digits from which on a plain number without a check digit counts among other words.
const PLAIN_DIGITS_MIN: usize = 9;

/// One format that a number fits, its check digit looked at.
#[derive(Debug, Clone, Copy)]
struct Look<'f> {
    format: &'f Format,
    row: &'f Row,
    checked: Option<Checked>,
    /// For postal items.
    post: Option<Post<'f>>,
    /// What it proves, if its check digit is right.
    proved: f64,
}

#[derive(Debug, Clone, Copy)]
struct Post<'f> {
    of: &'f PostOf,
    letters: [u8; 2],
    indicated: s10::Indicated,
}

impl Look<'_> {
    fn stands(&self) -> bool {
        self.checked.is_none_or(Checked::is_right)
    }

    /// Whether any number of so many digits would fit.
    fn is_plain(&self) -> bool {
        self.checked.is_none() && self.format.rarity == Rarity::Plain
    }
}

impl Formats {
    /// Reads the formats of each carrier and the files of known other lines.
    pub fn read(
        numbers: &[NumbersText<'_>],
        others: &'static [Other],
        carriers: &BTreeMap<CarrierId, Arc<CarrierFacts>>,
    ) -> Result<Self, FactsError> {
        let mut lines: Vec<Line> = carriers.values().map(|facts| Line::of(facts)).collect();
        let mut read = Vec::new();
        for NumbersText { carrier, file, text, stand_alone } in numbers {
            let Some(line) = lines.iter().position(|line| line.id == *carrier) else {
                let file = file.clone();
                return Err(FactsError { file, message: format!("`{carrier}` is no carrier") });
            };
            let owner = Owner { id: carrier.as_str(), line, carriers: &lines };
            read.extend(file::numbers(file, text, *stand_alone, owner)?);
        }
        for Other { id, text } in others {
            let file = format!("others/{id}.toml");
            let wrong = |message: String| FactsError { file: file.clone(), message };
            let carrier = CarrierId::new(id).map_err(|e| wrong(e.to_string()))?;
            if crate::built_in::CARRIERS.iter().any(|folder| folder.folder == *id) {
                return Err(wrong(format!("`{id}` has a folder: its formats belong there")));
            }
            // What is known of a line holds for the carrier that an operator makes of it.
            let declared = lines.iter().position(|line| line.id == carrier);
            let owner = Owner { id, line: declared.unwrap_or(lines.len()), carriers: &lines };
            let (facts, formats) = file::other(&file, text, owner)?;
            read.extend(formats);
            if declared.is_some() {
                continue;
            }
            lines.push(Line {
                id: carrier,
                page: facts.tracking_url.as_deref().map(Template::read),
                name: facts.name,
                domains: facts.domains,
                tracking_url: facts.tracking_url,
                has_folder: false,
                country: None,
            });
        }
        let (all, rows): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        let all: Vec<Format> = all;
        let expansions = rows.into_iter().enumerate().flat_map(|(format, rows)| {
            let Format { check, issuer, .. } = &all[format];
            rows.into_iter().map(move |row: Expansion| {
                let names_post = *issuer == Issuer::S10;
                let checking = check.as_ref().map(|check| Checking { names_post, ..check.at(&row.spans) });
                (format, row, checking)
            })
        });
        let mut table = Table::build(expansions).map_err(|length| FactsError {
            file: "numbers.toml".to_owned(),
            message: format!("more than {ROWS_PER_LENGTH_MAX} rows of {length} characters"),
        })?;
        for row in table.rows_mut() {
            let format: &Format = &all[row.format];
            if let Issuer::Own(line) = format.issuer {
                row.why = reasons::shape(format, row, &lines[line].name);
            }
        }
        let folders = carriers.values().filter_map(|c| Some((c.post_of?, c.id.clone()))).collect();
        Ok(Self { lines, all, table, folders, posts: OnceLock::new() })
    }

    fn posts(&self) -> &Posts {
        self.posts.get_or_init(|| match Posts::read(&self.folders) {
            Ok(posts) => posts,
            Err(error) => panic!("a built-in file is wrong: {error}"),
        })
    }

    /// Says what an input is.
    pub fn identify(&self, input: &str, hint: Hint<'_>) -> Identification {
        self.find(input, hint).to_identification()
    }

    /// Says what an input is, borrowing whatever it can.
    pub fn find<'a>(&'a self, input: &'a str, hint: Hint<'a>) -> Found<'a> {
        let mut found = Found::new(input);
        let cleaned = normalize::normalize(found.input.len() < input.len(), found.input, |n| self.level(n));
        found.changes = cleaned.changes;
        let asked = Asked { hint, host: cleaned.host.as_deref() };
        match cleaned.clean {
            Clean::Number(number) => {
                self.stand(&mut found, number.as_bytes(), asked);
                found.normalized = number;
                if found.standing.is_empty() {
                    self.mend(&mut found, asked);
                }
            }
            Clean::Problem { normalized, problem } => {
                found.normalized = normalized.into();
                found.wrong = Wrong::Unclean(problem);
            }
        }
        found
    }

    /// Whether a clean number (capitals and digits) fits any format, check digit included. Allocates nothing.
    pub fn fits(&self, number: &str) -> bool {
        let number = number.as_bytes();
        self.table.fits(number, |row| {
            let checked = self.all[row.format].checked(row, number);
            checked.is_none_or(Checked::is_right)
                && (!row.check.is_some_and(|check| check.names_post) || self.post(number).is_some())
        })
    }

    /// A carrier or other line by its id.
    pub fn line(&self, id: &CarrierId) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == *id)
    }

    /// Every postal operator, by the suffix of its items.
    pub fn operators(&self) -> impl Iterator<Item = (Country, &Operator)> {
        self.posts().operators()
    }

    /// Reads look-alike characters where a check digit proves them, or says what is wrong.
    fn mend<'a>(&'a self, found: &mut Found<'a>, asked: Asked<'_, 'a>) {
        // A number that has a shape is not read as another one, even if its check digit is wrong.
        let has_shape = self.looks(found.normalized.as_bytes()).next().is_some();
        if !has_shape && let Some(mended) = mend::look_alikes(self, found.normalized.as_bytes()) {
            self.stand(found, mended.number.as_bytes(), asked);
            found.standing.retain(|standing| standing.look.checked.is_some());
            found.near = None;
            if found.is_valid() {
                found.changes.extend(mended.changes);
                found.normalized = mended.number.into();
                return;
            }
        }
        found.wrong = Wrong::Unfitting(self, asked.hint.claimed);
    }

    /// Every format whose shape the number fits, once for each way to read it.
    fn looks<'f>(&'f self, number: &[u8]) -> impl Iterator<Item = Look<'f>> {
        self.table.fitting(number).filter_map(move |row| self.look(row, number))
    }

    fn look<'f>(&'f self, row: &'f Row, number: &[u8]) -> Option<Look<'f>> {
        let format = &self.all[row.format];
        let mut proved = format.base;
        let post = match format.issuer {
            Issuer::Own(_) => None,
            Issuer::S10 => {
                let post = self.post(number)?;
                proved *= rank::postal(post.indicated.use_is, post.of.operator.is_assumed());
                Some(post)
            }
        };
        let checked = format.checked(row, number);
        Some(Look { format, row, checked, post, proved })
    }

    fn post(&self, number: &[u8]) -> Option<Post<'_>> {
        let letters = *number.first_chunk()?;
        let of = self.posts().of(*number.last_chunk()?)?;
        Some(Post { of, letters, indicated: s10::indicated(letters) })
    }

    fn level(&self, number: &[u8]) -> Level {
        self.looks(number)
            .map(|look| match (look.stands(), look.proved >= rank::STRONG) {
                (true, true) => Level::Strong,
                (true, false) if look.is_plain() && number.len() < PLAIN_DIGITS_MIN => Level::Faint,
                (true, false) => Level::Weak,
                (false, _) => Level::CheckFails,
            })
            .max()
            .unwrap_or(Level::Nothing)
    }

    /// The formats that a number fits, ranked.
    fn stand<'a>(&'a self, found: &mut Found<'a>, number: &[u8], asked: Asked<'_, '_>) {
        // Of the formats whose check digit fails, the one that proves most, and whether the named carrier has one.
        let mut failing: Option<Look<'a>> = None;
        let mut claimed_fails = false;
        let mut seen = None;
        for look in self.looks(number) {
            if !look.stands() {
                claimed_fails |= asked.hint.claimed.is_some_and(|claimed| claimed == self.issuer(&look).0);
                if failing.is_none_or(|other| look.proved > other.proved) {
                    failing = Some(look);
                }
            } else if seen != Some(look.row.format) {
                // The rows of a format follow each other: one of them is enough.
                seen = Some(look.row.format);
                found.standing.push(self.standing(look, asked));
            }
        }
        let Some(failing) = failing else {
            rank::sort(&mut found.standing);
            return;
        };
        // The named carrier's rule says that the number is wrong: that any number of so many digits would be another
        // carrier's says nothing against it.
        if claimed_fails && !found.standing.iter().any(|standing| standing.beside.claimed) {
            found.standing.retain(|standing| !standing.look.is_plain());
        }
        rank::sort(&mut found.standing);
        let is_proved = found.standing.iter().any(|standing| standing.look.checked.is_some());
        if !is_proved && let Some(digit) = failing.checked.and_then(|checked| checked.computed) {
            let (format, issuer) = (failing.format.name.as_str(), self.name(&failing));
            found.near = Some(Reason::Near { format, issuer, digit });
        }
    }

    fn standing<'f>(&'f self, look: Look<'f>, asked: Asked<'_, '_>) -> Standing<'f> {
        let (carrier, format) = self.issuer(&look);
        let line = self.line_of(&look);
        let (name, country, page) = match look.post {
            Some(post) => {
                let line = self.line(carrier);
                let own = || line.and_then(|line| line.page.as_ref());
                let name = line.map_or(post.of.operator.operator.as_str(), |line| line.name.as_str());
                (name, Some(post.of.country), post.of.page.as_ref().or_else(own))
            }
            None => match line {
                Some(line) => (line.name.as_str(), line.country, line.page.as_ref()),
                None => ("", None, None),
            },
        };
        let domains = line.map_or(&[][..], |line| &line.domains);
        let domain = look.post.and_then(|post| post.of.operator.domain.as_ref());
        let beside = Beside {
            claimed: asked.hint.claimed == Some(carrier),
            linked: asked
                .host
                .is_some_and(|host| domains.iter().chain(domain).any(|domain| address::is_of(host, domain))),
            shipped_from: asked.hint.ship_from.is_some() && asked.hint.ship_from == country,
        };
        let score = rank::score(look.proved, look.format.confidence, beside);
        Standing { look, carrier, format, name, page, country, beside, score }
    }

    /// The carrier that issued a number, and the format's id.
    fn issuer<'f>(&'f self, look: &Look<'f>) -> (&'f CarrierId, &'f str) {
        match (look.post, look.format.issuer) {
            (Some(post), _) => self.posts().carrier(post.letters, post.of),
            (None, Issuer::Own(line)) => (&self.lines[line].id, &look.format.id),
            (None, Issuer::S10) => unreachable!("a postal number that has a look has a post"),
        }
    }

    fn line_of(&self, look: &Look<'_>) -> Option<&Line> {
        match look.format.issuer {
            Issuer::Own(line) => self.lines.get(line),
            Issuer::S10 => None,
        }
    }

    /// What people call the issuer.
    fn name<'f>(&'f self, look: &Look<'f>) -> &'f str {
        match look.post {
            Some(post) => &post.of.operator.operator,
            None => self.line_of(look).map_or("a post", |line| &line.name),
        }
    }
}

/// What is known beside a number.
#[derive(Debug, Clone, Copy)]
struct Asked<'i, 'h> {
    hint: Hint<'h>,
    /// The host of the web address that it came in.
    host: Option<&'i str>,
}
