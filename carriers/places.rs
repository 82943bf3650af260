//! Countries and their clocks, as far as a place proves them.
