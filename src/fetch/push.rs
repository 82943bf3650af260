//! Whether a message that was pushed is the carrier's: the proofs that carriers give. Compared in constant time.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use md5::{Digest as _, Md5};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use waygate_carriers::contract::{CarrierId, Proof};

use crate::secrets::{self, hex};

/// The secrets with which carriers prove what they push.
#[derive(Default)]
pub struct PushSecrets(BTreeMap<CarrierId, SecretString>);

impl PushSecrets {
    /// The secrets by carrier.
    pub fn new(secrets: BTreeMap<CarrierId, SecretString>) -> Self {
        Self(secrets)
    }

    /// Whether a message is proven; none where no secret is set up for the carrier.
    pub fn is_proven(
        &self,
        carrier: &CarrierId,
        proof: Proof,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Option<bool> {
        let secret = self.0.get(carrier)?.expose_secret();
        Some(is_proven(proof, secret, headers, body))
    }
}

fn is_proven(proof: Proof, secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let header = |name: &str| headers.get(name).map(http::HeaderValue::as_bytes).unwrap_or_default();
    match proof {
        Proof::Secret { header: name } => same(header(name), secret.as_bytes()),
        Proof::HmacSha256 { header: name } => {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
            mac.update(body);
            let digest = mac.finalize().into_bytes();
            let given = header(name).trim_ascii();
            same(given, STANDARD.encode(digest).as_bytes())
                | same(&given.to_ascii_lowercase(), hex(&digest).as_bytes())
        }
        Proof::Md5OfForm { digest, over } => {
            let fields: BTreeMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
            let field = |name: &str| fields.get(name).map(String::as_str);
            let (Some(given), Some(first), Some(second)) = (field(digest), field(over[0]), field(over[1]))
            else {
                return false;
            };
            let plain = format!("{first}{second}{secret}");
            let encoded: String = url::form_urlencoded::byte_serialize(plain.as_bytes()).collect();
            let digest = |text: &str| STANDARD.encode(Md5::digest(text.as_bytes()));
            same(given.as_bytes(), digest(&plain).as_bytes())
                | same(given.as_bytes(), digest(&encoded).as_bytes())
        }
    }
}

fn same(given: &[u8], wanted: &[u8]) -> bool {
    !wanted.is_empty() && secrets::same(given, wanted)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn a_header_holds_the_secret() {
        let proof = Proof::Secret { header: "x-api-key" };
        assert!(is_proven(proof, "s3cret", &headers("x-api-key", "s3cret"), b""));
        for wrong in ["", "s3cre", "s3crets", "S3CRET"] {
            assert!(!is_proven(proof, "s3cret", &headers("x-api-key", wrong), b""), "{wrong}");
        }
        assert!(!is_proven(proof, "s3cret", &HeaderMap::new(), b""));
        assert!(!is_proven(proof, "", &headers("x-api-key", ""), b""), "no secret proves nothing");
    }

    /// RFC 4231, test case 2.
    #[test]
    fn a_header_holds_the_code_of_the_body_in_either_writing() {
        let proof = Proof::HmacSha256 { header: "fdx-signature" };
        let body = b"what do ya want for nothing?";
        let hexadecimal = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let base64 = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";
        for right in [hexadecimal, base64] {
            assert!(is_proven(proof, "Jefe", &headers("fdx-signature", right), body), "{right}");
            assert!(
                !is_proven(proof, "Jefe", &headers("fdx-signature", right), b"what do ya want"),
                "{right}"
            );
            assert!(!is_proven(proof, "jefe", &headers("fdx-signature", right), body), "{right}");
        }
    }

    /// The digest was made with `md5sum` and `base64`.
    #[test]
    fn a_field_of_the_form_holds_the_digest_of_others() {
        let proof = Proof::Md5OfForm { digest: "msgDigest", over: ["msgData", "timestamp"] };
        let form =
            |digest: &str| format!("msgData=%7B%22a%22%3A1%7D&timestamp=1770000000&msgDigest={digest}");
        for right in ["Y5fpELcRlq%2Bt1xcQSgmS1Q%3D%3D", "MFKDHfmsywZ7oXRu5%2FFXbw%3D%3D"] {
            let is_right = is_proven(proof, "checkword", &HeaderMap::new(), form(right).as_bytes());
            assert!(is_right, "{right}");
        }
        assert!(!is_proven(
            proof,
            "other",
            &HeaderMap::new(),
            form("Y5fpELcRlq%2Bt1xcQSgmS1Q%3D%3D").as_bytes()
        ));
        assert!(!is_proven(proof, "checkword", &HeaderMap::new(), b"msgData=1"));
        assert!(!is_proven(proof, "checkword", &HeaderMap::new(), b"\xff\xfe"));
    }
}
