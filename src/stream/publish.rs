//! The publisher. Each message says which sequence number of the stream it follows, so that the server takes it in its place
//! or not at all, whatever was lost, repeated or late on the way; and after each break the publisher reads from the stream
//! itself what came last. So the stream holds every event once, in order.

use std::sync::Arc;
use std::time::Duration;

use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, Stream};
use async_nats::{Client, ConnectOptions};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Notify;

use super::cloud_event::{MEDIA_TYPE, document};
use crate::store::{Cursor, EventRecord, Positions, Store, StoreError};

/// Most messages that wait for their acknowledgement.
const IN_FLIGHT_MAX: usize = 256;
/// Longest wait for an acknowledgement, or for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pause before it is tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// Where events are published.
#[derive(Debug, Clone)]
pub struct NatsSettings {
    /// The server, `nats://` or `tls://`.
    pub url: String,
    /// The stream, which must be ours alone. Made where it is not there.
    pub stream: String,
    /// Subjects are this, a full stop and the event's type.
    pub subject_prefix: String,
    /// What the events name as their source.
    pub source: String,
    /// A token, where the server wants one.
    pub token: Option<SecretString>,
    /// A user and a password, where the server wants them.
    pub login: Option<(String, SecretString)>,
}

/// Why publishing stopped. It is tried again from the last message that the stream has.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error("the NATS server {0}")]
    Server(String),
    #[error("the stream holds something else than was expected at {0}")]
    Moved(u64),
    #[error("an event cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn failed(what: &'static str) -> impl Fn(Box<dyn std::error::Error + Send + Sync>) -> Stopped {
    move |error| Stopped::Server(format!("{what}: {error}"))
}

/// Publishes the store's events.
pub struct Publisher {
    store: Arc<dyn Store>,
    positions: Arc<dyn Positions>,
    settings: NatsSettings,
    wake: Arc<Notify>,
    /// Longest wait before the store is asked again, where nobody wakes us.
    idle: Duration,
}

/// Where publishing stands.
struct Place {
    /// The last event that the stream has.
    event: Option<Cursor>,
    /// The stream's last sequence number.
    sequence: u64,
}

impl Publisher {
    /// A publisher of this store's events. `wake` tells that there may be more; without it the store is asked again when
    /// `idle` is over.
    pub fn new(
        store: Arc<dyn Store>,
        positions: Arc<dyn Positions>,
        settings: NatsSettings,
        wake: Arc<Notify>,
        idle: Duration,
    ) -> Self {
        Self { store, positions, settings, wake, idle }
    }

    /// Publishes for as long as it is polled.
    pub async fn run_forever(&self) {
        loop {
            let Err(why) = self.publish().await;
            tracing::warn!(stream = self.settings.stream, "publishing stopped and is tried again: {why}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Publishes until something fails.
    async fn publish(&self) -> Result<std::convert::Infallible, Stopped> {
        let client = self.connect().await?;
        let context = ContextBuilder::new().timeout(PATIENCE).max_ack_inflight(IN_FLIGHT_MAX).build(client);
        let stream = self.stream(&context).await?;
        let mut place = self.resume(stream).await?;
        loop {
            let more = self.wake.notified();
            let limit = u32::try_from(IN_FLIGHT_MAX).unwrap_or(u32::MAX);
            let page = self.store.events(place.event.clone(), limit).await?;
            if page.items.is_empty() {
                // A connection that breaks meanwhile shows with the next message.
                let _ = tokio::time::timeout(self.idle, more).await;
                continue;
            }
            let outcome = self.send(&context, &page.items, &mut place).await;
            if let Some(event) = &place.event {
                self.positions.set_position(self.name(), event.clone()).await?;
            }
            outcome?;
        }
    }

    /// What the position is called.
    fn name(&self) -> String {
        format!("nats:{}", self.settings.stream)
    }

    async fn connect(&self) -> Result<Client, Stopped> {
        let mut options = ConnectOptions::new().name("waygate").connection_timeout(PATIENCE);
        if let Some(token) = &self.settings.token {
            options = options.token(token.expose_secret().to_owned());
        }
        if let Some((user, password)) = &self.settings.login {
            options = options.user_and_password(user.clone(), password.expose_secret().to_owned());
        }
        options.connect(&self.settings.url).await.map_err(|error| failed("does not connect")(error.into()))
    }

    async fn stream(&self, context: &Context) -> Result<Stream, Stopped> {
        let wanted = Config {
            name: self.settings.stream.clone(),
            subjects: vec![format!("{}.>", self.settings.subject_prefix)],
            ..Config::default()
        };
        context.get_or_create_stream(wanted).await.map_err(|error| failed("gives no stream")(error.into()))
    }

    /// Where to go on: after the last message of the stream, if that is one of our events; else after the last that was
    /// acknowledged.
    async fn resume(&self, mut stream: Stream) -> Result<Place, Stopped> {
        let state =
            stream.info().await.map_err(|error| failed("says nothing of the stream")(error.into()))?;
        let sequence = state.state.last_sequence;
        if sequence > 0
            && let Ok(last) = stream.get_raw_message(sequence).await
            && let Some(id) = last.headers.get(NATS_MESSAGE_ID)
        {
            let event = Cursor(id.to_string());
            match self.store.events(Some(event.clone()), 1).await {
                Ok(_) => return Ok(Place { event: Some(event), sequence }),
                Err(StoreError::BadCursor) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Place { event: self.positions.position(self.name()).await?, sequence })
    }

    /// Sends some events and waits for all their acknowledgements. The place moves by those that came in order.
    async fn send(
        &self,
        context: &Context,
        events: &[EventRecord],
        place: &mut Place,
    ) -> Result<(), Stopped> {
        let mut sent = Vec::with_capacity(events.len());
        for (follows, event) in (place.sequence..).zip(events) {
            let subject = format!("{}.{}", self.settings.subject_prefix, event.kind.as_str());
            let message = PublishMessage::build()
                .payload(document(event, &self.settings.source)?.into())
                .header("content-type", MEDIA_TYPE)
                .message_id(event.id.as_str())
                .expected_stream(&self.settings.stream)
                .expected_last_sequence(follows);
            match context.send_publish(subject, message).await {
                Ok(acknowledgement) => sent.push((event, acknowledgement)),
                // What was sent before may have arrived: the next session reads it from the stream.
                Err(error) => return Err(failed("takes nothing")(error.into())),
            }
        }
        for (event, acknowledgement) in sent {
            let taken =
                acknowledgement.await.map_err(|error| failed("did not take a message")(error.into()))?;
            place.event = Some(Cursor(event.id.to_string()));
            if taken.sequence != place.sequence + 1 {
                return Err(Stopped::Moved(place.sequence + 1));
            }
            place.sequence = taken.sequence;
        }
        Ok(())
    }
}
