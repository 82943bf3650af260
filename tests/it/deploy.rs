//! The examples of how to run it: what they say is what the program takes, serves and needs.

mod yaml;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;
use waygate::config::{Config, Roles};
use waygate::secrets::MasterKey;
use waygate::stopping;

use crate::named::{text, variables, variables_read};
use crate::support::TestApp;

const COMPOSE: &str = "deploy/compose.yaml";
const KUBERNETES: [&str; 6] = ["config", "secret", "api", "workers", "service", "disruption"];

/// A replica as an example starts it.
struct Replica {
    name: String,
    /// The container's part of the example.
    container: Value,
    /// The settings' text, and where it lies in the container.
    settings: (String, String),
    arguments: Vec<String>,
    grace_seconds: u64,
}

impl Replica {
    fn argument(&self, name: &str) -> &str {
        let at = self.arguments.iter().position(|argument| argument == name);
        &self.arguments[at.unwrap_or_else(|| panic!("{}: no {name}", self.name)) + 1]
    }

    fn roles(&self) -> Roles {
        Roles::named(self.argument("--roles").split(',')).unwrap()
    }

    /// The settings, read as the program reads them, with its secrets in a folder of the test.
    fn config(&self) -> Config {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("store_url"), "postgresql://waygate@localhost/waygate").unwrap();
        let here = folder.path().to_str().unwrap();
        let text = self.settings.0.replace("/run/secrets/waygate", here).replace("/run/secrets", here);
        let env = |name: &str| (name == "WAYGATE_ROLES").then(|| self.argument("--roles").to_owned());
        Config::read(Some((&self.name, &text)), &env).unwrap()
    }
}

fn kubernetes() -> Vec<Value> {
    let read = |name: &&str| yaml::documents(&text(&format!("deploy/kubernetes/{name}.yaml")));
    KUBERNETES.iter().flat_map(read).collect()
}

fn of_kind<'a>(documents: &'a [Value], kind: &str) -> Vec<&'a Value> {
    let found: Vec<_> = documents.iter().filter(|document| document["kind"] == kind).collect();
    assert!(!found.is_empty(), "no {kind}");
    found
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

fn in_kubernetes() -> Vec<Replica> {
    let documents = kubernetes();
    let settings = of_kind(&documents, "ConfigMap")[0]["data"]["waygate.toml"].as_str().unwrap().to_owned();
    let replica = |deployment: &Value| {
        let spec = &deployment["spec"]["template"]["spec"];
        let container = spec["containers"][0].clone();
        Replica {
            name: deployment["metadata"]["name"].as_str().unwrap().to_owned(),
            settings: (settings.clone(), "/etc/waygate/waygate.toml".to_owned()),
            arguments: strings(&container["args"]),
            grace_seconds: spec["terminationGracePeriodSeconds"].as_u64().unwrap(),
            container,
        }
    };
    of_kind(&documents, "Deployment").into_iter().map(replica).collect()
}

fn in_compose() -> Vec<Replica> {
    let document = &yaml::documents(&text(COMPOSE))[0];
    let file = document["configs"]["waygate_toml"]["file"].as_str().unwrap().trim_start_matches("./");
    let settings = text(&format!("deploy/{file}"));
    let services = document["services"].as_object().unwrap().iter();
    let replica = |(name, service): (&String, &Value)| Replica {
        name: name.clone(),
        settings: (settings.clone(), service["configs"][0]["target"].as_str().unwrap().to_owned()),
        arguments: strings(&service["command"]),
        grace_seconds: service["stop_grace_period"].as_str().unwrap().trim_end_matches('s').parse().unwrap(),
        container: service.clone(),
    };
    services.filter(|(_, service)| service["image"] == "waygate").map(replica).collect()
}

fn replicas() -> Vec<Replica> {
    let all: Vec<_> = in_compose().into_iter().chain(in_kubernetes()).collect();
    assert_eq!(all.len(), 3 + 2);
    all
}

#[test]
fn the_settings_are_taken_and_lie_where_the_arguments_say() {
    for replica in replicas() {
        let config = replica.config();
        assert_eq!(config.work.roles, replica.roles(), "{}", replica.name);
        assert!(config.store.server.is_some(), "{}: replicas share a server", replica.name);
        assert_eq!(
            config.server.listen.to_string(),
            "0.0.0.0:8080",
            "{}: its port is to be reached",
            replica.name
        );
        assert_eq!(replica.argument("--config"), replica.settings.1, "{}", replica.name);
        // The program takes the arguments: it goes as far as looking for the file.
        let ran = Command::new(env!("CARGO_BIN_EXE_waygate")).args(&replica.arguments).output().unwrap();
        let told = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(2));
        assert!(told.contains(&replica.settings.1) && !told.contains("Usage"), "{}: {told}", replica.name);
    }
}

