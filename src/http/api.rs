//! The resources under `/v1`, and the probes.

pub mod carriers;
pub mod certificates;
pub mod corrections;
pub mod erasure;
pub mod events;
pub mod health;
pub mod keys;
pub mod log;
pub mod metrics;
pub mod numbers;
pub mod orders;
pub mod pushes;
pub mod shipments;
pub mod trackings;
mod views;
pub mod webhook_endpoints;

use axum::Router;
use axum::routing::{delete, get, post};

use super::state::App;

/// Every route of the API.
pub fn router() -> Router<App> {
    Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/v1/numbers/check", post(numbers::check))
        .route("/v1/orders", post(orders::register).get(orders::list))
        .route("/v1/orders/{order}", get(orders::show))
        .route("/v1/orders/{order}/receipt", post(orders::receive))
        .route("/v1/orders/{order}/erasure", post(erasure::erase))
        .route("/v1/orders/{order}/shipments", post(shipments::submit).get(shipments::of_order))
        .route("/v1/shipments/{shipment}", get(shipments::show))
        .route("/v1/shipments/{shipment}/correction", post(corrections::correct))
        .route("/v1/shipments/{shipment}/verdicts", get(shipments::verdicts))
        .route("/v1/shipments/{shipment}/observations", get(shipments::observations))
        .route("/v1/observations/{observation}/body", get(shipments::answer_body))
        .route("/v1/trackings/{carrier}/{number}", get(trackings::show))
        .route("/v1/events", get(events::list))
        .route("/v1/webhook_endpoints", post(webhook_endpoints::create).get(webhook_endpoints::list))
        .route("/v1/webhook_endpoints/{endpoint}/disable", post(webhook_endpoints::disable))
        .route("/v1/webhook_endpoints/{endpoint}/enable", post(webhook_endpoints::enable))
        .route("/v1/webhook_endpoints/{endpoint}/deliveries", get(webhook_endpoints::deliveries))
        .route("/v1/shipments/{shipment}/certificate", get(certificates::of_shipment))
        .route("/v1/certificates/{verdict}", get(certificates::show))
        .route("/v1/log/checkpoint", get(log::checkpoint))
        .route("/v1/log/keys", get(log::keys))
        .route("/v1/log/proof/inclusion", get(log::inclusion))
        .route("/v1/log/proof/consistency", get(log::consistency))
        .route("/log/checkpoint", get(log::static_checkpoint))
        .route("/log/tile/{*name}", get(log::static_tile))
        .route("/v1/carriers", get(carriers::list))
        .route("/v1/carriers/{carrier}/push", post(pushes::receive))
        .route("/v1/carriers/{carrier}", get(carriers::show))
        .route("/v1/api_keys", post(keys::create).get(keys::list))
        .route("/v1/api_keys/{key}", delete(keys::revoke))
}
