//! An event's particulars: a JSON object, kept as the text that it was written as. Most events are only passed on, and
//! nobody looks into them on the way.

use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The particulars of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventData(Box<str>);

impl EventData {
    /// Those of a stored text. It must be an object, as it is written: without spaces, its names in order.
    pub fn of_text(text: &str) -> Result<Self, serde_json::Error> {
        if !text.starts_with('{') {
            return Err(serde_json::Error::custom("an event's particulars are no object"));
        }
        serde_json::from_str::<Checked>(text)?;
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The object.
    pub fn read(&self) -> Map<String, Value> {
        serde_json::from_str(&self.0).expect("it was checked when it was made")
    }
}

impl From<Map<String, Value>> for EventData {
    fn from(data: Map<String, Value>) -> Self {
        Self(Value::Object(data).to_string().into())
    }
}

impl Serialize for EventData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.read().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EventData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::from)
    }
}

/// Reads whatever a [`Value`] reads, and keeps nothing of it.
struct Checked;

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Checked {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(Self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self, A::Error> {
        while fields.next_entry::<Self, Self>()?.is_some() {}
        Ok(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["", "[]", "null", "{", "{}}", r#"{"a":1e999}"#, r#"{"a":"\ud800"}"#, r#"{"a"}"#, " {}"] {
            assert!(EventData::of_text(text).is_err(), "{text}");
        }
        let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
        assert!(EventData::of_text(&deep).is_err());
    }

    #[test]
    fn it_is_the_same_as_text_and_as_an_object() {
        let map = json!({ "city": "Zürich", "a": [1, -2, 1.5, null, true, { "b": "\u{1}\"" }] });
        let map = map.as_object().unwrap().clone();
        let data = EventData::from(map.clone());
        assert_eq!(data.as_str(), serde_json::to_string(&map).unwrap());
        assert_eq!(data.read(), map);
        assert_eq!(EventData::of_text(data.as_str()).unwrap(), data);
        assert_eq!(serde_json::to_value(&data).unwrap(), Value::Object(map));
    }

    proptest! {
        /// Whatever passes can be read.
        #[test]
        fn what_was_checked_can_be_read(text in r#"\{("[a-z\\u0-9]{0,6}":([0-9eE.+-]{1,8}|"[a-z\\u0-9]{0,8}"|null|\[1,2\]),?){0,3}\}"#) {
            let map = serde_json::from_str::<Map<String, Value>>(&text);
            match EventData::of_text(&text) {
                Ok(data) => prop_assert_eq!(data.read(), map.unwrap()),
                Err(_) => prop_assert!(map.is_err(), "{}", text),
            }
        }
    }
}
