//! The side of the wire that USPS Web Tools had, written from recorded answers of TrackV2 (read 2026-11-23).

use jiff::tz::Offset;

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Web Tools, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(WebTools)
}

struct WebTools;

impl Sandbox for WebTools {
    fn source(&self) -> &'static str {
        "usps.web_tools"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        if request.path != "/ShippingAPI.dll" || request.field("API") != Some("TrackV2") {
            return error("80040B1A", "API Authorization failure.", "UspsCom::DoAuth");
        }
        let asked = request.field("XML").unwrap_or_default();
        let after = |mark: &str| Some(asked.split_once(mark)?.1.split_once('"')?.0);
        if after("USERID=\"") != Some("sandbox-user_id") {
            return self.refuse(Refusal::Unauthorized);
        }
        let (Some(number), true) = (after("<TrackID ID=\""), asked.contains("<Revision>1</Revision>")) else {
            return error("-2147219067", "The XML is not of the schema.", "XmlRequest");
        };
        let info = world.parcel(number).and_then(|parcel| info(parcel, world)).unwrap_or_else(|| {
            "<Error><Number>-2147219302</Number><Description>The Postal Service could not locate the tracking \
             information for your request.</Description><HelpFile/><HelpContext/></Error>"
                .to_owned()
        });
        let number = escaped(number);
        answer(200, &format!("<TrackResponse><TrackInfo ID=\"{number}\">{info}</TrackInfo></TrackResponse>"))
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => answer(429, "<html><body>Too Many Requests</body></html>"),
            Refusal::Unavailable => answer(503, "<html><body>Service Unavailable</body></html>"),
            Refusal::Unauthorized => error("80040B1A", "Authorization failure.", "USPSCOM::DoAuth"),
        }
    }
}

fn answer(status: u16, content: &str) -> SandboxResponse {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{content}");
    SandboxResponse { status, content_type: "text/xml", body: body.into_bytes() }
}

/// Errors come with 200.
fn error(number: &str, description: &str, source: &str) -> SandboxResponse {
    answer(
        200,
        &format!(
            "<Error><Number>{number}</Number><Description>{description}</Description><Source>{source}</Source></Error>"
        ),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Code and event. USPS tells nothing of a voided label.
fn words(scan: Scan) -> Option<(&'static str, &'static str)> {
    Some(match scan {
        Scan::Voided | Scan::Notice => return None,
        Scan::Label => ("GX", "Shipping Label Created, USPS Awaiting Item"),
        Scan::PickedUp => ("03", "Accepted at USPS Origin Facility"),
        Scan::Departed => ("SF", "Departed Post Office"),
        Scan::Arrived => ("10", "Arrived at USPS Regional Facility"),
        Scan::Customs => ("IC", "Inbound Into Customs"),
        Scan::CustomsCleared => ("B1", "Inbound Out of Customs"),
        Scan::OutForDelivery => ("OF", "Out for Delivery"),
        Scan::Attempted => ("02", "Notice Left (No Authorized Recipient Available)"),
        Scan::AtCounter => ("14", "Available for Pickup"),
        Scan::Delivered => ("01", "Delivered, Front Door/Porch"),
        Scan::Returning => ("29", "Return to Sender"),
        Scan::Returned => ("29", "Delivered, To Original Sender"),
        Scan::Damaged => ("DN", "Damaged in Transit"),
        Scan::Lost => ("DP", "Item Disposed of"),
    })
}

fn event(name: &str, step: &Step, signed_by: Option<&str>) -> Option<String> {
    let (code, event) = words(step.scan)?;
    let clock = Offset::from_seconds(step.place.offset_minutes * 60).unwrap_or(Offset::UTC);
    let local = clock.to_datetime(step.at);
    let place = &step.place;
    // The country is named only where it is not the United States.
    let country = place.country.map(|country| country.to_string()).filter(|country| country != "US");
    Some(format!(
        "<{name}><EventTime>{}</EventTime><EventDate>{}</EventDate><Event>{event}</Event><EventCity>{}</EventCity>\
         <EventState>{}</EventState><EventZIPCode>{}</EventZIPCode><EventCountry>{}</EventCountry><FirmName/>\
         <Name>{}</Name><AuthorizedAgent>false</AuthorizedAgent><EventCode>{code}</EventCode></{name}>",
        local.strftime("%-I:%M %P"),
        local.strftime("%B %-d, %Y"),
        escaped(&place.city),
        escaped(&place.region),
        escaped(&place.postal_code),
        country.unwrap_or_default(),
        escaped(signed_by.filter(|_| step.scan == Scan::Delivered).unwrap_or_default()),
    ))
}

/// The newest event stands first and has a name of its own.
fn info(parcel: &Parcel, world: &dyn World) -> Option<String> {
    let mut told: Vec<&Step> = parcel.happened(world.now()).filter(|s| words(s.scan).is_some()).collect();
    let newest = told.pop()?;
    let signed_by = parcel.signed_by.as_deref();
    let details = told.iter().rev().filter_map(|step| event("TrackDetail", step, None));
    let (_, status) = words(newest.scan)?;
    let events: String = event("TrackSummary", newest, signed_by).into_iter().chain(details).collect();
    let (from, to) = (&parcel.origin, &parcel.destination);
    Some(format!(
        "<Class>{}</Class><DestinationCity>{}</DestinationCity><DestinationState>{}</DestinationState>\
         <DestinationZip>{}</DestinationZip><OriginCity>{}</OriginCity><OriginState>{}</OriginState>\
         <OriginZip>{}</OriginZip><Status>{status}</Status>{events}",
        escaped(&parcel.service),
        escaped(&to.city),
        escaped(&to.region),
        escaped(&to.postal_code),
        escaped(&from.city),
        escaped(&from.region),
        escaped(&from.postal_code),
    ))
}
