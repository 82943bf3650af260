//! Where the gateway may connect to when the address comes from someone else: rules for URLs, a table of addresses that
//! are never reached, and HTTP clients that keep both at the moment of connecting.

mod address;
pub mod client;
pub mod guard;
pub mod retry_after;
