//! The main job in one process, nothing to configure: the sandbox, the gateway, a receiver of webhooks, and a story of
//! orders. Everything goes over HTTP, as it would between machines.

mod receiver;
mod story;
mod table;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::assembly::{Assembly, Surroundings, assemble};
use crate::clock::{FastClock, ManualClock, SharedClock};
use crate::config::Config;
use crate::domain::verdict::CheckOutcome;
use crate::http;
use crate::sandbox::{self, SandboxFile, SandboxHost};
use crate::secrets::ApiKeySecret;
use crate::store::{ApiKey, Scope, Store};

use receiver::Receiver;
use story::{Action, Story};
pub use table::Table;

/// The story that is told.
pub const STORY: &str = include_str!("../config/demo.toml");
/// Seconds of the story that pass in each second: a day in two seconds.
const SPEED: u32 = 43_200;
/// Most orders on one page of a list.
const ORDERS_MAX: u32 = 200;

/// How to run the demo.
#[derive(Debug, Clone, Default)]
pub struct DemoOptions {
    /// The page's port; any free one where it is taken or absent.
    pub port: Option<u16>,
    /// Where to write each webhook that arrives, one JSON document a line.
    pub record: Option<PathBuf>,
}

/// What became of one order.
#[derive(Debug, Serialize)]
pub struct OrderLine {
    /// The order.
    pub order: String,
    /// What it shows.
    pub case: String,
    /// The number.
    pub tracking_number: Option<String>,
    /// The carrier that the seller named.
    pub carrier: Option<String>,
    /// The verdict.
    pub verdict: Option<&'static str>,
    /// The checks that failed.
    pub failed_checks: Vec<String>,
    /// Where the order stands.
    pub order_state: Value,
    /// What was told of it, in order.
    pub events: Vec<&'static str>,
    /// Webhooks that arrived with a right signature.
    pub webhooks_verified: usize,
}

/// A running demo.
pub struct Demo {
    assembly: Assembly,
    story: Story,
    receiver: Arc<Receiver>,
    base: String,
    key: ApiKeySecret,
    client: reqwest::Client,
    clock: SharedClock,
    folder: tempfile::TempDir,
}

impl Demo {
    /// Starts sandbox, receiver and gateway.
    async fn start(options: &DemoOptions, clock: SharedClock, story: Story) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("waygate-demo-").tempdir()?;
        let carriers = listen(0).await?;
        let page = match options.port {
            Some(port) => listen(port).await?,
            None => match listen(8080).await {
                Ok(listener) => listener,
                Err(_) => listen(0).await?,
            },
        };
        let (sandbox_address, address) = (carriers.local_addr()?, page.local_addr()?);
        let host = SandboxHost::new(&SandboxFile::read(STORY)?, story.begins, Arc::clone(&clock))?;
        spawn(carriers, sandbox::router(Arc::new(host)));

        let assembly = {
            let env = sandbox::environment;
            // Nobody but this machine can see the page.
            let settings = sandbox::settings(folder.path(), sandbox_address, address, &sandbox::imitated())
                + "[pages]\nopen = true\n";
            let config = Config::read(Some(("the demo", &settings)), &env)?;
            // A claim is kept for longer than the story lasts: its time runs too fast for a lease in minutes.
            let around = Surroundings {
                clock: Arc::clone(&clock),
                env: &env,
                jitter: || 0.5,
                lease: SignedDuration::from_hours(24 * 365),
            };
            assemble(&config, &around)?
        };
        let key = make_key(assembly.app.gateway.store.as_ref(), clock.now()).await?;
        spawn(page, http::router(assembly.app.clone()));

