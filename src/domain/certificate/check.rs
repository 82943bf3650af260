//! Checks a certificate with nothing but itself and, where it is given, the key that it must be signed with. Every fault
//! is named with the part that it is in; one that is found does not keep the others from being found.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use waygate_carriers::registry::Registry;

use super::replay::{Replay, all, replay};
use super::{Certificate, Shown, VERSION, signed_text};
use crate::domain::channels::Channels;
use crate::domain::log::canonical::canonical;
use crate::domain::log::{Checkpoint, Hash, Leaf, Note, VerifierKey, verify_inclusion};
use crate::domain::policy::Policy;

/// Largest certificate that is read, in bytes: 16 MiB.
pub const BYTES_MAX: usize = 16 << 20;

/// Why a file is not read as a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Too large.
    #[error("the file has {0} bytes; at most {BYTES_MAX} are read")]
    TooLarge(usize),
    /// Not the JSON that is expected.
    #[error("this is not a certificate: {0}")]
    NotACertificate(String),
    /// Of a later form.
    #[error("this is a certificate of form {0}; this program reads form {VERSION}")]
    Form(u8),
}

/// A part of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The signature over the whole.
    Signature,
    /// The key that signs.
    Key,
    /// The log's signed head.
    Checkpoint,
    /// The policy.
    Policy,
    /// The claim.
    Claim,
    /// An observation, counted from 0.
    Observation(usize),
    /// The verdict.
    Verdict,
    /// An erasure, counted from 0.
    Erasure(usize),
    /// How the parts fit together.
    Whole,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where.
    pub part: Part,
    /// What.
    pub what: String,
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing is wrong.
    pub valid: bool,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// The verdict that it certifies, where it can be read.
    pub verdict: Option<String>,
    /// What came of making it again.
    pub replay: Replay,
    /// Fields that are withheld, each with its part.
    pub withheld: Vec<(Part, String)>,
    /// When fields were erased, and how many, where some were before the certificate was made.
    pub erased: Vec<(String, usize)>,
    /// The shipment.
    pub shipment: String,
    /// When it was made.
    pub issued_at: String,
    /// The log.
    pub log: String,
    /// The log's size under the head that it holds.
    pub log_size: Option<u64>,
    /// The key that signed it.
    pub key: String,
    /// Whether that key was given as one to trust.
    pub key_trusted: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    certificate: Value,
    signature: String,
}

