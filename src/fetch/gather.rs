//! Sources that take several numbers in one request: numbers that nobody in particular waits for are gathered for a short
//! while and asked for together. One of those who wait sends; should it go away, another takes its place.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use waygate_carriers::contract::{Ask, Failure, FailureKind, Reading};

use super::runner::Runner;
use super::waits::{Urgency, Waits};
use super::{Fetched, Fetcher};

/// How long numbers wait for others.
pub const GATHER: Duration = Duration::from_millis(200);
/// The code of a number that is missing from an answer about several.
pub const NO_READING: &str = "not_in_answer";

/// What one who waits is told.
enum Turn {
    /// To send for all who wait.
    Lead,
    /// The answer.
    Answer(Box<Fetched>),
}

struct Member {
    id: u64,
    ask: Ask,
    waits: Waits,
    /// None for the one who leads.
    turn: Option<oneshot::Sender<Turn>>,
}

#[derive(Default)]
struct State {
    members: Vec<Member>,
    led: bool,
    ids: u64,
}

/// The numbers of one source that wait for each other.
pub struct Gathering {
    max: usize,
    state: Mutex<State>,
    full: Notify,
}

impl Gathering {
    /// A gathering of at most `max` numbers.
    pub fn new(max: usize) -> Self {
        Self { max: max.max(1), state: Mutex::default(), full: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(&self, ask: &Ask, waits: Waits) -> (Place<'_>, Option<oneshot::Receiver<Turn>>) {
        let mut state = self.state();
        state.ids += 1;
        let id = state.ids;
        let leads = !std::mem::replace(&mut state.led, true);
        let (turn, told) = if leads { (None, None) } else { Some(oneshot::channel()).unzip() };
        state.members.push(Member { id, ask: ask.clone(), waits, turn });
        if state.members.len() >= self.max {
            self.full.notify_one();
        }
        (Place { gathering: self, id }, told)
    }

    /// Those that are asked for now, the leader first. Another one leads those who are left.
    fn take(&self, leader: u64) -> Vec<Member> {
        let mut state = self.state();
        let at = state.members.iter().position(|m| m.id == leader);
        let mut taken: Vec<Member> = at.map(|at| state.members.remove(at)).into_iter().collect();
        let others = state.members.len().min(self.max - 1);
        taken.extend(state.members.drain(..others));
        state.pass_on();
        taken
    }
}

impl State {
    /// Somebody of those who wait leads, if anybody waits.
    fn pass_on(&mut self) {
        self.led = self.members.iter_mut().any(|member| {
            let turn = member.turn.take();
            turn.is_some_and(|turn| turn.send(Turn::Lead).is_ok())
        });
    }
}

/// A place among those who wait, until dropped.
struct Place<'a> {
    gathering: &'a Gathering,
    id: u64,
}

impl Place<'_> {
    /// Goes away; false where the number is being asked for already.
    fn leave(&self) -> bool {
        let mut state = self.gathering.state();
        let Some(at) = state.members.iter().position(|m| m.id == self.id) else { return false };
        let leads = state.members.remove(at).turn.is_none();
        if leads {
            state.pass_on();
        }
        true
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// What a reading of an answer about several numbers says of one of them: nothing, where the answer does not name it.
/// That is never "not found".
pub fn no_reading(reading: Reading, number: &str) -> Reading {
    let Reading::Failed(failure) = &reading else { return reading };
    let names_it = failure
        .tracking_number
        .as_deref()
        .is_some_and(|named| waygate_carriers::contract::same_number(named, number));
    let missing = failure.code == "wrong_number" || failure.kind == FailureKind::NotFound && !names_it;
    if missing {
        let message = "the answer to a request for several numbers does not tell of this one";
        Failure::new(FailureKind::Malformed, NO_READING, message).into()
    } else {
        reading
    }
}

impl Fetcher {
    /// Asks for a number together with others that wait. What cannot be read of an answer about several is asked for once
    /// more alone.
    pub(super) async fn fetch_together(
        &self,
        runner: &Runner,
        gathering: &Gathering,
        ask: &Ask,
        urgency: &Urgency,
    ) -> Fetched {
        let (place, mut told) = gathering.join(ask, urgency.waits());
        let several = loop {
            let Some(turn) = &mut told else {
                tokio::select! {
                    () = tokio::time::sleep(GATHER) => {}
                    () = gathering.full.notified() => {}
                    () = urgency.raised() => {}
                }
                break self.lead(runner, gathering, &place).await;
            };
            tokio::select! {
                turn = turn => match turn {
                    Ok(Turn::Answer(fetched)) => break Some(*fetched),
                    Ok(Turn::Lead) => told = None,
                    // Whoever sent went away: everybody asks alone.
                    Err(_) => break None,
                },
                // A person does not wait for others.
                () = urgency.raised() => if place.leave() { break None; },
            }
        };
        drop(place);
        match several {
            Some(fetched) if !is_malformed(&fetched) => fetched,
            _ => self.fetch_alone(runner, ask, urgency).await,
        }
    }

    /// Sends for all who wait, gives them their answers and says one's own; none where one's own is not of several.
    async fn lead(&self, runner: &Runner, gathering: &Gathering, place: &Place<'_>) -> Option<Fetched> {
        let members = gathering.take(place.id);
        if members.len() < 2 {
            return None;
        }
        let most_urgent = members.iter().map(|m| m.waits).min().unwrap_or(Waits::Routine);
        let (asks, turns): (Vec<_>, Vec<_>) = members.into_iter().map(|m| (m.ask, m.turn)).unzip();
        let fetched = self.fetch(runner, &asks, &Urgency::new(most_urgent)).await;
        let mut own = None;
        for (turn, fetched) in turns.into_iter().zip(fetched) {
            match turn {
                // Whoever went away meanwhile needs no answer.
                Some(turn) => drop(turn.send(Turn::Answer(Box::new(fetched)))),
                None => own = Some(fetched),
            }
        }
        own
    }

    /// Asks for one number alone.
    pub(super) async fn fetch_alone(&self, runner: &Runner, ask: &Ask, urgency: &Urgency) -> Fetched {
        let mut fetched = self.fetch(runner, std::slice::from_ref(ask), urgency).await;
        fetched.swap_remove(0)
    }
}

fn is_malformed(fetched: &Fetched) -> bool {
    matches!(&fetched.reading, Reading::Failed(failure) if failure.kind == FailureKind::Malformed)
}
