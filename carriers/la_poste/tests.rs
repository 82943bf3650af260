//! La Poste, beyond the list of tests that every source has (`suite.rs`).

use crate::contract::{Fault, Status, StatusTable};
use crate::trial::read;

const SOURCE: &str = "la_poste.suivi";
const NUMBER: &str = "EW990000054FR";

const IN_TRANSIT: &str = include_str!("fixtures/in_transit_single_object.json");
const RETURNED: &str = include_str!("fixtures/returned.json");

#[test]
fn the_label_tells_what_a_neutral_code_does_not() {
    let status = |code: &str, label: &str| {
        let body = IN_TRANSIT
            .replacen("\"ET2\"", &format!("\"{code}\""), 1)
            .replace("prêt à quitter le territoire d’expédition.", label);
        let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
        let newest = readings[0].tracking().expect("found").checkpoints[0].clone();
        (newest.status, newest.fault)
    };
    // ET1 is processing in France, whatever some programs take it for.
    assert_eq!(status("ET1", "en cours de traitement."), (Status::InTransit, None));
    assert_eq!(status("ET1", "Incident lors de la livraison."), (Status::Exception, None));
    assert_eq!(status("MD2", "colis refusé"), (Status::Exception, Some(Fault::Recipient)));
    assert_eq!(status("MD2", "mis en livraison."), (Status::OutForDelivery, None));
    assert_eq!(status("MD2", "préparé sur le site de livraison."), (Status::InTransit, None));
    assert_eq!(status("DI1", "livré contre refus"), (Status::Delivered, None));
    assert_eq!(status("ZZ9", "livré"), (Status::Unknown, None));
}

#[test]
fn what_is_final_may_be_back_with_the_sender() {
    let readings = read(SOURCE, 200, RETURNED.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found");
    assert_eq!((tracking.status, tracking.delivered_at), (Status::Returned, None));
}

#[test]
fn the_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("la_poste/statuses.toml", include_str!("statuses.toml"));
    assert!(table.unwrap_or_else(|e| panic!("{e}")).has_namespace("event_code"));
}
