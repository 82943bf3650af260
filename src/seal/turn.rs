//! Sealing, one process at a time. Where several could, each takes a turn under a lease; a head is shown to nobody before the
//! store has taken it in that turn, and all others follow the heads that the store has. So whichever of them is asked, and
//! whichever of them dies, the log has one history.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;

use super::open::{parse_head, read_again};
use super::write::{Batch, sign};
use super::{BATCH, CHECKPOINT, Head, SealError, Sealer, Tail};
use crate::clock::{Clock as _, SystemClock};
use crate::store::LogTurn;

/// How long a turn may last. A batch takes milliseconds.
const TURN_MAX: SignedDuration = SignedDuration::from_secs(5);
/// How often, and after which pause, a turn is tried again by somebody who waits: for a little longer than a turn lasts.
const TRIES: u32 = 120;
const PAUSE: Duration = Duration::from_millis(50);

impl Sealer {
    /// Seals what the store holds and the log does not; says how many entries that were. Where another process has its
    /// turn, only what it has signed so far is taken over.
    pub async fn seal(&self) -> Result<usize, SealError> {
        let mut tail = self.tail.lock().await;
        let entries = self.store.log_entries(tail.edge.size(), BATCH).await?;
        if entries.is_empty() {
            return Ok(0);
        }
        let before = tail.edge.size();
        let now = SystemClock.now();
        match self.store.take_log_turn(self.holder.clone(), now, now + TURN_MAX).await? {
            LogTurn::Alone => self.seal_entries(&mut tail, entries, None).await?,
            LogTurn::Others { head } => self.follow(&mut tail, head).await?,
            LogTurn::Ours { token, head } => {
                let sealed = self.seal_in_turn(&mut tail, token, head).await;
                if sealed.is_err() {
                    // Another need not wait until the lease is over; where this fails too, it does.
                    let _ = self.store.end_log_turn(token, None).await;
                }
                sealed?;
            }
        }
        Ok(usize::try_from(tail.edge.size() - before).unwrap_or(usize::MAX))
    }

    /// Seals until all is sealed that the store holds now, by whomever.
    pub async fn seal_all(&self) -> Result<(), SealError> {
        let written = self.store.log_size().await?;
        for _ in 0..TRIES {
            let sealed = self.seal().await?;
            if self.head().checkpoint.size >= written {
                return Ok(());
            }
            if sealed == 0 {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Err(SealError::NotThere(written, self.head().checkpoint.size))
    }

    async fn seal_in_turn(&self, tail: &mut Tail, token: i64, head: Option<String>) -> Result<(), SealError> {
        self.follow(tail, head).await?;
        let entries = self.store.log_entries(tail.edge.size(), BATCH).await?;
        if entries.is_empty() {
            self.store.end_log_turn(token, None).await?;
            return Ok(());
        }
        self.seal_entries(tail, entries, Some(token)).await
    }

    /// Writes entries, signs the head over them and shows it.
    async fn seal_entries(
        &self,
        tail: &mut Tail,
        entries: Vec<Vec<u8>>,
        token: Option<i64>,
    ) -> Result<(), SealError> {
        let Some(batch) = self.write(tail, self.batch(tail), entries).await? else {
            if let Some(token) = token {
                self.store.end_log_turn(token, None).await?;
            }
            return Ok(());
        };
        let edge = &batch.tail.edge;
        let head = sign(&self.signer, &self.origin, edge.size(), edge.root());
        if let Some(token) = token
            && !self.store.end_log_turn(token, Some((head.checkpoint.size, head.note.clone()))).await?
        {
            tracing::warn!("the turn at the log took longer than its lease, and another has it now");
            return Ok(());
        }
        self.show(tail, batch, head).await
    }

    /// Writes what others have sealed, and shows their head.
    async fn follow(&self, tail: &mut Tail, head: Option<String>) -> Result<(), SealError> {
        let Some(note) = head else { return Ok(()) };
        let (head, _) = parse_head(note, &self.keys.verifiers()?, &self.origin)?;
        let signed = head.checkpoint.size;
        if signed <= tail.edge.size() {
            return Ok(());
        }
        let mut batch = self.batch(tail);
        while batch.tail.edge.size() < signed {
            let left = signed - batch.tail.edge.size();
            let limit = BATCH.min(u32::try_from(left).unwrap_or(BATCH));
            let entries = self.store.log_entries(batch.tail.edge.size(), limit).await?;
            if entries.is_empty() {
                return Err(SealError::CutBack { entries: batch.tail.edge.size(), signed });
            }
            match self.write(tail, batch, entries).await? {
                Some(written) => batch = written,
                None => return Ok(()),
            }
        }
        let found = batch.tail.edge.root();
        if found != head.checkpoint.root {
            return Err(SealError::Root { size: signed, found, told: head.checkpoint.root });
        }
        self.show(tail, batch, head).await
    }

    fn batch(&self, tail: &Tail) -> Batch {
        Batch { files: Arc::clone(&self.files), tail: tail.clone(), head: self.head(), filled: Vec::new() }
    }

    /// Writes entries behind a batch; none where another process at the same folder has shown a newer head, which is
    /// taken over then.
    async fn write(
        &self,
        tail: &mut Tail,
        batch: Batch,
        entries: Vec<Vec<u8>>,
    ) -> Result<Option<Batch>, SealError> {
        let written = tokio::task::spawn_blocking(move || batch.write(entries));
        match written.await.map_err(|_| SealError::Stopped)? {
            Err(SealError::Changed(name)) if name == CHECKPOINT => {
                let (after, head) = read_again(&self.files, &self.keys, &self.origin, tail)?;
                self.shown(tail, after, head);
                Ok(None)
            }
            written => written.map(Some),
        }
    }

    async fn show(&self, tail: &mut Tail, batch: Batch, head: Head) -> Result<(), SealError> {
        let showing = tokio::task::spawn_blocking(move || batch.show(&head).map(|after| (after, head)));
        let (after, head) = showing.await.map_err(|_| SealError::Stopped)??;
        self.shown(tail, after, head);
        Ok(())
    }

    fn shown(&self, tail: &mut Tail, after: Tail, head: Head) {
        *tail = after;
        *self.head.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(head);
        self.lag().signed(Instant::now());
    }
}
