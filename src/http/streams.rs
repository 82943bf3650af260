//! Events as they are written, to everyone who listens. One task reads each new event once and hands it to all streams; a
//! stream first reads what it has missed from the store, then what comes. Nothing waits for a stream: who reads too
//! slowly is cut off and goes on later from the last event that it saw.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{Stream, unfold};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::ids::{EventId, KeyId};
use crate::store::{EndpointStore, EventFilter, EventStretch, PlacedEvent, Store, StoreError};
use crate::webhook::payload;

/// What bounds the streams.
#[derive(Debug, Clone, Copy)]
pub struct StreamLimits {
    /// Most streams at once.
    pub streams: usize,
    /// Most streams of one key.
    pub streams_per_key: usize,
    /// Longest wait for a reader to make room.
    pub slow: Duration,
    /// How often something is sent, where nothing happens; a key that was revoked is noticed then.
    pub keep_alive: Duration,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            streams: 500,
            streams_per_key: 20,
            slow: Duration::from_secs(10),
            keep_alive: Duration::from_secs(15),
        }
    }
}

/// Events that were read and not yet taken by every stream; a stream that is further behind reads the store again.
const LIVE_EVENTS_MAX: usize = 1_024;
/// Events that wait in one stream.
const WAITING_EVENTS_MAX: usize = 8;
/// Events that are read at once.
const PAGE_EVENTS: u32 = 200;
/// Pause between two looks for new events, so that a busy store is not asked after each commit.
const LOOK_PAUSE: Duration = Duration::from_millis(5);
/// Longest wait between two looks: another process may write to the same store.
const LOOK_IDLE: Duration = Duration::from_secs(5);
/// Pause after the store failed.
const FAILED_PAUSE: Duration = Duration::from_millis(500);
/// How long a reader shall wait before it connects again, in milliseconds.
const RECONNECT_MS: u32 = 1_000;

/// The id before the first event: a stream that goes on from here gets all.
pub const BEFORE_ALL: &str = "evt_00000000000000000000000000000000";

/// Why there is no stream.
#[derive(Debug)]
pub enum NoStream {
    /// There are as many as there may be; of all, or of this key.
    TooMany,
    /// The gateway is stopping.
    Closing,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for NoStream {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// An event, as it is sent.
struct Live {
    placed: PlacedEvent,
    frame: Bytes,
}

impl Live {
    fn of(placed: PlacedEvent) -> Self {
        Self { frame: frame(&placed), placed }
    }
}

/// An event as server-sent events have it (HTML Standard, section 9.2): its id is the cursor, its data is the webhook's
/// body. JSON as we write it has no line ends.
fn frame(placed: &PlacedEvent) -> Bytes {
    let event = &placed.event;
    let body = payload::body(event).unwrap_or_else(|_| b"{}".to_vec());
    let head = format!("id: {}\nevent: {}\ndata: ", event.id, event.kind.as_str());
    [head.as_bytes(), &body, b"\n\n"].concat().into()
}

/// All streams.
pub struct Streams {
    store: Arc<dyn EndpointStore>,
    /// For keys: whether one was revoked.
    keys: Arc<dyn Store>,
    limits: StreamLimits,
    /// The sender of the task that reads, while it runs.
    reading: tokio::sync::Mutex<Option<broadcast::Sender<Arc<Live>>>>,
    closing: watch::Sender<bool>,
    open: Arc<Mutex<HashMap<KeyId, usize>>>,
}

impl Streams {
    /// No streams yet.
    pub fn new(store: Arc<dyn EndpointStore>, keys: Arc<dyn Store>, limits: StreamLimits) -> Self {
        let closing = watch::Sender::new(false);
        Self { store, keys, limits, reading: tokio::sync::Mutex::default(), closing, open: Arc::default() }
    }

    /// Ends all streams, and takes no further one.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// How many streams are open.
    pub fn count(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// Opens a stream of the events that fit and come after a place; where none is named, of those from now on.
    pub async fn open(
        self: &Arc<Self>,
        key: &KeyId,
        filter: EventFilter,
        after: Option<i64>,
    ) -> Result<impl Stream<Item = Result<Bytes, Infallible>> + Send + use<>, NoStream> {
        if *self.closing.borrow() {
            return Err(NoStream::Closing);
        }
        let slot = self.slot(key).ok_or(NoStream::TooMany)?;
        // Listen first and read then: what is written between the two comes twice, and is told apart by its place.
        let live = self.listen().await?;
        let place = match after {
            Some(place) => place,
            None => self.store.newest_event().await?,
        };
        let here = self.store.events_after(place, EventFilter::default(), 0).await?;
        let (out, waiting) = mpsc::channel(WAITING_EVENTS_MAX);
        let stream = One { hub: Arc::clone(self), key: key.clone(), filter, place, out, _slot: slot };
        tokio::spawn(stream.run(live, greeting(&here)));
        Ok(unfold(waiting, |mut waiting: mpsc::Receiver<Bytes>| async move {
            waiting.recv().await.map(|bytes| (Ok(bytes), waiting))
        }))
    }

    fn slot(&self, key: &KeyId) -> Option<Slot> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = open.values().sum();
        let own = open.get(key).copied().unwrap_or_default();
        if all >= self.limits.streams || own >= self.limits.streams_per_key {
            return None;
        }
        open.insert(key.clone(), own + 1);
        Some(Slot { key: key.clone(), open: Arc::clone(&self.open) })
    }

    /// What is written from now on. Starts the task that reads, unless it runs.
    async fn listen(self: &Arc<Self>) -> Result<broadcast::Receiver<Arc<Live>>, StoreError> {
        let mut reading = self.reading.lock().await;
        if let Some(sender) = reading.as_ref() {
            return Ok(sender.subscribe());
        }
        // The place is read before anybody reads the store for a stream: no event is behind both.
        let written = self.store.written();
        let place = self.store.newest_event().await?;
        let (sender, receiver) = broadcast::channel(LIVE_EVENTS_MAX);
        tokio::spawn(read(Arc::downgrade(self), written, sender.clone(), place));
        *reading = Some(sender);
        Ok(receiver)
    }

    async fn is_revoked(&self, key: &KeyId) -> bool {
        match self.keys.keys().await {
            Ok(keys) => !keys.iter().any(|known| known.id == *key && known.revoked_at.is_none()),
            // A store that does not answer revokes nothing.
            Err(_) => false,
        }
    }
}

/// How a stream begins: how soon to come back, and from where if it ends before its first event.
fn greeting(here: &EventStretch) -> Bytes {
    let id = here.cursor.as_ref().map_or(BEFORE_ALL, EventId::as_str);
    format!("retry: {RECONNECT_MS}\nid: {id}\n\n").into()
}

/// A stream's place among those that may be open.
struct Slot {
    key: KeyId,
    open: Arc<Mutex<HashMap<KeyId, usize>>>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.key) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.key);
            }
        }
    }
}

