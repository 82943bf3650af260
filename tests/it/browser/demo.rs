//! The demo in a real browser: every case with its verdict, and pictures of the page.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::chromium::{self, Running};

/// How long the demo may take to begin.
const BEGIN_MAX: Duration = Duration::from_secs(30);
/// How long the demo's story may take until the verdicts below are there: twenty of its days.
const VERDICTS_MAX: Duration = Duration::from_mins(2);
/// A picture with less than this many bytes shows nothing.
const PICTURE_BYTES_MIN: usize = 20_000;

/// What each order of the story comes to. An order that has two came to the second later on.
const VERDICTS: [(&str, &[&str]); 12] = [
    ("D-01", &["Verified"]),
    ("D-03", &["Rejected"]),
    ("D-04", &["Rejected"]),
    ("D-05", &["Suspicious", "Rejected"]),
    ("D-06", &["Rejected"]),
    ("D-07", &["Rejected"]),
    ("D-08", &["Verified"]),
    ("D-09", &["Rejected"]),
    ("D-10", &["Unverifiable"]),
    ("D-11", &["Pending"]),
    ("D-12", &["Verified"]),
    ("D-13", &["Suspicious"]),
];

/// A running demo; ends with the test, however that ends.
struct Demo {
    _running: Running,
    page: String,
}

impl Demo {
    async fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_waygate"))
            .args(["demo", "--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = child.stdout.take().unwrap();
        let mut demo = Self { _running: Running(child), page: String::new() };
        let (tell, told) = tokio::sync::oneshot::channel();
        // Reads to the end, so that the demo is never held up by a full pipe.
        std::thread::spawn(move || {
            let mut lines = std::io::BufRead::lines(std::io::BufReader::new(out));
            let _ = tell.send(lines.next());
            lines.for_each(drop);
        });
        let first = tokio::time::timeout(BEGIN_MAX, told).await.expect("the demo does not begin").unwrap();
        let line: Value = serde_json::from_str(&first.unwrap().unwrap()).unwrap();
        line["page"].as_str().unwrap().clone_into(&mut demo.page);
        demo
    }

    /// The page, as soon as it is as wanted.
    async fn wait_for(&self, wanted: impl Fn(&str) -> bool) -> String {
        let mut tick = tokio::time::interval(Duration::from_millis(250));
        let page = async {
            loop {
                tick.tick().await;
                let text = reqwest::get(&self.page).await.unwrap().text().await.unwrap();
                if wanted(&text) {
                    return text;
                }
            }
        };
        tokio::time::timeout(VERDICTS_MAX, page).await.expect("the verdicts do not come")
    }
}

/// An order's row of the list.
fn row<'a>(page: &'a str, order: &str) -> Option<&'a str> {
    page.split("<tr ").find(|row| row.starts_with(&format!("data-key=\"{order}\"")))?.split("</tr>").next()
}

fn all_judged(page: &str) -> bool {
    VERDICTS.iter().all(|(order, verdicts)| {
        row(page, order).is_some_and(|row| verdicts.iter().any(|v| row.contains(&format!("</svg>{v}<"))))
    })
}

fn folder() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let folder = target.join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_every_verdict_with_its_reasons_wide_and_narrow() {
    let demo = Demo::start().await;
    demo.wait_for(all_judged).await;
    let dom = chromium::dom(&demo.page, (1440, 1800)).await;
    assert!(all_judged(&dom), "the browser shows what the server sent");
    let case = format!("{}/?order=D-06", demo.page);
    let reasons = chromium::dom(&case, (1440, 1800)).await;
    for words in [
        "destination-country",
        // Berlin and Chicago: an open page shows nobody where a buyer lives.
        "B*****, DE",
        "C******, IL, US 60***",
        "Differs",
        "Give the number of the parcel",
        "shipment.rejected",
    ] {
        assert!(reasons.contains(words), "{words}");
    }
    for dom in [&dom, &reasons] {
        for slip in ["undefined", "None&lt;", "Some(", "NaN", "[object"] {
            assert!(!dom.contains(slip), "{slip}");
        }
    }
    for (name, url, size, dark) in [
        ("list-wide", demo.page.clone(), (1440, 1800), false),
        ("list-wide-dark", demo.page.clone(), (1440, 1800), true),
        ("list-narrow", demo.page.clone(), (390, 1600), false),
        ("case-wide", case.clone(), (1440, 1800), false),
        ("case-wide-dark", case.clone(), (1440, 1800), true),
        ("case-narrow", case.clone(), (390, 1600), false),
    ] {
        let path = folder().join(format!("{name}.png"));
        let _ = std::fs::remove_file(&path);
        let picture = chromium::picture(&url, size, dark, &path).await;
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"), "{name}");
        // The header chunk holds width and height (PNG specification, 11.2.1).
        let number = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
        assert_eq!((number(16), number(20)), size, "{name}");
        assert!(picture.len() > PICTURE_BYTES_MIN, "{name}: {} bytes", picture.len());
    }
}
