//! What an answer tells of a parcel as a whole, beside its checkpoints.

use toml::Spanned;

use super::field::{Field, text_of};
use super::file::{RawAnswer, RawWeight};
use super::mistake::Written;
use super::note::Note;
use super::path::Node;
use super::place::{PlaceField, words};
use super::time::TimeField;
use crate::contract::{Checkpoint, FactsError, ProofOfDelivery, Status, Tracking};
use crate::{foreign, journey};

/// Where the fields lie.
#[derive(Debug)]
pub(super) struct ParcelFields {
    service: Option<Field>,
    weight: Option<(Field, Field)>,
    origin: Option<PlaceField>,
    destination: Option<PlaceField>,
    estimated: Option<TimeField>,
    delivered: Option<TimeField>,
    signed_by: Option<Field>,
    left_at: Option<Field>,
    notes: Vec<Note>,
}

impl ParcelFields {
    /// Takes the fields out of an answer's; says which mistake stands where.
    pub(super) fn read(text: &Written<'_>, raw: &mut RawAnswer) -> Result<Self, FactsError> {
        let place = |raw: Option<_>| raw.map(|raw| PlaceField::read(text, raw)).transpose();
        let time = |raw: Option<_>| raw.map(|raw| TimeField::read(text, raw)).transpose();
        Ok(Self {
            service: Field::optional(text, raw.service.as_ref())?,
            weight: raw.weight.take().map(|raw| weight(text, raw)).transpose()?,
            origin: place(raw.origin.take())?,
            destination: place(raw.destination.take())?,
            estimated: time(raw.estimated_delivery.take())?,
            delivered: time(raw.delivered_at.take())?,
            signed_by: Field::optional(text, raw.signed_by.as_ref())?,
            left_at: Field::optional(text, raw.left_at.as_ref())?,
            notes: raw.notes.iter().map(|raw| Note::read(text, raw)).collect::<Result<_, _>>()?,
        })
    }

    /// Fills a tracking: the fields, the checkpoints, and where the parcel stands by both.
    pub(super) fn settle(
        &self,
        tracking: &mut Tracking,
        parcel: Node<'_>,
        mut checkpoints: Vec<Checkpoint>,
        stands: Option<Checkpoint>,
    ) {
        journey::newest_first(&mut checkpoints);
        let place = |field: &Option<PlaceField>, beside: Option<&Checkpoint>| {
            field.as_ref().and_then(|f| f.place(parcel, beside.map(|c| c.status)).known())
        };
        tracking.origin = place(&self.origin, checkpoints.last());
        tracking.destination = place(&self.destination, checkpoints.first());
        tracking.service = words(self.service.as_ref(), parcel);
        tracking.weight_grams = self
            .weight
            .as_ref()
            .and_then(|(figure, unit)| foreign::grams(&figure.text(parcel)?, &unit.text(parcel)?));
        let bound_for = tracking.destination.as_ref().and_then(|place| place.country);
        let estimate = self.estimated.as_ref().map(|time| time.told(parcel, bound_for)).unwrap_or_default();
        tracking.estimated_delivery = estimate.time;
        tracking.estimated_delivery_local = estimate.local.filter(|_| estimate.time.is_none());
        journey::settle(tracking, checkpoints);
        // The source's own word for where the parcel stands counts as its newest report.
        let own = stands.filter(|own| own.status != Status::Unknown || tracking.checkpoints.is_empty());
        if let Some(own) = own {
            let reports = std::iter::once(own.status).chain(tracking.checkpoints.iter().map(|c| c.status));
            if journey::standing(reports) == Some(0) {
                tracking.status = own.status;
                (tracking.status_code, tracking.status_text) = (own.code, own.text);
                tracking.delivered_at = journey::delivered_at(tracking.status, &tracking.checkpoints);
            }
        }
        if tracking.status == Status::Delivered {
            let told = self.delivered.as_ref().and_then(|time| time.told(parcel, bound_for).time);
            tracking.delivered_at = tracking.delivered_at.or(told);
            let signed_by = text_of(self.signed_by.as_ref(), parcel);
            let left_at = words(self.left_at.as_ref(), parcel);
            let is_proved = signed_by.is_some() || left_at.is_some();
            tracking.proof_of_delivery = is_proved.then_some(ProofOfDelivery { signed_by, left_at });
        }
        tracking.notes.extend(self.notes.iter().filter_map(|note| note.text(parcel)));
    }
}

fn weight(text: &Written<'_>, raw: Spanned<RawWeight>) -> Result<(Field, Field), FactsError> {
    let RawWeight { figure, unit } = raw.into_inner();
    let measured = Field::read(text, &unit)?;
    if let Some(fixed) = measured.fixed()
        && foreign::grams("1", fixed).or(foreign::grams("100", fixed)).is_none()
    {
        return Err(text.wrong(&unit, format!("`{fixed}` is no unit of weight: g, kg, lb, oz")));
    }
    Ok((Field::read(text, &figure)?, measured))
}
