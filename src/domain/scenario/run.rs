//! Running a scenario: the clock to each step, the step, and what it means for the seller.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, json};
use waygate_carriers::contract::{Country, Status};

use super::{Act, Line, Scenario, Step};
use crate::domain::event::{EventType, Happening};
use crate::domain::lifecycle::{
    self, By, Input, OrderState, Phase, Refused, Signal, Step as Done, Telling, parcel::Parcel,
};
use crate::domain::order::Order;
use crate::domain::policy::Policy;
use crate::domain::rules::{Rules, id};
use crate::domain::standing::{self, Standing};
use crate::domain::verdict::Outcome;

/// Runs a scenario under these rules; under each order's own version where none are given.
pub fn run(scenario: &Scenario, rules: Option<&Rules>) -> Vec<Line> {
    let orders = scenario.orders.iter().map(|order| {
        let rules = rules.unwrap_or_else(|| Rules::at(order.paid_at));
        Case { order, rules, state: OrderState::begin(order, rules), number_given: false }
    });
    let mut world = World { cases: orders.collect(), sellers: BTreeMap::new(), lines: Vec::new() };
    for step in &scenario.steps {
        world.clock(step.at);
        if let Err(refused) = world.take(step) {
            let order = &world.cases[step.order].order.id;
            world.lines.push(Line::refused(order, &step.name, &refused, step.at));
        }
    }
    if let Some(last) = scenario.steps.last() {
        world.clock(last.at);
    }
    world.lines
}

/// An order on its way through the scenario.
struct Case<'a> {
    order: &'a Order,
    rules: &'a Rules,
    state: OrderState,
    number_given: bool,
}

/// A seller, with the order that last concerned them.
struct Seller<'a> {
    standing: Standing,
    rules: &'a Rules,
    order: usize,
}

/// Whose clock is due.
enum Whose {
    Order(usize),
    Seller(String),
}

struct World<'a> {
    cases: Vec<Case<'a>>,
    sellers: BTreeMap<String, Seller<'a>>,
    lines: Vec<Line>,
}

