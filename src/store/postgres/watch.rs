//! Whether something was written, by whichever replica: what streams of events wait for. Engines of this kind have no
//! common way to be told, so they are asked, and only while somebody listens.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch::{Receiver, Sender};

use super::order;
use super::session::{Connect, Session};
use crate::store::StoreError;
use crate::store::sql::Connection as _;

/// How often the engine is asked.
const ASKED_EVERY: Duration = Duration::from_millis(200);

/// Tells of what was written.
pub(super) struct Watch {
    connect: Arc<Connect>,
    tell: Arc<Sender<u64>>,
    asking: Mutex<bool>,
}

impl Watch {
    /// Nobody listens yet.
    pub fn new(connect: Arc<Connect>) -> Self {
        Self { connect, tell: Arc::new(Sender::new(0)), asking: Mutex::new(false) }
    }

    /// This very program wrote.
    pub fn written(&self) {
        self.tell.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Listens.
    pub fn subscribe(&self) -> Receiver<u64> {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if !*asking {
            let (connect, tell) = (Arc::clone(&self.connect), Arc::downgrade(&self.tell));
            let started = std::thread::Builder::new().name("store-watch".to_owned());
            *asking = started.spawn(move || ask(&connect, &tell)).is_ok();
        }
        self.tell.subscribe()
    }
}

/// Asks until the store is gone.
fn ask(connect: &Connect, tell: &Weak<Sender<u64>>) {
    let mut session: Option<Session> = None;
    let mut known = None;
    while let Some(tell) = tell.upgrade() {
        if tell.receiver_count() > 0 {
            match session.take().filter(Session::is_usable).map_or_else(|| connect.session(None), Ok) {
                Ok(open) => {
                    let found = events(&open).ok();
                    if found.is_none() || found != known {
                        tell.send_modify(|count| *count = count.wrapping_add(1));
                    }
                    (known, session) = (found, Some(open));
                }
                Err(error) => tracing::debug!("the store is not asked for news: {error}"),
            }
        }
        drop(tell);
        std::thread::sleep(ASKED_EVERY);
    }
}

/// How many events have their place; none where some have not.
fn events(session: &Session) -> Result<i64, StoreError> {
    if order::is_lacking(session)? {
        return Err(StoreError::Conflict);
    }
    let sql = "SELECT last FROM counters WHERE list = 'events'";
    Ok(session.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}
