//! Phone numbers, e-mail addresses and named persons in a carrier's free text.

use super::{STAR, masked_name};

/// Fewest and most digits of a phone number (ITU-T E.164 has at most 15).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Digits in a row, with nothing between them, that are taken for a phone number.
const BARE_DIGITS: std::ops::RangeInclusive<usize> = 9..=12;
/// Most words that are taken for a name after a word that announces one.
const NAME_WORDS_MAX: usize = 6;

/// Words after which a person is named. In small letters; after them a colon, a bracket or a space.
const ANNOUNCE: [&str; 26] = [
    "signed for by",
    "signed by",
    "signee",
    "signatory",
    "signature of",
    "signature",
    "received by",
    "collected by",
    "accepted by",
    "picked up by",
    "left with",
    "handed to",
    "handed over to",
    "recipient name",
    "consignee name",
    "unterschrieben von",
    "empfangen von",
    "angenommen von",
    "reçu par",
    "signé par",
    "remis à",
    "firmado por",
    "recibido por",
    "entregado a",
    "ricevuto da",
    "получил",
];

/// The same in scripts without spaces: a colon or a bracket must follow.
const ANNOUNCE_CLOSED: [&str; 12] = [
    "签收人",
    "收件人",
    "代收人",
    "代签",
    "快递员",
    "派送员",
    "派件员",
    "业务员",
    "簽收人",
    "收件者",
    "受取人",
    "받는분",
];

/// Words that end a name.
const FOLLOWS: [&str; 8] = ["at", "on", "in", "am", "um", "le", "el", "il"];

/// What may follow and names nobody.
const NOBODY: [&str; 18] = [
    "addressee",
    "agent",
    "customer",
    "front",
    "mail",
    "mailbox",
    "neighbor",
    "neighbour",
    "not",
    "reception",
    "receptionist",
    "recipient",
    "required",
    "resident",
    "sender",
    "the",
    "no",
    "waived",
];

/// A text without e-mail addresses, phone numbers, and names that the text itself announces.
pub fn masked_text(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let mut masked = signs.clone();
    hide_mail(&signs, &mut masked);
    hide_announced(&signs, &mut masked);
    hide_phones(&signs, &mut masked);
    masked.into_iter().collect()
}

/// Hides all but the first sign of each word of a piece.
fn hide(signs: &[char], masked: &mut [char], from: usize, to: usize) {
    let mut in_word = false;
    for at in from..to {
        let is_word = signs[at].is_alphanumeric() || !signs[at].is_ascii() && !signs[at].is_whitespace();
        if is_word && in_word {
            masked[at] = STAR;
        }
        in_word = is_word;
    }
}

fn hide_mail(signs: &[char], masked: &mut [char]) {
    let is_of_mail = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%' | '\'');
    for at in 0..signs.len() {
        if !matches!(signs[at], '@' | '\u{ff20}') {
            continue;
        }
        let from = (0..at).rev().take_while(|i| is_of_mail(signs[*i])).last().unwrap_or(at);
        let to = (at + 1..signs.len()).take_while(|i| is_of_mail(signs[*i])).last().map_or(at, |i| i + 1);
        if from == at || to == at {
            continue;
        }
        for (hidden, sign) in masked.iter_mut().zip(signs).take(to).skip(from + 1) {
            if is_of_mail(*sign) {
                *hidden = STAR;
            }
        }
    }
}

fn hide_announced(signs: &[char], masked: &mut [char]) {
    let small: Vec<char> = signs.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
    for at in 0..small.len() {
        for (words, is_closed) in
            ANNOUNCE.iter().map(|w| (w, false)).chain(ANNOUNCE_CLOSED.iter().map(|w| (w, true)))
        {
            let length = words.chars().count();
            let begins = is_closed || at == 0 || !small[at - 1].is_alphanumeric();
            if begins && words.chars().eq(small[at..].iter().copied().take(length)) {
                let (from, to) = named(signs, at + length, is_closed);
                hide(signs, masked, from, to);
            }
        }
    }
}

