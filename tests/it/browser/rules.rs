//! Rules that every page keeps: nothing inline, nothing from elsewhere, readable colours, files with their versions.

use std::collections::BTreeMap;

use http::{StatusCode, header};

use super::house::{House, order, shipment};

#[tokio::test]
async fn no_page_has_an_inline_style_or_script_or_anything_from_elsewhere() {
    let house = House::new(true);
    house.register(order("A-1", "s-1")).await;
    house.ship(shipment("A-1"), 1).await;
    let locked = House::new(false);
    let pages = [
        house.ask("GET", "/", None).await,
        house.ask("GET", "/?order=A-1", None).await,
        house.ask("GET", "/?order=NONE", None).await,
        house.ask("GET", "/fragment/live?order=A-1", None).await,
        locked.ask("GET", "/", None).await,
    ];
    for seen in pages {
        let policy = seen.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(seen.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        let tags = seen.text.split('<').skip(1).map(|rest| rest.split('>').next().unwrap());
        for tag in tags {
            let name = tag.split_whitespace().next().unwrap_or_default();
            assert!(!tag.contains(" style=") && name != "style", "{tag}");
            assert!(name != "script" || tag.contains("src=\"/assets/"), "{tag}");
            assert!(!tag.contains(" on"), "no handler in the markup: {tag}");
            let loads = name == "link" || name == "script" || name == "img" || name == "iframe";
            assert!(!loads || tag.contains("=\"/assets/"), "{tag}");
            assert!(!tag.contains("javascript:"), "{tag}");
        }
    }
}

#[tokio::test]
async fn the_pages_files_have_their_kinds_and_are_not_sent_twice() {
    let house = House::new(false);
    let page = House::new(true).page("/").await;
    for (name, kind) in
        [("page.css", "text/css"), ("page.js", "text/javascript"), ("icon.svg", "image/svg+xml")]
    {
        let beginning = page.find(&format!("/assets/{name}?v=")).expect(name);
        let address = page[beginning..].split('"').next().unwrap();
        let seen = house.ask("GET", address, None).await;
        assert_eq!(seen.status, StatusCode::OK, "no key is needed for {address}");
        assert!(seen.header(header::CONTENT_TYPE).starts_with(kind));
        let version = address.split("?v=").nth(1).unwrap();
        let etag = seen.header(header::ETAG).to_owned();
        assert_eq!(etag, format!("\"{version}\""), "the address changes with the content");
        assert!(house.has(address, &etag).await, "{address}");
        assert!(!house.has(address, "\"another\"").await, "{address}");
    }
    assert_eq!(house.ask("GET", "/assets/none.js", None).await.status, StatusCode::NOT_FOUND);
}

/// A browser sends Basic credentials along with whatever any site makes it post.
#[tokio::test]
async fn a_browsers_credentials_change_nothing() {
    let house = House::new(false);
    house.register(order("A-1", "s-1")).await;
    let key = house.key(&[waygate::store::Scope::Operator], None).await;
    assert_eq!(house.ask("GET", "/v1/orders/A-1", Some(&key)).await.status, StatusCode::OK);
    let receipt = house.ask("POST", "/v1/orders/A-1/receipt", Some(&key)).await;
    assert_eq!(receipt.status, StatusCode::UNAUTHORIZED);
}

/// WCAG 2.2, "relative luminance" and "contrast ratio".
fn luminance(colour: &str) -> f64 {
    let digits = colour.strip_prefix('#').unwrap();
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&digits[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn colours(block: &str) -> BTreeMap<&str, &str> {
    let lines = block.split(';').filter_map(|line| line.trim().rsplit_once("--")?.1.split_once(": "));
    lines.filter(|(_, value)| value.starts_with('#')).collect()
}

#[test]
fn every_text_can_be_read_on_its_ground_by_light_and_by_dark() {
    let style = include_str!("../../../src/http/pages/assets/page.css");
    let blocks: Vec<&str> =
        style.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
    assert_eq!(blocks.len(), 2, "light and dark");
    for block in blocks {
        let of = colours(block);
        let signs = ["good", "wait", "warn", "bad", "dim", "none"];
        let on_own = signs.map(|name| (name, format!("{name}-bg")));
        let own = on_own.iter().map(|(text, ground)| (*text, ground.as_str()));
        let plain = ["ink", "quiet", "accent"].into_iter().chain(signs);
        let everywhere = plain.flat_map(|text| ["card", "ground"].map(|ground| (text, ground)));
        let soft =
            [("ink", "soft"), ("quiet", "soft"), ("accent", "soft"), ("ink", "bad-bg"), ("quiet", "bad-bg")];
        for (text, ground) in own.chain(everywhere).chain(soft) {
            let ratio = contrast(of[text], of[ground]);
            assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
        }
    }
}
