//! Cancelling before the goods are shipped: the buyer asks, the seller agrees or refuses; overdue, the buyer alone.

use serde::{Deserialize, Serialize};

use super::input::Refused;
use super::state::{OrderState, Phase};
use super::telling::{By, Telling};
use crate::domain::event::EventType;
use crate::domain::rules::id;

/// How far a cancellation has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancellation {
    /// Nobody asks.
    #[default]
    None,
    /// The buyer asked; the seller has not answered.
    Requested,
    /// The seller refused; the buyer may ask again.
    Refused,
}

impl Cancellation {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "not_asked",
            Self::Requested => "requested",
            Self::Refused => "refused",
        }
    }
}

/// What the parties do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The buyer asks.
    Request,
    /// The seller agrees.
    Accept,
    /// The seller refuses.
    Refuse,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// How far it has come now.
    pub next: Cancellation,
    /// The rule that cancels the order, where it is cancelled.
    pub cancels: Option<&'static str>,
    /// What is told otherwise.
    pub telling: Option<Telling>,
}

/// Applies an act to an order's cancellation.
pub fn step(order: &OrderState, act: Act) -> Result<Done, Refused> {
    let rule = if act == Act::Request { id::CANCEL_REQUEST } else { id::CANCEL_ANSWER };
    match order.phase {
        Phase::AwaitingShipment => {}
        Phase::Cancelled => return Err(Refused::new(rule, "the order is cancelled already")),
        Phase::Settled | Phase::Released => return Err(Refused::new(rule, "the order has ended")),
        _ => return Err(Refused::new(rule, "all goods are shipped: from here on the buyer may dispute")),
    }
    let cancels = |rule| Done { next: Cancellation::None, cancels: Some(rule), telling: None };
    match (act, order.cancellation) {
        (Act::Request, _) if order.overdue_told => Ok(cancels(id::CANCEL_OVERDUE)),
        (Act::Request, Cancellation::Requested) => {
            Err(Refused::new(rule, "the buyer has asked already, and the seller has not answered"))
        }
        (Act::Request, Cancellation::None | Cancellation::Refused) => {
            let why = "the goods are not shipped yet: the seller agrees, or refuses and ships";
            let telling = Telling::new(EventType::CancelRequested, rule, By::Buyer, why);
            Ok(Done { next: Cancellation::Requested, cancels: None, telling: Some(telling) })
        }
        (Act::Accept, Cancellation::Requested) => Ok(cancels(id::CANCEL_ANSWER)),
        (Act::Refuse, Cancellation::Requested) => {
            Ok(Done { next: Cancellation::Refused, cancels: None, telling: None })
        }
        (Act::Accept | Act::Refuse, _) => Err(Refused::new(rule, "there is no request to answer")),
    }
}
