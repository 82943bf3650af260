//! `/v1/api_keys`: for operators.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::ListView;
use crate::domain::order::check_text;
use crate::http::auth::Caller;
use crate::http::json::Json;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::ids::KeyId;
use crate::secrets::ApiKeySecret;
use crate::store::{ApiKey, Scope};

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What it is for.
    name: String,
    /// `seller`, `arbiter`, `order_system`, `operator`.
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Scope>,
    /// For the scope `seller`: the only seller whose orders it may see.
    #[serde(default)]
    seller: Option<String>,
}

/// A key without its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyView {
    /// `key_…`
    id: String,
    /// What it is for.
    name: String,
    /// What it may do.
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Scope>,
    /// The only seller whose orders it may see.
    seller: Option<String>,
    /// When it was made.
    created_at: String,
    /// When it was revoked.
    revoked_at: Option<String>,
}

/// A fresh key: the only time that its text is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreshKey {
    /// Without its text.
    #[serde(flatten)]
    key: KeyView,
    /// The text: keep it.
    secret: String,
}

fn view(key: ApiKey) -> KeyView {
    KeyView {
        id: key.id.to_string(),
        name: key.name,
        scopes: key.scopes,
        seller: key.seller,
        created_at: key.created_at.to_string(),
        revoked_at: key.revoked_at.map(|t| t.to_string()),
    }
}

/// Makes a key. Its text is shown once; only its hash is kept.
#[utoipa::path(post, path = "/v1/api_keys", tag = "keys", request_body = NewKey,
    responses((status = 201, body = FreshKey), (status = "4XX", body = Problem)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    body: Json<NewKey>,
) -> Result<(StatusCode, Answer<FreshKey>), Problem> {
    caller.require(&[Scope::Operator])?;
    let new = body.value;
    check_text("name", &new.name).map_err(|e| Problem::field("/name", e.rule))?;
    if new.scopes.is_empty() {
        return Err(Problem::field("/scopes", "at least one scope"));
    }
    if new.scopes.contains(&Scope::Seller) && new.seller.as_deref().is_none_or(|s| s.trim().is_empty()) {
        return Err(Problem::field("/seller", "a seller's key names its seller"));
    }
    let secret = ApiKeySecret::generate().map_err(|error| {
        tracing::error!("no key can be made: {error}");
        Problem::internal()
    })?;
    let key = ApiKey::new(&secret, new.name, new.scopes, new.seller, app.gateway.now());
    app.gateway.store.create_key(key.clone()).await?;
    app.keys.forget().await;
    Ok((StatusCode::CREATED, Answer(FreshKey { key: view(key), secret: secret.reveal().to_owned() })))
}

/// All keys, without their texts.
#[utoipa::path(get, path = "/v1/api_keys", tag = "keys",
    responses((status = 200, body = ListView<KeyView>), (status = "4XX", body = Problem)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Answer<ListView<KeyView>>, Problem> {
    caller.require(&[Scope::Operator])?;
    let keys = app.gateway.store.keys().await?;
    Ok(Answer(ListView::whole(keys.into_iter().map(view).collect())))
}

/// Revokes a key.
#[utoipa::path(delete, path = "/v1/api_keys/{key}", tag = "keys", params(("key" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<StatusCode, Problem> {
    caller.require(&[Scope::Operator])?;
    let missing = || Problem::not_found("no_such_key", "there is no such key");
    let id: KeyId = key.parse().map_err(|_| missing())?;
    if !app.gateway.store.revoke_key(id, app.gateway.now()).await? {
        return Err(missing());
    }
    app.keys.forget().await;
    Ok(StatusCode::NO_CONTENT)
}
