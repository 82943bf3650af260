//! The weeks, hour by hour. What a source's budget does not bear is asked later, not twice: each parcel has one next look,
//! so that a full budget makes the waits between looks longer and builds no queue. First looks go before all others.

use serde::Serialize;
use waygate_carriers::contract::SourceId;

use super::plan::{Budget, Plan, PlanSource};
use super::{HOUR_SECONDS, WEEK_HOURS, journey};
use crate::domain::policy::LookRow;

/// The share of a source's day that routine looks may use; `fetch/waits.rs` holds the gateway to the same.
const ROUTINE_SHARE_OF_DAY: f64 = 0.8;
/// Events of a number that is given: submitted, and its first verdict.
const EVENTS_OF_SUBMISSION: f64 = 2.0;
/// Leaves of a number that is given: its claim, and its first verdict.
const LEAVES_OF_SUBMISSION: f64 = 2.0;
const MICROSECONDS: f64 = 1e6;

/// What the plan comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// Everything that can be full, the fullest first.
    pub resources: Vec<Resource>,
    /// How the sources are asked.
    pub sources: Vec<SourceFound>,
    /// Parcels whose source is still asked, at the end.
    pub parcels_open: f64,
    /// Answers, on an average day.
    pub looks_a_day: f64,
    /// Events, on an average day.
    pub events_a_day: f64,
    /// Processes that the fullest hour needs, nothing held in reserve.
    pub replicas_needed: f64,
    /// Bytes by which the store grows in a week.
    pub store_bytes_a_week: f64,
    /// Bytes by which the evidence log grows in a week.
    pub log_bytes_a_week: f64,
}

/// Something that can be full.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Resource {
    /// Its name.
    pub name: String,
    /// What it bears, a second.
    pub bears: f64,
    /// What is asked of it in an average hour, a second.
    pub mean: f64,
    /// What is asked of it in the fullest hour, a second.
    pub peak: f64,
    /// The week of that hour, from 1.
    pub peak_week: usize,
    /// Hours in which more is asked of it than it bears.
    pub full_hours: usize,
    /// Parcels a week from which on it is full in its fullest hour.
    pub full_from: f64,
}

/// How one source is asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceFound {
    /// Which one.
    pub id: SourceId,
    /// Looks that the policy wants, over all weeks.
    pub wanted: f64,
    /// Looks that the budget allows of these.
    pub asked: f64,
    /// How many times as long as the policy wants it is from look to look, on average.
    pub stretch: f64,
    /// Longest wait for a first look, in hours.
    pub first_look_hours: f64,
}

/// One hour of one source.
struct Hour {
    wanted: f64,
    asked: f64,
    /// First looks that wait at its end.
    waiting: f64,
}

/// Runs a plan. `budgets` are those of its sources, in their order.
pub fn simulate(plan: &Plan, rows: &[LookRow], budgets: &[Budget]) -> Found {
    let arrivals = arrivals(plan);
    let hours = arrivals.len();
    let mut resources = Vec::new();
    let mut sources = Vec::new();
    let mut asked = vec![0.0; hours];
    let mut open = 0.0;
    for (source, budget) in plan.sources.iter().zip(budgets) {
        let rates = journey::looks_by_age(&plan.phases, rows, &budget.carrier);
        open += arrivals.iter().rev().take(rates.len()).sum::<f64>() * source.share;
        let run = source_hours(source, budget, &arrivals, &rates);
        for (hour, told) in run.iter().enumerate() {
            asked[hour] += told.asked;
        }
        let by_day = budget.looks_a_day.map_or(f64::INFINITY, |looks| looks / 24.0);
        let bears = budget.looks_an_hour.min(by_day) / HOUR_SECONDS;
        let wanted: Vec<f64> = run.iter().map(|hour| hour.wanted / HOUR_SECONDS).collect();
        resources.push(resource(plan, format!("source {}", source.id), bears, &wanted));
        sources.push(source_found(source, budget, &run));
    }

    let news = |hour: usize| asked[hour] * plan.used.changes_on_a_scan;
    let events = |hour: usize| arrivals[hour] * EVENTS_OF_SUBMISSION + news(hour);
    let per_second =
        |of: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..hours).map(|h| of(h) / HOUR_SECONDS).collect() };
    let cost = &plan.replica;
    let cpu = per_second(&|hour| {
        let deliveries = events(hour) * plan.used.webhooks;
        let micros = arrivals[hour] * (cost.submission_us + plan.used.reads * cost.read_us)
            + asked[hour] * cost.look_us
            + news(hour) * cost.news_us
            + deliveries * cost.delivery_us;
        micros / MICROSECONDS
    });
    let changes = per_second(&|hour| arrivals[hour] + asked[hour] + events(hour) * plan.used.webhooks);
    let leaves = per_second(&|hour| arrivals[hour] * LEAVES_OF_SUBMISSION + asked[hour] + news(hour));
    let cores = f64::from(plan.replicas) * f64::from(plan.replica.cores);
    resources.push(resource(plan, format!("processors of {} replicas", plan.replicas), cores, &cpu));
    resources.push(resource(plan, "store".to_owned(), plan.store.changes_a_second, &changes));
    resources.push(resource(plan, "log writer".to_owned(), plan.log.leaves_a_second, &leaves));
    let fullest = cpu.iter().copied().fold(0.0, f64::max);
    resources.sort_by(|a, b| (b.peak / b.bears).total_cmp(&(a.peak / a.bears)));

    let weeks = f64::from(plan.weeks);
    let total = |of: &dyn Fn(usize) -> f64| (0..hours).map(of).sum::<f64>();
    let (looks, told) = (asked.iter().sum::<f64>(), total(&events));
    let given: f64 = arrivals.iter().sum();
    let stored =
        looks * plan.store.answer_bytes + told * plan.store.event_bytes + given * plan.store.parcel_bytes;
    Found {
        resources,
        sources,
        parcels_open: open,
        looks_a_day: looks / (weeks * 7.0),
        events_a_day: told / (weeks * 7.0),
        replicas_needed: (fullest / f64::from(plan.replica.cores)).ceil().max(1.0),
        store_bytes_a_week: stored / weeks,
        log_bytes_a_week: leaves.iter().sum::<f64>() * HOUR_SECONDS * plan.log.leaf_bytes / weeks,
    }
}

