//! The API's description, OpenAPI 3.1, made from the handlers themselves.

use axum::Json;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::api;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Waygate",
        description = "Is this tracking number true for this order? Answered with reasons and proof. Errors are RFC 9457 problem documents with a stable `code`; what is posted for an order, and a new webhook endpoint, takes an `Idempotency-Key`."
    ),
    paths(
        api::health::live,
        api::health::ready,
        api::metrics::metrics,
        api::numbers::check,
        api::orders::register,
        api::orders::list,
        api::orders::show,
        api::orders::receive,
        api::erasure::erase,
        api::shipments::submit,
        api::shipments::of_order,
        api::shipments::show,
        api::corrections::correct,
        api::shipments::verdicts,
        api::shipments::observations,
        api::shipments::answer_body,
        api::trackings::show,
        api::events::list,
        api::events::show,
        api::webhook_endpoints::create,
        api::webhook_endpoints::list,
        api::webhook_endpoints::disable,
        api::webhook_endpoints::enable,
        api::webhook_endpoints::show,
        api::webhook_endpoints::update,
        api::webhook_endpoints::remove,
        api::webhook_endpoints::secret::rotate,
        api::webhook_endpoints::trial::try_endpoint,
        api::webhook_endpoints::deliveries::list,
        api::webhook_endpoints::deliveries::replay,
        api::webhook_endpoints::deliveries::replay_one,
        api::certificates::of_shipment,
        api::certificates::show,
        api::log::checkpoint,
        api::log::keys,
        api::log::inclusion,
        api::log::consistency,
        api::log::static_checkpoint,
        api::log::static_tile,
        api::carriers::list,
        api::pushes::receive,
        api::carriers::show,
        api::keys::create,
        api::keys::list,
        api::keys::revoke,
        api::cancellation::request,
        api::cancellation::accept,
        api::cancellation::refuse,
        api::cancellation::extend,
        api::disputes::open,
        api::disputes::list,
        api::disputes::show,
        api::disputes::acts::modify,
        api::disputes::acts::accept,
        api::disputes::acts::reject,
        api::disputes::acts::counter_offer,
        api::disputes::acts::escalate,
        api::disputes::acts::cancel,
        api::disputes::evidence::submit,
        api::disputes::evidence::file,
        api::disputes::arbitration::request_evidence,
        api::disputes::arbitration::rule,
        api::sellers::show,
    ),
    security(("api_key" = [])),
    modifiers(&ApiKeyScheme)
)]
struct Described;

struct ApiKeyScheme;

impl utoipa::Modify for ApiKeyScheme {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("wg_live_…").build();
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    Described::openapi()
}

/// `GET /openapi.json`
pub async fn serve() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}
