//! DHL's side of the wire of Parcel DE Tracking, as its reference has it, read 2026-11-23. Shares nothing with the parser.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZoneDatabase;

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Piece codes of one request, at most.
const CODES_MAX: usize = 15;

/// DHL Parcel DE, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(ParcelDe)
}

struct ParcelDe;

impl Sandbox for ParcelDe {
    fn source(&self) -> &'static str {
        "deutsche_post.parcel_de"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        if request.method != "GET" || request.path != "/parcel/de/tracking/v0/shipments" {
            return gateway(404, "Not Found");
        }
        let basic = format!("Basic {}", STANDARD.encode("sandbox-api_key:sandbox-api_secret"));
        if request.header("authorization") != Some(basic.as_str()) {
            return self.refuse(Refusal::Unauthorized);
        }
        let xml = request.field("xml").unwrap_or_default();
        let application = (attribute(xml, "appname"), attribute(xml, "password"));
        if application != (Some("sandbox-app_name"), Some("sandbox-app_password")) {
            return failed("5", "Login failed");
        }
        let codes: Vec<&str> = attribute(xml, "piece-code").unwrap_or_default().split(';').collect();
        if attribute(xml, "request") != Some("d-get-piece-detail") || codes.len() > CODES_MAX {
            return failed("2", "Invalid request");
        }
        let found: String = codes.iter().filter_map(|code| piece(world.parcel(code)?, world)).collect();
        if found.is_empty() {
            return failed("100", "No data found");
        }
        answer(200, list(&format!("code=\"0\" request-id=\"sandbox\">{found}</data>")))
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => gateway(429, "Too many requests"),
            Refusal::Unavailable => gateway(503, "Service Unavailable"),
            Refusal::Unauthorized => gateway(401, "Unauthorized"),
        }
    }
}

fn answer(status: u16, xml: String) -> SandboxResponse {
    SandboxResponse { status, content_type: "application/xml", body: xml.into_bytes() }
}

/// The gateway before the API speaks JSON.
fn gateway(status: u16, title: &str) -> SandboxResponse {
    let body = format!("{{\"title\":\"{title}\",\"status\":{status},\"detail\":\"{title}\"}}");
    SandboxResponse { status, content_type: "application/json", body: body.into_bytes() }
}

fn list(rest: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<data name=\"piece-shipment-list\" {rest}")
}

fn failed(code: &str, error: &str) -> SandboxResponse {
    answer(200, list(&format!("code=\"{code}\" error=\"{error}\" request-id=\"sandbox\"/>")))
}

/// An attribute's value as it stands in a text.
fn attribute<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    xml.split_once(&format!(" {name}=\""))?.1.split_once('"').map(|(value, _)| value)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// Standard code, ICE, text. There is none here for a voided label or a loss; what goes back is told by a flag.
fn words(scan: Scan) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match scan {
        Scan::Voided | Scan::CustomsCleared | Scan::Lost => return None,
        Scan::Label => ("VA", "", "The instruction data were transmitted electronically"),
        Scan::PickedUp => ("ES", "SHRCU", "The shipment was posted by the sender"),
        Scan::Departed => ("AA", "LDTMV", "The shipment was processed in the parcel center of origin"),
        Scan::Arrived => ("EE", "ULFMV", "The shipment has arrived in the region of destination"),
        Scan::Customs => ("ZO", "", "The shipment is with customs"),
        Scan::OutForDelivery => ("PO", "SRTED", "The shipment has been loaded onto the delivery vehicle"),
        Scan::Attempted => ("ZN", "NDELV", "The shipment could not be delivered"),
        Scan::AtCounter => ("LA", "", "The shipment is ready for pick-up at the retail outlet"),
        Scan::Delivered | Scan::Returned => ("ZU", "DLVRD", "The shipment has been delivered"),
        Scan::Returning => ("RT", "RTRND", "The shipment is being returned"),
        Scan::Damaged => ("BV", "", "The shipment was damaged"),
        Scan::Notice => ("DD", "", "The recipient has been informed"),
    })
}

/// All is told by the German clock.
fn event(step: &Step) -> Option<String> {
    let (code, ice, text) = words(step.scan)?;
    let zone = TimeZoneDatabase::bundled().get("Europe/Berlin").ok()?;
    let time = zone.to_datetime(step.at).strftime("%d.%m.%Y %H:%M");
    let country = step.place.country.map(|c| c.to_string()).unwrap_or_default();
    let country = if country == "DE" { "Germany" } else { &country };
    let back = matches!(step.scan, Scan::Returning | Scan::Returned);
    Some(format!(
        "<data name=\"piece-event\" event-timestamp=\"{time}\" event-status=\"{text}\" event-text=\"{text}\" \
         event-short-status=\"{text}\" ice=\"{ice}\" ric=\"OTHER\" event-location=\"{}\" \
         event-country=\"{country}\" standard-event-code=\"{code}\" ruecksendung=\"{back}\"/>",
        escaped(&step.place.city),
    ))
}

fn piece(parcel: &Parcel, world: &dyn World) -> Option<String> {
    let events: Vec<String> = parcel.happened(world.now()).filter_map(event).collect();
    let country = |place: &crate::contract::sandbox::SandboxPlace| {
        place.country.map(|c| c.to_string()).unwrap_or_default()
    };
    (!events.is_empty()).then(|| {
        format!(
            "<data name=\"piece-shipment\" error-status=\"0\" piece-code=\"{}\" product-name=\"{}\" \
             dest-country=\"{}\" origin-country=\"{}\" ruecksendung=\"false\">\
             <data name=\"piece-event-list\" ruecksendung=\"false\">{}</data></data>",
            escaped(&parcel.tracking_number),
            escaped(&parcel.service),
            country(&parcel.destination),
            country(&parcel.origin),
            events.concat(),
        )
    })
}
