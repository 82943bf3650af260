//! HTTP clients that connect only where the guard allows it: names are resolved once, every address is judged, and the
//! connection goes to a judged address. No redirects, no proxies from the environment, no cookies.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use url::Url;

use super::guard::{Allow, Reach, Refused};

/// Longest wait for a connection.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait for a whole answer, from the first look-up to the last byte.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a connection that nobody uses is kept: thousands of endpoints would hold thousands of them.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// URLs whose check is kept in mind; beyond it, all are forgotten. Each has 2,048 bytes at most, twice.
const URLS_KEPT_MAX: usize = 1_024;
const _: () = assert!(CONNECT_TIMEOUT.as_secs() < TOTAL_TIMEOUT.as_secs());

/// The way out for requests to addresses that someone else gave.
#[derive(Debug, Clone)]
pub struct Egress {
    allow: Allow,
    internet: Client,
    inside: Client,
    checked: Arc<Mutex<HashMap<String, (Url, Reach)>>>,
}

impl Egress {
    /// A way out under this policy, with the system's resolver.
    pub fn new(allow: Allow) -> Result<Self, reqwest::Error> {
        let resolver: Arc<dyn Resolve> = Arc::new(SystemResolver);
        Self::with(allow, &resolver, TOTAL_TIMEOUT)
    }

    /// The same with another resolver and another total time.
    pub fn with(
        allow: Allow,
        resolver: &Arc<dyn Resolve>,
        total_timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        let client = |reach| {
            let guarded = Guarded { allow: allow.clone(), reach, resolver: Arc::clone(resolver) };
            Client::builder()
                .dns_resolver(Arc::new(guarded))
                .redirect(Policy::none())
                .no_proxy()
                .no_gzip()
                .referer(false)
                .connect_timeout(CONNECT_TIMEOUT)
                .pool_idle_timeout(IDLE_TIMEOUT)
                .timeout(total_timeout)
                .user_agent(concat!("Waygate/", env!("CARGO_PKG_VERSION")))
                .build()
        };
        Ok(Self {
            internet: client(Reach::Internet)?,
            inside: client(Reach::Inside)?,
            allow,
            checked: Arc::default(),
        })
    }

    /// What is allowed.
    pub fn allow(&self) -> &Allow {
        &self.allow
    }

    /// Checks a URL and gives the client that may connect to it.
    pub fn client_for(&self, url: &str) -> Result<(Url, &Client), Refused> {
        let (url, reach) = self.check(url)?;
        let client = match reach {
            Reach::Internet => &self.internet,
            Reach::Inside => &self.inside,
        };
        Ok((url, client))
    }

    /// What the rules say of a URL, which depends on nothing but its text. Addresses are judged with each connection.
    fn check(&self, text: &str) -> Result<(Url, Reach), Refused> {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = checked.get(text) {
            return Ok(found.clone());
        }
        let found = self.allow.check(text)?;
        if checked.len() >= URLS_KEPT_MAX {
            checked.clear();
        }
        checked.insert(text.to_owned(), found.clone());
        Ok(found)
    }
}

/// The refusal behind a failed request, where the guard made it fail.
pub fn refusal(error: &reqwest::Error) -> Option<&Refused> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref() {
            return Some(refused);
        }
        cause = error.source();
    }
    None
}

/// A resolver that gives addresses only if all of them may be reached: one bad answer among good ones is an attempt.
struct Guarded {
    allow: Allow,
    reach: Reach,
    resolver: Arc<dyn Resolve>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (allow, reach) = (self.allow.clone(), self.reach);
        let resolving = self.resolver.resolve(name);
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = resolving.await?.collect();
            if addresses.is_empty() {
                return Err(Refused::NoAddress.into());
            }
            for address in &addresses {
                allow.judge(address.ip(), reach)?;
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The system's resolver.
struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // Port 0 stands for the URL's.
            let addresses: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
