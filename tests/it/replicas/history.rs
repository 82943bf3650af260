//! What a run leaves: what clients were told, what was done to the replicas, what the outside saw, and what is there. Values
//! alone.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::plan::Plan;

/// All of it. Times are the clock's.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// What clients were told.
    pub told: Vec<Told>,
    /// The orders that the API shows: each with its shipments' ids and its disputes'.
    pub found: BTreeMap<String, Found>,
    /// By order, the events that are in the database, in their sequence.
    pub events: BTreeMap<String, Vec<Event>>,
    /// What the receiver of webhooks got, in the order in which it came.
    pub posts: Vec<Post>,
    /// What the official source was asked, in that order.
    pub asked: Vec<Asked>,
    /// By number, how many answers were recorded.
    pub recorded: BTreeMap<String, usize>,
    /// What was done to replicas.
    pub faults: Vec<Fault>,
    /// The source's days as the store counts them.
    pub days: Vec<Day>,
    /// Requests that the source allows in a day.
    pub per_day: u64,
    /// Requests that may be under way when a day begins.
    pub under_way_max: u64,
    /// Heads of the log that anybody was shown, and whether the proof to the last one held.
    pub heads: Vec<Head>,
    /// The log's entries as they lie in the database.
    pub entries: Vec<Vec<u8>>,
    /// Claims, answers and verdicts in the database.
    pub logged: u64,
    /// What was still to be done when patience ended; none where nobody waited for it.
    pub unfinished: Vec<String>,
    /// Replicas that ended though nobody had killed them.
    pub ended_by_themselves: Vec<String>,
    /// Whether the run went on until nothing was due.
    pub settled: bool,
}

/// What a client did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    Register,
    Submit,
    ConfirmReceipt,
    Dispute,
}

/// A request that a client sent, as often as it took, with one key.
#[derive(Debug, Clone)]
pub struct Told {
    pub order: String,
    pub plan: Plan,
    pub act: Act,
    /// When the goods were paid.
    pub paid_at: Timestamp,
    /// The answers, the first that was final at the front; empty where none came.
    pub answers: Vec<Answered>,
}

/// A final answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub status: u16,
    /// The id in it, where it has one.
    pub id: Option<String>,
}

impl Told {
    /// The answer, where it says that the request was carried out.
    pub fn acknowledged(&self) -> Option<&Answered> {
        self.answers.first().filter(|answer| (200..300).contains(&answer.status))
    }
}

/// What is there of an order.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub shipments: Vec<String>,
    pub disputes: Vec<String>,
}

/// An event of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: String,
    pub sequence: i64,
    pub kind: String,
    pub at: Timestamp,
}

/// A webhook that arrived.
#[derive(Debug, Clone)]
pub struct Post {
    pub id: String,
    pub order: String,
    pub sequence: i64,
    /// What came, as one number.
    pub body: String,
    /// Whether the public library takes its signature.
    pub verified: bool,
    /// Whether it was answered with 200.
    pub taken: bool,
}

/// A question to the official source.
#[derive(Debug, Clone)]
pub struct Asked {
    pub number: String,
    pub replica: usize,
    pub at: Timestamp,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// A replica was killed and started again.
    Killed,
    /// A replica was stopped beyond its leases, and went on.
    Stopped,
    /// The database was restarted.
    Database,
}

/// A time in which a replica was not well.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Which; all of them where the database was away.
    pub replica: Option<usize>,
    pub harm: Harm,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// A day of the source.
#[derive(Debug, Clone)]
pub struct Day {
    pub began_at: Timestamp,
    pub ends_at: Timestamp,
    /// Requests that replicas took from it.
    pub leased: u64,
}

/// A head of the log.
#[derive(Debug, Clone)]
pub struct Head {
    pub replica: usize,
    pub size: u64,
    pub root: [u8; 32],
    /// Whether the log's own proof leads from it to the last head.
    pub proved: bool,
}
