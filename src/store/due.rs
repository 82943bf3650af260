//! Kinds of work that become due, so that who does one kind does not wake for another.

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueWork {
    /// Looks at official sources.
    Looks,
    /// Judgements.
    Judgements,
    /// Timers of orders, and bars of sellers.
    Timers,
    /// Notices about webhook endpoints.
    Notices,
    /// Webhooks.
    Deliveries,
}

impl DueWork {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Looks, Self::Judgements, Self::Timers, Self::Notices, Self::Deliveries];
}