        let receiver = Arc::new(Receiver::new(options.record.as_deref())?);
        let listener = listen(0).await?;
        let url = format!("http://{}/webhooks", listener.local_addr()?);
        spawn(listener, receiver::router(Arc::clone(&receiver)));
        let demo = Self {
            assembly,
            story,
            receiver,
            base: format!("http://{address}"),
            key,
            client: reqwest::Client::builder().no_proxy().build()?,
            clock,
            folder,
        };
        let endpoint = demo.post("/v1/webhook_endpoints", &json!({"url": url})).await?;
        let secret = endpoint["secret"].as_str().context("the endpoint has no secret")?;
        demo.receiver.expect(secret)?;
        Ok(demo)
    }

    /// Where the page is.
    pub fn page(&self) -> &str {
        &self.base
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .bearer_auth(self.key.reveal())
            .header("content-type", "application/json")
            .body(body.to_string());
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            bail!("POST {path}: {status}: {text}");
        }
        Ok(serde_json::from_str(&text)?)
    }

    async fn act(&self, action: &Action) -> anyhow::Result<()> {
        self.post(&action.path, &action.body).await.map(|_| ())
    }

    /// One line an order.
    pub async fn lines(&self) -> anyhow::Result<Vec<OrderLine>> {
        let store = &self.assembly.app.gateway.store;
        let mut lines = Vec::new();
        let mut orders = store.orders(None, None, ORDERS_MAX).await?.items;
        orders.sort_by(|a, b| a.order.order.id.cmp(&b.order.order.id));
        for summary in orders {
            let order = summary.order.order.id.clone();
            let shipment = summary.shipments.first();
            let verdict = shipment.and_then(|s| s.verdict.as_ref());
            let events = store.order_events(order.clone()).await?;
            let failed =
                verdict.into_iter().flat_map(|v| &v.checks).filter(|c| c.outcome == CheckOutcome::Fail);
            lines.push(OrderLine {
                case: self.story.case_of(&order),
                tracking_number: shipment.map(|s| s.claim.tracking_number.clone()),
                carrier: shipment.map(|s| s.claim.carrier.clone()),
                verdict: verdict.map(|v| v.verdict.as_str()),
                failed_checks: failed.map(|c| c.id.clone()).collect(),
                order_state: serde_json::to_value(summary.order.state.phase)?,
                events: events.iter().map(|e| e.kind.as_str()).collect(),
                webhooks_verified: self.receiver.verified(&order),
                order,
            });
        }
        Ok(lines)
    }

    fn close(self) -> anyhow::Result<()> {
        self.folder.close().context("the demo's folder cannot be removed")
    }
}

/// Runs the story to its end, as fast as it goes: the clock jumps from one due time to the next.
pub async fn run_once(options: &DemoOptions) -> anyhow::Result<Vec<OrderLine>> {
    let story = Story::read(STORY)?;
    let clock = ManualClock::new(story.begins);
    let demo = Demo::start(options, Arc::new(clock.clone()), story).await?;
    let mut actions = demo.story.actions().into_iter().peekable();
    loop {
        demo.assembly.worker.run_until_idle().await?;
        let due = demo.assembly.app.gateway.store.next_due().await?;
        let acting = actions.peek().map(|action| action.at);
        let Some(next) = due.into_iter().chain(acting).min().filter(|next| *next <= demo.story.ends) else {
            break;
        };
        clock.set(next);
        while let Some(action) = actions.next_if(|action| action.at <= next) {
            demo.act(&action).await.with_context(|| format!("at {}", action.at))?;
        }
    }
    let lines = demo.lines().await?;
    demo.close()?;
    Ok(lines)
}

/// Runs the story on a clock that runs faster, until `stop`. `show` is called again and again.
pub async fn run_live(
    options: &DemoOptions,
    stop: impl Future<Output = ()>,
    mut show: impl FnMut(&str, Timestamp, &[OrderLine]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let story = Story::read(STORY)?;
    let clock: SharedClock = Arc::new(FastClock::new(story.begins, SPEED));
    let demo = Arc::new(Demo::start(options, clock, story).await?);
    let working = tokio::spawn(Arc::clone(&demo.assembly.worker).run_forever());
    let acting = tokio::spawn({
        let demo = Arc::clone(&demo);
        async move {
            for action in demo.story.actions() {
                demo.clock.sleep_until(action.at).await;
                if let Err(error) = demo.act(&action).await {
                    tracing::error!("{error:#}");
                }
            }
        }
    });
    tokio::pin!(stop);
    let mut tick = tokio::time::interval(std::time::Duration::from_secs(1));
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = tick.tick() => show(demo.page(), demo.clock.now(), &demo.lines().await?)?,
        }
    }
    working.abort();
    acting.abort();
    Ok(())
}

async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; try another --port"))
}

fn spawn(listener: TcpListener, router: axum::Router) {
    tokio::spawn(async move { axum::serve(listener, router).await });
}

async fn make_key(store: &dyn Store, now: Timestamp) -> anyhow::Result<ApiKeySecret> {
    let secret = ApiKeySecret::generate()?;
    let key =
        ApiKey::new(&secret, "the demo's order system", vec![Scope::OrderSystem, Scope::Seller], None, now);
    store.create_key(key).await?;
    Ok(secret)
}
