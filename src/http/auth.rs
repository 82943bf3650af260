//! Who asks: API keys by their hash, with scopes. A key's text is never kept, logged or compared in the clear.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use axum::extract::FromRequestParts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use http::header::AUTHORIZATION;
use http::request::Parts;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::problem::Problem;
use super::sight::Sight;
use super::state::App;
use crate::ids::KeyId;
use crate::secrets::sha256_hex;
use crate::store::{ApiKey, Scope, Store, StoreError};

/// How long the keys in memory may differ from those in the store.
const KEYS_FRESH: Duration = Duration::from_secs(2);
/// Requests a second that one key may make, in the long run and at once.
const REQUESTS_PER_SECOND: NonZeroU32 = NonZeroU32::new(20_000).expect("not zero");

/// The keys as they were read. Every request looks here: one lock, and nothing shared is counted but the key itself.
#[derive(Default)]
struct Ring {
    by_hash: HashMap<String, Arc<ApiKey>>,
    read_at: Option<Instant>,
}

impl Ring {
    fn is_fresh(&self) -> bool {
        self.read_at.is_some_and(|at| at.elapsed() < KEYS_FRESH)
    }

    /// The look-up is by hash: what it takes tells nothing of the key's text.
    fn find(&self, hash: &str) -> Option<Arc<ApiKey>> {
        self.by_hash.get(hash).filter(|key| key.revoked_at.is_none()).cloned()
    }
}

/// The API keys, in memory, read again from time to time.
pub struct KeyRing {
    store: Arc<dyn Store>,
    ring: RwLock<Ring>,
    /// Held by who reads them from the store.
    reading: Mutex<()>,
    pace: DefaultKeyedRateLimiter<KeyId>,
}

impl KeyRing {
    /// A ring over the store's keys.
    pub fn new(store: Arc<dyn Store>) -> Self {
        let pace = RateLimiter::keyed(Quota::per_second(REQUESTS_PER_SECOND));
        Self { store, ring: RwLock::default(), reading: Mutex::default(), pace }
    }

    /// The key with this text, unless it was revoked.
    pub async fn find(&self, text: &str) -> Result<Option<Arc<ApiKey>>, StoreError> {
        let hash = sha256_hex(text.as_bytes());
        {
            let ring = self.ring();
            if ring.is_fresh() {
                return Ok(ring.find(&hash));
            }
        }
        self.refresh().await?;
        Ok(self.ring().find(&hash))
    }

    /// Reads the keys again at the next request.
    pub async fn forget(&self) {
        let _reading = self.reading.lock().await;
        self.ring.write().unwrap_or_else(PoisonError::into_inner).read_at = None;
    }

    fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    async fn refresh(&self) -> Result<(), StoreError> {
        // Whoever finds another one reading goes on with what there is, unless there is nothing yet.
        let _reading = match self.reading.try_lock() {
            Ok(guard) => guard,
            Err(_) if !self.ring().by_hash.is_empty() => return Ok(()),
            Err(_) => self.reading.lock().await,
        };
        if self.ring().is_fresh() {
            return Ok(());
        }
        let keys = self.store.keys().await?;
        let by_hash = keys.into_iter().map(|key| (key.sha256.clone(), Arc::new(key))).collect();
        let read = Ring { by_hash, read_at: Some(Instant::now()) };
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = read;
        self.pace.retain_recent();
        Ok(())
    }

    fn admit(&self, key: &KeyId) -> Result<(), Problem> {
        self.pace.check_key(key).map_err(|_| Problem::too_many_requests(1))
    }
}

/// Who asks.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The key.
    pub key: Arc<ApiKey>,
}

impl Caller {
    /// Refuses callers without one of the scopes. An operator may do everything.
    pub fn require(&self, scopes: &[Scope]) -> Result<(), Problem> {
        let has = |scope: &Scope| self.key.scopes.contains(scope);
        if has(&Scope::Operator) || scopes.iter().any(has) {
            Ok(())
        } else {
            Err(Problem::forbidden("this key's scopes do not allow this; ask the operator for another key"))
        }
    }

    /// Refuses all who do not see persons, operators too.
    pub fn require_whole_sight(&self) -> Result<(), Problem> {
        if self.sight() == Sight::Whole {
            return Ok(());
        }
        Err(Problem::forbidden(
            "what a carrier sent may name persons: it is for keys with the scope `arbiter` alone",
        ))
    }

    /// Whether this key may do everything.
    pub fn is_operator(&self) -> bool {
        self.key.scopes.contains(&Scope::Operator)
    }

    /// For a seller's key: the seller whose orders it may see. None for keys that see all.
    pub fn only_seller(&self) -> Option<&str> {
        let sees_all = |s: &Scope| matches!(s, Scope::Arbiter | Scope::OrderSystem | Scope::Operator);
        if self.key.scopes.iter().any(sees_all) {
            None
        } else {
            // A seller's key without a seller sees no order at all.
            Some(self.key.seller.as_deref().unwrap_or_default())
        }
    }

    /// Whether this caller may see an order of `seller`.
    pub fn may_see(&self, seller: Option<&str>) -> bool {
        self.only_seller().is_none_or(|own| !own.is_empty() && seller == Some(own))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let text = credentials(parts)
            .ok_or_else(|| Problem::unauthorized("send your API key as `Authorization: Bearer wg_live_…`"))?;
        let key = app.keys.find(&text).await?;
        let key = key.ok_or_else(|| Problem::unauthorized("this API key is not known, or was revoked"))?;
        app.keys.admit(&key.id)?;
        Ok(Self { key })
    }
}

/// The key's text: after `Bearer`, or as the password of `Basic`, which is how a browser asks for it. A browser sends
/// `Basic` with whatever any site makes it send, so that it counts for reading only.
fn credentials(parts: &Parts) -> Option<String> {
    let header = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = header.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if scheme.eq_ignore_ascii_case("basic") && parts.method.is_safe() {
        let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
        return pair.split_once(':').map(|(_, password)| password.to_owned());
    }
    None
}
