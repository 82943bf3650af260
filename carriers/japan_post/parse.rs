//! Japan Post's page, read into a tracking. The wording is the status; times are the wall clock of the place. Pure.

use jiff::civil::{Date, DateTime};

use super::tables::{self, Event, ListRow, Page};
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, LocalTime, Mapped, Place, Reading, Response,
    Status, StatusTable, Tracking,
};
use crate::{foreign, journey, places};

/// The page is some tens of thousands of bytes long. Reading HTML takes time that grows with the square of what is
/// nested in it, so a page far beyond is not read at all.
const PAGE_BYTES_MAX: usize = 256 * 1024;

/// Most elements of a page; a long history comes to some hundreds.
const ELEMENTS_MAX: usize = 4000;

/// Reads an answer; never empty.
pub fn read(carrier: &CarrierId, statuses: &StatusTable, response: Response<'_>) -> Vec<Reading> {
    match read_page(carrier, statuses, response) {
        Ok(readings) => readings,
        Err(failure) => vec![failure.into()],
    }
}

fn read_page(
    carrier: &CarrierId,
    statuses: &StatusTable,
    response: Response<'_>,
) -> Result<Vec<Reading>, Failure> {
    let html = String::from_utf8_lossy(response.body);
    let html = html.trim_start_matches('\u{feff}').trim();
    if !foreign::is_success(response.status) {
        let failure = foreign::by_status(response.status, "http_error", "Japan Post does not show its page");
        return Err(match failure.kind {
            // The page takes no credentials: nothing of ours was refused.
            FailureKind::Refused => Failure { kind: FailureKind::Unavailable, ..failure },
            _ => failure,
        });
    }
    let malformed = |code: &str, message: &str| Failure::new(FailureKind::Malformed, code, message);
    if html.is_empty() {
        return Err(malformed("empty", "the answer has no content"));
    }
    if !html.starts_with('<') {
        return Err(malformed("not_html", "the answer is not a web page"));
    }
    if !html.to_ascii_lowercase().contains("</html>") {
        return Err(malformed("truncated", "the page breaks off before its end"));
    }
    if html.len() > PAGE_BYTES_MAX || tables::elements(html) > ELEMENTS_MAX {
        return Err(malformed("too_large", "the page is far larger than Japan Post's"));
    }
    let page = tables::read(html);
    match &page {
        Page { details: Some(details), history: Some(history), .. } => {
            found(carrier, statuses, details, history, response.asked).map(|t| vec![t.into()])
        }
        Page { details: None, history: None, list: Some(rows), .. } => listed(rows, response.asked),
        Page { details: None, history: None, list: None, text } => Err(no_table(text)),
        _ => Err(malformed("unexpected_shape", "the page shows only a part of its tables")),
    }
}

/// The page without any of its tables: maintenance, where it says so, else a page that is not its own.
fn no_table(text: &str) -> Failure {
    let lower = text.to_lowercase();
    let words = ["maintenance", "メンテナンス", "サービス停止", "サービスを停止", "休止", "suspended"];
    if words.iter().any(|word| lower.contains(word)) {
        Failure::new(FailureKind::Unavailable, "maintenance", "Japan Post's page is closed for maintenance")
    } else {
        Failure::new(
            FailureKind::Unavailable,
            "unexpected_shape",
            "the page shows none of Japan Post's tables",
        )
    }
}

/// The list stands where the item was not found. It speaks about the number only where it names it.
fn listed(rows: &[ListRow], asked: Option<&str>) -> Result<Vec<Reading>, Failure> {
    let about = |row: &&ListRow| asked.is_none_or(|asked| foreign::same_number(&row.number, asked));
    let readings: Vec<Reading> = rows.iter().filter(about).map(|row| listed_row(row).into()).collect();
    match (readings.is_empty(), rows.is_empty()) {
        (false, _) => Ok(readings),
        (true, false) => Err(foreign::wrong_number()),
        (true, true) => {
            Err(Failure::new(FailureKind::Malformed, "unexpected_shape", "the page shows an empty list"))
        }
    }
}

fn listed_row(row: &ListRow) -> Failure {
    let not_found = |text: &String| {
        let text = text.trim_start_matches(['*', ' ']);
        text.starts_with("Your item was not found") || text.starts_with("お問い合わせ番号が見つかりません")
    };
    let mut failure = match &row.complaint {
        Some(text) if not_found(text) => {
            Failure::new(FailureKind::NotFound, "not_found", "Japan Post does not know the number")
        }
        Some(_) => Failure::new(
            FailureKind::Inconclusive,
            "complaint",
            "Japan Post shows a message instead of the item",
        ),
        None => Failure::new(
            FailureKind::Inconclusive,
            "summary_only",
            "Japan Post lists the item without its history",
        ),
    };
    failure.tracking_number = Some(row.number.clone());
    failure
}

