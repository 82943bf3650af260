//! What a certificate says, line by line, for every form that people read it in.

use serde_json::Value;

use crate::domain::certificate::{Certificate, Shown};
use crate::domain::log::{Checkpoint, Leaf, Note, VerifierKey};
use crate::http::pages::words::check_title;

/// What stands in place of a field that is withheld.
const WITHHELD: &str = "withheld";

/// A certificate in lines.
pub struct Sheet {
    /// The verdict in one word.
    pub verdict: String,
    /// Carrier and number.
    pub parcel: String,
    /// Its parts.
    pub sections: Vec<Section>,
}

/// A part.
pub struct Section {
    /// Its title.
    pub title: String,
    /// Names with what they are.
    pub lines: Vec<Line>,
}

/// One thing.
pub struct Line {
    /// What it is.
    pub name: String,
    /// Its value.
    pub text: String,
}

fn line(name: impl Into<String>, text: impl Into<String>) -> Line {
    Line { name: name.into(), text: text.into() }
}

/// A value in words; nothing where there is none.
fn words(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Object(members) if members.contains_key(WITHHELD) => Some(WITHHELD.to_owned()),
        Value::Object(members) => {
            // An amount, or a place from the small to the large; else as it comes.
            let order = ["amount", "city", "region", "postal_code", "country", "currency"];
            let known: Vec<_> = order.iter().filter_map(|name| words(members.get(*name))).collect();
            if !known.is_empty() {
                return Some(known.join(" "));
            }
            let texts: Vec<_> = members.values().filter_map(|value| words(Some(value))).collect();
            Some(texts.join(", ")).filter(|text| !text.is_empty())
        }
        Value::Array(items) => {
            Some(items.iter().filter_map(|v| words(Some(v))).collect::<Vec<_>>().join(", "))
        }
        other => Some(other.to_string()),
    }
}

fn told(shown: &Shown, lines: &[(&str, &str)]) -> Vec<Line> {
    let find = |(name, pointer): &(&str, &str)| Some(line(*name, words(shown.document.pointer(pointer))?));
    lines.iter().filter_map(find).collect()
}

fn proved(shown: &Shown) -> Line {
    let entry = format!("{} of the log; document {}", shown.index, shown.entry.document());
    line("Entry", entry)
}

impl Sheet {
    /// The lines of a certificate.
    pub fn of(certificate: &Certificate) -> Self {
        let verdict = &certificate.verdict;
        let mut sections = vec![Section {
            title: "Verdict".to_owned(),
            lines: [
                told(
                    verdict,
                    &[
                        ("Verdict", "/verdict/verdict"),
                        ("Judged", "/basis/now"),
                        ("Delivered", "/verdict/delivered_at"),
                        ("Turns by itself", "/verdict/turns_at"),
                    ],
                ),
                vec![line("Policy", policy(certificate)), proved(verdict)],
            ]
            .concat_lines(),
        }];
        sections.push(Section { title: "Checks".to_owned(), lines: checks(verdict) });
        let mut claim = told(
            &certificate.claim,
            &[
                ("Carrier named", "/claim/carrier"),
                ("Number", "/claim/tracking_number"),
                ("As typed", "/input"),
                ("Page named", "/claim/tracking_url"),
                ("Confirmed", "/claim/confirmed_at"),
                ("Given", "/claim/submitted_at"),
                ("Combined with", "/claim/combined_with"),
                ("In place of", "/claim/corrects"),
                ("Late", "/claim/late"),
                ("Order", "/order/id"),
                ("Seller", "/order/seller"),
                ("Buyer", "/order/buyer"),
                ("Paid", "/order/paid_at"),
                ("Amount", "/order/amount"),
                ("Method", "/order/method"),
                ("Handling days", "/order/handling_days"),
                ("Delivery days", "/order/delivery_days"),
                ("From", "/order/ship_from"),
                ("To", "/order/ship_to"),
            ],
        );
        claim.push(proved(&certificate.claim));
        sections.push(Section { title: "Claim and order".to_owned(), lines: claim });
        sections.extend(certificate.observations.iter().enumerate().map(|(n, shown)| observation(n, shown)));
        sections.extend(certificate.erasures.iter().map(erasure));
        sections.push(Section { title: "Proof".to_owned(), lines: proof(certificate) });
        let text = |pointer| words(certificate.claim.document.pointer(pointer)).unwrap_or_default();
        Self {
            verdict: words(verdict.document.pointer("/verdict/verdict")).unwrap_or_default(),
            parcel: format!("{} {}", text("/claim/carrier"), text("/claim/tracking_number")),
            sections,
        }
    }
}

