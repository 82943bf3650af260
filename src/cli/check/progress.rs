//! How far a long input is: one line on a terminal, written over itself.

use std::io::Write;

/// Cells of the bar.
const CELLS: u64 = 40;
/// Bytes between two looks, where the whole is not known.
const STEP_BYTES: u64 = 4 << 20;

/// A bar where the size is known, and a count where it is not.
pub(super) struct Progress {
    bytes: Option<u64>,
    shown: Option<u64>,
}

impl Progress {
    pub(super) fn new(bytes: Option<u64>) -> Self {
        Self { bytes: bytes.filter(|bytes| *bytes > 0), shown: None }
    }

    /// Shows how many bytes were read, if that looks different from before. Where it cannot be shown, it is not missed.
    pub(super) fn show(&mut self, read: u64, out: &mut impl Write) {
        let now = match self.bytes {
            Some(bytes) => read.min(bytes) * 100 / bytes,
            None => read / STEP_BYTES,
        };
        if self.shown == Some(now) {
            return;
        }
        self.shown = Some(now);
        let line = if self.bytes.is_some() {
            let full = now * CELLS / 100;
            let bar: String = (0..CELLS).map(|cell| if cell < full { '█' } else { '░' }).collect();
            format!("\r{bar} {now:>3} %")
        } else {
            format!("\r{} MiB", read >> 20)
        };
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }

    /// Leaves no trace.
    pub(super) fn clear(&mut self, out: &mut impl Write) {
        if self.shown.take().is_some() {
            let _ = out.write_all(b"\r\x1b[K").and_then(|()| out.flush());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_grows_and_is_written_only_when_it_looks_different() {
        let mut out = Vec::new();
        let mut progress = Progress::new(Some(1000));
        for read in [0, 4, 500, 501, 1000, 2000] {
            progress.show(read, &mut out);
        }
        progress.clear(&mut out);
        let text = String::from_utf8_lossy(&out);
        let lines: Vec<&str> = text.split('\r').skip(1).collect();
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert!(lines[1].ends_with(" 50 %") && lines[1].matches('█').count() == 20, "{}", lines[1]);
        assert!(lines[2].ends_with("100 %"));
        assert_eq!(lines[3], "\x1b[K");
    }

    #[test]
    fn without_a_size_the_bytes_are_counted() {
        let mut out = Vec::new();
        let mut progress = Progress::new(None);
        progress.show(9 << 20, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "\r9 MiB");
    }
}
