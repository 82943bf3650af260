//! Places as far as a source tells them. A country is a code of two or three letters, or its name.

use toml::Spanned;

use super::field::{Field, text_of};
use super::file::RawPlace;
use super::mistake::Written;
use super::path::Node;
use crate::contract::{Country, FactsError, Place, Status};
use crate::{foreign, places};

/// Where the parts of a place lie.
#[derive(Debug)]
pub(super) struct PlaceField {
    country: Option<Field>,
    city: Option<Field>,
    region: Option<Field>,
    postal_code: Option<Field>,
    /// Statuses for which the country holds; all, where none is named.
    country_where: Vec<Status>,
}

impl PlaceField {
    /// Reads a place; says which mistake stands where.
    pub(super) fn read(text: &Written<'_>, raw: Spanned<RawPlace>) -> Result<Self, FactsError> {
        let span = Spanned::new(raw.span(), ());
        let RawPlace { country, city, region, postal_code, country_where } = raw.into_inner();
        let place = Self {
            country: Field::optional(text, country.as_ref())?,
            city: Field::optional(text, city.as_ref())?,
            region: Field::optional(text, region.as_ref())?,
            postal_code: Field::optional(text, postal_code.as_ref())?,
            country_where: country_where.map(Spanned::into_inner).unwrap_or_default(),
        };
        if let Some(fixed) = place.country.as_ref().and_then(Field::fixed)
            && country_of(fixed).is_none()
        {
            return Err(text.wrong(&span, format!("`{fixed}` is no country")));
        }
        Ok(place)
    }

    /// What an answer says of it, next to this status.
    pub(super) fn place(&self, node: Node<'_>, status: Option<Status>) -> Place {
        let holds = self.country_where.is_empty() || status.is_some_and(|s| self.country_where.contains(&s));
        Place {
            country: text_of(self.country.as_ref(), node).filter(|_| holds).and_then(|t| country_of(&t)),
            city: words(self.city.as_ref(), node),
            region: words(self.region.as_ref(), node),
            postal_code: text_of(self.postal_code.as_ref(), node),
        }
    }
}

/// A source's words, without the telephone numbers of people.
pub(super) fn words(field: Option<&Field>, node: Node<'_>) -> Option<String> {
    text_of(field, node).map(|text| foreign::without_phones(&text))
}

fn country_of(text: &str) -> Option<Country> {
    match text.len() {
        2 => Country::new(text).ok(),
        3 => places::country_of_alpha3(text),
        _ => places::country_named(text),
    }
}
