//! The resources under `/v1`, and the probes.

mod acting;
pub mod cancellation;
pub mod carriers;
pub mod certificates;
pub mod corrections;
pub mod disputes;
pub mod erasure;
pub mod events;
pub mod health;
pub mod keys;
pub mod log;
pub mod metrics;
pub mod numbers;
pub mod orders;
pub mod pushes;
pub mod sellers;
pub mod shipments;
pub mod trackings;
mod views;
pub mod webhook_endpoints;

use axum::Router;
use axum::routing::{delete, get, patch, post};

use super::state::App;
use webhook_endpoints::{deliveries, secret, trial};

/// What every replica serves, whatever its roles.
pub fn probes() -> Router<App> {
    Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
}

/// Every other route of the API.
pub fn router() -> Router<App> {
    Router::new()
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
        .route("/v1/events/{event}", get(events::show))
        .route("/v1/webhook_endpoints", post(webhook_endpoints::create).get(webhook_endpoints::list))
        .route("/v1/webhook_endpoints/{endpoint}/disable", post(webhook_endpoints::disable))
        .route("/v1/webhook_endpoints/{endpoint}/enable", post(webhook_endpoints::enable))
        .route("/v1/webhook_endpoints/{endpoint}", get(webhook_endpoints::show))
        .route("/v1/webhook_endpoints/{endpoint}", patch(webhook_endpoints::update))
        .route("/v1/webhook_endpoints/{endpoint}", delete(webhook_endpoints::remove))
        .route("/v1/webhook_endpoints/{endpoint}/secret/rotation", post(secret::rotate))
        .route("/v1/webhook_endpoints/{endpoint}/test", post(trial::try_endpoint))
        .route("/v1/webhook_endpoints/{endpoint}/replay", post(deliveries::replay))
        .route("/v1/webhook_endpoints/{endpoint}/deliveries", get(deliveries::list))
        .route("/v1/webhook_endpoints/{endpoint}/deliveries/{event}/replay", post(deliveries::replay_one))
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
        .route("/v1/orders/{order}/cancellation", post(cancellation::request))
        .route("/v1/orders/{order}/cancellation/accept", post(cancellation::accept))
        .route("/v1/orders/{order}/cancellation/refuse", post(cancellation::refuse))
        .route("/v1/orders/{order}/extension", post(cancellation::extend))
        .route("/v1/orders/{order}/disputes", post(disputes::open))
        .route("/v1/disputes", get(disputes::list))
        .route("/v1/disputes/{dispute}", get(disputes::show).patch(disputes::acts::modify))
        .route("/v1/disputes/{dispute}/accept", post(disputes::acts::accept))
        .route("/v1/disputes/{dispute}/reject", post(disputes::acts::reject))
        .route("/v1/disputes/{dispute}/counter_offer", post(disputes::acts::counter_offer))
        .route("/v1/disputes/{dispute}/escalate", post(disputes::acts::escalate))
        .route("/v1/disputes/{dispute}/cancel", post(disputes::acts::cancel))
        .route("/v1/disputes/{dispute}/evidence", post(disputes::evidence::submit))
        .route("/v1/evidence/{evidence}/file", get(disputes::evidence::file))
        .route("/v1/disputes/{dispute}/evidence_requests", post(disputes::arbitration::request_evidence))
        .route("/v1/disputes/{dispute}/ruling", post(disputes::arbitration::rule))
        .route("/v1/sellers/{seller}", get(sellers::show))
}
