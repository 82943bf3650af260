//! The shapes that every carrier shares: identities, statuses, times, trackings, and the trait of an official source.

mod adapter;
mod facts;
mod ids;
mod push;
mod reading;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod source;
mod status;
mod status_table;
mod time;
mod tracking;

pub use crate::foreign::same_number;
pub use adapter::{AdaptedSource, Adapter};
pub use facts::{Answers, Body, CarrierFacts, FactsError, Limits, SourceFacts, Standing};
pub use ids::{CarrierId, Country, InvalidId, SourceId};
pub use push::{PUSH_SECRET, Proof, Push};
pub use reading::{Failure, FailureKind, Reading};
pub use source::{
    Ask, Batch, Cipher, Content, Digest, HeaderValue, Method, Part, Request, Response, Source, Template,
    Token, TokenExchange,
};
pub use status::{Fault, Status};
pub(crate) use status_table::Namespace;
pub use status_table::{Mapped, StatusTable};
pub use time::{LocalTime, OffsetTime, TimeError, printed};
pub use tracking::{Checkpoint, Place, ProofOfDelivery, Tracking};
