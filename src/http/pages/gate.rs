//! Who may look at the page: everybody where it is open, else whoever has a key. A browser asks for the key by HTTP
//! Basic: any name, the key as the password.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};

use super::{assets, html};
use crate::http::auth::Caller;
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::http::state::App;
use crate::store::Scope;

/// Who looks.
pub struct Viewer {
    caller: Option<Caller>,
}

impl Viewer {
    /// For a seller's key: the seller whose orders it may see.
    pub fn only_seller(&self) -> Option<&str> {
        self.caller.as_ref().and_then(Caller::only_seller)
    }

    /// Whether this viewer may see an order of `seller`.
    pub fn may_see(&self, seller: Option<&str>) -> bool {
        self.caller.as_ref().is_none_or(|caller| caller.may_see(seller))
    }

    /// Whether this viewer sees what sellers are not told: other orders, exact reasons.
    pub fn sees_all(&self) -> bool {
        self.only_seller().is_none()
    }

    /// How much of persons this viewer sees. An open page asks nobody who they are.
    pub fn sight(&self) -> Sight {
        self.caller.as_ref().map_or(Sight::Veiled, Caller::sight)
    }

    /// As whom, in words.
    pub fn words(&self) -> String {
        match &self.caller {
            None => "open: no key asked".to_owned(),
            Some(caller) => match caller.only_seller() {
                Some(seller) => format!("{}, seller {seller}", caller.key.name),
                None => caller.key.name.clone(),
            },
        }
    }
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        if app.pages_open {
            return Ok(Self { caller: None });
        }
        let caller = Caller::from_request_parts(parts, app).await?;
        caller.require(&[Scope::Arbiter, Scope::OrderSystem, Scope::Seller])?;
        Ok(Self { caller: Some(caller) })
    }
}

/// A problem as a page, for people.
pub struct Refusal(Problem);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<crate::store::StoreError> for Refusal {
    fn from(error: crate::store::StoreError) -> Self {
        Self(error.into())
    }
}

#[derive(Template)]
#[template(path = "refused.html")]
struct Refused {
    style: String,
    icon: String,
    status: u16,
    title: String,
    detail: String,
    needs_key: bool,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let needs_key = status == StatusCode::UNAUTHORIZED;
        let page = Refused {
            style: assets::address("page.css"),
            icon: assets::address("icon.svg"),
            status: self.0.status,
            title: if needs_key { "This page needs a key".to_owned() } else { self.0.title },
            detail: self.0.detail,
            needs_key,
        };
        let mut response = html(status, &page);
        let headers = response.headers_mut();
        if needs_key {
            let challenge = HeaderValue::from_static("Basic realm=\"Waygate\", charset=\"UTF-8\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