impl World<'_> {
    /// Lets every clock fire that is due by then, the earliest first; at one instant in the order of the rules' file.
    fn clock(&mut self, until: Timestamp) {
        while let Some((at, whose)) = self.next_due().filter(|(at, _)| *at <= until) {
            match whose {
                Whose::Order(place) => {
                    let case = &self.cases[place];
                    let done = lifecycle::fire_due(&case.state, case.order, case.rules, at);
                    self.follow(place, done, at);
                }
                Whose::Seller(name) => {
                    if let Some(seller) = self.sellers.get_mut(&name) {
                        let (next, told) = standing::fire_due(&seller.standing, seller.rules, at);
                        seller.standing = next;
                        let order = seller.order;
                        self.tell(order, told);
                    }
                }
            }
        }
    }

    fn next_due(&self) -> Option<(Timestamp, Whose)> {
        let orders = self.cases.iter().enumerate().filter_map(|(place, case)| {
            let (at, timer) = lifecycle::next_timer(&case.state, case.order, case.rules)?;
            Some(((at, case.rules, timer.rule()), Whose::Order(place)))
        });
        let sellers = self.sellers.iter().filter_map(|(name, seller)| {
            let at = standing::next_due(&seller.standing, seller.rules)?;
            Some(((at, seller.rules, id::SMALL_PARCELS_AGAIN), Whose::Seller(name.clone())))
        });
        let first = orders.chain(sellers).min_by(|((a, rules_a, rule_a), _), ((b, rules_b, rule_b), _)| {
            a.cmp(b).then_with(|| rules_a.rank(rule_a).cmp(&rules_b.rank(rule_b)))
        });
        first.map(|((at, ..), whose)| (at, whose))
    }

    fn tell(&mut self, place: usize, happenings: impl IntoIterator<Item = Happening>) {
        let order = &self.cases[place].order.id;
        self.lines.extend(happenings.into_iter().map(|happening| Line::of(order, happening)));
    }

    /// Takes over what came of a step, and what it means for the seller.
    fn follow(&mut self, place: usize, done: Done, at: Timestamp) {
        self.cases[place].state = done.state;
        self.tell(place, done.happenings);
        for signal in done.signals {
            self.signal(place, signal, at);
        }
    }

    fn signal(&mut self, place: usize, signal: Signal, at: Timestamp) {
        let (order, rules) = (self.cases[place].order, self.cases[place].rules);
        let Some(name) = &order.seller else { return };
        let seller = self.sellers.entry(name.clone()).or_insert_with(|| Seller {
            standing: Standing::default(),
            rules,
            order: place,
        });
        let (next, mut told) = standing::step(&seller.standing, signal, rules, at);
        seller.standing = next;
        seller.rules = rules;
        if signal == Signal::ExpiringDispute {
            seller.order = place;
        }
        let standing = &seller.standing;
        let record = json!({
            "orders_ended": standing.ended,
            "bad_transactions": standing.bad,
            "bad_rate_basis_points": standing.bad_rate_basis_points(),
        });
        for happening in &mut told {
            happening.data.insert("seller".to_owned(), json!(name));
        }
        self.tell(place, told);
        if matches!(signal, Signal::Ended { .. }) {
            // Said on the line that ended the order.
            let own = |line: &&mut Line| line.order == order.id && !line.event.starts_with("seller.");
            if let Some(line) = self.lines.iter_mut().rev().find(own) {
                line.rest.insert("seller_record".to_owned(), record);
            }
        }
    }

    fn take(&mut self, step: &Step) -> Result<(), Refused> {
        match &step.act {
            Act::End => Ok(()),
            Act::Input(input) => self.input(step, input),
            Act::Confirm { carrier, number, all_goods } => self.confirm(step, (carrier, number), *all_goods),
            Act::Tracking { status, country } => self.tracking(step, *status, *country),
            Act::Verdict(verdict) => self.verdict(step, *verdict),
        }
    }

    fn input(&mut self, step: &Step, input: &Input) -> Result<(), Refused> {
        let case = &self.cases[step.order];
        let done = lifecycle::step(&case.state, case.order, case.rules, input, step.at)?;
        self.follow(step.order, done, step.at);
        Ok(())
    }

    fn confirm(
        &mut self,
        step: &Step,
        (carrier, number): (&str, &str),
        all_goods: bool,
    ) -> Result<(), Refused> {
        let case = &self.cases[step.order];
        if let Some(seller) = case.order.seller.as_ref().and_then(|name| self.sellers.get(name)) {
            seller.standing.may_ship(case.order.method)?;
        }
        let before = case.state.phase;
        let input = Input::ConfirmShipment { all_goods };
        let done = lifecycle::step(&case.state, case.order, case.rules, &input, step.at)?;
        let why = if all_goods { "the last part is shipped" } else { "a part is shipped" };
        let told = Telling::new(EventType::ShipmentSubmitted, id::PARTS, By::Seller, why)
            .with("carrier", carrier)
            .with("tracking_number", number)
            .with("all_goods", all_goods);
        self.tell(step.order, [told.at(step.at, Map::new())]);
        self.follow(step.order, done, step.at);
        let case = &mut self.cases[step.order];
        // What was shown of the numbers before says nothing of this one.
        if case.number_given && matches!(before, Phase::AwaitingShipment | Phase::Protected) {
            self.input(step, &Input::Shown(Parcel::default()))?;
        }
        self.cases[step.order].number_given = true;
        Ok(())
    }

    fn tracking(&mut self, step: &Step, status: Status, country: Option<Country>) -> Result<(), Refused> {
        let case = &self.cases[step.order];
        if !case.number_given {
            return Err(Refused::new(id::TRACKING, "no number was given that could be tracked"));
        }
        let elsewhere = country.is_some_and(|seen| is_elsewhere(seen, case.order.ship_to.country));
        let parcel = case.state.parcel.clone().seen(status, elsewhere, step.at);
        let why = match status {
            Status::Delivered if elsewhere => "the official source shows a delivery in another country",
            _ => "what the official source shows",
        };
        let told = Telling::new(EventType::TrackingUpdated, id::TRACKING, By::System, why)
            .with("status", status)
            .with("country", country);
        self.tell(step.order, [told.at(step.at, Map::new())]);
        self.input(step, &Input::Shown(parcel))
    }

    fn verdict(&mut self, step: &Step, verdict: Outcome) -> Result<(), Refused> {
        let case = &self.cases[step.order];
        let (kind, rule, why) = match verdict {
            Outcome::Verified => {
                (Some(EventType::ShipmentVerified), id::NUMBER_VERIFIED, "the number is true for this order")
            }
            Outcome::Suspicious => (
                Some(EventType::ShipmentSuspicious),
                id::NUMBER_SUSPICIOUS,
                "something speaks against the number",
            ),
            Outcome::Rejected => {
                (Some(EventType::ShipmentRejected), id::NUMBER_REJECTED, "the number is false for this order")
            }
            Outcome::Unverifiable => (
                Some(EventType::ShipmentUnverifiable),
                id::NUMBER_SUSPICIOUS,
                "no recognized official source can answer",
            ),
            Outcome::Pending => (None, id::NUMBER_SUSPICIOUS, ""),
        };
        if !case.number_given {
            return Err(Refused::new(rule, "no number was given that could be judged"));
        }
        let parcel = case.state.parcel.clone().judged(verdict);
        if let Some(kind) = kind.filter(|_| case.state.parcel.verdict != Some(verdict)) {
            let told = Telling::new(kind, rule, By::System, why);
            self.tell(step.order, [told.at(step.at, Map::new())]);
        }
        self.input(step, &Input::Shown(parcel))
    }
}

/// Whether a place is not the order's country, nor one that counts as the same.
fn is_elsewhere(seen: Country, wanted: Country) -> bool {
    let policy = Policy::current();
    let territory = policy.territory_of(wanted);
    let unknown = wanted.as_str() == "ZZ";
    seen != wanted && !unknown && (territory.is_none() || policy.territory_of(seen) != territory)
}
