//! Disputes, cancellations, extensions, evidence and sellers' standing, over HTTP with a clock that the tests drive.

mod acts;
mod bench;
mod clocks;
mod evidence;
mod mistakes;
mod page;
mod sellers;
mod sources;
mod together;
