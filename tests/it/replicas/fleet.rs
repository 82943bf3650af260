//! The replicas' processes: started, killed, stopped, continued, each by its own id, and none outlives the run.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use waygate::clock::{Clock as _, SystemClock};
use waygate::config::STORE_URL_VARIABLE;

use super::child::{BEGAN, FENCING, LISTENING, SETTINGS, TEST};
use super::clock::RunClock;
use super::history::{Fault, Harm};

/// How many there are.
pub const REPLICAS: usize = 3;
/// Longest wait for a replica to come up, tries included.
const PATIENCE: Duration = Duration::from_secs(30);
/// So many traps are laid for a replica before it is stopped wherever it is.
const TRAPS: usize = 3;
/// So long a trap holds, and so long it is waited for: whoever is caught at the last moment has the time between to stop.
const TRAP: Duration = Duration::from_millis(800);
const CATCHING: Duration = Duration::from_millis(1_200);
/// Pause before a replica that did not come up is started again.
const AGAIN: Duration = Duration::from_millis(200);

/// How a replica is started.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub settings: [PathBuf; REPLICAS],
    pub database: String,
    pub clock: RunClock,
    pub fencing: bool,
}

/// A replica that runs; dropped, it is killed.
struct Replica {
    child: Child,
    input: ChildStdin,
}

impl Drop for Replica {
    fn drop(&mut self) {
        drop((self.child.kill(), self.child.wait()));
    }
}

impl Replica {
    /// Starts one, and waits until it listens; none where it ended before.
    fn start(recipe: &Recipe, number: usize) -> Option<(Self, String)> {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", TEST, "--nocapture"])
            .env(SETTINGS, &recipe.settings[number])
            .env(STORE_URL_VARIABLE, &recipe.database)
            .env(BEGAN, recipe.clock.began.as_microsecond().to_string())
            .env(FENCING, recipe.fencing.to_string())
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let input = child.stdin.take().unwrap();
        let replica = Self { child, input };
        let told = |line: String| line.split_once(LISTENING).map(|(_, address)| address.trim().to_owned());
        let address = lines.by_ref().map_while(Result::ok).find_map(told)?;
        // What it says from now on is read, so that it never waits for us.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Some((replica, address))
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success(), "kill {name} {id}");
    }

    /// Whether the system says that it is stopped (proc(5), the state in `stat`).
    fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
    }
}

/// Where a replica stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Wherever it is.
    Any,
    /// With a change computed and not written.
    Change,
    /// With a post made and not recorded.
    Record,
}

/// All of them.
pub struct Fleet {
    recipe: Recipe,
    slots: [tokio::sync::Mutex<Option<Replica>>; REPLICAS],
    addresses: RwLock<[Option<String>; REPLICAS]>,
    faults: Mutex<Vec<Fault>>,
    died: Mutex<Vec<String>>,
}

impl Fleet {
    pub async fn start(recipe: Recipe) -> Arc<Self> {
        let fleet = Arc::new(Self {
            recipe,
            slots: Default::default(),
            addresses: RwLock::default(),
            faults: Mutex::default(),
            died: Mutex::default(),
        });
        for number in 0..REPLICAS {
            let slot = &mut *fleet.slots[number].lock().await;
            fleet.bring_up(number, slot).await;
        }
        fleet
    }

    async fn bring_up(&self, number: usize, slot: &mut Option<Replica>) {
        let coming = async {
            loop {
                let recipe = self.recipe.clone();
                let started =
                    tokio::task::spawn_blocking(move || Replica::start(&recipe, number)).await.unwrap();
                match started {
                    Some(started) => return started,
                    // The database may be away.
                    None => tokio::time::sleep(AGAIN).await,
                }
            }
        };
        let come = tokio::time::timeout(PATIENCE, coming).await;
        let (replica, address) = come.unwrap_or_else(|_| panic!("replica {number} does not come up"));
        self.addresses.write().unwrap()[number] = Some(address);
        *slot = Some(replica);
    }

    /// Where a replica was last heard of.
    pub fn address(&self, number: usize) -> Option<String> {
        self.addresses.read().unwrap()[number % REPLICAS].clone()
    }

    /// SIGKILL, and a new one in its place: this one, or the next that is not stopped just now.
    pub async fn kill(&self, number: usize) {
        let mut numbers = (number..number + REPLICAS).map(|number| number % REPLICAS);
        let free = numbers.find_map(|number| Some((number, self.slots[number].try_lock().ok()?)));
        let Some((number, mut slot)) = free else { return };
        let from = self.recipe.clock.now();
        self.note_death(number, slot.as_mut());
        *slot = None;
        self.bring_up(number, &mut slot).await;
        self.note(Some(number), Harm::Killed, from);
    }

    /// SIGSTOP, for so long, and SIGCONT. None where it is being started; else whether it was caught at its moment.
    pub async fn stop(&self, number: usize, moment: Moment, pause: Duration) -> Option<bool> {
        let mut slot = self.slots[number].try_lock().ok()?;
        let replica = slot.as_mut()?;
        let order = match moment {
            Moment::Any => "",
            Moment::Change => "change",
            Moment::Record => "record",
        };
        let begun = self.recipe.clock.now();
        let mut caught = false;
        for _ in 0..TRAPS {
            let until = (SystemClock.now() + TRAP).as_microsecond();
            let line = format!("{until} {order}\n");
            if caught || moment == Moment::Any || replica.input.write_all(line.as_bytes()).is_err() {
                break;
            }
            let stopped = async {
                while !replica.is_stopped() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            caught = tokio::time::timeout(CATCHING, stopped).await.is_ok();
        }
        // Not before it was asked to: it may have stopped at once.
        let from = if caught { begun } else { self.recipe.clock.now() };
        replica.signal("-STOP");
        tokio::time::sleep(pause).await;
        replica.signal("-CONT");
        self.note(Some(number), Harm::Stopped, from);
        Some(caught)
    }

    /// Notes what was done from a time until now.
    pub fn note(&self, replica: Option<usize>, harm: Harm, from: jiff::Timestamp) {
        let to = self.recipe.clock.now();
        self.faults.lock().unwrap().push(Fault { replica, harm, from, to });
    }

    pub fn faults(&self) -> Vec<Fault> {
        self.faults.lock().unwrap().clone()
    }

    fn note_death(&self, number: usize, replica: Option<&mut Replica>) {
        if let Some(replica) = replica
            && let Ok(Some(status)) = replica.child.try_wait()
        {
            self.died.lock().unwrap().push(format!("replica {number}: {status}"));
        }
    }

    /// Ends all; says which had ended before.
    pub async fn end(&self) -> Vec<String> {
        for (number, slot) in self.slots.iter().enumerate() {
            let mut slot = slot.lock().await;
            self.note_death(number, slot.as_mut());
            *slot = None;
        }
        self.died.lock().unwrap().clone()
    }
}