/// Lists of lines as one list.
trait ConcatLines {
    fn concat_lines(self) -> Vec<Line>;
}

impl<const N: usize> ConcatLines for [Vec<Line>; N] {
    fn concat_lines(self) -> Vec<Line> {
        self.into_iter().flatten().collect()
    }
}

fn policy(certificate: &Certificate) -> String {
    let hash = certificate.policy.sha256.map(|hash| format!(", SHA-256 {hash}")).unwrap_or_default();
    format!("{}{hash}", certificate.policy.id)
}

fn checks(verdict: &Shown) -> Vec<Line> {
    let checks = verdict.document.pointer("/verdict/checks").and_then(Value::as_array);
    let check = |check: &Value| {
        let id = words(check.get("id")).unwrap_or_default();
        let name = check_title(&id).map_or(id.clone(), str::to_owned);
        let outcome = words(check.get("outcome")).unwrap_or_default().replace('_', " ");
        let reason = words(check.get("reason")).unwrap_or_default();
        line(name, format!("{outcome}: {reason}"))
    };
    checks.into_iter().flatten().map(check).collect()
}

fn observation(number: usize, shown: &Shown) -> Section {
    let mut lines = told(
        shown,
        &[
            ("Outcome", "/reading/outcome"),
            ("Status", "/reading/status"),
            ("Service", "/reading/service"),
            ("From", "/reading/origin"),
            ("To", "/reading/destination"),
            ("Weight in grams", "/reading/weight_grams"),
            ("Delivered", "/reading/delivered_at"),
            ("Proof of delivery", "/reading/proof_of_delivery"),
            ("Error", "/reading/error"),
            ("Asked", "/url"),
            ("SHA-256 of the body", "/body_sha256"),
        ],
    );
    let scans = shown.document.pointer("/reading/checkpoints").and_then(Value::as_array);
    for scan in scans.into_iter().flatten() {
        let at = words(scan.get("time")).or_else(|| words(scan.get("local_time"))).unwrap_or_default();
        let parts = ["status", "place", "text", "code"].map(|name| words(scan.get(name)));
        lines.push(line(at, parts.into_iter().flatten().collect::<Vec<_>>().join("; ")));
    }
    lines.push(proved(shown));
    let (source, at) = match &shown.entry {
        Leaf::Observation { source, time, .. } => (source.clone(), time.to_string()),
        _ => Default::default(),
    };
    Section { title: format!("Answer {number}: {source}, {at}"), lines }
}

fn erasure(shown: &Shown) -> Section {
    let at = match &shown.entry {
        Leaf::Erasure { time, .. } => time.to_string(),
        _ => String::new(),
    };
    let fields = shown.document.get("fields").and_then(Value::as_object);
    let name = |(id, fields): (&String, &Value)| line(id.clone(), words(Some(fields)).unwrap_or_default());
    let mut lines = told(shown, &[("Cause", "/cause"), ("Bodies", "/bodies")]);
    lines.extend(fields.into_iter().flatten().map(name));
    lines.push(proved(shown));
    Section { title: format!("Erased, {at}"), lines }
}

fn proof(certificate: &Certificate) -> Vec<Line> {
    let key: Option<VerifierKey> = certificate.key.parse().ok();
    let note = Note::parse(&certificate.checkpoint).ok();
    let head =
        note.as_ref().and_then(|note| note.verify(&key).ok()).and_then(|(t, _)| Checkpoint::parse(t).ok());
    let mut lines = vec![
        line("Made", certificate.issued_at.to_string()),
        line("By", certificate.program.clone()),
        line("Log", certificate.log.clone()),
    ];
    if let Some(head) = head {
        lines.push(line("Head", format!("{} entries, root {}", head.size, head.root)));
    }
    lines.push(line("Signed by", certificate.key.clone()));
    lines.push(line(
        "To check",
        "waygate certificate verify --key KEY FILE, with the key that the platform publishes",
    ));
    lines
}