/// The piece after an announcement that is a name.
fn named(signs: &[char], after: usize, is_closed: bool) -> (usize, usize) {
    let opens = |c: char| matches!(c, ':' | '\u{ff1a}' | '(' | '[' | '\u{ff08}' | '\u{3010}' | '-' | '=');
    let skipped =
        signs[after..].iter().take_while(|c| c.is_whitespace() || opens(**c)).copied().collect::<Vec<_>>();
    let from = after + skipped.len();
    if skipped.is_empty() || is_closed && !skipped.iter().any(|c| opens(*c)) {
        return (from, from);
    }
    let ends = |c: char| {
        matches!(c, '.' | ';' | ',' | ')' | ']' | '\n' | '(' | '[')
            || matches!(
                c,
                '\u{3002}' | '\u{ff1b}' | '\u{ff0c}' | '\u{ff09}' | '\u{3011}' | '\u{3001}' | '\u{3010}'
            )
    };
    let (mut to, mut words) = (from, 0);
    while to < signs.len() {
        // `J. Doe` goes on after its full stop.
        let is_initial = signs[to] == '.' && to > from && (to < from + 2 || signs[to - 2].is_whitespace());
        if ends(signs[to]) && !is_initial {
            break;
        }
        if signs[to].is_whitespace() {
            words += 1;
            let next: String = signs[to + 1..].iter().take_while(|c| !c.is_whitespace()).collect();
            // A time or a place follows the name.
            if words >= NAME_WORDS_MAX
                || next.starts_with(char::is_numeric)
                || FOLLOWS.contains(&next.as_str())
            {
                break;
            }
        }
        to += 1;
    }
    let first: String = signs[from..to].iter().take_while(|c| c.is_alphanumeric()).collect();
    if NOBODY.contains(&first.to_lowercase().as_str()) { (from, from) } else { (from, to) }
}

fn hide_phones(signs: &[char], masked: &mut [char]) {
    let mut at = 0;
    while at < signs.len() {
        let begins = signs[at].is_numeric() || matches!(signs[at], '+' | '\u{ff0b}' | '(');
        let joined = at > 0 && (signs[at - 1].is_ascii_alphanumeric() || matches!(signs[at - 1], '_' | ':'));
        if !begins || joined {
            at += 1;
            continue;
        }
        let end = phone_end(signs, at);
        let run = &signs[at..end];
        if is_phone(run, signs.get(end).copied()) {
            let digits = run.iter().filter(|c| c.is_numeric()).count();
            let mut seen = 0;
            for (hidden, sign) in masked[at..end].iter_mut().zip(run) {
                if sign.is_numeric() {
                    seen += 1;
                    // The last two tell a person which of their numbers it is, and nobody else anything.
                    if seen + 2 <= digits {
                        *hidden = STAR;
                    }
                }
            }
        }
        // What was looked at once is not looked at from its middle again.
        at = end.max(at + 1);
    }
}

/// Where a run of digits and what stands between them ends.
fn phone_end(signs: &[char], from: usize) -> usize {
    let is_between =
        |c: char| matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' | '\u{2011}' | '\u{2013}');
    let mut end = from;
    let mut at = from;
    while at < signs.len() {
        if signs[at].is_numeric() {
            end = at + 1;
        } else if !(is_between(signs[at]) || at == from && matches!(signs[at], '+' | '\u{ff0b}'))
            || at > end + 2
        {
            break;
        }
        at += 1;
    }
    end
}

fn is_phone(run: &[char], next: Option<char>) -> bool {
    if next.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '%')) {
        return false;
    }
    let digits = run.iter().filter(|c| c.is_numeric()).count();
    if !PHONE_DIGITS.contains(&digits) || is_date(run) {
        return false;
    }
    let is_bare = run.iter().all(|c| c.is_numeric());
    !is_bare || BARE_DIGITS.contains(&digits)
}

/// `2026-03-10`, `10.03.2026`, `10/03/2026`, also with an hour behind: groups of two with one of four.
fn is_date(run: &[char]) -> bool {
    let text: String = run.iter().collect();
    let groups: Vec<&str> = text.split(|c: char| !c.is_numeric()).filter(|g| !g.is_empty()).collect();
    let year = |group: &str| group.len() == 4 && (group.starts_with("19") || group.starts_with("20"));
    let is_short = |group: &&str| group.len() <= 2;
    text.starts_with(char::is_numeric)
        && groups.len() >= 3
        && (year(groups[0]) && groups[1..3].iter().all(is_short)
            || year(groups[2]) && groups[..2].iter().all(is_short))
}

/// A known word hidden wherever it stands, in any case. In scripts with spaces it must stand as a word of its own.
pub(super) fn without_word(text: &str, word: &[char]) -> String {
    let signs: Vec<char> = text.chars().collect();
    let lower = |c: &char| c.to_lowercase().next().unwrap_or(*c);
    let has_spaces = word.iter().all(|c| (*c as u32) < 0x2e80);
    let is_free = |c: Option<&char>| !has_spaces || c.is_none_or(|c| !c.is_alphanumeric());
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while at < signs.len() {
        let end = at + word.len();
        let stands = end <= signs.len()
            && signs[at..end].iter().zip(word).all(|(c, w)| lower(c) == *w)
            && is_free(at.checked_sub(1).and_then(|before| signs.get(before)))
            && is_free(signs.get(end));
        if stands {
            out.push_str(&masked_name(&signs[at..end].iter().collect::<String>()));
            at = end;
        } else {
            out.push(signs[at]);
            at += 1;
        }
    }
    out
}
