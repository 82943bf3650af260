//! `waygate serve`: the gateway, from its start to its end. Asked to stop it says so to balancers, begins nothing more,
//! finishes what is under way, and ends; asked again it ends at once.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::Answer;
use super::output::Failed;
use crate::assembly::{Assembly, Surroundings, assemble};
use crate::config::{Config, ROLES_VARIABLE, ServerConfig};
use crate::fetch::Fetcher;
use crate::http::streams::Streams;
use crate::stopping::{ANSWER_SECONDS_MAX, GIVE_BACK_SECONDS_MAX, Stopping, WORK_SECONDS_MAX};
use crate::{http, telemetry};

/// Runs the gateway: the API, the page, the worker
///
/// Settings come from the file, then from the environment (WAYGATE_LISTEN, WAYGATE_STORE_PATH, WAYGATE_MASTER_KEY,
/// WAYGATE_MASTER_KEY_FILE, WAYGATE_SOURCES_DIR, WAYGATE_ROLES; a source's secrets by source and name, e.g.
/// WAYGATE_UPS_TRACK_CLIENT_ID). On SIGTERM or Ctrl-C it finishes what is under way; on a second one it ends at once.
#[derive(Args)]
pub struct Serve {
    /// Settings that differ from the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What this process does, of api, poller, webhooks and timers, with commas between them; goes before `work.roles`
    #[arg(long, value_name = "ROLES")]
    roles: Option<String>,
}

impl Serve {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let env = |name: &str| match &self.roles {
            Some(roles) if name == ROLES_VARIABLE => Some(roles.clone()),
            _ => std::env::var(name).ok(),
        };
        let config = Config::load(self.config.as_deref(), &env)?;
        telemetry::start(&config.log)?;
        let assembly = assemble(&config, &Surroundings::real(&env))?;
        let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
        let served = runtime.block_on(serve(&config, assembly));
        // What was left under way is waited for no longer.
        runtime.shutdown_background();
        Ok(served?)
    }
}

async fn serve(config: &Config, assembly: Assembly) -> anyhow::Result<Answer> {
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.server.listen))?;
    let mut signals = Signals::listen().context("signals cannot be heard")?;
    tracing::info!("roles: {}", config.work.roles);
    tracing::info!("listening on http://{}", listener.local_addr()?);
    for (source, health) in assembly.app.gateway.fetcher.health().await {
        tracing::info!(%source, state = ?health.state, "source");
    }
    let closing = Stopping::default();
    let closed = closing.clone();
    let ending = Ending {
        stopping: assembly.stopping,
        closing,
        streams: Arc::clone(&assembly.app.streams),
        fetcher: Arc::clone(&assembly.app.gateway.fetcher),
        working: tokio::spawn(assembly.worker.run_forever()),
        publishing: assembly
            .publisher
            .map(|publisher| tokio::spawn(async move { publisher.run_forever().await })),
    };
    let router = http::router(assembly.app);
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move { closed.begun().await });
    let mut serving = tokio::spawn(serving.into_future());
    tokio::select! {
        () = signals.next() => {}
        ended = &mut serving => {
            ended??;
            bail!("the server ended by itself");
        }
    }
    tokio::select! {
        () = ending.end(&config.server, serving) => {}
        () = signals.next() => {
            tracing::warn!("asked to stop again: what is under way is left, and done again when its lease ends");
            return Ok(Answer::No);
        }
    }
    tracing::info!("stopped");
    Ok(Answer::Yes)
}

/// What has to end.
struct Ending {
    /// Nothing more is begun, and `/readyz` says so.
    stopping: Stopping,
    /// No more connections are taken.
    closing: Stopping,
    streams: Arc<Streams>,
    fetcher: Arc<Fetcher>,
    working: JoinHandle<()>,
    publishing: Option<JoinHandle<()>>,
}

impl Ending {
    /// Ends everything. Each wait is bounded: `stopping::longest` says by how much altogether.
    async fn end(self, settings: &ServerConfig, serving: JoinHandle<std::io::Result<()>>) {
        let Self { stopping, closing, streams, fetcher, working, publishing } = self;
        tracing::info!(drain_ms = settings.drain_ms, "asked to stop: nothing more is begun");
        stopping.begin();
        if let Some(publishing) = publishing {
            // It may be anywhere: the stream itself says where to go on.
            publishing.abort();
        }
        let requests = async {
            // Balancers ask /readyz from time to time and go on sending until they have heard of it.
            sleep(Duration::from_millis(settings.drain_ms)).await;
            // A stream has no end of its own: its reader goes on at another replica from where it was.
            streams.close();
            closing.begin();
            let patience =
                Duration::from_millis(settings.request_timeout_ms) + Duration::from_secs(ANSWER_SECONDS_MAX);
            match timeout(patience, serving).await {
                Ok(Ok(Ok(()))) => {}
                Ok(Ok(Err(error))) => tracing::error!("the server: {error}"),
                Ok(Err(error)) => tracing::error!("the server: {error}"),
                Err(_) => {
                    tracing::warn!("connections were still open {patience:?} after the last one was taken");
                }
            }
        };
        let work = async {
            let abort = working.abort_handle();
            if timeout(Duration::from_secs(WORK_SECONDS_MAX), working).await.is_err() {
                abort.abort();
                tracing::warn!(
                    "work was still under way after {WORK_SECONDS_MAX} s; it is done again when its lease ends"
                );
            }
        };
        tokio::join!(requests, work);
        if timeout(Duration::from_secs(GIVE_BACK_SECONDS_MAX), fetcher.give_back()).await.is_err() {
            tracing::warn!("what was leased of the sources' days could not be given back and counts as used");
        }
    }
}

/// Ctrl-C and SIGTERM. Listened for from the beginning, so that none is missed between two.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-C or SIGTERM.
pub async fn asked_to_stop() {
    match Signals::listen() {
        Ok(mut signals) => signals.next().await,
        Err(error) => {
            tracing::error!("signals cannot be heard: {error}");
            std::future::pending::<()>().await;
        }
    }
}
