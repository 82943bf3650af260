//! Reading a scenario's orders and the times of its steps.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use waygate_carriers::contract::Country;

use super::{ORDERS_MAX, STEPS_MAX, Scenario, Step, Wrong, steps};
use crate::domain::calendar::shifted;
use crate::domain::located::{Located, Table, Value};
use crate::domain::money::Money;
use crate::domain::order::{Address, DAYS_MAX, Order, ShippingMethod, check_text, check_time};

/// Most minutes after payment at which a step can stand: a hundred years.
const MINUTES_MAX: i64 = 100 * 366 * 24 * 60;
/// The country where a scenario names none: a code that no country has.
const NO_COUNTRY: &str = "ZZ";

const ORDER_FIELDS: [&str; 11] = [
    "id",
    "seller",
    "buyer",
    "paid_at",
    "handling_days",
    "delivery_days",
    "amount",
    "ship_to",
    "ship_from",
    "method",
    "expected_weight_grams",
];

pub(super) fn scenario(text: &str) -> Result<Scenario, Wrong> {
    let file = Located::read(text)?;
    let root = file.root();
    root.only(&["order", "step"])?;
    let order = root.need("order")?;
    let (tables, several) = match order.table() {
        Ok(table) => (vec![table], false),
        Err(_) => (order.tables()?, true),
    };
    if tables.len() > ORDERS_MAX {
        return Err(order.wrong(format!("may stand at most {ORDERS_MAX} times")));
    }
    let mut orders: Vec<Order> = Vec::new();
    let mut places = HashMap::new();
    for table in &tables {
        let order = read_order(table)?;
        if places.insert(order.id.clone(), orders.len()).is_some() {
            return Err(table.need("id")?.wrong("stands twice"));
        }
        orders.push(order);
    }
    let rows = root.get("step").map(|step| step.tables()).transpose()?.unwrap_or_default();
    if rows.len() > STEPS_MAX {
        return Err(root.need("step")?.wrong(format!("may stand at most {STEPS_MAX} times")));
    }
    let mut latest: Vec<Option<Timestamp>> = vec![None; orders.len()];
    let mut read = Vec::new();
    for row in &rows {
        let place = order_of(row, &places, several)?;
        let at_value = row.need("at")?;
        let after = after_payment(&at_value)?;
        let at = shifted(orders[place].paid_at, after);
        if latest[place].is_some_and(|before| at < before) {
            return Err(at_value.wrong("goes back in time: the step before it is later"));
        }
        latest[place] = Some(at);
        let name = row.need("do")?;
        read.push(Step { order: place, at, name: name.text()?.to_owned(), act: steps::act(row, &name)? });
    }
    // Each order's steps stand in order of time; among several orders the file may jump.
    read.sort_by_key(|step| step.at);
    Ok(Scenario { orders, steps: read })
}

fn order_of(row: &Table<'_, '_>, places: &HashMap<String, usize>, several: bool) -> Result<usize, Wrong> {
    match row.get("order") {
        None if several && places.len() > 1 => row.need("order").map(|_| 0),
        None => Ok(0),
        Some(named) => {
            let id = named.text()?;
            places
                .get(id)
                .copied()
                .ok_or_else(|| named.wrong(format!("is `{id}`, and there is no such order")))
        }
    }
}

fn read_order(table: &Table<'_, '_>) -> Result<Order, Wrong> {
    table.only(&ORDER_FIELDS)?;
    let words = |key: &'static str| -> Result<Option<String>, Wrong> {
        table.get(key).map(|value| plain(&value)).transpose()
    };
    let paid = table.need("paid_at")?;
    let paid_at: Timestamp = paid
        .text_or_time()?
        .parse()
        .map_err(|_| paid.wrong("is not a time with an offset, such as 2026-01-01T00:00:00Z"))?;
    check_time("paid_at", paid_at).map_err(|e| paid.wrong(format!("must be {}", e.rule)))?;
    let amount = table.need("amount")?;
    let money = money(&amount)?;
    if money.is_zero() {
        return Err(amount.wrong("must be more than nothing"));
    }
    Ok(Order {
        id: plain(&table.need("id")?)?,
        seller: words("seller")?,
        buyer: words("buyer")?,
        paid_at,
        handling_days: Some(table.need("handling_days")?.count(0, DAYS_MAX)?),
        delivery_days: Some(table.need("delivery_days")?.count(1, DAYS_MAX)?),
        amount: Some(money),
        method: table.get("method").map(|value| method(&value)).transpose()?,
        expected_weight_grams: table
            .get("expected_weight_grams")
            .map(|v| v.count(1, u32::MAX))
            .transpose()?,
        ship_from: table.get("ship_from").map(|value| address(&value)).transpose()?,
        ship_to: match table.get("ship_to") {
            Some(value) => address(&value)?,
            None => Address {
                country: Country::new(NO_COUNTRY).map_err(|e| amount.wrong(e))?,
                region: None,
                city: None,
                postal_code: None,
            },
        },
    })
}

/// A text without control characters.
pub(super) fn plain(value: &Value<'_, '_>) -> Result<String, Wrong> {
    let text = value.text()?;
    check_text("", text).map_err(|e| value.wrong(e.rule))?;
    Ok(text.to_owned())
}

pub(super) fn money(value: &Value<'_, '_>) -> Result<Money, Wrong> {
    let text = value.text()?;
    text.parse().map_err(|_| value.wrong(format!("is `{text}`, not an amount such as \"12.50 USD\"")))
}

pub(super) fn country(value: &Value<'_, '_>) -> Result<Country, Wrong> {
    Country::new(value.text()?).map_err(|_| value.wrong("must be a country of two capitals, such as \"US\""))
}

fn address(value: &Value<'_, '_>) -> Result<Address, Wrong> {
    let table = value.table()?;
    table.only(&["country", "region", "city", "postal_code"])?;
    let words = |key: &str| table.get(key).map(|v| plain(&v)).transpose();
    Ok(Address {
        country: country(&table.need("country")?)?,
        region: words("region")?,
        city: words("city")?,
        postal_code: words("postal_code")?,
    })
}

fn method(value: &Value<'_, '_>) -> Result<ShippingMethod, Wrong> {
    steps::one_of(
        value,
        &[
            ("standard", ShippingMethod::Standard),
            ("express", ShippingMethod::Express),
            ("online_delivery", ShippingMethod::OnlineDelivery),
            ("small_parcel", ShippingMethod::SmallParcel),
        ],
    )
}

/// `+NdNhNm`: days, hours and minutes after payment, in this order, each at most once.
fn after_payment(value: &Value<'_, '_>) -> Result<SignedDuration, Wrong> {
    let text = value.text()?;
    let wrong = || value.wrong(format!("is `{text}`, not a time after payment such as \"+4d23h59m\""));
    let mut rest = text.strip_prefix('+').filter(|rest| !rest.is_empty()).ok_or_else(wrong)?;
    let mut minutes: i64 = 0;
    for (unit, worth) in [('d', 24 * 60), ('h', 60), ('m', 1)] {
        let Some((number, behind)) = rest.split_once(unit) else { continue };
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let count: i64 = number.parse().map_err(|_| wrong())?;
        minutes = count.checked_mul(worth).and_then(|m| m.checked_add(minutes)).ok_or_else(wrong)?;
        rest = behind;
    }
    if !rest.is_empty() || minutes > MINUTES_MAX {
        return Err(wrong());
    }
    Ok(SignedDuration::from_mins(minutes))
}