/// Checks a certificate. Where keys are given it must be signed by one of them, else by the one that it names itself.
pub fn check(
    bytes: &[u8],
    trusted: &[VerifierKey],
    registry: &Registry,
    channels: &Channels,
) -> Result<Report, Unreadable> {
    if bytes.len() > BYTES_MAX {
        return Err(Unreadable::TooLarge(bytes.len()));
    }
    let not = |error: &dyn std::fmt::Display| Unreadable::NotACertificate(error.to_string());
    let signed: Signed = serde_json::from_slice(bytes).map_err(|error| not(&error))?;
    let text = canonical(&signed.certificate).map_err(|error| not(&error))?;
    if let Some(form) =
        signed.certificate.get("v").and_then(Value::as_u64).filter(|v| *v != u64::from(VERSION))
    {
        return Err(Unreadable::Form(u8::try_from(form).unwrap_or(u8::MAX)));
    }
    let certificate: Certificate = serde_json::from_value(signed.certificate).map_err(|error| not(&error))?;
    let mut faults = Faults::default();
    let keys = keys(&certificate, trusted, &mut faults);
    check_signature(&certificate, &signed.signature, &text, &keys, &mut faults);
    let head = check_checkpoint(&certificate, &keys, &mut faults);
    let mut is_logged = true;
    for (part, shown) in parts(&certificate) {
        is_logged &= check_shown(part, shown, head.as_ref(), &mut faults);
    }
    for (n, shown) in certificate.erasures.iter().enumerate() {
        check_shown(Part::Erasure(n), shown, head.as_ref(), &mut faults);
        check_erasure(n, shown, &certificate.shipment, &mut faults);
    }
    check_whole(&certificate, &mut faults);
    // What was changed after it was logged says nothing of the verdict.
    let replay = if is_logged {
        replay(&certificate, registry, channels)
    } else {
        Replay::Impossible { why: "a document is not the one that was logged".to_owned() }
    };
    match &replay {
        Replay::Same | Replay::Withheld => {}
        Replay::Differs { at } => faults.add(
            Part::Verdict,
            format!("made again from this evidence by {}, the verdict differs at {at}", program()),
        ),
        Replay::OtherFacts { .. } => faults.add(
            Part::Verdict,
            format!(
                "it was judged with other carrier facts than this program's ({}), so that this program cannot make it \
                 again; use the one that it names",
                program()
            ),
        ),
        Replay::Impossible { .. } if !is_logged => {}
        Replay::Impossible { why } => faults.add(Part::Verdict, format!("it cannot be made again: {why}")),
    }
    let verdict = certificate.verdict.document.pointer("/verdict/verdict").and_then(Value::as_str);
    Ok(Report {
        valid: faults.0.is_empty(),
        verdict: verdict.map(str::to_owned),
        replay,
        withheld: parts(&certificate)
            .flat_map(|(part, shown)| shown.withheld().into_iter().map(move |at| (part.clone(), at)))
            .collect(),
        erased: certificate.erasures.iter().map(erased).collect(),
        log_size: head.map(|head| head.size),
        key_trusted: trusted.iter().any(|key| key.to_string() == certificate.key),
        shipment: certificate.shipment,
        issued_at: certificate.issued_at.to_string(),
        log: certificate.log,
        key: certificate.key,
        faults: faults.0,
    })
}

/// The program and its version.
pub fn program() -> &'static str {
    concat!("waygate ", env!("CARGO_PKG_VERSION"))
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, part: Part, what: impl Into<String>) {
        self.0.push(Fault { part, what: what.into() });
    }
}

fn parts(certificate: &Certificate) -> impl Iterator<Item = (Part, &Shown)> {
    let last = certificate.observations.len() + 1;
    all(certificate).enumerate().map(move |(n, shown)| {
        let part = match n {
            0 => Part::Claim,
            n if n == last => Part::Verdict,
            n => Part::Observation(n - 1),
        };
        (part, shown)
    })
}

/// The keys that may have signed.
fn keys(certificate: &Certificate, trusted: &[VerifierKey], faults: &mut Faults) -> Vec<VerifierKey> {
    let named: Option<VerifierKey> = match certificate.key.parse() {
        Ok(key) => Some(key),
        Err(error) => {
            faults.add(Part::Key, format!("{error}"));
            None
        }
    };
    if trusted.is_empty() {
        return named.into_iter().collect();
    }
    if named.is_some_and(|named| !trusted.contains(&named)) {
        faults
            .add(Part::Key, format!("it is signed by {}, which is none of the given keys", certificate.key));
    }
    trusted.to_vec()
}

fn check_signature(
    certificate: &Certificate,
    signature: &str,
    text: &str,
    keys: &[VerifierKey],
    faults: &mut Faults,
) {
    let note = match Note::parse(signature) {
        Ok(note) => note,
        Err(error) => return faults.add(Part::Signature, error.to_string()),
    };
    match note.verify(keys) {
        Err(error) => faults.add(Part::Signature, error.to_string()),
        Ok((told, _)) if told != signed_text(&certificate.log, text) => {
            faults.add(Part::Signature, "what was signed is not this certificate: it was changed afterwards");
        }
        Ok((_, key)) if key.to_string() != certificate.key => {
            faults.add(Part::Key, "it is signed by another key than it names");
        }
        Ok(_) => {}
    }
}

