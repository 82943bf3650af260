//! Which fields are withheld. What they hold is replaced by a hash; all else can still be checked.

use crate::domain::log::Leaf;

/// What a certificate leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withhold {
    /// Nothing.
    Nothing,
    /// What tells of persons: who bought, where they live beyond the country, who signed, free text that may name them.
    Personal,
}

/// The fields that may tell of persons. `*` stands for one step.
const CLAIM: [&str; 4] =
    ["/order/buyer", "/order/ship_to/region", "/order/ship_to/city", "/order/ship_to/postal_code"];
const OBSERVATION: [&str; 10] = [
    "/url",
    "/reading/proof_of_delivery/*",
    "/reading/destination/region",
    "/reading/destination/city",
    "/reading/destination/postal_code",
    "/reading/status_text",
    "/reading/notes/*",
    "/reading/checkpoints/*/text",
    "/reading/checkpoints/*/place/city",
    "/reading/checkpoints/*/place/postal_code",
];
const VERDICT: [&str; 5] = [
    "/basis/other_claims/*/order",
    "/basis/other_claims/*/seller",
    "/basis/other_claims/*/buyer",
    "/verdict/checks/*/reason",
    "/verdict/checks/*/for_seller",
];

impl Withhold {
    /// Whether a field of this entry's document is withheld.
    pub fn withholds(self, entry: &Leaf, pointer: &str) -> bool {
        self == Self::Personal && is_personal(entry, pointer)
    }
}

/// Whether a field may tell of a person.
pub fn is_personal(entry: &Leaf, pointer: &str) -> bool {
    let patterns = match entry {
        Leaf::Claim { .. } => CLAIM.as_slice(),
        Leaf::Observation { .. } => &OBSERVATION,
        Leaf::Verdict { .. } => &VERDICT,
    };
    patterns.iter().any(|pattern| fits(pattern, pointer))
}

fn fits(pattern: &str, pointer: &str) -> bool {
    let mut steps = pointer.split('/');
    pattern.split('/').all(|expected| steps.next().is_some_and(|step| expected == "*" || step == expected))
        && steps.next().is_none()
}
