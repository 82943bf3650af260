//! The story's orders: what the marketplace does and when, as requests.

use anyhow::Context;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::money::Money;
use crate::domain::order::Address;
use crate::sandbox::parse_offset;

#[derive(Deserialize)]
struct RawStory {
    begins: Timestamp,
    ends: String,
    order: Vec<RawOrder>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOrder {
    id: String,
    case: String,
    at: String,
    seller: String,
    buyer: String,
    handling_days: u32,
    delivery_days: u32,
    amount: String,
    expected_weight_grams: Option<u32>,
    ship_from: Option<Address>,
    ship_to: Address,
    shipment: Vec<RawShipment>,
    receipt: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawShipment {
    at: String,
    carrier: String,
    number: String,
}

/// One thing that the marketplace does.
#[derive(Debug, Clone)]
pub struct Action {
    /// When.
    pub at: Timestamp,
    /// Where it is posted.
    pub path: String,
    /// What is posted.
    pub body: Value,
}

/// The story.
pub struct Story {
    /// When it begins.
    pub begins: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    cases: Vec<(String, String)>,
    actions: Vec<Action>,
}

impl Story {
    /// Reads a story.
    pub fn read(text: &str) -> anyhow::Result<Self> {
        let raw: RawStory = toml::from_str(text).context("the story cannot be read")?;
        let begins = raw.begins;
        let time = |text: &str| {
            let offset =
                parse_offset(text).with_context(|| format!("`{text}` is not a time such as +1d3h"))?;
            begins.checked_add(offset).context("outside the calendar")
        };
        let mut actions = Vec::new();
        let mut cases = Vec::new();
        for order in raw.order {
            let at = time(&order.at)?;
            let amount: Money = order.amount.parse()?;
            let body = json!({
                "id": order.id, "seller": order.seller, "buyer": order.buyer, "paid_at": at.to_string(),
                "handling_days": order.handling_days, "delivery_days": order.delivery_days, "amount": amount,
                "expected_weight_grams": order.expected_weight_grams, "method": "standard",
                "ship_from": order.ship_from, "ship_to": order.ship_to,
            });
            actions.push(Action { at, path: "/v1/orders".to_owned(), body });
            for shipment in order.shipment {
                let body = json!({"carrier": shipment.carrier, "tracking_number": shipment.number});
                let path = format!("/v1/orders/{}/shipments", order.id);
                actions.push(Action { at: time(&shipment.at)?, path, body });
            }
            if let Some(receipt) = &order.receipt {
                let path = format!("/v1/orders/{}/receipt", order.id);
                actions.push(Action { at: time(receipt)?, path, body: json!({}) });
            }
            cases.push((order.id, order.case));
        }
        actions.sort_by_key(|action| action.at);
        Ok(Self { begins, ends: time(&raw.ends)?, cases, actions })
    }

    /// What an order shows.
    pub fn case_of(&self, order: &str) -> String {
        self.cases.iter().find(|(id, _)| id == order).map(|(_, case)| case.clone()).unwrap_or_default()
    }

    /// All that the marketplace does, in order of time.
    pub fn actions(&self) -> Vec<Action> {
        self.actions.clone()
    }
}
