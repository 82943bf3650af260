//! For how many days things are kept. Each has a floor: what a dispute may still need is not forgotten by a slip.

use super::raw::RawRetention;
use super::{ConfigError, value};
use crate::store::Kept;

/// Most days: a hundred years.
const DAYS_MAX: u32 = 36_500;
/// Fewest days that evidence is kept after an order's end: cards can be charged back for 120 days (Visa 13.1).
const EVIDENCE_DAYS_MIN: u32 = 120;

/// For how many days things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionDays {
    raw_answers: u32,
    personal: u32,
    events: u32,
    webhook_answers: u32,
    idempotency: u32,
}

impl RetentionDays {
    pub(super) fn validate(raw: &RawRetention) -> Result<Self, ConfigError> {
        for (setting, days, least) in [
            ("retention.raw_answers", raw.raw_answers, EVIDENCE_DAYS_MIN),
            ("retention.personal", raw.personal, EVIDENCE_DAYS_MIN),
            ("retention.events", raw.events, EVIDENCE_DAYS_MIN),
            ("retention.webhook_answers", raw.webhook_answers, 1),
            ("retention.idempotency", raw.idempotency, 1),
        ] {
            if !(least..=DAYS_MAX).contains(&days) {
                return Err(value(setting, format!("from {least} to {DAYS_MAX} days")));
            }
        }
        if raw.idempotency > raw.personal {
            return Err(value(
                "retention.idempotency",
                "at most `personal`: recorded answers name persons too",
            ));
        }
        let RawRetention { raw_answers, personal, events, webhook_answers, idempotency } = *raw;
        Ok(Self { raw_answers, personal, events, webhook_answers, idempotency })
    }

    /// For how many days this is kept.
    pub fn of(self, kept: Kept) -> u32 {
        match kept {
            Kept::Bodies => self.raw_answers,
            Kept::Persons => self.personal,
            Kept::Events => self.events,
            Kept::HookAnswers => self.webhook_answers,
            Kept::Idempotency => self.idempotency,
        }
    }
}
