//! The policy: thresholds and tiers of the verdict, as versioned data.
