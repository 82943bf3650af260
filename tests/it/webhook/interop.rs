//! Messages of ours, read by the public Rust library for Standard Webhooks.

use proptest::prelude::*;
use waygate::clock::{Clock as _, SystemClock};
use waygate::ids::EndpointId;
use waygate::webhook::signature::{HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, sign, verify};

use super::{master, noon};

proptest! {
    #[test]
    fn the_public_library_takes_what_we_sign_and_we_take_what_it_signs(
        body in "\\PC{0,200}",
        version in 1_u32..5,
        salt in any::<u64>(),
    ) {
        let secret = master().webhook_secret(&EndpointId::generate(noon()), version);
        let changed = [body.as_bytes(), b" "].concat();
        let library = standardwebhooks::Webhook::new(&secret.reveal()).unwrap();
        let id = format!("evt_{salt:032x}");
        let now = SystemClock.now();
        let headers_with = |signature: String| {
            [(HEADER_ID, id.clone()), (HEADER_TIMESTAMP, now.as_second().to_string()), (HEADER_SIGNATURE, signature)]
                .into_iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect::<http::HeaderMap>()
        };
        let ours = headers_with(sign(&secret, &id, now, body.as_bytes()));
        prop_assert!(library.verify(body.as_bytes(), &ours).is_ok());
        prop_assert!(library.verify(&changed, &ours).is_err());
        let theirs = headers_with(library.sign(&id, now.as_second(), body.as_bytes()).unwrap());
        prop_assert_eq!(verify(&secret, &theirs, body.as_bytes(), now), Ok(()));
        prop_assert!(verify(&secret, &theirs, &changed, now).is_err());
    }
}
