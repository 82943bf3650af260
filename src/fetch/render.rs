//! Templates made into text: secrets put in and escaped, digests and ciphers applied.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Digest as _;
use sm4::Sm4;
use sm4::cipher::{Array, BlockCipherEncrypt, KeyInit};
use waygate_carriers::contract::{Cipher, Digest, Part, Template};

use super::source::Secrets;
use super::wire::WireError;

/// Length of an SM4 block and key, in bytes.
const SM4_BYTES: usize = 16;

/// How a secret is escaped where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// As it is: the place is encoded as a whole afterwards.
    None,
    /// Inside a JSON string.
    Json,
    /// In an XML element or attribute.
    Xml,
}

/// The text of a template.
pub fn render(template: &Template, secrets: &Secrets, escape: Escape) -> Result<String, WireError> {
    let mut text = String::new();
    for part in &template.0 {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Secret(name) => text.push_str(&escaped(secret(secrets, name)?, escape)),
            Part::SecretInXml(name) => {
                text.push_str(&escaped(&escaped(secret(secrets, name)?, Escape::Xml), escape));
            }
            Part::Digest(Digest::Md5OfFormEncoded, of) => {
                let of = render(of, secrets, Escape::None)?;
                let encoded: String = url::form_urlencoded::byte_serialize(of.as_bytes()).collect();
                text.push_str(&escaped(&STANDARD.encode(md5::Md5::digest(encoded.as_bytes())), escape));
            }
            Part::Encrypted(Cipher::Sm4Ecb, key, of) => {
                let of = render(of, secrets, Escape::None)?;
                text.push_str(&escaped(&sm4_ecb(secret(secrets, key)?, of.as_bytes())?, escape));
            }
        }
    }
    Ok(text)
}

fn secret<'a>(secrets: &'a Secrets, name: &'static str) -> Result<&'a str, WireError> {
    secrets.expose(name).ok_or(WireError::NoSecret(name))
}

fn escaped(text: &str, escape: Escape) -> String {
    match escape {
        Escape::None => text.to_owned(),
        Escape::Json => {
            let quoted = serde_json::Value::from(text).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        Escape::Xml => text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&apos;"),
    }
}

fn sm4_ecb(key: &str, plain: &[u8]) -> Result<String, WireError> {
    let wrong = || WireError::Request("the key is not 16 bytes in Base64".to_owned());
    let key = STANDARD.decode(key).map_err(|_| wrong())?;
    let key: [u8; SM4_BYTES] = key.try_into().map_err(|_| wrong())?;
    let cipher = Sm4::new(&Array::from(key));
    let padding = SM4_BYTES - plain.len() % SM4_BYTES;
    let mut padded = plain.to_vec();
    padded.resize(plain.len() + padding, u8::try_from(padding).map_err(|_| wrong())?);
    for block in padded.chunks_exact_mut(SM4_BYTES) {
        let mut bytes = [0; SM4_BYTES];
        bytes.copy_from_slice(block);
        let mut array = Array::from(bytes);
        cipher.encrypt_block(&mut array);
        block.copy_from_slice(&array);
    }
    Ok(STANDARD.encode(padded))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn secrets(pairs: &[(&str, &str)]) -> Secrets {
        let mut secrets = Secrets::default();
        for (name, text) in pairs {
            secrets.insert(name, SecretString::from(*text));
        }
        secrets
    }

    /// Vectors of SF Express' `msgDigest`, computed apart from this code.
    #[test]
    fn a_form_encoded_md5_is_that_of_the_documented_signature() {
        let secrets = secrets(&[("checkword", "WaygateSyntheticCheckword0000000")]);
        for (data, digest) in [
            (
                r#"{"language":"0","trackingType":"1","trackingNumber":["SF0000000000001"],"methodType":"1","checkPhoneNo":"0000"}"#,
                "8P49WqM/2XmhMXb7cJh/Yg==",
            ),
            (r#"{"remark":"a b*c~d!e(f)'g+h"}"#, "+ruVpcCU2A18MD4/b5wxGQ=="),
        ] {
            let signed = Template::from(data).text("1767225600000").secret("checkword");
            let template = Template::default().digest(Digest::Md5OfFormEncoded, signed);
            assert_eq!(render(&template, &secrets, Escape::None).unwrap(), digest);
        }
    }

    /// GB/T 32907-2016, example 1: key and block are 0123456789abcdeffedcba9876543210.
    #[test]
    fn sm4_is_that_of_the_standard() {
        let block =
            [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10];
        let encrypted = STANDARD.decode(sm4_ecb(&STANDARD.encode(block), &block).unwrap()).unwrap();
        assert_eq!(
            encrypted[..SM4_BYTES],
            [0x68, 0x1e, 0xdf, 0x34, 0xd2, 0x06, 0x96, 0x5e, 0x86, 0xb3, 0xe9, 0x4f, 0x53, 0x6e, 0x42, 0x46]
        );
        assert_eq!(encrypted.len(), 2 * SM4_BYTES, "a full block of padding follows a full block");
    }

    #[test]
    fn a_secret_cannot_break_out_of_where_it_stands() {
        let secrets = secrets(&[("password", "\"<&'>\\")]);
        let template = Template::default().secret("password");
        assert_eq!(render(&template, &secrets, Escape::Json).unwrap(), "\\\"<&'>\\\\");
        assert_eq!(render(&template, &secrets, Escape::Xml).unwrap(), "&quot;&lt;&amp;&apos;&gt;\\");
    }

    #[test]
    fn a_secret_in_xml_is_escaped_in_a_query_too() {
        let template = Template::from("<a b=\"").secret_in_xml("password").text("\"/>");
        let shown = render(&template, &secrets(&[("password", "1\"&2")]), Escape::None).unwrap();
        assert_eq!(shown, "<a b=\"1&quot;&amp;2\"/>");
    }

    #[test]
    fn a_missing_secret_is_named() {
        let template = Template::default().secret("password");
        let error = render(&template, &Secrets::default(), Escape::None).unwrap_err();
        assert!(matches!(error, WireError::NoSecret("password")));
    }
}
