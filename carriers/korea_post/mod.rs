//! Korea Post, by the pages that it shows for a number; `source.toml` says what is asked and read.

#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
