//! Use cases: what the gateway does with the domain's values.

pub mod verify_file;
