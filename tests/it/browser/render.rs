//! What the page shows, and to whom.

use http::{StatusCode, header};
use waygate::store::Scope;
use waygate_carriers::contract::Reading;

use super::house::{House, order, scan, shipment};

#[tokio::test]
async fn without_a_key_the_page_asks_for_one_in_words_and_shows_nothing() {
    let house = House::new(false);
    house.register(order("A-1", "s-1")).await;
    for path in ["/", "/?order=A-1", "/fragment/live", "/fragment/live?order=A-1"] {
        for authorization in
            [None, Some("Basic YW55b25lOndnX2xpdmVfd3Jvbmc="), Some("Basic !"), Some("Bearer x")]
        {
            let seen = house.ask("GET", path, authorization).await;
            assert_eq!(seen.status, StatusCode::UNAUTHORIZED, "{path}");
            assert!(seen.header(header::WWW_AUTHENTICATE).starts_with("Basic realm=\"Waygate\""));
            assert!(seen.header(header::CONTENT_TYPE).starts_with("text/html"));
            assert!(seen.text.contains("needs a key") && !seen.text.contains("A-1"), "{path}");
        }
    }
}

#[tokio::test]
async fn each_scope_opens_the_page_and_where_it_is_open_no_key_is_asked() {
    let house = House::new(false);
    house.register(order("A-1", "s-1")).await;
    let mut keys = Vec::new();
    for scope in [Scope::Arbiter, Scope::Operator, Scope::OrderSystem] {
        keys.push((scope, house.key(&[scope], None).await));
    }
    for (scope, key) in keys {
        let seen = house.ask("GET", "/", Some(&key)).await;
        assert_eq!(seen.status, StatusCode::OK);
        assert_eq!(seen.header(header::CACHE_CONTROL), "no-store");
        assert!(seen.text.contains("A-1") && seen.text.contains("key"), "{scope:?}");
    }
    let open = House::new(true);
    open.register(order("A-1", "s-1")).await;
    assert!(open.page("/").await.contains("A-1"));
}

#[tokio::test]
async fn a_seller_sees_its_own_orders_and_no_trace_of_others() {
    let house = House::new(false);
    house.endpoint("https://hooks.example/in?token=hidden").await;
    for (id, seller) in [("MINE-1", "s-1"), ("THEIRS-1", "s-2")] {
        house.register(order(id, seller)).await;
        house.ship(shipment(id), 2).await;
    }
    let seller = house.key(&[Scope::Seller], Some("s-1")).await;
    let nobody = house.key(&[Scope::Seller], None).await;
    let list = house.ask("GET", "/", Some(&seller)).await.text;
    assert!(list.contains("MINE-1") && list.contains("tracking.updated") && !list.contains("THEIRS-1"));
    assert!(!list.contains("s-2"));
    let theirs = house.ask("GET", "/?order=THEIRS-1", Some(&seller)).await;
    let nobodys = house.ask("GET", "/?order=NOBODYS-1", Some(&seller)).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    assert_eq!(
        theirs.text.replace("THEIRS", ""),
        nobodys.text.replace("NOBODYS", ""),
        "as if it were not there"
    );
    let nobodys = house.ask("GET", "/", Some(&nobody)).await;
    assert_eq!(nobodys.status, StatusCode::OK);
    assert!(!nobodys.text.contains("MINE-1") && nobodys.text.contains("No orders yet"));
}

#[tokio::test]
async fn a_seller_is_told_roughly_why_and_an_arbiter_exactly_and_of_the_other_orders() {
    let house = House::new(false);
    for (id, seller) in [("MINE-1", "s-1"), ("THEIRS-1", "s-2")] {
        house.register(order(id, seller)).await;
        house.ship(shipment(id), 1).await;
    }
    let seller = house.key(&[Scope::Seller], Some("s-1")).await;
    let arbiter = house.key(&[Scope::Arbiter], None).await;
    let told = house.ask("GET", "/?order=MINE-1", Some(&seller)).await.text;
    assert!(told.contains("roughly why") && !told.contains("exactly why") && !told.contains("THEIRS-1"));
    let told = house.ask("GET", "/?order=MINE-1", Some(&arbiter)).await.text;
    assert!(told.contains("exactly why") && !told.contains("roughly why"));
    assert!(told.contains("The same number on other orders") && told.contains("THEIRS-1"));
}

#[tokio::test]
async fn the_case_tells_the_failed_check_first_and_marks_what_differs() {
    let house = House::new(true);
    house.register(order("A-1", "s-1")).await;
    house.ship(shipment("A-1"), 1).await;
    let page = house.page("/?order=A-1").await;
    let reasons = &page[page.find("Reasons").unwrap()..];
    let places =
        ["destination-country", "physical-scan", "known-to-source"].map(|id| reasons.find(id).unwrap());
    assert!(places.is_sorted(), "{places:?}");
    assert!(page.contains("Give the number of this order&#39;s parcel."));
    for (fact, both) in [("Destination", "O******, US 94***"), ("Weight", "5.00 kg")] {
        let row = page.split("<tr data-key").find(|row| row.starts_with(&format!("=\"{fact}\""))).unwrap();
        assert!(row.contains("differs") && row.contains(both), "{row}");
    }
    assert!(page.contains("UTC+01:00"), "local time with its offset");
}

