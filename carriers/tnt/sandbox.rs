//! TNT's side of the wire, written from the schema of ExpressConnect Tracking 3.1 (read 2026-11-23) and from answers
//! that others recorded. Shares nothing with the parser.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::Offset;

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxPlace, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// TNT, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(Tnt)
}

struct Tnt;

impl Sandbox for Tnt {
    fn source(&self) -> &'static str {
        "tnt.expressconnect"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        let basic = format!("Basic {}", STANDARD.encode("sandbox-username:sandbox-password"));
        if request.header("authorization") != Some(basic.as_str()) {
            return self.refuse(Refusal::Unauthorized);
        }
        let form: Vec<_> = url::form_urlencoded::parse(&request.body).collect();
        let document = form.iter().find(|(name, _)| name == "xml_in").map(|(_, value)| value.as_ref());
        let Some(document) = document.filter(|d| request.method == "POST" && d.contains("<TrackRequest"))
        else {
            return xml(200, "<parse_error><error_reason>No request found</error_reason></parse_error>");
        };
        let mut consignments = String::new();
        for number in document.split("<ConsignmentNumber>").skip(1).filter_map(|rest| rest.split('<').next())
        {
            let told = world.parcel(number).and_then(|parcel| consignment(parcel, world.now()));
            consignments += &told.unwrap_or_else(|| {
                format!(
                    "<Consignment access=\"public\"><ConsignmentNumber>{number}</ConsignmentNumber>\
                     <SummaryCode>CNF</SummaryCode></Consignment>"
                )
            });
        }
        xml(200, &format!("<TrackResponse>{consignments}</TrackResponse>"))
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        let error = "<TrackResponse><Error><Code>9000</Code>\
                     <Message><![CDATA[Unauthorized Access]]></Message></Error></TrackResponse>";
        match refusal {
            Refusal::RateLimited => html(429, "Too Many Requests"),
            Refusal::Unavailable => html(503, "Service Unavailable"),
            Refusal::Unauthorized => xml(200, error),
        }
    }
}

fn xml(status: u16, document: &str) -> SandboxResponse {
    let body = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>{document}").into_bytes();
    SandboxResponse { status, content_type: "text/xml; charset=utf-8", body }
}

/// What stands in front of TNT answers with a page.
fn html(status: u16, title: &str) -> SandboxResponse {
    let body = format!("<html><head><title>{title}</title></head><body>{title}</body></html>").into_bytes();
    SandboxResponse { status, content_type: "text/html", body }
}

/// Code (not told of every event), wording, and what the summary then is. No event is known for the rest.
fn words(scan: Scan) -> Option<(Option<&'static str>, &'static str, &'static str)> {
    Some(match scan {
        Scan::PickedUp => (Some("CI"), "Received At Origin Depot.", "INT"),
        Scan::Departed => (Some("TR"), "Shipment In Transit.", "INT"),
        Scan::Arrived => (Some("IR"), "Received At TNT Location.", "INT"),
        Scan::Customs => (None, "Customs Clearance In Progress.", "INT"),
        Scan::CustomsCleared => (None, "Released By Customs.", "INT"),
        Scan::OutForDelivery => (Some("OD"), "Out For Delivery.", "INT"),
        Scan::Attempted => (None, "Customer Not Home. Follow Up Actions Underway", "EXC"),
        Scan::Delivered => (Some("OK"), "Shipment Delivered In Good Condition.", "DEL"),
        Scan::Damaged => (Some("CDB"), "Package Damaged. Repacked And Forwarded", "EXC"),
        Scan::Label
        | Scan::Voided
        | Scan::AtCounter
        | Scan::Returning
        | Scan::Returned
        | Scan::Lost
        | Scan::Notice => return None,
    })
}

fn depot(place: &SandboxPlace) -> String {
    place.city.chars().filter(char::is_ascii_alphanumeric).take(3).collect()
}

fn at(at: Timestamp, place: &SandboxPlace, format: &str) -> String {
    let clock = Offset::from_seconds(place.offset_minutes * 60).unwrap_or(Offset::UTC);
    clock.to_datetime(at).strftime(format).to_string()
}

fn country(element: &str, place: &SandboxPlace) -> String {
    let code = place.country.map(|c| c.to_string()).unwrap_or_default();
    format!("<{element}><CountryCode>{code}</CountryCode></{element}>")
}

fn consignment(parcel: &Parcel, now: Timestamp) -> Option<String> {
    let steps: Vec<&Step> = parcel.happened(now).collect();
    steps.first()?;
    let summary = steps.iter().rev().find_map(|s| words(s.scan)).map_or("INT", |(_, _, summary)| summary);
    let mut text = format!(
        "<Consignment access=\"public\"><ConsignmentNumber>{}</ConsignmentNumber><OriginDepot>{}</OriginDepot>\
         <OriginDepotName><![CDATA[ {} ]]></OriginDepotName>",
        parcel.tracking_number,
        depot(&parcel.origin),
        parcel.origin.city,
    );
    if let Some(step) = steps.iter().find(|s| s.scan == Scan::PickedUp) {
        let date = at(step.at, &step.place, "%Y%m%d");
        let _ = write!(text, "<CollectionDate format=\"YYYYMMDD\">{date}</CollectionDate>");
    }
    let _ = write!(text, "<DeliveryTown><![CDATA[{}]]></DeliveryTown>", parcel.destination.city);
    if let Some(step) = steps.iter().rev().find(|s| s.scan == Scan::Delivered) {
        let (date, time) = (at(step.at, &step.place, "%Y%m%d"), at(step.at, &step.place, "%H%M"));
        let signatory = parcel.signed_by.as_deref().unwrap_or_default();
        let _ = write!(
            text,
            "<DeliveryDate format=\"YYYYMMDD\">{date}</DeliveryDate><DeliveryTime format=\"HHMM\">{time}</DeliveryTime>\
             <Signatory><![CDATA[{signatory}]]></Signatory>"
        );
    }
    let _ = write!(
        text,
        "<SummaryCode>{summary}</SummaryCode>{}{}<PieceQuantity>1</PieceQuantity>",
        country("DestinationCountry", &parcel.destination),
        country("OriginCountry", &parcel.origin),
    );
    for step in steps.iter().rev() {
        let Some((code, wording, _)) = words(step.scan) else { continue };
        let code = code.map(|code| format!("<StatusCode>{code}</StatusCode>")).unwrap_or_default();
        let _ = write!(
            text,
            "<StatusData>{code}<StatusDescription><![CDATA[{wording}]]></StatusDescription>\
             <LocalEventDate format=\"YYYYMMDD\">{}</LocalEventDate>\
             <LocalEventTime format=\"HHMM\">{}</LocalEventTime>\
             <Depot>{}</Depot><DepotName><![CDATA[ {} ]]></DepotName></StatusData>",
            at(step.at, &step.place, "%Y%m%d"),
            at(step.at, &step.place, "%H%M"),
            depot(&step.place),
            step.place.city,
        );
    }
    let weight = f64::from(parcel.weight_grams) / 1000.0;
    let _ = write!(
        text,
        "<PackageSummary><NumberOfPieces>1</NumberOfPieces><Weight units=\"kgs\">{weight:.3}</Weight></PackageSummary>\
         <ShipmentSummary><Service><![CDATA[{}]]></Service></ShipmentSummary></Consignment>",
        parcel.service
    );
    Some(text)
}