/// Parcels by the hour in which they are given.
fn arrivals(plan: &Plan) -> Vec<f64> {
    let (days, hours): (f64, f64) = (plan.weekdays.iter().sum(), plan.hours.iter().sum());
    let of_week = |week: u32| {
        let factor = plan.sale.filter(|sale| sale.week == week).map_or(1.0, |sale| sale.factor);
        let of_day = move |day: f64| plan.hours.iter().map(move |hour| day / days * hour / hours);
        plan.weekdays.iter().copied().flat_map(of_day).map(move |share| share * factor * plan.parcels_a_week)
    };
    (1..=plan.weeks).flat_map(of_week).collect()
}

fn source_hours(source: &PlanSource, budget: &Budget, arrivals: &[f64], rates: &[f64]) -> Vec<Hour> {
    let (mut waiting, mut left) = (0.0_f64, budget.looks_a_day);
    let mut hours = Vec::with_capacity(arrivals.len());
    for now in 0..arrivals.len() {
        if now % 24 == 0 {
            left = budget.looks_a_day;
        }
        let given = arrivals[now] * source.share;
        let routine: f64 = rates
            .iter()
            .zip(arrivals[..=now].iter().rev())
            .map(|(rate, parcels)| rate * parcels * source.share)
            .sum();
        let room = left.unwrap_or(f64::INFINITY).min(budget.looks_an_hour);
        let first = (waiting + given).min(room);
        waiting += given - first;
        let kept = budget.looks_a_day.map_or(0.0, |looks| looks * (1.0 - ROUTINE_SHARE_OF_DAY));
        let for_routine = (room - first).min(left.map_or(f64::INFINITY, |left| left - first - kept)).max(0.0);
        let asked = first + routine.min(for_routine);
        left = left.map(|left| left - asked);
        hours.push(Hour { wanted: given + routine, asked, waiting });
    }
    hours
}

fn source_found(source: &PlanSource, budget: &Budget, run: &[Hour]) -> SourceFound {
    let wanted: f64 = run.iter().map(|hour| hour.wanted).sum();
    let asked: f64 = run.iter().map(|hour| hour.asked).sum();
    let an_hour =
        budget.looks_a_day.map_or(budget.looks_an_hour, |looks| budget.looks_an_hour.min(looks / 24.0));
    let longest = run.iter().map(|hour| hour.waiting).fold(0.0, f64::max);
    SourceFound {
        id: source.id.clone(),
        wanted,
        asked,
        stretch: if asked > 0.0 { wanted / asked } else { 1.0 },
        first_look_hours: longest / an_hour,
    }
}

fn resource(plan: &Plan, name: String, bears: f64, used: &[f64]) -> Resource {
    let (at, peak) = used
        .iter()
        .copied()
        .enumerate()
        .fold((0, 0.0), |most, (hour, used)| if used > most.1 { (hour, used) } else { most });
    #[expect(clippy::cast_precision_loss, reason = "some thousand hours")]
    let mean = used.iter().sum::<f64>() / used.len().max(1) as f64;
    Resource {
        name,
        bears,
        mean,
        peak,
        peak_week: at / WEEK_HOURS + 1,
        full_hours: used.iter().filter(|used| **used > bears).count(),
        full_from: if peak > 0.0 { plan.parcels_a_week * bears / peak } else { f64::INFINITY },
    }
}