#[tokio::test]
async fn markup_in_what_others_wrote_is_shown_as_text() {
    const EVIL: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    let house = House::new(true);
    let mut evil = order(&format!("A-{EVIL}"), EVIL);
    evil.buyer = Some(EVIL.to_owned());
    evil.ship_to.city = Some(EVIL.to_owned());
    let id = evil.id.clone();
    house.register(evil).await;
    let mut parcel = shipment(&id);
    parcel.input = EVIL.to_owned();
    parcel.claim.carrier = EVIL.to_owned();
    parcel.carrier = None;
    parcel.next_look_why = Some(EVIL.to_owned());
    if let Some(Reading::Found(tracking)) = &mut parcel.tracking {
        tracking.service = Some(EVIL.to_owned());
        tracking.notes = vec![EVIL.to_owned()];
        tracking.proof_of_delivery.as_mut().unwrap().signed_by = Some(EVIL.to_owned());
        let mut evil = scan("2026-03-08T10:00:00Z", EVIL);
        evil.code = Some(EVIL.to_owned());
        evil.place.as_mut().unwrap().city = Some(EVIL.to_owned());
        tracking.checkpoints.push(evil);
    }
    if let Some(verdict) = &mut parcel.verdict {
        verdict.ask_seller = vec![EVIL.to_owned()];
        verdict.checks[0].reason = EVIL.to_owned();
        verdict.checks[0].id = EVIL.to_owned();
    }
    house.ship(parcel, 1).await;
    let encoded: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    for path in
        ["/".to_owned(), format!("/?order={encoded}"), "/?order=%3Cscript%3Ealert(1)%3C/script%3E".to_owned()]
    {
        let page = house.ask("GET", &path, None).await.text;
        assert!(
            !page.contains("<script>") && !page.contains("<img") && page.contains("&#60;script&#62;"),
            "{path}"
        );
        assert!(!page.contains("\"'>"), "{path}");
    }
}

#[tokio::test]
async fn recipients_names_and_secrets_never_stand_in_a_page() {
    let house = House::new(true);
    house.endpoint("https://user:pass@hooks.example/in/path-token?token=query-token").await;
    house.register(order("A-1", "s-1")).await;
    house.ship(shipment("A-1"), 1).await;
    for path in ["/", "/?order=A-1", "/fragment/live?order=A-1"] {
        let page = house.page(path).await;
        for secret in ["SMITHSON", "Smithson", "path-token", "query-token", "pass@", "whsec_", "wg_live_"] {
            assert!(!page.contains(secret), "{secret} in {path}");
        }
        assert!(page.contains("hooks.example"));
    }
    assert_eq!(house.page("/?order=A-1").await.matches("S*******").count(), 2);
}

#[tokio::test]
async fn long_lists_are_cut_and_say_so() {
    let house = House::new(true);
    house.endpoint("https://hooks.example/in").await;
    for n in 0..201 {
        house.register(order(&format!("A-{n:03}"), "s-1")).await;
    }
    let mut parcel = shipment("A-000");
    if let Some(Reading::Found(tracking)) = &mut parcel.tracking {
        tracking.checkpoints = vec![scan("2026-03-08T10:00:00Z", "AGAIN"); 120];
    }
    house.ship(parcel, 60).await;
    let list = house.page("/").await;
    assert!(list.contains("The newest 200 orders are shown"));
    assert_eq!(list.matches("<tr data-key=\"A-").count(), 200);
    assert_eq!(list.matches("<tr data-key=\"evt_").count(), 50);
    assert!(list.contains("The newest are shown; older ones are at"));
    // The order that the list left out has its case all the same.
    let case = house.page("/?order=A-000").await;
    assert_eq!(case.matches("AGAIN").count(), 100);
    assert!(case.contains("20 older scans are not shown"));
}

#[tokio::test]
async fn what_is_not_there_yet_is_said_in_words() {
    let house = House::new(true);
    assert!(house.page("/").await.contains("No orders yet"));
    house.register(order("A-1", "s-1")).await;
    assert!(house.page("/?order=A-1").await.contains("The seller has not given a tracking number"));
    let mut parcel = shipment("A-1");
    (parcel.tracking, parcel.tracking_at, parcel.verdict, parcel.verdict_at) = (None, None, None, None);
    house.ship(parcel, 1).await;
    let page = house.page("/?order=A-1").await;
    assert!(page.contains("No verdict yet") && page.contains("has not been asked yet"));
    let mut parcel = shipment("A-1");
    if let Some(Reading::Found(tracking)) = &mut parcel.tracking {
        tracking.checkpoints.clear();
    }
    house.register(order("A-2", "s-1")).await;
    parcel.order = "A-2".to_owned();
    house.ship(parcel, 1).await;
    assert!(house.page("/?order=A-2").await.contains("A fresh label may take 24 h to show"));
    assert!(house.page("/").await.contains("Webhooks sent"));
}