/// Reads new events for all streams, until there is none.
async fn read(
    hub: Weak<Streams>,
    mut written: watch::Receiver<u64>,
    sender: broadcast::Sender<Arc<Live>>,
    mut place: i64,
) {
    let mut idle = LOOK_IDLE;
    loop {
        tokio::select! {
            changed = written.changed() => if changed.is_err() { return },
            () = sleep(idle) => {}
        }
        let Some(hub) = hub.upgrade() else { return };
        idle = LOOK_IDLE;
        loop {
            match hub.store.events_after(place, EventFilter::default(), PAGE_EVENTS).await {
                Ok(stretch) => {
                    for placed in stretch.events {
                        // Where nobody listens there is nobody to tell.
                        let _ = sender.send(Arc::new(Live::of(placed)));
                    }
                    place = stretch.seen;
                    if !stretch.more {
                        break;
                    }
                }
                Err(error) => {
                    tracing::warn!("the streams cannot read: {error}");
                    idle = FAILED_PAUSE;
                    break;
                }
            }
        }
        let mut reading = hub.reading.lock().await;
        if sender.receiver_count() == 0 {
            *reading = None;
            return;
        }
        drop(reading);
        drop(hub);
        sleep(LOOK_PAUSE).await;
    }
}

/// Waits until the gateway stops.
async fn closed(closing: &mut watch::Receiver<bool>) {
    // Where the sender is gone, so is the gateway.
    let _ = closing.wait_for(|closing| *closing).await;
}

/// One stream.
struct One {
    hub: Arc<Streams>,
    key: KeyId,
    filter: EventFilter,
    /// All events up to here were sent, or did not fit.
    place: i64,
    out: mpsc::Sender<Bytes>,
    _slot: Slot,
}

impl One {
    async fn run(mut self, mut live: broadcast::Receiver<Arc<Live>>, greeting: Bytes) {
        // What ends a stream needs no word: the reader sees the end, and comes back.
        let _ = self.follow(&mut live, greeting).await;
    }

    async fn follow(&mut self, live: &mut broadcast::Receiver<Arc<Live>>, greeting: Bytes) -> Option<()> {
        self.send(greeting).await?;
        self.catch_up().await?;
        let mut closing = self.hub.closing.subscribe();
        let mut quiet_until = Instant::now() + self.hub.limits.keep_alive;
        loop {
            tokio::select! {
                biased;
                () = closed(&mut closing) => return None,
                () = self.out.closed() => return None,
                () = sleep_until(quiet_until) => {
                    if self.hub.is_revoked(&self.key).await {
                        return None;
                    }
                    self.send(Bytes::from_static(b": here\n\n")).await?;
                    quiet_until = Instant::now() + self.hub.limits.keep_alive;
                }
                next = live.recv() => match next {
                    Ok(event) => self.pass(&event).await?,
                    Err(broadcast::error::RecvError::Lagged(_)) => self.catch_up().await?,
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            }
        }
    }

    /// Sends an event, unless it was sent or does not fit.
    async fn pass(&mut self, event: &Live) -> Option<()> {
        if event.placed.place <= self.place {
            return Some(());
        }
        if self.filter.fits(&event.placed) {
            self.send(event.frame.clone()).await?;
        }
        self.place = event.placed.place;
        Some(())
    }

    /// Sends what the store has after the stream's place.
    async fn catch_up(&mut self) -> Option<()> {
        loop {
            let stretch =
                self.hub.store.events_after(self.place, self.filter.clone(), PAGE_EVENTS).await.ok()?;
            for placed in &stretch.events {
                self.send(frame(placed)).await?;
            }
            self.place = stretch.seen;
            if !stretch.more {
                return Some(());
            }
        }
    }

    /// Hands something to the reader; none where it went away, is too slow, or the gateway stops.
    async fn send(&self, bytes: Bytes) -> Option<()> {
        let mut closing = self.hub.closing.subscribe();
        tokio::select! {
            biased;
            () = closed(&mut closing) => None,
            sent = timeout(self.hub.limits.slow, self.out.send(bytes)) => sent.ok()?.ok(),
        }
    }
}
