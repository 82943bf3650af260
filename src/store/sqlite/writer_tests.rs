//! What the writer promises, seen with units that wait, fail and panic when they are told to.

use std::pin::Pin;
use std::sync::mpsc as gate;

use super::*;

const LIMITS: Limits = Limits { queue_max: 64, group_max: 16, group_bytes: 1_000_000 };

type Units<'a> = Pin<Box<dyn Future<Output = Result<i64, StoreError>> + 'a>>;

struct Bench {
    writer: Writer,
    dir: tempfile::TempDir,
}

impl Bench {
    fn new(limits: Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let connection = Connection::open(dir.path().join("t.db")).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER UNIQUE)").unwrap();
        Self { writer: Writer::start(connection, limits).unwrap(), dir }
    }

    /// What another connection sees.
    fn seen(&self) -> Vec<i64> {
        let connection = Connection::open(self.dir.path().join("t.db")).unwrap();
        let mut statement = connection.prepare("SELECT n FROM t ORDER BY n").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    fn commits(&self) -> u64 {
        self.writer.counters().commits.load(Ordering::Relaxed)
    }

    /// Runs `work` as the units that wait while the writer is held by another, so that they are together.
    async fn together(&self, work: Vec<Units<'_>>) -> Vec<Result<i64, StoreError>> {
        let (open, held) = self.hold().await;
        let mut all = Box::pin(futures_util::future::join_all(work));
        assert!(futures_util::poll!(&mut all).is_pending());
        open.send(()).unwrap();
        held.await.unwrap();
        all.await
    }

    /// A unit that holds the writer, alone in its group, until the gate is opened or dropped.
    async fn hold(&self) -> (gate::Sender<()>, Units<'_>) {
        let (tell, holds) = tokio::sync::oneshot::channel();
        let (open, closed) = gate::channel::<()>();
        let mut held: Units<'_> = Box::pin(self.writer.run(0, move |_| {
            tell.send(()).unwrap();
            closed.recv().unwrap();
            Ok(0)
        }));
        assert!(futures_util::poll!(&mut held).is_pending());
        holds.await.unwrap();
        (open, held)
    }
}

fn insert(n: i64) -> impl FnOnce(&Connection) -> Result<i64, StoreError> + Send + 'static {
    move |db| {
        db.execute("INSERT INTO t VALUES (?1)", [n])?;
        Ok(n)
    }
}

#[tokio::test]
async fn units_that_wait_together_share_commits() {
    let bench = Bench::new(LIMITS);
    let work = (0..32).map(|n| Box::pin(bench.writer.run(0, insert(n))) as Units<'_>);
    let done = bench.together(work.collect()).await;
    assert!(done.iter().all(Result::is_ok));
    assert_eq!(bench.seen(), (0..32).collect::<Vec<_>>());
    assert_eq!(bench.commits(), 1 + 2, "the one that held the writer, then two groups of 16");
}

#[tokio::test]
async fn a_group_that_is_heavy_enough_takes_no_more() {
    let bench = Bench::new(Limits { group_bytes: 100, ..LIMITS });
    let work = (0..10).map(|n| Box::pin(bench.writer.run(50, insert(n))) as Units<'_>);
    bench.together(work.collect()).await;
    assert_eq!(bench.commits(), 1 + 5, "two by two");
}

#[tokio::test]
async fn a_unit_that_fails_or_panics_undoes_itself_alone() {
    let bench = Bench::new(LIMITS);
    let panics = |db: &Connection| -> Result<i64, StoreError> {
        insert(2)(db)?;
        panic!("a unit panics, as this test wants")
    };
    let fails = |db: &Connection| {
        insert(3)(db)?;
        Err(StoreError::Conflict)
    };
    let work: Vec<Units<'_>> = vec![
        Box::pin(bench.writer.run(0, insert(1))),
        Box::pin(bench.writer.run(0, panics)),
        Box::pin(bench.writer.run(0, fails)),
        Box::pin(bench.writer.run(0, insert(1))),
        Box::pin(bench.writer.run(0, insert(4))),
    ];
    let done = bench.together(work).await;
    let [one, panicked, failed, twice, four] = done.as_slice() else { panic!("{done:?}") };
    assert!(matches!((one, four), (Ok(1), Ok(4))));
    assert!(matches!(panicked, Err(StoreError::Engine(_))));
    assert!(matches!(failed, Err(StoreError::Conflict)));
    assert!(matches!(twice, Err(StoreError::Engine(_))));
    assert_eq!(bench.seen(), [1, 4]);
    assert_eq!(bench.commits(), 2, "they were one group");
}

#[tokio::test]
async fn units_that_fail_first_leave_nothing_and_the_others_go_on() {
    let bench = Bench::new(LIMITS);
    let fails = |n| {
        move |db: &Connection| {
            insert(n)(db)?;
            Err(StoreError::Conflict)
        }
    };
    let work: Vec<Units<'_>> = vec![
        Box::pin(bench.writer.run(0, fails(1))),
        Box::pin(bench.writer.run(0, fails(2))),
        Box::pin(bench.writer.run(0, insert(3))),
        Box::pin(bench.writer.run(0, fails(4))),
        Box::pin(bench.writer.run(0, insert(5))),
    ];
    let done = bench.together(work).await;
    let told: Vec<bool> = done.iter().map(Result::is_ok).collect();
    assert_eq!(told, [false, false, true, false, true]);
    assert_eq!(bench.seen(), [3, 5]);
    assert_eq!(bench.commits(), 2, "they were one group");
}

