//! Requests to the gateway, and what comes back.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, Method};
use serde_json::Value;

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text()))
    }

    /// The document of an answer that must be fine.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// The document of an answer that must be this problem, as RFC 9457 wants it.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let document = self.any_problem();
        assert_eq!((self.status, document["code"].as_str()), (status, Some(code)), "{document}");
        document
    }

    /// The document of an answer that must be a problem of some kind.
    #[track_caller]
    pub fn any_problem(&self) -> Value {
        assert!((400..600).contains(&self.status), "{} {}", self.status, self.text());
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{} {}",
            self.status,
            self.text()
        );
        let document = self.json();
        let code = document["code"].as_str().unwrap_or_else(|| panic!("no code: {document}"));
        let stable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(!code.is_empty() && code.chars().all(stable), "{document}");
        assert_eq!(document["type"], format!("urn:waygate:problem:{code}"), "{document}");
        assert_eq!(document["status"], self.status, "{document}");
        for member in ["title", "detail"] {
            assert!(document[member].as_str().is_some_and(|text| !text.is_empty()), "{document}");
        }
        document
    }
}

/// A client with a key, or without.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: Option<String>,
    transcript: Arc<Mutex<Vec<(String, Answer)>>>,
}

impl Client {
    pub fn new(base: String) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Self { http: http.build().unwrap(), base, key: None, transcript: Arc::default() }
    }

    /// Where it sends its requests.
    pub fn address(&self) -> &str {
        &self.base
    }

    /// The same client with another key.
    pub fn with_key(&self, key: Option<&str>) -> Self {
        Self { key: key.map(str::to_owned), ..self.clone() }
    }

    /// Every answer that came, with the request's method and path.
    pub fn transcript(&self) -> Vec<(String, Answer)> {
        self.transcript.lock().unwrap().clone()
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        self.try_send(method, path, headers, body).await.unwrap()
    }

    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Answer { status, headers, body: response.bytes().await?.to_vec() };
        self.transcript.lock().unwrap().push((format!("{method} {path}"), answer.clone()));
        Ok(answer)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, body, &[]).await
    }

    pub async fn post_with(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.send(Method::POST, path, &headers, Some(body.to_string().into_bytes())).await
    }

    /// Posts bytes as JSON, whatever they are.
    pub async fn post_bytes(&self, path: &str, body: &[u8]) -> Answer {
        self.send(Method::POST, path, &[("content-type", "application/json")], Some(body.to_vec())).await
    }
}
