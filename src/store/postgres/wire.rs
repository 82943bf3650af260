//! Values on the wire: the units' integers, texts and bytes as the types that a statement asks for. PostgreSQL's texts
//! cannot hold the character of code 0; it and the one that stands in for it are written as two characters.

use std::borrow::Cow;
use std::error::Error;

use bytes::BytesMut;
use rusqlite::types::{Value, ValueRef};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// ASCII's SUBSTITUTE begins two characters that stand for one.
const STAND_IN: char = '\u{1a}';

/// A text as it is stored.
fn stored(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', STAND_IN]) {
        return Cow::Borrowed(text);
    }
    let mut stored = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\0' => stored.extend([STAND_IN, '0']),
            STAND_IN => stored.extend([STAND_IN, '1']),
            c => stored.push(c),
        }
    }
    Cow::Owned(stored)
}

/// A text as it was given.
fn given(stored: &str) -> Cow<'_, str> {
    if !stored.contains(STAND_IN) {
        return Cow::Borrowed(stored);
    }
    let mut given = String::with_capacity(stored.len());
    let mut chars = stored.chars();
    while let Some(c) = chars.next() {
        match (c, c == STAND_IN) {
            (_, true) if chars.next() == Some('0') => given.push('\0'),
            (c, _) => given.push(c),
        }
    }
    Cow::Owned(given)
}

/// A statement's parameter.
#[derive(Debug)]
pub(super) struct Parameter<'v>(pub &'v Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self.0, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Integer(number), &Type::INT8) => number.to_sql(kind, out),
            (Value::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Value::Integer(number), &Type::BOOL) => (*number != 0).to_sql(kind, out),
            (Value::Text(text), &Type::TEXT | &Type::VARCHAR) => stored(text).to_sql(kind, out),
            (Value::Blob(bytes), &Type::BYTEA) => bytes.to_sql(kind, out),
            (value, kind) => Err(format!("{:?} is not written as {kind}", value.data_type()).into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A column's value as it was read.
#[derive(Debug)]
pub(in crate::store) enum Cell<'r> {
    /// Nothing.
    Null,
    /// A number.
    Integer(i64),
    /// A text.
    Text(Cow<'r, str>),
    /// Bytes.
    Blob(&'r [u8]),
}

impl Cell<'_> {
    /// The same as the units know it.
    pub fn value(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }
}

impl<'r> FromSql<'r> for Cell<'r> {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *kind {
            Type::INT8 => i64::from_sql(kind, raw).map(Self::Integer),
            Type::INT4 => i32::from_sql(kind, raw).map(|number| Self::Integer(number.into())),
            Type::BOOL => bool::from_sql(kind, raw).map(|is| Self::Integer(is.into())),
            Type::TEXT | Type::VARCHAR => <&str>::from_sql(kind, raw).map(|text| Self::Text(given(text))),
            Type::BYTEA => Ok(Self::Blob(raw)),
            _ => Err(format!("{kind} is not read").into()),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_text_comes_back_and_none_is_stored_with_a_zero(text in "[\0\u{1a}01aé\u{1f4e6}]{0,12}") {
            let stored = stored(&text);
            prop_assert!(!stored.contains('\0'));
            prop_assert_eq!(given(&stored), text.as_str());
        }
    }

    #[test]
    fn an_ordinary_text_is_stored_as_it_is() {
        for text in ["", "A-1", "{\"a\":\"\\u0000\"}", "配送中"] {
            assert_eq!(stored(text), text);
        }
    }
}
