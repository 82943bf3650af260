//! What every handler shares.

use std::ops::Deref;
use std::sync::Arc;

use super::api::trackings::Served;
use super::auth::KeyRing;
use super::pages::LastEvents;
use super::streams::Streams;
use crate::clock::SharedClock;
use crate::config::Roles;
use crate::fetch::PushSecrets;
use crate::gateway::Gateway;
use crate::net::client::Egress;
use crate::net::guard::Allow;
use crate::secrets::MasterKey;
use crate::stopping::Stopping;
use crate::store::EndpointStore;
use crate::webhook::notices::Notices;

/// Limits of one request.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest body, in bytes.
    pub body_bytes_max: usize,
    /// Longest time, in milliseconds.
    pub request_timeout_ms: u64,
}

/// The server's state. Cheap to clone, as every request does.
#[derive(Clone)]
pub struct App(Arc<Shared>);

impl App {
    /// The state of a server.
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What every handler reaches.
pub struct Shared {
    /// The use cases.
    pub gateway: Arc<Gateway>,
    /// API keys.
    pub keys: Arc<KeyRing>,
    /// What webhook secrets are derived from.
    pub master: Arc<MasterKey>,
    /// Which addresses webhooks may reach.
    pub webhook_allow: Arc<Allow>,
    /// Trackings that were served, as bytes.
    pub served: Arc<Served>,
    /// What is counted of webhook deliveries.
    pub webhook_notices: Arc<Notices>,
    /// The latest event of each order, for the page.
    pub last_events: Arc<LastEvents>,
    /// With what carriers prove what they push.
    pub push_secrets: Arc<PushSecrets>,
    /// Whether the evidence log may be read without a key.
    pub log_public: bool,
    /// Whether the page asks for no key.
    pub pages_open: bool,
    /// What owners of webhook endpoints and followers of events ask for.
    pub endpoints: Arc<dyn EndpointStore>,
    /// The way out, for tests of endpoints.
    pub egress: Egress,
    /// The time of the world, which receivers compare with.
    pub wall: SharedClock,
    /// Events as they are written.
    pub streams: Arc<Streams>,
    /// What this replica serves.
    pub roles: Roles,
    /// Whether it is about to end.
    pub stopping: Stopping,
    /// Limits of one request.
    pub limits: Limits,
}
