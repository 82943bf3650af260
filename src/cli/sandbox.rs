//! `waygate sandbox`: the official sources, imitated on loopback.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;

use super::Answer;
use super::output::{Failed, Output};
use super::serve::asked_to_stop;
use crate::clock::{Clock, FastClock, SystemClock};
use crate::demo::STORY;
use crate::sandbox::{SandboxFile, SandboxHost, imitated, router};

/// Imitates the carriers' official sources on loopback, from their wire formats
///
/// Each source answers under its own path: set `base_url = "http://127.0.0.1:PORT/ups.track"` and `sandbox = true` for
/// it. Its secrets are the word `sandbox-` and the secret's name. PUT /_faults/SOURCE with {"fault":"down"} (rate_limited,
/// unauthorized, html503, garbage, half_body, truncated, redirect, wrong_number, flood, bomb, slow with "ms", or clock_skew
/// with "minutes") makes it misbehave; DELETE ends it.
#[derive(Args)]
pub struct SandboxCommand {
    /// The port on 127.0.0.1; 0 takes any that is free
    #[arg(long, default_value_t = 8090)]
    port: u16,
    /// The file of parcels; the demo's without it
    #[arg(long, value_name = "FILE")]
    parcels: Option<PathBuf>,
    /// How many seconds pass in the sandbox's world in each second
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    speed: u32,
}

impl SandboxCommand {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let text = match &self.parcels {
            Some(path) => String::from_utf8(super::input::read(path)?).context("the file is not UTF-8")?,
            None => STORY.to_owned(),
        };
        let epoch = SystemClock.now();
        let clock = Arc::new(FastClock::new(epoch, self.speed));
        let host = Arc::new(SandboxHost::new(&SandboxFile::read(&text)?, epoch, clock)?);
        let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
        runtime.block_on(serve(host, self.port))?;
        Ok(Answer::Yes)
    }
}

async fn serve(host: Arc<SandboxHost>, port: u16) -> anyhow::Result<()> {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    let local = listener.local_addr()?;
    {
        let mut out = Output::stdout();
        for source in imitated() {
            out.line(&format!("http://{local}/{source}"))?;
        }
        out.flush()?;
    }
    axum::serve(listener, router(host)).with_graceful_shutdown(asked_to_stop()).await?;
    Ok(())
}
