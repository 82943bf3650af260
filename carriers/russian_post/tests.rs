//! Russian Post, beyond the list of tests that every source has (`suite.rs`).

use crate::contract::{Content, Method, Status, StatusTable};
use crate::trial::{ask, read, source};

const SOURCE: &str = "russian_post.rtm34";
const NUMBER: &str = "00000000000017";

const DELIVERED: &str = include_str!("fixtures/delivered.xml");

#[test]
fn asks_as_documented() {
    let request = source(SOURCE).request(&ask("russian_post", "000</data:Barcode>17"));
    assert_eq!((request.method, request.path.as_str()), (Method::Post, "/rtm34"));
    assert_eq!((request.query, request.headers), (Vec::new(), Vec::new()));
    let Content::Xml { content_type, document } = request.content else { panic!("XML") };
    assert_eq!(content_type, "application/soap+xml; charset=utf-8");
    assert_eq!(
        document.to_string(),
        "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:oper=\"http://russianpost.org/operationhistory\" \
         xmlns:data=\"http://russianpost.org/operationhistory/data\" \
         xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Header/><soap:Body>\
         <oper:getOperationHistory><data:OperationHistoryRequest><data:Barcode>000dataBarcode17</data:Barcode>\
         <data:MessageType>0</data:MessageType><data:Language>ENG</data:Language>\
         </data:OperationHistoryRequest><data:AuthorizationHeader soapenv:mustUnderstand=\"1\">\
         <data:login>{login}</data:login><data:password>{password}</data:password></data:AuthorizationHeader>\
         </oper:getOperationHistory></soap:Body></soap:Envelope>"
    );
}

#[test]
fn the_wall_clock_is_kept_and_moscows_offset_proves_nothing() {
    let readings = read(SOURCE, 200, DELIVERED.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found");
    assert_eq!((tracking.status, tracking.delivered_at), (Status::Delivered, None));
    assert!(tracking.checkpoints.iter().all(|c| c.time.is_none()));
    let local = tracking.checkpoints[0].local_time.map(|t| t.to_string());
    assert_eq!(local.as_deref(), Some("2026-02-25T17:00:00"));
}

#[test]
fn the_attribute_tells_a_delivery_from_a_return() {
    let status = |attribute: &str| {
        let at = DELIVERED.rfind("<ns3:OperAttr><ns3:Id>1<").expect("the last operation");
        let (before, last) = DELIVERED.split_at(at);
        let last = last.replacen("<ns3:Id>1<", &format!("<ns3:Id>{attribute}<"), 1);
        let readings = read(SOURCE, 200, format!("{before}{last}").as_bytes(), Some(NUMBER));
        let tracking = readings[0].tracking().expect("found");
        (tracking.status, tracking.status_code.clone().unwrap_or_default())
    };
    assert_eq!(status("1"), (Status::Delivered, "2/1".to_owned()));
    assert_eq!(status("2"), (Status::Returned, "2/2".to_owned()));
    assert_eq!(status("12"), (Status::Delivered, "2/12".to_owned()));
}

#[test]
fn names_are_never_kept() {
    let user =
        "<ns3:UserParameters><ns3:Rcpn>A NAME</ns3:Rcpn><ns3:Sndr>A NAME</ns3:Sndr></ns3:UserParameters>";
    let body = DELIVERED.replace("<ns3:UserParameters/>", user);
    let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
    assert_eq!(readings[0].outcome(), "found");
    assert!(!format!("{readings:?}").contains("A NAME"));
}

#[test]
fn every_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("russian_post/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in ["oper_type", "oper_type_attr"] {
        assert!(table.has_namespace(namespace), "{namespace}");
    }
}
