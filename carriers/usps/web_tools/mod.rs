//! USPS Web Tools, the XML that Tracking v3 came after: for answers that were kept. `source.toml` says what was asked and how
//! an answer is read.

#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
