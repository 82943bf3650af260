//! Every event published to a stream beside the store, in the order in which they were written: NATS JetStream. What was
//! published is remembered in the store, and what the stream holds is read from the stream.

mod cloud_event;
mod publish;

pub use publish::{NatsSettings, Publisher};
