//! `waygate capacity`: the plan that is built in, another, and rubbish.

use super::run;

#[test]
fn the_plan_that_is_built_in_says_what_is_full_first() {
    let ran = run(&["capacity"], b"");
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (Some(1), ""),
        "free quotas do not bear a million parcels a week"
    );
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("1 million parcels a week for 8 weeks, 2 replicas: "), "{}", ran.out);
    assert!(lines[5].starts_with("| source dhl.unified | 0.0029 |"), "{}", ran.out);
}

#[test]
fn without_the_sources_budgets_two_replicas_bear_a_million_parcels_a_week() {
    let ran = run(&["capacity", "--boundless", "--json"], b"");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let told = &ran.lines()[0];
    assert_eq!((&told["parcels_a_week"], &told["replicas"]), (&1e6.into(), &2.into()));
    assert_eq!(told["found"]["replicas_needed"], 1.0);
}

#[test]
fn a_plan_from_stdin_holds_and_one_that_cannot_be_is_refused() {
    let plan = include_str!("../../../config/capacity.toml");
    let other = plan.replace("parcels_a_week = 1_000_000", "parcels_a_week = 10");
    let ran = run(&["capacity", "-"], other.as_bytes());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let impossible = plan.replace("weeks = 8", "weeks = 800");
    assert!(run(&["capacity", "-"], impossible.as_bytes()).wrong().contains("`weeks` is 1 to 104"));
    assert!(run(&["capacity", "-"], b"weeks = ").wrong().contains("TOML"));
    assert!(run(&["capacity", "--parcels", "nan"], b"").wrong().contains("parcels_a_week"));
    assert!(run(&["capacity", "no-such-file.toml"], b"").wrong().contains("no-such-file.toml"));
}