fn found(
    carrier: &CarrierId,
    statuses: &StatusTable,
    details: &[(String, String)],
    history: &[Event],
    asked: Option<&str>,
) -> Result<Tracking, Failure> {
    let field = |names: [&str; 2]| {
        details.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.as_str())
    };
    // Printed with blanks or hyphens between its groups.
    let number: String = field(["Item number", "お問い合わせ番号"])
        .or(details.first().map(|(_, value)| value.as_str()))
        .map(|printed| printed.chars().filter(char::is_ascii_alphanumeric).collect())
        .unwrap_or_default();
    if number.is_empty() {
        return Err(Failure::new(
            FailureKind::Malformed,
            "unexpected_shape",
            "the page does not name the item",
        ));
    }
    if asked.is_some_and(|asked| !foreign::same_number(asked, &number)) {
        return Err(foreign::wrong_number());
    }
    if history.is_empty() {
        return Err(Failure::new(
            FailureKind::Malformed,
            "unexpected_shape",
            "the page shows an item without history",
        ));
    }
    // Printed oldest first.
    let mut checkpoints: Vec<Checkpoint> = history.iter().rev().map(|e| checkpoint(statuses, e)).collect();
    let posted = checkpoints.last().filter(|c| c.status == Status::Accepted).and_then(|c| c.place.clone());
    journey::newest_first(&mut checkpoints);

    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    if let Some(stands) =
        journey::standing(checkpoints.iter().map(|c| c.status)).and_then(|i| checkpoints.get(i))
    {
        tracking.status = stands.status;
        tracking.status_text.clone_from(&stands.text);
    }
    tracking.service = field(["Class of goods", "商品種別"]).and_then(foreign::trimmed);
    // The postal code is the office's, not the sender's.
    tracking.origin = posted.map(|place| Place { postal_code: None, ..place });
    tracking.delivered_at = journey::delivered_at(tracking.status, &checkpoints);
    tracking.checkpoints = checkpoints;
    Ok(tracking)
}

fn checkpoint(statuses: &StatusTable, event: &Event) -> Checkpoint {
    let place = place(event);
    let local_time = printed(&event.date);
    let country = place.as_ref().and_then(|p| p.country);
    let mapped = meaning(statuses, &event.wording);
    Checkpoint {
        time: local_time.and_then(|local| places::instant_in(country, local)),
        local_time,
        status: mapped.map_or(Status::Unknown, |m| m.status),
        code: None,
        text: foreign::trimmed(&event.wording),
        fault: mapped.and_then(|m| m.fault),
        place,
    }
}

/// The wording as it stands, or what stands before a bracket, comma or dash that adds to it.
fn meaning(statuses: &StatusTable, wording: &str) -> Option<Mapped> {
    let wording = wording.replace(['–', '—', '−'], "-");
    let additions = ['(', '（', ',', '、', '-'];
    let shorter = wording.rmatch_indices(additions).map(|(at, _)| wording[..at].trim_end());
    std::iter::once(wording.as_str()).chain(shorter).find_map(|text| statuses.get("wording", text))
}

/// `MM/dd/yyyy HH:mm` in English, `yyyy/MM/dd HH:mm` in Japanese; the hour may be missing.
fn printed(text: &str) -> Option<LocalTime> {
    let (date, time) = text.split_once(' ').map_or((text, None), |(date, time)| (date, Some(time)));
    let format = if date.find('/') == Some(4) { "%Y/%m/%d" } else { "%m/%d/%Y" };
    match time {
        None => Date::strptime(format, date).ok().map(LocalTime::Date),
        Some(_) => DateTime::strptime(format!("{format} %H:%M"), text).ok().map(LocalTime::DateTime),
    }
}

/// A prefecture or a Japanese postal code is Japan; else the column names a country.
fn place(event: &Event) -> Option<Place> {
    let region = foreign::trimmed(&event.region);
    let postal_code = foreign::trimmed(&event.postal_code);
    let in_japan =
        postal_code.as_deref().is_some_and(is_japanese_code) || region.as_deref().is_some_and(is_prefecture);
    let abroad = region.as_deref().and_then(places::country_named).filter(|_| !in_japan);
    Place {
        country: if in_japan { Country::new("JP").ok() } else { abroad },
        city: None,
        // A name that is no known country stays as it was printed.
        region: region.filter(|_| abroad.is_none()),
        postal_code,
    }
    .known()
}

/// `000-0000`.
fn is_japanese_code(text: &str) -> bool {
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    text.split_once('-').is_some_and(|(area, rest)| digits(area, 3) && digits(rest, 4))
}

fn is_prefecture(name: &str) -> bool {
    let english = name.strip_suffix(" PREF.").or_else(|| name.strip_suffix(" PREF")).unwrap_or(name);
    PREFECTURES.contains(&english) || PREFECTURES_JA.contains(&name)
}

/// The prefectures of Japan in the order of JIS X 0401, as the page prints them.
const PREFECTURES: [&str; 47] = [
    "HOKKAIDO",
    "AOMORI",
    "IWATE",
    "MIYAGI",
    "AKITA",
    "YAMAGATA",
    "FUKUSHIMA",
    "IBARAKI",
    "TOCHIGI",
    "GUNMA",
    "SAITAMA",
    "CHIBA",
    "TOKYO",
    "KANAGAWA",
    "NIIGATA",
    "TOYAMA",
    "ISHIKAWA",
    "FUKUI",
    "YAMANASHI",
    "NAGANO",
    "GIFU",
    "SHIZUOKA",
    "AICHI",
    "MIE",
    "SHIGA",
    "KYOTO",
    "OSAKA",
    "HYOGO",
    "NARA",
    "WAKAYAMA",
    "TOTTORI",
    "SHIMANE",
    "OKAYAMA",
    "HIROSHIMA",
    "YAMAGUCHI",
    "TOKUSHIMA",
    "KAGAWA",
    "EHIME",
    "KOCHI",
    "FUKUOKA",
    "SAGA",
    "NAGASAKI",
    "KUMAMOTO",
    "OITA",
    "MIYAZAKI",
    "KAGOSHIMA",
    "OKINAWA",
];

/// The same in Japanese.
const PREFECTURES_JA: [&str; 47] = [
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
];
