//! What is done around every request: a time limit, a caught panic, headers that keep browsers careful, a line in the
//! log. One layer, since each further one boxes every request once more.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use tower::{Layer, Service};

use super::problem::Problem;

/// The page's content policy: nothing from elsewhere, no scripts but its own file.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Headers of every answer, where a handler has not set its own.
const CAREFUL: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY)),
];

/// Puts [`Around`] around a service.
#[derive(Debug, Clone, Copy)]
pub struct AroundLayer {
    /// Longest time of one request.
    pub timeout: Duration,
}

impl<S> Layer<S> for AroundLayer {
    type Service = Around<S>;

    fn layer(&self, inner: S) -> Around<S> {
        Around { inner, timeout: self.timeout }
    }
}

/// A service with what is done around every request.
#[derive(Debug, Clone)]
pub struct Around<S> {
    inner: S,
    timeout: Duration,
}

impl<S> Service<Request> for Around<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The query stays out of the log: carriers and people put secrets there.
        let logged = tracing::enabled!(tracing::Level::DEBUG).then(|| {
            (request.method().clone(), request.uri().path().to_owned(), tokio::time::Instant::now())
        });
        let answer = tokio::time::timeout(self.timeout, self.inner.call(request));
        let answer = AssertUnwindSafe(answer).catch_unwind();
        Box::pin(async move {
            let mut response = match answer.await {
                Ok(Ok(Ok(response))) => response,
                Ok(Ok(Err(never))) => match never {},
                Ok(Err(_)) => {
                    Problem::unavailable("timeout", "this took too long; try again", 1).into_response()
                }
                Err(cause) => panicked(cause.as_ref()).into_response(),
            };
            add_careful(response.headers_mut());
            if let Some((method, path, began)) = logged {
                let (status, took) = (response.status().as_u16(), began.elapsed());
                tracing::debug!(%method, path, status, ?took, "answered");
            }
            Ok(response)
        })
    }
}

fn add_careful(headers: &mut HeaderMap) {
    headers.reserve(CAREFUL.len());
    for (name, value) in CAREFUL {
        headers.entry(name).or_insert(value);
    }
}

fn panicked(cause: &(dyn std::any::Any + Send)) -> Problem {
    let text = cause.downcast_ref::<&str>().copied().or(cause.downcast_ref::<String>().map(String::as_str));
    tracing::error!("a request panicked: {}", text.unwrap_or("no message"));
    Problem::internal()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use http::StatusCode;
    use tower::ServiceExt as _;

    use super::*;

    fn router() -> Router {
        Router::new()
            .route("/fine", get(|| async { "fine" }))
            .route("/own", get(|| async { [(header::REFERRER_POLICY, "same-origin")] }))
            .route("/never", get(std::future::pending::<()>))
            .route("/panics", get(|| async { panic!("of a handler") as &str }))
            .layer(AroundLayer { timeout: Duration::from_millis(50) })
    }

    async fn ask(path: &str) -> Response {
        router().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn every_answer_has_the_headers_and_a_handlers_own_stand() {
        for (path, status) in [
            ("/fine", StatusCode::OK),
            ("/never", StatusCode::SERVICE_UNAVAILABLE),
            ("/panics", StatusCode::INTERNAL_SERVER_ERROR),
            ("/nowhere", StatusCode::NOT_FOUND),
        ] {
            let answer = ask(path).await;
            assert_eq!(answer.status(), status, "{path}");
            assert_eq!(answer.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
            assert_eq!(answer.headers()[header::CONTENT_SECURITY_POLICY], CONTENT_POLICY, "{path}");
            if status.is_server_error() {
                assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json", "{path}");
            }
        }
        assert_eq!(ask("/own").await.headers()[header::REFERRER_POLICY], "same-origin");
    }
}
