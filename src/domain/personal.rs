//! What tells of a person, and how it is masked: names, phone numbers, e-mail addresses, where a buyer lives beyond the
//! country and the region. Pure. Who sees what unmasked is decided in `http/sight.rs`; nothing else decides.

mod scan;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod veil;

pub use scan::masked_text;
pub use veil::Veil;

/// What stands for each hidden letter.
pub const STAR: char = '*';
/// Signs of a postal code that stay: they name a region, not a street.
const POSTAL_SHOWN: usize = 2;
/// Signs that are counted; what is longer does not say how long it is.
const STARS_MAX: usize = 12;

/// A name with all but the first sign of each word hidden: `J*** D**`.
pub fn masked_name(name: &str) -> String {
    let mut masked = String::with_capacity(name.len());
    let mut hidden = 0;
    let mut in_word = false;
    for sign in name.trim().chars() {
        if !is_of_word(sign) {
            (in_word, hidden) = (false, 0);
            masked.push(sign);
        } else if !in_word {
            in_word = true;
            masked.push(sign);
        } else if hidden < STARS_MAX {
            hidden += 1;
            masked.push(STAR);
        }
    }
    masked
}

/// A postal code whose first signs stay: `94***`.
pub fn masked_postal_code(code: &str) -> String {
    let mut shown = 0;
    let mask = |sign: char| {
        if !is_of_word(sign) {
            return sign;
        }
        shown += 1;
        if shown <= POSTAL_SHOWN { sign } else { STAR }
    };
    code.trim().chars().map(mask).collect()
}

/// What a seller typed, where it is more than the number: the number stays, of all else the first signs.
pub fn masked_typing(typed: &str, number: &str) -> String {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
    };
    if plain(typed) == plain(number) {
        return typed.to_owned();
    }
    let word = |word: &str| {
        let is_of_number = !plain(word).is_empty() && plain(number).contains(&plain(word));
        if is_of_number { word.to_owned() } else { masked_name(word) }
    };
    typed.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// A page that a seller named: its host, without the path and the query, where people put names and numbers.
pub fn masked_page(page: &str) -> String {
    let Some((scheme, rest)) = page.split_once("://") else { return masked_name(page) };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What stands before an `@` is a user's name.
    let host = host.rsplit('@').next().unwrap_or_default();
    if host.len() == rest.len() { page.to_owned() } else { format!("{scheme}://{host}/{STAR}{STAR}{STAR}") }
}

/// Letters, digits and the marks that belong to them, in any script. What divides words is space and ASCII punctuation
/// alone: a sign that nobody knows is hidden rather than taken for an end.
fn is_of_word(sign: char) -> bool {
    !sign.is_whitespace() && (!sign.is_ascii_punctuation() || sign == STAR) && !sign.is_control()
}
