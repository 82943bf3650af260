//! EMS items from China, by the open platform of China EMS for its contract customers: a form with an encrypted
//! question. It answers for China Post's items too. The older interface for partners is read, not asked. All posts' EMS
//! items are shown by the cooperative's page as well, see `cooperative/`.

pub mod cooperative;
mod events;
mod parse;
mod partner;
mod request;
mod reversals;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(feature = "sandbox")]
pub(crate) mod sm4;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::{Adapter, CarrierId, Reading, Response, StatusTable};

/// The adapters of EMS.
pub const ADAPTERS: &[Adapter] = &[
    Adapter { source: "ems.china", request: request::track, read, recognizes, token: None, batch: None },
    cooperative::ADAPTER,
];

fn read(carrier: &CarrierId, statuses: &StatusTable, response: Response<'_>) -> Vec<Reading> {
    if partner::recognizes(response.body) {
        partner::read(carrier, statuses, response)
    } else {
        parse::read(carrier, statuses, response)
    }
}

fn recognizes(body: &[u8]) -> bool {
    wire::recognizes(body) || partner::recognizes(body)
}
