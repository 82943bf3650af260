//! `waygate serve`: the gateway.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;

use super::Answer;
use super::output::Failed;
use crate::assembly::{Assembly, Surroundings, assemble};
use crate::config::Config;
use crate::{http, telemetry};

/// Runs the gateway: the API, the page, the worker
///
/// Settings come from the file, then from the environment (WAYGATE_LISTEN, WAYGATE_STORE_PATH, WAYGATE_MASTER_KEY,
/// WAYGATE_MASTER_KEY_FILE, WAYGATE_SOURCES_DIR; a source's secrets by source and name, e.g. WAYGATE_UPS_TRACK_CLIENT_ID).
#[derive(Args)]
pub struct Serve {
    /// Settings that differ from the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Serve {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let env = |name: &str| std::env::var(name).ok();
        let config = Config::load(self.config.as_deref(), &env)?;
        telemetry::start(&config.log)?;
        let assembly = assemble(&config, &Surroundings::real(&env))?;
        let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
        runtime.block_on(serve(&config, assembly))?;
        Ok(Answer::Yes)
    }
}

async fn serve(config: &Config, assembly: Assembly) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.server.listen))?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    for (source, health) in assembly.app.gateway.fetcher.health().await {
        tracing::info!(%source, state = ?health.state, "source");
    }
    let fetcher = Arc::clone(&assembly.app.gateway.fetcher);
    let working = tokio::spawn(Arc::clone(&assembly.worker).run_forever());
    let publishing =
        assembly.publisher.map(|publisher| tokio::spawn(async move { publisher.run_forever().await }));
    let streams = Arc::clone(&assembly.app.streams);
    let stopping = async move {
        asked_to_stop().await;
        // A stream has no end of its own: its reader goes on at the next start from where it was.
        streams.close();
    };
    axum::serve(listener, http::router(assembly.app)).with_graceful_shutdown(stopping).await?;
    // What is under way is claimed by lease and is taken up again at the next start.
    working.abort();
    if let Some(publishing) = publishing {
        publishing.abort();
    }
    fetcher.give_back().await;
    tracing::info!("stopped");
    Ok(())
}

/// Ctrl-C or SIGTERM.
pub async fn asked_to_stop() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        Err(error) => {
            tracing::error!("SIGTERM cannot be heard: {error}");
            return std::future::pending().await;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
