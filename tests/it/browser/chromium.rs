//! A real browser without a window: gives the page's DOM after its scripts ran, or a picture of it.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Longest time that one run may take.
const RUN_MAX: Duration = Duration::from_mins(1);
/// Milliseconds of the page's own time that pass before it is looked at.
const PAGE_TIME_MS: u32 = 6_000;
/// Where browsers are looked for.
const NAMES: [&str; 4] =
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/opt/chromium/chrome"];

/// A process that ends with the test, however that ends.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the browser on a page with what it is to do; gives what it prints.
async fn run(url: &str, size: (u32, u32), tasks: &[String]) -> String {
    let browser = NAMES.iter().find(|name| Path::new(name).exists());
    let browser = browser.expect("no Chromium is here: `cargo xtask setup` installs it");
    let profile = tempfile::tempdir().unwrap();
    let mut child = Command::new(browser)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--hide-scrollbars", "--force-device-scale-factor=1"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--window-size={},{}", size.0, size.1))
        .args(tasks)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let _running = Running(child);
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let read = out.read_to_end(&mut text);
        let _ = tell.send(read.map(|_| text));
    });
    let text = tokio::time::timeout(RUN_MAX, told).await.expect("the browser hangs").unwrap().unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

/// The page's DOM after its script has run for a while.
pub async fn dom(url: &str, size: (u32, u32)) -> String {
    let budget = format!("--virtual-time-budget={PAGE_TIME_MS}");
    run(url, size, &["--dump-dom".to_owned(), budget]).await
}

/// A picture of the page, in light or dark.
pub async fn picture(url: &str, size: (u32, u32), dark: bool, to: &Path) -> Vec<u8> {
    let scheme = format!("--blink-settings=preferredColorScheme={}", u8::from(!dark));
    run(url, size, &[format!("--screenshot={}", to.display()), scheme]).await;
    std::fs::read(to).unwrap_or_else(|error| panic!("{}: {error}", to.display()))
}
