//! The embedded store: SQLite with one writer that commits in groups, and readers beside it.