fn check_checkpoint(
    certificate: &Certificate,
    keys: &[VerifierKey],
    faults: &mut Faults,
) -> Option<Checkpoint> {
    let note = match Note::parse(&certificate.checkpoint) {
        Ok(note) => note,
        Err(error) => {
            faults.add(Part::Checkpoint, error.to_string());
            return None;
        }
    };
    match note.verify(keys) {
        Err(error) => {
            faults.add(Part::Checkpoint, error.to_string());
            None
        }
        Ok((text, _)) => match Checkpoint::parse(text) {
            Err(error) => {
                faults.add(Part::Checkpoint, error.to_string());
                None
            }
            Ok(head) => {
                if head.origin != certificate.log {
                    faults.add(Part::Checkpoint, format!("it is that of another log, {}", head.origin));
                }
                Some(head)
            }
        },
    }
}

/// Whether its document is the one that was logged.
fn check_shown(part: Part, shown: &Shown, head: Option<&Checkpoint>, faults: &mut Faults) -> bool {
    let id = shown.entry.id();
    let opening = shown.opening();
    let opens = opening.as_ref().is_some_and(|o| o.commit(&shown.document) == Some(shown.entry.document()));
    if opening.is_none() {
        faults.add(part.clone(), format!("{id}: it needs either a seed or salts"));
    } else if !opens {
        faults.add(part.clone(), format!("{id}: its document is not the one that was logged"));
    }
    let Some(head) = head else { return opens };
    let proved = shown.entry.entry().is_ok_and(|entry| {
        verify_inclusion(Hash::leaf(&entry), shown.index, head.size, &shown.proof, head.root)
    });
    if !proved {
        let size = head.size;
        faults.add(part, format!("{id}: it is not proved to be entry {} of {size} of the log", shown.index));
    }
    opens
}

fn check_erasure(n: usize, shown: &Shown, shipment: &str, faults: &mut Faults) {
    if !matches!(shown.entry, Leaf::Erasure { .. }) || shown.entry.shipment() != shipment {
        faults.add(Part::Erasure(n), "its entry is not that of an erasure of this shipment's");
    }
}

/// When an erasure was, and of how many fields.
fn erased(shown: &Shown) -> (String, usize) {
    let fields = shown.document.get("fields").and_then(Value::as_object);
    let fields =
        fields.into_iter().flat_map(|of| of.values()).filter_map(Value::as_array).map(Vec::len).sum();
    let at = match &shown.entry {
        Leaf::Erasure { time, .. } => time.to_string(),
        _ => String::new(),
    };
    (at, fields)
}

/// The parts are about one thing.
fn check_whole(certificate: &Certificate, faults: &mut Faults) {
    if !matches!(certificate.claim.entry, Leaf::Claim { .. }) {
        faults.add(Part::Claim, "its entry is not that of a claim");
    }
    for (part, shown) in parts(certificate) {
        if shown.entry.shipment() != certificate.shipment {
            faults.add(part.clone(), format!("{}: it is about another shipment", shown.entry.id()));
        }
        if matches!(part, Part::Observation(_)) && !matches!(shown.entry, Leaf::Observation { .. }) {
            faults.add(part, "its entry is not that of an answer");
        }
    }
    let Leaf::Verdict { policy, policy_sha256, .. } = &certificate.verdict.entry else {
        return faults.add(Part::Verdict, "its entry is not that of a verdict");
    };
    if *policy != certificate.policy.id || *policy_sha256 != certificate.policy.sha256 {
        faults.add(Part::Policy, "it is not the one that the verdict was made under");
    }
    let ours = Policy::sha256(policy);
    if ours.is_some() && ours != *policy_sha256 {
        faults.add(Part::Policy, format!("its text is not that of {policy} in this program"));
    }
    let told = certificate.verdict.document.pointer("/verdict/policy").and_then(Value::as_str);
    if told != Some(policy) {
        faults.add(Part::Verdict, "it names another policy than its entry");
    }
    let named = certificate.verdict.document.pointer("/basis/observations").and_then(Value::as_array);
    let shown = certificate.observations.iter().map(|shown| shown.entry.id());
    if !named.is_some_and(|named| named.iter().map(Value::as_str).eq(shown.map(Some))) {
        faults.add(Part::Whole, "the observations are not those that the verdict was made on");
    }
}
