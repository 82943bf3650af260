//! `waygate keys`: API keys, made beside a running gateway or before its first start.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};

use super::Answer;
use super::output::{Failed, Output};
use crate::assembly::open_store;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::ids::KeyId;
use crate::secrets::ApiKeySecret;
use crate::store::{ApiKey, Scope};

/// Makes and lists API keys
#[derive(Args)]
pub struct Keys {
    #[command(subcommand)]
    action: Action,
    /// Settings that differ from the defaults
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// One JSON document per line
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Action {
    /// Makes a key and prints it, once
    Create {
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may do; may be given several times
        #[arg(long = "scope", required = true)]
        scopes: Vec<ScopeName>,
        /// For the scope seller: the only seller whose orders it may see
        #[arg(long)]
        seller: Option<String>,
    },
    /// Lists the keys, without their texts
    List,
    /// Revokes a key
    Revoke {
        /// The key's id
        id: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum ScopeName {
    Seller,
    Arbiter,
    #[value(name = "order_system")]
    OrderSystem,
    Operator,
}

impl From<ScopeName> for Scope {
    fn from(name: ScopeName) -> Self {
        match name {
            ScopeName::Seller => Self::Seller,
            ScopeName::Arbiter => Self::Arbiter,
            ScopeName::OrderSystem => Self::OrderSystem,
            ScopeName::Operator => Self::Operator,
        }
    }
}

impl Keys {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let config = Config::load(self.config.as_deref(), &|name| std::env::var(name).ok())?;
        let store = open_store(&config)?;
        let runtime = tokio::runtime::Builder::new_current_thread().build().context("no runtime")?;
        let mut out = Output::stdout();
        let now = SystemClock.now();
        match self.action {
            Action::Create { name, scopes, seller } => {
                let scopes: Vec<Scope> = scopes.into_iter().map(Scope::from).collect();
                if scopes.contains(&Scope::Seller) && seller.is_none() {
                    return Err(anyhow::anyhow!("a seller's key names its seller: --seller ID").into());
                }
                let secret = ApiKeySecret::generate()?;
                let key = ApiKey::new(&secret, name, scopes, seller, now);
                let id = key.id.clone();
                runtime.block_on(store.create_key(key))?;
                if self.json {
                    out.json(&serde_json::json!({"id": id, "secret": secret.reveal()}))?;
                } else {
                    out.line(secret.reveal())?;
                }
            }
            Action::List => {
                for key in runtime.block_on(store.keys())? {
                    let revoked = key.revoked_at.map(|t| t.to_string());
                    if self.json {
                        out.json(&serde_json::json!({"id": key.id, "name": key.name, "scopes": key.scopes,
                            "seller": key.seller, "created_at": key.created_at.to_string(), "revoked_at": revoked}))?;
                    } else {
                        let revoked = revoked.map(|at| format!("  revoked {at}")).unwrap_or_default();
                        out.line(&format!("{}  {:?}  {}{revoked}", key.id, key.scopes, key.name))?;
                    }
                }
            }
            Action::Revoke { id } => {
                let id: KeyId = id.parse()?;
                if !runtime.block_on(store.revoke_key(id, now))? {
                    return Err(anyhow::anyhow!("there is no such key").into());
                }
            }
        }
        out.flush()?;
        Ok(Answer::Yes)
    }
}
