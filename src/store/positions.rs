//! How far the store's events were published to streams beside it.

use super::{Cursor, Work};

/// Remembers positions by name.
pub trait Positions: Send + Sync + 'static {
    /// The place after the last event that was acknowledged; none where nothing was.
    fn position(&self, name: String) -> Work<'_, Option<Cursor>>;

    /// Remembers a place that [`super::Store::events`] takes.
    fn set_position(&self, name: String, place: Cursor) -> Work<'_, ()>;
}
