//! EMS, the express service of the posts: by the page of their cooperative.

pub mod cooperative;

use std::sync::Arc;

use crate::contract::Source;
use crate::registry::Parts;

/// The sources of EMS.
pub fn sources(parts: &Parts) -> Vec<Arc<dyn Source>> {
    cooperative::sources(parts)
}
