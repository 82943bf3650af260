//! La Poste, by its API Suivi v2; `source.toml` says what is asked and read.

#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
