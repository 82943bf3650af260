//! Tokens that sources issue: one for all askers, renewed once and before it runs out.

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tokio::sync::Mutex;
use waygate_carriers::contract::Token;

/// A token is renewed this long before it runs out.
const MARGIN_SECONDS: i64 = 60;

struct Held {
    text: SecretString,
    good_until: Timestamp,
    generation: u64,
}

/// The token of one source. Whoever finds none renews it while the others wait.
#[derive(Default)]
pub struct TokenKeeper {
    held: Mutex<(Option<Held>, u64)>,
}

/// A token to send, with its generation, so that a rejection takes back that token and no later one.
pub struct Lent {
    /// The token.
    pub text: SecretString,
    /// Which one it is.
    pub generation: u64,
}

impl TokenKeeper {
    /// The token that is good at `now`; `renew` is called by one asker at a time.
    pub async fn get<E>(
        &self,
        now: Timestamp,
        renew: impl AsyncFnOnce() -> Result<Token, E>,
    ) -> Result<Lent, E> {
        let mut guard = self.held.lock().await;
        if let Some(held) = guard.0.as_ref().filter(|held| now < held.good_until) {
            return Ok(Lent { text: held.text.clone(), generation: held.generation });
        }
        let token = renew().await?;
        let seconds = (i64::from(token.seconds) - MARGIN_SECONDS).max(1);
        guard.1 += 1;
        let (text, generation) = (SecretString::from(token.text), guard.1);
        let good_until = now + SignedDuration::from_secs(seconds);
        guard.0 = Some(Held { text: text.clone(), good_until, generation });
        Ok(Lent { text, generation })
    }

    /// The source no longer takes this token.
    pub async fn reject(&self, generation: u64) {
        let mut guard = self.held.lock().await;
        if guard.0.as_ref().is_some_and(|held| held.generation == generation) {
            guard.0 = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use secrecy::ExposeSecret;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    async fn get(keeper: &TokenKeeper, issued: &AtomicU32, now: i64) -> Lent {
        let renew = async || {
            let n = issued.fetch_add(1, Ordering::SeqCst);
            Ok::<_, ()>(Token { text: format!("t{n}"), seconds: 3_600 })
        };
        keeper.get(at(now), renew).await.unwrap()
    }

    #[tokio::test]
    async fn one_token_serves_until_a_minute_before_its_end() {
        let (keeper, issued) = (TokenKeeper::default(), AtomicU32::new(0));
        assert_eq!(get(&keeper, &issued, 0).await.text.expose_secret(), "t0");
        assert_eq!(get(&keeper, &issued, 3_539).await.text.expose_secret(), "t0");
        assert_eq!(get(&keeper, &issued, 3_540).await.text.expose_secret(), "t1");
    }

    #[tokio::test]
    async fn a_rejected_token_is_replaced_once_however_many_say_so() {
        let (keeper, issued) = (TokenKeeper::default(), AtomicU32::new(0));
        let first = get(&keeper, &issued, 0).await;
        keeper.reject(first.generation).await;
        let second = get(&keeper, &issued, 0).await;
        keeper.reject(first.generation).await;
        assert_eq!(get(&keeper, &issued, 0).await.generation, second.generation);
        assert_eq!(issued.load(Ordering::SeqCst), 2);
    }
}
