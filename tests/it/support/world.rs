//! The parcels that the tests' carriers know, and orders for them. Everything here is invented.

use serde_json::{Value, json};

/// When every test begins: a Monday. The parcels' journeys count from here.
pub const START: &str = "2026-03-02T08:00:00Z";

/// The sources that are asked in most tests.
pub const SOURCES: [&str; 3] = ["ups.track", "dhl.unified", "japan_post.page"];

/// What one source's numbers and order look like.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub carrier: &'static str,
    /// On its way to the order's address a day after the start, delivered on the fourth day.
    pub moving: &'static str,
    /// Announced, or not known yet, for ever.
    pub silent: &'static str,
    from: &'static str,
    to: (&'static str, &'static str, &'static str),
}

/// The sample of a source.
pub fn sample(source: &str) -> Sample {
    match source {
        "ups.track" => Sample {
            carrier: "ups",
            moving: "1ZWAYG8T0300002011",
            silent: "1ZWAYG8T0300002020",
            from: "CN",
            to: ("US", "Oakland", "94607"),
        },
        "dhl.unified" => Sample {
            carrier: "dhl",
            moving: "3318811053",
            silent: "3318811064",
            from: "DE",
            to: ("NL", "Utrecht", "3511"),
        },
        "japan_post.page" => Sample {
            carrier: "ems",
            moving: "EN990003020JP",
            silent: "EN990004025JP",
            from: "JP",
            to: ("FR", "Paris", "75011"),
        },
        other => panic!("there is no sample of {other}"),
    }
}

impl Sample {
    /// An order that the sample's parcels fit.
    pub fn order(&self, id: &str, seller: &str) -> Value {
        let (country, city, postal_code) = self.to;
        json!({
            "id": id, "seller": seller, "buyer": "b-1", "paid_at": START, "handling_days": 7,
            "delivery_days": 30, "amount": {"amount": "40.00", "currency": "USD"}, "method": "standard",
            "ship_from": {"country": self.from},
            "ship_to": {"country": country, "city": city, "postal_code": postal_code},
        })
    }
}

/// An order of the seller `s-1` to Oakland.
pub fn order(id: &str) -> Value {
    sample("ups.track").order(id, "s-1")
}

/// The file of parcels.
pub const PARCELS: &str = r#"
[place.shenzhen]
country = "CN"
city = "SHENZHEN"
postal_code = "518000"
offset_minutes = 480
[place.oakland]
country = "US"
city = "OAKLAND"
region = "CA"
postal_code = "94607"
offset_minutes = -480
[place.leipzig]
country = "DE"
city = "LEIPZIG"
offset_minutes = 60
[place.utrecht]
country = "NL"
city = "UTRECHT"
postal_code = "3511"
offset_minutes = 60
[place.tokyo]
country = "JP"
city = "TOKYO NAKA"
region = "TOKYO"
postal_code = "100-0001"
offset_minutes = 540
[place.paris]
country = "FR"
city = "ROISSY"
postal_code = "95700"
offset_minutes = 60

[[parcel]]
tracking_number = "1ZWAYG8T0300002011"
service = "UPS Worldwide Expedited"
weight_grams = 900
signed_by = "DOE"
from = "shenzhen"
to = "oakland"
journey = [
  ["+2h", "label", "shenzhen"],
  ["+6h", "picked_up", "shenzhen"],
  ["+10h", "departed", "shenzhen"],
  ["+18h", "arrived", "oakland"],
  ["+70h", "out_for_delivery", "oakland"],
  ["+76h", "delivered", "oakland"],
]
[[parcel]]
tracking_number = "1ZWAYG8T0300002020"
service = "UPS Ground"
weight_grams = 500
from = "shenzhen"
to = "oakland"
journey = [["+2h", "label", "shenzhen"]]
[[parcel]] # its source refuses every token that it is asked for with
tracking_number = "1ZWAYG8T0300002039"
service = "UPS Ground"
weight_grams = 500
from = "shenzhen"
to = "oakland"
journey = [["+2h", "label", "shenzhen"]]
misbehaves = { fault = "unauthorized" }
[[parcel]]
tracking_number = "3318811053"
service = "DHL EXPRESS WORLDWIDE"
weight_grams = 2_100
signed_by = "J DOE"
from = "leipzig"
to = "utrecht"
journey = [
  ["+6h", "picked_up", "leipzig"],
  ["+10h", "departed", "leipzig"],
  ["+70h", "out_for_delivery", "utrecht"],
  ["+76h", "delivered", "utrecht"],
]
[[parcel]]
tracking_number = "3318811064"
service = "DHL EXPRESS WORLDWIDE"
weight_grams = 700
from = "leipzig"
to = "utrecht"
journey = [["+2h", "label", "leipzig"]]
[[parcel]]
tracking_number = "700000000010"
service = "FedEx International Priority"
weight_grams = 1_200
from = "shenzhen"
to = "oakland"
journey = [["+6h", "picked_up", "shenzhen"], ["+18h", "arrived", "oakland"]]
[[parcel]]
tracking_number = "700000000021"
service = "FedEx International Priority"
weight_grams = 1_300
from = "shenzhen"
to = "oakland"
journey = [["+6h", "picked_up", "shenzhen"]]
[[parcel]]
tracking_number = "EN990003020JP"
service = "EMS"
weight_grams = 1_400
from = "tokyo"
to = "paris"
journey = [
  ["+2h", "picked_up", "tokyo"],
  ["+6h", "departed", "tokyo"],
  ["+16h", "customs", "paris"],
  ["+70h", "out_for_delivery", "paris"],
  ["+76h", "delivered", "paris"],
]
"#;
