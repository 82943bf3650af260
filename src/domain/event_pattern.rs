//! Which events somebody wants: a type (`dispute.opened`), a family (`dispute.*`), or all of orders (`*`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::event::EventType;
use super::notice::NoticeType;

/// What stands for all events of orders.
const ALL: &str = "*";

/// A pattern of event types. It fits at least one type that there is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventPattern(Box<str>);

/// A pattern that fits nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no event type and no family of them; there are: {known}, `*`", known = known())]
pub struct UnknownEvents(String);

/// How much of an unknown pattern is repeated.
const REPEATED_CHARS_MAX: usize = 64;

impl EventPattern {
    /// Whether it fits an event of an order, or a notice, of this type. Notices are wanted only by who names them:
    /// they have neither an order nor a sequence number.
    pub fn fits(&self, kind: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some("") => EventType::ALL.iter().any(|known| known.as_str() == kind),
            Some(family) => kind.starts_with(family),
            None => *self.0 == *kind,
        }
    }

    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<EventType> for EventPattern {
    fn from(kind: EventType) -> Self {
        Self(kind.as_str().into())
    }
}

impl FromStr for EventPattern {
    type Err = UnknownEvents;

    fn from_str(text: &str) -> Result<Self, UnknownEvents> {
        // A family ends with its full stop: `dispute.*`, not `disp*`.
        let is_family =
            text.strip_suffix('*').is_none_or(|family| family.is_empty() || family.ends_with('.'));
        let pattern = Self(text.into());
        let fits_some = is_family && (text == ALL || types().any(|kind| pattern.fits(kind)));
        if fits_some {
            Ok(pattern)
        } else {
            Err(UnknownEvents(text.chars().take(REPEATED_CHARS_MAX).collect()))
        }
    }
}

impl TryFrom<String> for EventPattern {
    type Error = UnknownEvents;

    fn try_from(text: String) -> Result<Self, UnknownEvents> {
        text.parse()
    }
}

impl From<EventPattern> for String {
    fn from(pattern: EventPattern) -> Self {
        pattern.0.into()
    }
}

impl fmt::Display for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Every type that there is.
fn types() -> impl Iterator<Item = &'static str> {
    EventType::ALL
        .into_iter()
        .map(EventType::as_str)
        .chain(NoticeType::ALL.into_iter().map(NoticeType::as_str))
}

fn known() -> String {
    types().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, kind: &str) -> bool {
        pattern.parse::<EventPattern>().unwrap().fits(kind)
    }

    #[test]
    fn a_type_fits_itself_a_family_its_members_and_the_star_every_event_of_orders() {
        assert!(fits("dispute.opened", "dispute.opened") && !fits("dispute.opened", "dispute.ruled"));
        assert!(fits("dispute.*", "dispute.opened") && !fits("dispute.*", "order.completed"));
        for kind in EventType::ALL {
            assert!(fits("*", kind.as_str()) && fits(kind.as_str(), kind.as_str()), "{kind:?}");
        }
        for notice in NoticeType::ALL {
            assert!(!fits("*", notice.as_str()) && fits("webhook_endpoint.*", notice.as_str()), "{notice:?}");
        }
    }

    #[test]
    fn what_fits_nothing_is_refused_and_what_there_is_is_named() {
        for text in
            ["", "dispute", "dispute.", "disp*", "d.*", "*.opened", "**", "dispute.**", "Dispute.*", "."]
        {
            let refused = text.parse::<EventPattern>().unwrap_err().to_string();
            assert!(
                refused.contains("`shipment.verified`") && refused.contains("`webhook_endpoint.disabled`")
            );
        }
    }

    #[test]
    fn it_is_written_in_json_as_it_is_read() {
        let read: Vec<EventPattern> = serde_json::from_str(r#"["dispute.*","*"]"#).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), r#"["dispute.*","*"]"#);
        assert!(serde_json::from_str::<EventPattern>("\"nothing.*\"").is_err());
    }
}
