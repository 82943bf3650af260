//! The page that the seller names as proof must be the carrier's own. What it shows is never read: a false page makes
//! the claim suspicious, and false where the official source does not know the number either.

use crate::domain::conversation::words;
use crate::domain::verdict::page::{self, Page};
use crate::domain::verdict::{Case, Effect, Finding};

/// The check's id.
pub const ID: &str = "tracking-url";

const ASK: &str = "own-page";

/// An official domain passes, another is noted where the official source confirms the number.
pub fn check(case: &Case<'_>) -> Finding {
    let given = case.claim.tracking_url.as_deref().map_or("", str::trim);
    if given.is_empty() {
        return Finding::not_applicable(ID, "no page was given");
    }
    match page::read(case.channels, given) {
        Page::Unreadable => Finding::noted(ID, "what was given as a page is no web address")
            .seller("What you gave as a page is no web address.")
            .by("claim"),
        Page::Official(owners) => {
            let named = case.carrier();
            let fits = |owner: &&&_| {
                named.as_ref() == Some(**owner)
                    || case.identification.candidates.iter().any(|c| c.carrier == ***owner)
                    || (case.channels.is_postal(owner)
                        && named.as_ref().is_some_and(|n| case.channels.is_postal(n)))
            };
            match owners.iter().find(fits) {
                Some(owner) => Finding::pass(ID, format!("the page is on an official domain of {owner}"))
                    .seller("The page is the carrier's own.")
                    .by("claim"),
                None => elsewhere(case, "the page is another carrier's own"),
            }
        }
        Page::Aggregator(name) => elsewhere(
            case,
            &format!("the page is of {name}, which shows many carriers and is official for none"),
        ),
        Page::Other(host) => elsewhere(case, &format!("`{host}` is no official domain")),
        Page::Trick { how } => trick(case, &how),
    }
}

/// No official page, and no pretence: what the official source says decides.
fn elsewhere(case: &Case<'_>, what: &str) -> Finding {
    let evidence = case.evidence();
    if let Some((answer, _)) = evidence.ruling() {
        return Finding::noted(ID, format!("{what}; the official source confirms the number"))
            .seller("The page is not the carrier's own; the number counts alone.")
            .by("claim")
            .by(answer.name());
    }
    let finding = Finding::fail(
        ID,
        Effect::Suspicion,
        format!("{what}, and the official source does not confirm the number"),
    )
    .seller("The page that you gave is not the carrier's own.")
    .ask(words(ASK))
    .by("claim");
    match evidence.not_found() {
        Some(denied) => finding.by(denied.name()),
        None if case.awaits_answer => finding.until_asked(),
        None => finding,
    }
}

/// A page that pretends to be the carrier's.
fn trick(case: &Case<'_>, how: &str) -> Finding {
    let evidence = case.evidence();
    let denied = evidence.not_found().filter(|_| evidence.ruling().is_none());
    let (effect, and) = match denied {
        Some(_) => (Effect::Hard, ", and the official source does not know the number"),
        None => (Effect::Suspicion, ""),
    };
    let finding = Finding::fail(ID, effect, format!("the page pretends to be a carrier's: {how}{and}"))
        .seller("The page that you gave is not the carrier's.")
        .ask(words(ASK))
        .by("claim");
    denied.into_iter().fold(finding, |f, answer| f.by(answer.name()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use waygate_carriers::contract::FailureKind;

    use super::*;
    use crate::domain::verdict::samples::Sample;
    use crate::domain::verdict::{CheckOutcome, Outcome};

    fn with(sample: Sample, url: &str) -> Sample {
        sample.but(|s| s.claim.tracking_url = Some(url.to_owned()))
    }

    const ELSEWHERE: [&str; 4] = [
        "https://example.com/track",
        "https://t.17track.net/en#nums=1Z",
        "https://www.royalmail.com/track-your-item",
        "https://www.ups.ch/track",
    ];
    const TRICKS: [&str; 4] = [
        "https://ups.com.track-id.info",
        "https://ups-tracking.com",
        "https://ups.com@evil.example",
        "https://www.ups.com/go?url=https://evil.example",
    ];

    #[test]
    fn no_page_or_the_carrier_s_own_is_fine() {
        assert_eq!(Sample::on_its_way().check(check).outcome, CheckOutcome::NotApplicable);
        assert_eq!(with(Sample::on_its_way(), " ").check(check).outcome, CheckOutcome::NotApplicable);
        let own = with(Sample::new(), "https://www.ups.com/track?tracknum=1Z");
        assert_eq!(own.check(check).outcome, CheckOutcome::Pass);
        assert_eq!(own.judge().verdict, Outcome::Pending);
        assert_eq!(with(Sample::on_its_way(), "see below").judge().verdict, Outcome::Verified);
    }

    #[test]
    fn another_page_is_noted_where_the_source_confirms_the_number_and_suspicious_where_not() {
        for url in ELSEWHERE {
            let confirmed = with(Sample::on_its_way(), url);
            assert!(confirmed.check(check).reason.starts_with("noted"), "{url}");
            assert_eq!(confirmed.judge().verdict, Outcome::Verified, "{url}");
            let unconfirmed = with(Sample::new(), url);
            assert_eq!(unconfirmed.judge().verdict, Outcome::Suspicious, "{url}");
            let denied = with(Sample::new().not_found("2026-03-02T19:00:00Z"), url);
            assert_eq!(denied.judge().verdict, Outcome::Suspicious, "{url}");
        }
    }

    #[test]
    fn another_page_waits_for_the_first_answer_where_one_is_on_its_way() {
        let waiting = with(Sample::new(), ELSEWHERE[0]).but(|s| s.awaits_answer = true);
        assert_eq!(waiting.judge().verdict, Outcome::Pending);
        let outage = waiting.clone().failing("2026-03-02T19:00:00Z", FailureKind::Unavailable);
        assert_eq!(outage.judge().verdict, Outcome::Pending, "an outage speaks against nobody");
        assert_eq!(waiting.not_found("2026-03-02T19:00:00Z").judge().verdict, Outcome::Suspicious);
    }

    #[test]
    fn a_trick_is_suspicious_and_false_where_the_source_does_not_know_the_number() {
        for url in TRICKS {
            assert_eq!(with(Sample::on_its_way(), url).judge().verdict, Outcome::Suspicious, "{url}");
            assert_eq!(with(Sample::new(), url).judge().verdict, Outcome::Suspicious, "{url}");
            let denied = with(Sample::new().not_found("2026-03-02T19:00:00Z"), url);
            assert_eq!(denied.judge().verdict, Outcome::Rejected, "{url}");
        }
        let named = with(Sample::on_its_way(), ELSEWHERE[1]).check(check);
        assert!(named.reason.contains("17TRACK"), "{}", named.reason);
    }
}
