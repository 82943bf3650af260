//! The rules of orders, disputes and sellers: a scenario for each sentence, a second telling of the dispute's clocks, an
//! exploration of every state, and the files that hold the numbers.

mod corpus;
mod dispute_clock;
mod exploration;
mod files;
