//! The credentials of one source: each with its own token, pace and day. One that is refused or has nothing left is set
//! aside for a time, and another takes its place.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use waygate_carriers::contract::SourceId;

use super::day::{Day, NoDay};
use super::gate::{Busy, Gate, Pass, Peers};
use super::source::{Secrets, SourceSetup};
use super::token::TokenKeeper;
use super::waits::{Urgency, Waits};
use crate::store::SourceBooks;

/// How long a credential that was refused is left alone while another one can be used.
pub const REFUSED_ASIDE: SignedDuration = SignedDuration::from_mins(30);
/// Shortest and longest time after which one comes back who found the line too long.
const BUSY_AGAIN: std::ops::RangeInclusive<i64> = 10..=3_600;
/// Longest wait at the end for permits to be given back.
const SETTLING_MAX: Duration = Duration::from_secs(2);
/// When one comes back where the store that counts the day does not answer.
const UNCOUNTED_AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// Why no request goes out now, and when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// The pace leaves no room in the time that the asker has.
    Pace(Timestamp),
    /// The day's quota is used up.
    Day(Timestamp),
    /// What is left of the day's quota is kept for those who are more urgent.
    Reserved(Timestamp),
    /// Every credential is set aside.
    Aside(Timestamp),
    /// The day's quota cannot be counted.
    Uncounted(Timestamp),
}

impl Spent {
    /// When to come back.
    pub fn again_at(self) -> Timestamp {
        match self {
            Self::Pace(at) | Self::Day(at) | Self::Reserved(at) | Self::Aside(at) | Self::Uncounted(at) => at,
        }
    }

    /// Why, in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Pace(_) => "the source's pace leaves no room now",
            Self::Day(_) => "the source's quota for today is used up",
            Self::Reserved(_) => {
                "what is left of the source's quota for today is kept for what is more urgent"
            }
            Self::Aside(_) => "the source takes none of the credentials now",
            Self::Uncounted(_) => "the source's quota for today cannot be counted now",
        }
    }
}

/// One credential at work.
pub struct Account {
    /// What the settings call it; empty where there is but one.
    pub name: String,
    /// Its secrets.
    pub secrets: Secrets,
    /// Its token.
    pub tokens: TokenKeeper,
    /// Its day.
    pub day: Day,
    gate: Arc<Gate>,
    aside: Mutex<Option<(Timestamp, String)>>,
}

impl Account {
    /// Waits for leave to send one request, at most `patience`. The pass is held until the answer is complete.
    pub async fn enter(
        &self,
        urgency: &Urgency,
        patience: Duration,
        now: Timestamp,
    ) -> Result<Pass<'_>, Spent> {
        let pass = self.gate.enter(urgency, patience).await.map_err(|Busy(wait)| {
            let seconds = i64::try_from(wait.as_secs()).unwrap_or(i64::MAX);
            let seconds = seconds.clamp(*BUSY_AGAIN.start(), *BUSY_AGAIN.end());
            Spent::Pace(now + SignedDuration::from_secs(seconds))
        })?;
        self.day.spend(urgency.waits(), now).await.map_err(|why| spent(why, now))?;
        Ok(pass)
    }

    /// Gives back to the store what was leased and not used: for an orderly end.
    pub async fn give_back(&self, now: Timestamp) {
        self.gate.settled(SETTLING_MAX).await;
        self.day.give_back(now).await;
    }

    /// Leaves it alone until then.
    pub fn set_aside(&self, until: Timestamp, why: String) {
        *self.aside.lock().unwrap_or_else(PoisonError::into_inner) = Some((until, why));
    }

    /// Until when it is left alone, and why.
    pub fn aside(&self, now: Timestamp) -> Option<(Timestamp, String)> {
        let aside = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
        aside.clone().filter(|(until, _)| now < *until)
    }

    fn refusal(&self, waits: Waits, now: Timestamp) -> Option<Spent> {
        let aside = self.aside(now).map(|(until, _)| Spent::Aside(until));
        aside.or_else(|| self.day.refusal(waits, now).map(|why| spent(why, now)))
    }
}

fn spent(why: NoDay, now: Timestamp) -> Spent {
    match why {
        NoDay::Spent(until) => Spent::Day(until),
        NoDay::Reserved(until) => Spent::Reserved(until),
        NoDay::Uncounted => Spent::Uncounted(now + UNCOUNTED_AGAIN),
    }
}

/// All credentials of a source, in the order of the settings. Never none.
pub struct Accounts(pub Vec<Account>);

impl Accounts {
    /// The credentials of a source as set up.
    pub fn new(
        source: &SourceId,
        setup: &mut SourceSetup,
        books: Option<&Arc<dyn SourceBooks>>,
        peers: Option<&Peers>,
    ) -> Self {
        let credentials = std::mem::take(&mut setup.credentials);
        let setup = &*setup;
        let account = |(name, secrets): (String, Secrets)| Account {
            day: Day::new(
                source,
                &name,
                &setup.limits,
                setup.shares,
                setup.cost_per_call.clone(),
                books.map(Arc::clone),
            ),
            gate: match peers {
                Some(peers) => Gate::shared(&setup.limits, peers.clone(), source, &name),
                None => Gate::new(&setup.limits),
            },
            tokens: TokenKeeper::default(),
            aside: Mutex::default(),
            name,
            secrets,
        };
        let mut accounts: Vec<Account> = credentials.into_iter().map(account).collect();
        if accounts.is_empty() {
            accounts.push(account((String::new(), Secrets::default())));
        }
        Self(accounts)
    }

    /// The one to ask with: of those that can be used and were not tried yet the one with the shortest line. Where there
    /// is none, when the first may be used again, if any was not tried.
    pub fn choose(
        &self,
        waits: Waits,
        now: Timestamp,
        tried: &[usize],
    ) -> Result<(usize, &Account), Option<Spent>> {
        let untried = self.0.iter().enumerate().filter(|(at, _)| !tried.contains(at));
        let (mut usable, mut refusals) = (Vec::new(), Vec::new());
        for (at, account) in untried {
            match account.refusal(waits, now) {
                None => usable.push((at, account)),
                Some(why) => refusals.push(why),
            }
        }
        let earliest = refusals.into_iter().min_by_key(|why| why.again_at());
        usable.into_iter().min_by_key(|(_, account)| account.gate.load()).ok_or(earliest)
    }
}
