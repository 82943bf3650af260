//! The service should be what the buyer chose and paid for. Names of services are words, so they are only noted; another
//! sort of carrier than the platform's own delivery is a person's to look at.

use super::not_known_yet;
use crate::domain::channels::ChannelKind;
use crate::domain::conversation;
use crate::domain::order::ShippingMethod;
use crate::domain::verdict::{Case, Effect, Finding};

/// The check's id.
pub const ID: &str = "service-method";

/// The method against the carrier, and against the service that the source names.
pub fn check(case: &Case<'_>) -> Finding {
    let Some(method) = case.order.method else {
        return Finding::not_applicable(ID, "no shipping method was chosen").by("order");
    };
    let Some(channel) = case.carrier().and_then(|id| case.channels.get(&id)) else {
        return Finding::not_applicable(ID, "the carrier is not recognized").by("claim");
    };
    if method == ShippingMethod::OnlineDelivery {
        return by_channel(channel.kind).by("order").by("claim");
    }
    let Some(journey) = case.journey() else { return not_known_yet(ID) };
    let Some(service) = journey.tracking.service.as_deref() else {
        return Finding::unknown(ID, "the source does not name the service")
            .seller("The carrier does not name the service.")
            .by(journey.answer.name());
    };
    let name = words(service);
    let has = |list: &[String]| list.iter().any(|word| name.contains(&format!(" {word} ")));
    let rows = &case.policy.service;
    let slow = has(&rows.economy) && !has(&rows.express);
    let finding = if has(&rows.letter) && !has(&rows.express) {
        Finding::noted(ID, format!("`{service}` is a service for letters, and goods were sold"))
            .seller("The service looks like one for letters.")
    } else if method == ShippingMethod::Express && slow {
        Finding::noted(ID, format!("`{service}` is a slow service, and the buyer chose express"))
            .seller("The service looks slower than what the buyer chose.")
    } else {
        Finding::pass(ID, format!("nothing speaks against `{service}` for the method that the buyer chose"))
            .seller("The service fits the order.")
    };
    finding.by("order").by(journey.answer.name())
}

/// The platform's own delivery, which hands parcels on to posts.
fn by_channel(kind: ChannelKind) -> Finding {
    match kind {
        ChannelKind::Platform => Finding::pass(ID, "the platform's own delivery, as the buyer chose")
            .seller("The carrier fits the method that the buyer chose."),
        ChannelKind::Postal => Finding::noted(
            ID,
            "a post instead of the platform's own delivery, which hands parcels on to posts under their numbers",
        )
        .seller("The carrier fits the method that the buyer chose."),
        ChannelKind::Courier => {
            Finding::fail(ID, Effect::Suspicion, "a courier instead of the platform's own delivery")
                .seller("The buyer chose the platform's own delivery, and this is another carrier.")
                .ask(conversation::words("say-method"))
        }
    }
}

/// Words in capitals between single spaces, with one before and behind.
fn words(text: &str) -> String {
    let mut name = String::from(" ");
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        name.extend(word.chars().flat_map(char::to_uppercase));
        name.push(' ');
    }
    name
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::verdict::samples::Sample;
    use crate::domain::verdict::{CheckOutcome, Outcome};

    fn chosen(method: ShippingMethod, service: &str) -> Sample {
        Sample::on_its_way()
            .but(|s| s.order.method = Some(method))
            .told(|t| t.service = Some(service.to_owned()))
    }

    #[test]
    fn a_slow_or_a_letter_service_is_noted_and_nothing_more() {
        use ShippingMethod::{Express, Standard};
        for (method, service, noted) in [
            (Express, "UPS Worldwide Express Saver", false),
            (Express, "UPS Ground", false),
            (Express, "UPS Mail Innovations Economy", true),
            (Express, "International Economy", true),
            (Standard, "International Economy", false),
            (Standard, "First-Class Package", false),
            (Standard, "Large Letter", true),
            (Express, "Document Express", false),
            (Standard, "Newsletterbox", false),
        ] {
            let sample = chosen(method, service);
            assert_eq!(sample.check(check).reason.starts_with("noted"), noted, "{service}");
            assert_eq!(sample.judge().verdict, Outcome::Verified, "{service}");
        }
    }

    #[test]
    fn the_platform_s_own_delivery_needs_its_own_carrier() {
        assert_eq!(chosen(ShippingMethod::OnlineDelivery, "x").judge().verdict, Outcome::Suspicious);
        for name in ["online_delivery", "china_post"] {
            let sample =
                chosen(ShippingMethod::OnlineDelivery, "x").but(|s| s.claim.carrier = name.to_owned());
            assert_eq!(sample.check(check).outcome, CheckOutcome::Pass, "{name}");
        }
    }

    #[test]
    fn nothing_chosen_or_nothing_named_says_nothing() {
        let silent = chosen(ShippingMethod::Express, "x").told(|t| t.service = None);
        assert_eq!(silent.check(check).outcome, CheckOutcome::Unknown);
        assert_eq!(silent.judge().verdict, Outcome::Verified);
        let free = chosen(ShippingMethod::Express, "Letter").but(|s| s.order.method = None);
        assert_eq!(free.check(check).outcome, CheckOutcome::NotApplicable);
    }
}
