//! `waygate webhooks listen`: a receiver for development.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};
use tokio::net::TcpListener;

use super::Answer;
use super::output::{Failed, Output, complain};
use super::serve::asked_to_stop;
use crate::clock::SystemClock;
use crate::listen::{Arrival, Receiving, receiver};
use crate::secrets::{WebhookPublicKey, WebhookSecret};
use crate::webhook::signing::Verifier;

/// Where it listens, unless told otherwise.
const PORT: u16 = 8788;

/// Receives webhooks on this machine, for development
#[derive(Args)]
pub struct Webhooks {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Listen(Listen),
}

/// Receives webhooks on 127.0.0.1, checks them and shows them, until it is stopped
///
/// Shows what came twice and which numbers of an order's sequence did not come. Ends with 1 where something arrived that
/// was not signed as it should be.
#[derive(Args)]
struct Listen {
    /// Where to listen on 127.0.0.1; 0 takes a free port
    #[arg(long, default_value_t = PORT)]
    port: u16,
    /// The endpoint's secret (`whsec_…`)
    #[arg(long, env = "WAYGATE_WEBHOOK_SECRET", hide_env_values = true, conflicts_with = "public_key")]
    secret: Option<WebhookSecret>,
    /// The endpoint's public key (`whpk_…`), for signatures `v1a`
    #[arg(long, value_name = "KEY")]
    public_key: Option<WebhookPublicKey>,
    /// Refuses the first arrivals with 503, so that they come again
    #[arg(long, value_name = "N", default_value_t = 0)]
    fail_first: u32,
    /// One JSON document per arrival
    #[arg(long)]
    json: bool,
}

impl Webhooks {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let Action::Listen(listen) = self.action;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?;
        runtime.block_on(listen.run())
    }
}

/// What was seen, in numbers.
#[derive(Default)]
struct Count {
    arrived: u64,
    refused: u64,
    unsigned: u64,
    duplicates: u64,
    gaps: u64,
}

impl Listen {
    async fn run(self) -> Result<Answer, Failed> {
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), self.port);
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
        let verifier = self.secret.map(Verifier::Secret).or(self.public_key.map(Verifier::Key));
        complain(&format!("listening on http://{}", listener.local_addr()?));
        if verifier.is_none() {
            complain("signatures are not checked: give --secret or --public-key");
        }
        let (router, mut arrivals) =
            receiver(Receiving { verifier, fail_first: self.fail_first, clock: Arc::new(SystemClock) });
        tokio::spawn(async move { axum::serve(listener, router).await });
        let stopping = asked_to_stop();
        tokio::pin!(stopping);
        let (mut out, mut count) = (Output::stdout(), Count::default());
        loop {
            tokio::select! {
                () = &mut stopping => break,
                arrival = arrivals.recv() => {
                    let Some(arrival) = arrival else { break };
                    count.add(&arrival);
                    if self.json { out.json(&arrival)? } else { out.line(&line(&arrival))? }
                    out.flush()?;
                }
            }
        }
        complain(&count.line());
        Ok(if count.unsigned == 0 { Answer::Yes } else { Answer::No })
    }
}

impl Count {
    fn add(&mut self, arrival: &Arrival) {
        self.arrived += 1;
        self.refused += u64::from(arrival.answered != 200);
        self.unsigned += u64::from(arrival.verified == Some(false));
        self.duplicates += u64::from(arrival.duplicate);
        self.gaps += u64::from(arrival.missing.is_some());
    }

    fn line(&self) -> String {
        let Self { arrived, refused, unsigned, duplicates, gaps } = self;
        format!(
            "{arrived} arrived: {refused} refused, {unsigned} not signed, {duplicates} duplicates, {gaps} gaps"
        )
    }
}

/// An arrival for people.
fn line(arrival: &Arrival) -> String {
    let or_dash = |text: &Option<String>| printable(text.as_deref().unwrap_or("-"));
    let place = arrival.sequence.map(|sequence| format!(" #{sequence}")).unwrap_or_default();
    let signature = match arrival.verified {
        Some(true) => "signature holds",
        Some(false) => "SIGNATURE WRONG",
        None => "signature not checked",
    };
    let mut line = format!(
        "{}  {}  {}{place}  {}  {signature}, answered {}",
        arrival.at.strftime("%H:%M:%S"),
        or_dash(&arrival.kind),
        or_dash(&arrival.order),
        or_dash(&arrival.id),
        arrival.answered,
    );
    if arrival.duplicate {
        line += "; a duplicate";
    }
    if let Some(missing) = arrival.missing {
        line += &format!("; MISSING: {} to {}", missing.from, missing.to);
    }
    if let Some(problem) = &arrival.problem {
        line += &format!("; {problem}");
    }
    line
}

/// Foreign text that does a terminal no harm.
fn printable(text: &str) -> String {
    const CHARS_MAX: usize = 200;
    text.chars().take(CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