#[test]
fn every_role_is_somebodys() {
    for replicas in [in_compose(), in_kubernetes()] {
        let roles: BTreeSet<_> =
            replicas.iter().flat_map(|replica| replica.argument("--roles").split(',')).collect();
        assert!(Roles::named(roles.iter().copied()).unwrap().is_all(), "{roles:?}");
    }
}

#[test]
fn whoever_stops_a_replica_is_more_patient_than_the_replica_needs() {
    for replica in replicas() {
        let server = replica.config().server;
        let longest = stopping::longest(server.drain_ms, server.request_timeout_ms);
        assert!(
            longest.as_secs() < replica.grace_seconds,
            "{}: it may take {longest:?}, and is killed after {} s",
            replica.name,
            replica.grace_seconds
        );
    }
    for replica in in_kubernetes() {
        let probe = &replica.container["readinessProbe"];
        let of = |name: &str| probe[name].as_u64().unwrap();
        let seen_after = of("periodSeconds") * of("failureThreshold") + of("timeoutSeconds");
        let drain_ms = replica.config().server.drain_ms;
        assert!(seen_after * 1_000 < drain_ms, "{}: the probe sees it after {seen_after} s", replica.name);
    }
}

#[tokio::test]
async fn the_probes_are_answered_by_the_replicas_that_are_asked() {
    for replica in in_kubernetes() {
        let app = TestApp::start().await.restart_as(replica.argument("--roles")).await;
        for (probe, stops) in [("startupProbe", false), ("livenessProbe", false), ("readinessProbe", true)] {
            let get = &replica.container[probe]["httpGet"];
            assert_eq!(get["port"], replica.container["ports"][0]["name"], "{}: {probe}", replica.name);
            let path = get["path"].as_str().unwrap();
            assert_eq!(app.anonymous().get(path).await.status, 200, "{}: {path}", replica.name);
            // Only readiness ends with the drain: whoever fails the others is killed in the middle of it.
            let ending = TestApp::start().await.restart_as(replica.argument("--roles")).await;
            ending.assembly.stopping.begin();
            let status = ending.anonymous().get(path).await.status;
            assert_eq!(status == 503, stops, "{}: {path}: {status}", replica.name);
        }
        assert_eq!(replica.container["ports"][0]["containerPort"], 8080);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_health_check_of_compose_tells_a_replica_that_is_ready_from_one_that_is_not() {
    for replica in in_compose() {
        let app = TestApp::start().await.restart_as(replica.argument("--roles")).await;
        let port = app.address().rsplit(':').next().unwrap().to_owned();
        let test = strings(&replica.container["healthcheck"]["test"]);
        assert_eq!(test[0], "CMD");
        let check = |port: String| {
            // Compose reads `$$` as `$`.
            let arguments: Vec<_> =
                test[2..].iter().map(|part| part.replace("$$", "$").replace("8080", &port)).collect();
            let program = test[1].clone();
            tokio::task::spawn_blocking(move || Command::new(program).args(arguments).output().unwrap())
        };
        let checked = check(port.clone()).await.unwrap();
        assert_eq!(checked.status.code(), Some(0), "{}: {checked:?}", replica.name);
        app.assembly.stopping.begin();
        assert_ne!(check(port).await.unwrap().status.code(), Some(0), "{}", replica.name);
        assert_ne!(check("1".to_owned()).await.unwrap().status.code(), Some(0), "nobody is there");
    }
}

#[test]
fn every_variable_that_is_named_is_one_that_is_read() {
    let read = variables_read();
    let mut files: Vec<String> =
        KUBERNETES.iter().map(|name| format!("deploy/kubernetes/{name}.yaml")).collect();
    files.extend([COMPOSE, "deploy/waygate.toml", "deploy/Dockerfile"].map(str::to_owned));
    let mut named = BTreeSet::new();
    for file in files {
        named.extend(variables(&text(&file)));
    }
    assert!(!named.is_empty());
    assert_eq!(named.difference(&read).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn no_replica_starts_with_a_placeholder_for_its_secret() {
    let documents = kubernetes();
    let secrets = of_kind(&documents, "Secret");
    assert!(MasterKey::from_text(secrets[0]["stringData"]["master_key"].as_str().unwrap()).is_err());
    assert!(secrets[0]["stringData"]["store_url"].as_str().unwrap().contains("REPLACE"));
    for replica in replicas() {
        let (text, _) = &replica.settings;
        assert!(text.contains("url = { file = \"/run/secrets/") && !text.contains("postgresql://"), "{text}");
        assert!(text.contains("master_key_file = \"/run/secrets/"), "{text}");
    }
}

#[test]
fn a_container_may_do_no_more_than_it_must() {
    for deployment in of_kind(&kubernetes(), "Deployment") {
        let spec = &deployment["spec"]["template"]["spec"];
        assert_eq!(spec["automountServiceAccountToken"], false);
        assert_eq!(spec["securityContext"]["runAsNonRoot"], true);
        assert_eq!(spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
        assert!(spec["volumes"].as_array().unwrap().iter().all(|volume| volume.get("hostPath").is_none()));
        let container = &spec["containers"][0];
        let context = &container["securityContext"];
        assert_eq!(
            (&context["allowPrivilegeEscalation"], &context["readOnlyRootFilesystem"]),
            (&false.into(), &true.into())
        );
        assert_eq!(context["capabilities"]["drop"][0], "ALL");
        assert!(context.get("privileged").is_none());
        assert!(container["resources"]["limits"]["memory"].is_string());
        // 0440: read by its owner and its group, by nobody else, which is what a master key's file must be.
        let volumes = spec["volumes"].as_array().unwrap();
        let secrets = volumes.iter().find(|volume| volume["name"] == "secrets").unwrap();
        assert_eq!(secrets["secret"]["defaultMode"], 0o440);
        for mount in container["volumeMounts"].as_array().unwrap() {
            assert!(volumes.iter().any(|volume| volume["name"] == mount["name"]), "{mount}");
        }
    }
    for replica in in_compose() {
        let service = &replica.container;
        assert_eq!((&service["read_only"], &service["cap_drop"][0]), (&true.into(), &"ALL".into()));
        assert!(service.get("privileged").is_none() && service.get("user").is_none());
    }
    let file = text("deploy/Dockerfile");
    let last_user = file.lines().filter_map(|line| line.strip_prefix("USER ")).next_back();
    assert_eq!(last_user, Some("65532:65532"));
}

#[test]
fn what_selects_replicas_selects_those_that_are_meant() {
    let documents = kubernetes();
    let deployments = of_kind(&documents, "Deployment");
    let selected = |wanted: &Value| -> Vec<&str> {
        let wanted = wanted.as_object().unwrap();
        let fits = |deployment: &&&Value| {
            let labels = &deployment["spec"]["template"]["metadata"]["labels"];
            wanted.iter().all(|(name, value)| labels[name] == *value)
        };
        deployments.iter().filter(fits).map(|found| found["metadata"]["name"].as_str().unwrap()).collect()
    };
    for deployment in &deployments {
        let own = selected(&deployment["spec"]["selector"]["matchLabels"]);
        assert_eq!(own, [deployment["metadata"]["name"].as_str().unwrap()]);
        assert!(deployment["spec"]["replicas"].as_u64().unwrap() > 1, "a budget of one needs two");
    }
    let service = of_kind(&documents, "Service")[0];
    assert_eq!(selected(&service["spec"]["selector"]), ["waygate-api"]);
    let serving = in_kubernetes().into_iter().find(|replica| replica.name == "waygate-api").unwrap();
    assert!(serving.roles().has(waygate::config::ReplicaRole::Api));
    assert_eq!(service["spec"]["ports"][0]["targetPort"], serving.container["ports"][0]["name"]);
    let budgets = of_kind(&documents, "PodDisruptionBudget").into_iter();
    let kept: Vec<_> =
        budgets.flat_map(|budget| selected(&budget["spec"]["selector"]["matchLabels"])).collect();
    assert_eq!(kept, ["waygate-api", "waygate-worker"]);
}

#[test]
fn the_image_is_built_by_the_compiler_that_the_project_names() {
    let toolchain: toml::Table = text("rust-toolchain.toml").parse().unwrap();
    let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
    let file = text("deploy/Dockerfile");
    assert!(file.contains(&format!("FROM rust:{channel}-slim-trixie AS build")), "{channel}");
    assert!(file.contains(&format!("RUSTUP_TOOLCHAIN={channel}")), "{channel}");
    assert!(file.contains("FROM debian:trixie-slim"), "the C library that it was built with");
    let version = format!("waygate:{}", env!("CARGO_PKG_VERSION"));
    for replica in in_kubernetes() {
        assert_eq!(replica.container["image"], version);
    }
}
