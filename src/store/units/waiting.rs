//! The lanes where many write: which endpoints something waits for is read from the index of due deliveries, one step for
//! each endpoint, however much waits for it. So no event writes a row that all events of an endpoint share.

/// Endpoints with deliveries that have a due time, each with the earliest, and what is kept of their lanes.
macro_rules! waiting {
    ($rest:literal) => {
        concat!(
            "WITH RECURSIVE waiting (endpoint, due_at) AS (
               (SELECT endpoint, due_at FROM deliveries WHERE due_at IS NOT NULL ORDER BY endpoint, due_at LIMIT 1)
               UNION ALL
               SELECT n.endpoint, n.due_at FROM waiting w CROSS JOIN LATERAL
                 (SELECT endpoint, due_at FROM deliveries WHERE due_at IS NOT NULL AND endpoint > w.endpoint
                  ORDER BY endpoint, due_at LIMIT 1) n),
             due AS (
               SELECT w.endpoint, l.held_until, l.failing_since, l.warned_at,
                 greatest(w.due_at, coalesce(l.turn_at, 0), coalesce(l.held_until, 0)) AS due_at,
                 coalesce(l.turns, 0) AS turns
               FROM waiting w LEFT JOIN lanes l ON l.endpoint = w.endpoint) ",
            $rest
        )
    };
}

/// The lanes that are due, in the order of their turns.
pub(super) const IN_TURN: &str = waiting!(
    "SELECT endpoint, held_until, failing_since, warned_at FROM due WHERE due_at <= ?1 ORDER BY due_at, turns LIMIT ?2"
);

/// When the next lane is due.
pub(super) const NEXT_DUE: &str = waiting!("SELECT min(due_at) FROM due");
