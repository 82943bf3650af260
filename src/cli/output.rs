//! Writing answers: a broken pipe is an end, not an error.

use std::io::{self, BufWriter, StdoutLock, Write};

use serde::Serialize;

/// Why a command ended early.
#[derive(Debug)]
pub enum Failed {
    /// The reader of our output went away.
    BrokenPipe,
    /// Wrong usage, or input that cannot be read.
    Error(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        let error = error.into();
        match error.downcast_ref::<io::Error>() {
            Some(inner) if inner.kind() == io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Error(error),
        }
    }
}

/// Stdout, buffered.
pub struct Output {
    out: BufWriter<StdoutLock<'static>>,
}

impl Output {
    /// Takes stdout.
    pub fn stdout() -> Self {
        Self { out: BufWriter::new(io::stdout().lock()) }
    }

    /// Writes a line; it is passed on at the latest when this is dropped.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.write_all(b"\n")
    }

    /// Writes one JSON document on one line.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, value)?;
        self.out.write_all(b"\n")
    }

    /// Passes on what is buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes to stderr; where that fails there is nobody to tell.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
