//! `--policy`: a version that is compiled in, by its id, or a draft in a file.

use std::borrow::Cow;
use std::path::Path;

use anyhow::{Context, bail};

use crate::domain::log::Hash;
use crate::domain::policy::Policy;

/// The policy of that name; the current one without a name.
pub fn choose(name: Option<&str>) -> anyhow::Result<Cow<'static, Policy>> {
    let Some(name) = name else { return Ok(Cow::Borrowed(Policy::current())) };
    if let Some(policy) = Policy::built_in(name) {
        return Ok(Cow::Borrowed(policy));
    }
    let path = Path::new(name);
    if !super::input::is_there(path) {
        let known: Vec<_> = Policy::all().iter().map(|p| p.id.as_str()).collect();
        let given: String = name.chars().take(64).collect();
        bail!("the policy `{given}` is not known, nor is there such a file; known are: {}", known.join(", "));
    }
    let text = super::input::read_text(path)?;
    let policy = Policy::read(&text).with_context(|| path.display().to_string())?;
    // Whoever reads `2026-11` in a verdict must be able to trust that it is that text.
    if Policy::sha256(&policy.id).is_some_and(|known| known != Hash::of(text.as_bytes())) {
        bail!(
            "{}: it calls itself `{}`, a version that is compiled in and never edited: give the draft an id of its own",
            path.display(),
            policy.id
        );
    }
    Ok(Cow::Owned(policy))
}
