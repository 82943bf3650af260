//! How values lie in columns: times as microseconds, ids and words as text, the rest as JSON. What does not read back
//! is an error that names the value, never a default.

use jiff::Timestamp;
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::StrDeserializer;
use serde_json::Value;

use crate::store::EventData;

/// An instant, to the microsecond below.
#[derive(Clone, Copy)]
pub(in crate::store) struct Time(pub Timestamp);

impl ToSql for Time {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_microsecond().into())
    }
}

impl FromSql for Time {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Timestamp::from_microsecond(value.as_i64()?).map(Self).map_err(FromSqlError::other)
    }
}

/// An instant at which something is due, to the microsecond above: nothing is ever due too early.
pub(super) struct Due(pub Timestamp);

impl ToSql for Due {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let below = self.0.as_microsecond();
        let exact = self.0.subsec_nanosecond() % 1_000 == 0;
        let above = if exact { below } else { below + 1 };
        Ok(above.min(Timestamp::MAX.as_microsecond()).into())
    }
}

/// Anything as JSON.
pub(super) struct Json<T>(pub T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0)
            .map(ToSqlOutput::from)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(FromSqlError::other)
    }
}

/// Something whose JSON is one string, as that string: an id, or a value of a closed list.
pub(in crate::store) struct Word<T>(pub T);

impl<T: Serialize> ToSql for Word<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let wrong = |what: String| rusqlite::Error::ToSqlConversionFailure(what.into());
        match serde_json::to_value(&self.0) {
            Ok(Value::String(text)) => Ok(text.into()),
            Ok(other) => Err(wrong(format!("{other} is not a word"))),
            Err(error) => Err(wrong(error.to_string())),
        }
    }
}

impl<T: DeserializeOwned> FromSql for Word<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = StrDeserializer::<serde::de::value::Error>::new(value.as_str()?);
        T::deserialize(text).map(Self).map_err(FromSqlError::other)
    }
}

impl FromSql for EventData {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::of_text(value.as_str()?).map_err(FromSqlError::other)
    }
}

/// The instant in an optional column.
pub(super) fn time(value: Option<Time>) -> Option<Timestamp> {
    value.map(|time| time.0)
}
