//! Russian Post's side of the wire: the service of operation histories as documented, read 2026-11-23. Shares nothing with
//! the parser.

use jiff::tz::Offset;

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxPlace, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Russian Post, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(RussianPost)
}

struct RussianPost;

impl Sandbox for RussianPost {
    fn source(&self) -> &'static str {
        "russian_post.rtm34"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        let is_soap =
            request.header("content-type").is_some_and(|kind| kind.starts_with("application/soap+xml"));
        if request.method != "POST" || request.path != "/rtm34" || !is_soap {
            return page(415, "Unsupported Media Type");
        }
        let body = String::from_utf8_lossy(&request.body);
        let element = |name: &str| {
            body.split_once(&format!("<data:{name}>"))?
                .1
                .split_once(&format!("</data:{name}>"))
                .map(|(text, _)| text)
        };
        if (element("login"), element("password")) != (Some("sandbox-login"), Some("sandbox-password")) {
            return self.refuse(Refusal::Unauthorized);
        }
        if !matches!(element("Language"), Some("RUS" | "ENG")) {
            return fault("LanguageFault", "Language");
        }
        match element("Barcode").filter(|barcode| (13..=14).contains(&barcode.len())) {
            Some(barcode) => history(world.parcel(barcode), world),
            None => fault("OperationHistoryFault", "Barcode"),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => page(429, "Too Many Requests"),
            Refusal::Unavailable => page(503, "Service Unavailable"),
            Refusal::Unauthorized => fault("AuthorizationFault", "Login or password is wrong"),
        }
    }
}

fn page(status: u16, text: &str) -> SandboxResponse {
    let body = format!("<html><body><h1>{text}</h1></body></html>");
    SandboxResponse { status, content_type: "text/html", body: body.into_bytes() }
}

fn envelope(status: u16, content: &str) -> SandboxResponse {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<S:Envelope \
         xmlns:S=\"http://www.w3.org/2003/05/soap-envelope\"><S:Body>{content}</S:Body></S:Envelope>"
    );
    SandboxResponse { status, content_type: "application/soap+xml; charset=utf-8", body: body.into_bytes() }
}

/// A fault comes with 500, as SOAP has it.
fn fault(kind: &str, text: &str) -> SandboxResponse {
    envelope(
        500,
        &format!(
            "<S:Fault><S:Code><S:Value>S:Receiver</S:Value></S:Code><S:Reason><S:Text xml:lang=\"en\">{kind}</S:Text>\
             </S:Reason><S:Detail><ns3:{kind}Reason xmlns:ns3=\"http://russianpost.org/operationhistory/data\">{text}\
             </ns3:{kind}Reason></S:Detail></S:Fault>"
        ),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Type and attribute with their names. A voided label, damage and notices have none here.
fn words(scan: Scan) -> Option<(u8, &'static str, u8, &'static str)> {
    Some(match scan {
        Scan::Voided | Scan::Damaged | Scan::Notice => return None,
        Scan::Label => (28, "Identifier assigned", 1, "Without category"),
        Scan::PickedUp => (1, "Acceptance", 1, "Single"),
        Scan::Departed => (8, "Processing", 4, "Left the place of acceptance"),
        Scan::Arrived => (8, "Processing", 2, "Arrived at the place of delivery"),
        Scan::Customs => (11, "Handed over to customs", 0, ""),
        Scan::CustomsCleared => (8, "Processing", 0, "Sorting"),
        Scan::OutForDelivery => (8, "Processing", 9, "Left the sorting center"),
        Scan::Attempted => (12, "Unsuccessful delivery attempt", 1, "Addressee absent"),
        Scan::AtCounter => (6, "Storage", 1, "Poste restante"),
        Scan::Delivered => (2, "Delivery", 1, "To the addressee"),
        Scan::Returning => (3, "Return", 1, "Storage time is over"),
        Scan::Returned => (2, "Delivery", 2, "To the sender"),
        Scan::Lost => (18, "Registered as lost", 0, ""),
    })
}

fn code(place: &SandboxPlace) -> String {
    place.country.map(|c| c.to_string()).unwrap_or_default()
}

/// The time is the office's, written with Moscow's offset all the same.
fn record(parcel: &Parcel, step: &Step) -> Option<String> {
    let (kind, name, attribute, attribute_name) = words(step.scan)?;
    let clock = Offset::from_seconds(step.place.offset_minutes * 60).unwrap_or(Offset::UTC);
    let date = clock.to_datetime(step.at).strftime("%Y-%m-%dT%H:%M:%S.000+03:00");
    let address = |place: &SandboxPlace| {
        format!(
            "<d:Index>{}</d:Index><d:Description>{}</d:Description>",
            escaped(&place.postal_code),
            escaped(&place.city)
        )
    };
    Some(format!(
        "<d:historyRecord><d:AddressParameters><d:DestinationAddress>{}</d:DestinationAddress>\
         <d:OperationAddress>{}</d:OperationAddress><d:MailDirect><d:Code2A>{}</d:Code2A></d:MailDirect>\
         <d:CountryFrom><d:Code2A>{}</d:Code2A></d:CountryFrom>\
         <d:CountryOper><d:Code2A>{}</d:Code2A></d:CountryOper></d:AddressParameters><d:FinanceParameters/>\
         <d:ItemParameters><d:Barcode>{}</d:Barcode><d:ComplexItemName>{}</d:ComplexItemName><d:Mass>{}</d:Mass>\
         </d:ItemParameters><d:OperationParameters><d:OperType><d:Id>{kind}</d:Id><d:Name>{name}</d:Name></d:OperType>\
         <d:OperAttr><d:Id>{attribute}</d:Id><d:Name>{attribute_name}</d:Name></d:OperAttr>\
         <d:OperDate>{date}</d:OperDate></d:OperationParameters><d:UserParameters><d:Rcpn>{}</d:Rcpn>\
         </d:UserParameters></d:historyRecord>",
        address(&parcel.destination),
        address(&step.place),
        code(&parcel.destination),
        code(&parcel.origin),
        code(&step.place),
        escaped(&parcel.tracking_number),
        escaped(&parcel.service),
        parcel.weight_grams,
        escaped(parcel.signed_by.as_deref().unwrap_or_default()),
    ))
}

fn history(parcel: Option<&Parcel>, world: &dyn World) -> SandboxResponse {
    let records: String = parcel
        .into_iter()
        .flat_map(|parcel| parcel.happened(world.now()).filter_map(|step| record(parcel, step)))
        .collect();
    envelope(
        200,
        &format!(
            "<h:getOperationHistoryResponse xmlns:d=\"http://russianpost.org/operationhistory/data\" \
             xmlns:h=\"http://russianpost.org/operationhistory\"><d:OperationHistoryData>{records}\
             </d:OperationHistoryData></h:getOperationHistoryResponse>"
        ),
    )
}
