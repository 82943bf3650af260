//! Turns at something that many changes meet at, such as a seller's standing: who met another there waits for its turn,
//! first come, first served, and does not run against the others again and again. The store's revisions decide all the
//! same; this only keeps the changes of one process from wearing each other out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;

/// From so many on, those at which nobody waits are forgotten.
const KEPT_MAX: usize = 1_024;

type Turnstile = tokio::sync::Mutex<()>;

/// All turns, by what they are at.
#[derive(Debug, Default)]
pub struct Turns(Mutex<HashMap<String, Weak<Turnstile>>>);

impl Turns {
    /// Waits for the turn at something; it lasts until what is given is dropped.
    pub async fn at(&self, name: &str) -> OwnedMutexGuard<()> {
        let turnstile = self.turnstile(name);
        turnstile.lock_owned().await
    }

    fn turnstile(&self, name: &str) -> Arc<Turnstile> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = all.get(name).and_then(Weak::upgrade) {
            return there;
        }
        if all.len() >= KEPT_MAX {
            all.retain(|_, turnstile| turnstile.strong_count() > 0);
        }
        let new = Arc::new(Turnstile::default());
        all.insert(name.to_owned(), Arc::downgrade(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn one_at_a_time_in_the_order_of_coming_and_each_name_for_itself() {
        let turns = Turns::default();
        let first = turns.at("s-1").await;
        let (mut second, mut third) = (Box::pin(turns.at("s-1")), Box::pin(turns.at("s-1")));
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        assert!(turns.at("s-2").now_or_never().is_some());
        drop(first);
        assert!((&mut third).now_or_never().is_none(), "who came later waits longer");
        drop(second.await);
        drop(third.await);
    }

    #[tokio::test]
    async fn those_at_which_nobody_waits_are_forgotten() {
        let turns = Turns::default();
        for n in 0..=KEPT_MAX * 2 {
            drop(turns.at(&n.to_string()).await);
        }
        assert!(turns.0.lock().is_ok_and(|all| all.len() <= KEPT_MAX));
    }
}
