//! What is copied: every table with its columns, in an order in which each refers to those before it alone. What is not
//! copied is named too, and a test holds both against the layouts of both engines.

/// A table.
#[derive(Debug)]
pub(in crate::store) struct Table {
    /// Its name.
    pub name: &'static str,
    /// The columns that tell its rows apart, by which pages are read.
    pub key: &'static str,
    /// The others.
    rest: &'static str,
    /// Those of them that may be long.
    pub long: &'static str,
    /// One that refers to another row of the same table.
    pub later: Option<&'static str>,
}

/// Words between spaces.
pub(super) fn words(text: &'static str) -> impl Iterator<Item = &'static str> + Clone {
    text.split_ascii_whitespace()
}

impl Table {
    const fn new(name: &'static str, key: &'static str, rest: &'static str, long: &'static str) -> Self {
        Self { name, key, rest, long, later: None }
    }

    /// All columns, the key's first.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> + Clone {
        words(self.key).chain(words(self.rest))
    }

    /// Whether its numbers are drawn when rows are written, and not given to them later.
    pub fn draws_numbers(&self) -> bool {
        self.key == "seq" && !PLACED.contains(&self.name)
    }
}

/// The lists whose rows get their numbers after the commit, where there are many writers.
pub(in crate::store) const PLACED: [&str; 2] = ["events", "leaves"];

/// Every table.
pub(in crate::store) const TABLES: [Table; 27] = [
    Table::new(
        "orders",
        "seq",
        "id seller document state revision sequence next_timer_at created_at buyer ended_at bodies_erased_at erased_at
         events_gone_at",
        "document state",
    ),
    Table::new("sellers", "id", "claims failed", ""),
    Table::new("bodies", "sha256", "codec raw_bytes data", "data"),
    Table {
        later: Some("corrected_by"),
        ..Table::new(
            "shipments",
            "seq",
            "id order_id number claim input carrier format outcome verdict verdict_at tracking tracking_at next_look_at
             next_look_why looks judge_at created_at look_due judge_due corrected_by",
            "claim input verdict tracking",
        )
    },
    Table::new(
        "observations",
        "seq",
        "id shipment carrier source url fetched_at http_status body_sha256 body_bytes reading",
        "url reading",
    ),
    Table::new("verdicts", "seq", "id shipment at verdict", "verdict"),
    Table::new("events", "seq", "id order_id sequence type at rule data", "data"),
    Table::new(
        "endpoints",
        "seq",
        "id url event_types state disabled_why created_at description payload signature secret_version
         previous_secret_until headers rate_per_second revision deleted_at",
        "url event_types description headers",
    ),
    Table::new(
        "deliveries",
        "seq",
        "endpoint event order_id sequence state attempts next_attempt_at due_at lease created_at",
        "",
    ),
    Table::new("lanes", "endpoint", "turn_at turns held_until failing_since warned_at", ""),
    Table::new("notices", "id", "type at data", "data"),
    Table::new("notice_deliveries", "notice endpoint", "attempts due_at", ""),
    Table::new("positions", "name", "event", ""),
    Table::new("attempts", "seq", "id delivery at took_ms http_status error answer result", "error answer"),
    Table::new("idempotency", "key_id idempotency_key", "request_sha256 status body at", "body"),
    Table::new("api_keys", "seq", "id name sha256 scopes seller created_at revoked_at", ""),
    Table::new("source_days", "source credential began_at", "ends_at requests", ""),
    Table::new("source_spending", "source date currency", "amount", ""),
    Table::new("unmapped_codes", "source namespace code", "text first_seen last_seen answers", "text"),
    Table::new("incidents", "seq", "source at kind what", "what"),
    Table::new("leaves", "seq", "id shipment entry seed document salts", "entry document salts"),
    Table::new("actions", "seq", "order_id document", "document"),
    Table::new("disputes", "seq", "id order_id number seller state open document", "document"),
    Table::new("evidence_files", "sha256", "bytes data", "data"),
    Table::new("evidence", "seq", "id order_id file document", "document"),
    Table::new("file_looks", "seq", "evidence key_id at", ""),
    Table::new("standings", "seller", "standing revision rules order_id due_at", "standing"),
];

/// What is not copied: a table and its column, or all of a table, and why.
pub const NOT_COPIED: [(&str, Option<&str>, &str); 10] = [
    ("lanes", Some("due_at"), "SQLite's alone: found anew from the deliveries"),
    ("events", Some("staged"), "PostgreSQL's alone: says how rows that have no place yet follow each other"),
    ("leaves", Some("staged"), "the same"),
    ("counters", None, "PostgreSQL's alone: set to the last places"),
    ("heartbeat", None, "written to see that writing works"),
    ("layout", None, "PostgreSQL's alone: the version of these tables"),
    ("log_turn", None, "PostgreSQL's alone: whose turn at the log it is begins anew"),
    ("source_paces", None, "what replicas share for seconds"),
    ("source_permits", None, "what replicas share for seconds"),
    ("source_flights", None, "what replicas share for seconds"),
];

/// What is copied: each column with its table.
pub fn copied_columns() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES.iter().flat_map(|table| table.columns().map(|column| (table.name, column)))
}