#[tokio::test]
async fn a_transaction_that_is_lost_is_told_to_all_of_its_units() {
    let bench = Bench::new(LIMITS);
    // As the engine does on a full disk.
    let loses = |db: &Connection| {
        db.execute_batch("ROLLBACK")?;
        Err(StoreError::Engine("lost".to_owned()))
    };
    let work: Vec<Units<'_>> = vec![
        Box::pin(bench.writer.run(0, insert(1))),
        Box::pin(bench.writer.run(0, loses)),
        Box::pin(bench.writer.run(0, insert(2))),
    ];
    let done = bench.together(work).await;
    assert!(done.iter().all(|outcome| matches!(outcome, Err(StoreError::Engine(_)))), "{done:?}");
    assert_eq!(bench.seen(), Vec::<i64>::new());
    assert!(matches!(bench.writer.run(0, insert(5)).await, Ok(5)), "the writer goes on");
    assert_eq!(bench.seen(), [5]);
}

#[tokio::test]
async fn an_answer_comes_after_the_commit() {
    let bench = Bench::new(LIMITS);
    for n in 0..20 {
        bench.writer.run(0, insert(n)).await.unwrap();
        assert_eq!(bench.seen().last(), Some(&n));
    }
}

#[tokio::test]
async fn a_full_mailbox_says_so_at_once() {
    let bench = Bench::new(Limits { queue_max: 3, ..LIMITS });
    let (open, held) = bench.hold().await;
    let mut waiting: Vec<_> = (0..3).map(|n| Box::pin(bench.writer.run(0, insert(n)))).collect();
    for unit in &mut waiting {
        assert!(futures_util::poll!(unit).is_pending());
    }
    assert!(matches!(bench.writer.run(0, insert(9)).await, Err(StoreError::Full)));
    open.send(()).unwrap();
    held.await.unwrap();
    for unit in waiting {
        unit.await.unwrap();
    }
    assert_eq!(bench.seen(), [0, 1, 2]);
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_not_written() {
    let bench = Bench::new(LIMITS);
    let (open, held) = bench.hold().await;
    let mut abandoned = Box::pin(bench.writer.run(0, insert(1)));
    assert!(futures_util::poll!(&mut abandoned).is_pending());
    drop(abandoned);
    let mut wanted = Box::pin(bench.writer.run(0, insert(2)));
    assert!(futures_util::poll!(&mut wanted).is_pending());
    open.send(()).unwrap();
    held.await.unwrap();
    wanted.await.unwrap();
    assert_eq!(bench.seen(), [2]);
}
