//! Fields that others fill as they like: now text, now numbers, now one, now many. Each is read straight from the bytes.
//! What does not fit is as if absent, save in the lists without which an answer is none.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use serde_json::Number;

use super::trimmed;

/// How a field takes what came. Nothing, and by default all else, leaves it empty.
trait Take<'de>: Sized {
    type Value;

    fn empty(self) -> Self::Value;

    /// Text, or a number as it is printed.
    fn word<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(self.empty())
    }

    fn flag<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(self.empty())
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self.empty())
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(self.empty())
    }
}

struct Taking<T>(T);

impl<'de, T: Take<'de>> Visitor<'de> for Taking<T> {
    type Value = T::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T::Value, E> {
        self.0.word(text)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T::Value, E> {
        self.0.word(&number.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T::Value, E> {
        self.0.word(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T::Value, E> {
        match Number::from_f64(number) {
            Some(number) => self.0.word(&number.to_string()),
            None => Ok(self.0.empty()),
        }
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<T::Value, E> {
        self.0.flag(flag)
    }

    fn visit_unit<E: Error>(self) -> Result<T::Value, E> {
        Ok(self.0.empty())
    }

    fn visit_none<E: Error>(self) -> Result<T::Value, E> {
        Ok(self.0.empty())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T::Value, A::Error> {
        self.0.list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T::Value, A::Error> {
        self.0.object(object)
    }
}

fn take<'de, D: Deserializer<'de>, T: Take<'de>>(deserializer: D, field: T) -> Result<T::Value, D::Error> {
    deserializer.deserialize_any(Taking(field))
}

/// An object that has begun, for a type or for an `Option` of it.
struct Object<A>(A);

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Object<A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_map(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

struct Text;

impl Take<'_> for Text {
    type Value = Option<String>;

    fn empty(self) -> Option<String> {
        None
    }

    fn word<E: Error>(self, text: &str) -> Result<Option<String>, E> {
        Ok(trimmed(text))
    }
}

/// For `deserialize_with`: text or a number, trimmed; anything else is as if absent.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    take(deserializer, Text)
}

struct TextOrFlag;

impl Take<'_> for TextOrFlag {
    type Value = Option<String>;

    fn empty(self) -> Option<String> {
        None
    }

    fn word<E: Error>(self, text: &str) -> Result<Option<String>, E> {
        Ok(trimmed(text))
    }

    fn flag<E: Error>(self, flag: bool) -> Result<Option<String>, E> {
        Ok(Some(flag.to_string()))
    }
}

/// The same, with flags as the text `true` or `false`.
pub fn text_or_flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    take(deserializer, TextOrFlag)
}

#[derive(Deserialize)]
struct Word(#[serde(deserialize_with = "text")] Option<String>);

struct Texts;

impl<'de> Take<'de> for Texts {
    type Value = Vec<String>;

    fn empty(self) -> Vec<String> {
        Vec::new()
    }

    fn word<E: Error>(self, text: &str) -> Result<Vec<String>, E> {
        Ok(trimmed(text).into_iter().collect())
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
        let mut words = Vec::new();
        while let Some(Word(word)) = list.next_element()? {
            words.extend(word);
        }
        Ok(words)
    }
}

/// For `deserialize_with`: several texts or one.
pub fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    take(deserializer, Texts)
}

fn no_object<T, E: Error>() -> Result<T, E> {
    Err(E::custom("not an object of this shape"))
}

/// An element of a list: an object, or nothing. What else stands there is an error where the list is needed.
struct Element<T, const NEEDED: bool>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const NEEDED: bool> Take<'de> for Element<T, NEEDED> {
    type Value = Option<T>;

    fn empty(self) -> Option<T> {
        None
    }

    fn word<E: Error>(self, _: &str) -> Result<Option<T>, E> {
        if NEEDED { no_object() } else { Ok(None) }
    }

    fn flag<E: Error>(self, _: bool) -> Result<Option<T>, E> {
        if NEEDED { no_object() } else { Ok(None) }
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<T>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        if NEEDED { no_object() } else { Ok(None) }
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<Option<T>, A::Error> {
        T::deserialize(Object(object)).map(Some)
    }
}

struct Read<T, const NEEDED: bool>(Option<T>);

impl<'de, T: Deserialize<'de>, const NEEDED: bool> Deserialize<'de> for Read<T, NEEDED> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        take(deserializer, Element::<T, NEEDED>(PhantomData)).map(Self)
    }
}

struct Several<T, const NEEDED: bool>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const NEEDED: bool> Take<'de> for Several<T, NEEDED> {
    type Value = Vec<T>;

    fn empty(self) -> Vec<T> {
        Vec::new()
    }

    fn word<E: Error>(self, _: &str) -> Result<Vec<T>, E> {
        if NEEDED { no_object() } else { Ok(Vec::new()) }
    }

    fn flag<E: Error>(self, _: bool) -> Result<Vec<T>, E> {
        if NEEDED { no_object() } else { Ok(Vec::new()) }
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut objects = Vec::new();
        while let Some(Read::<T, NEEDED>(object)) = list.next_element()? {
            objects.extend(object);
        }
        Ok(objects)
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<Vec<T>, A::Error> {
        Ok(vec![T::deserialize(Object(object))?])
    }
}

/// For `deserialize_with`: several objects, one, or none. What is no such object is an error.
pub fn many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    take(deserializer, Several::<T, true>(PhantomData))
}

/// The same in an accessory part: what is no object is as if absent.
pub fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    take(deserializer, Several::<T, false>(PhantomData))
}

/// An object where nothing else may stand.
pub struct Needed<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Needed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        take(deserializer, Element::<T, true>(PhantomData))?.map(Self).map_or_else(no_object, Ok)
    }
}

struct Accessory<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Default> Take<'de> for Accessory<T> {
    type Value = T;

    fn empty(self) -> T {
        T::default()
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::deserialize(Object(object))
    }
}

/// For `deserialize_with`: an accessory object. What has another shape is as if absent, since the rest still holds; so its
/// own lists are read by [`some`].
pub fn accessory<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    take(deserializer, Accessory(PhantomData))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[derive(Deserialize, Default, Debug, PartialEq)]
    #[serde(default)]
    struct Probe {
        #[serde(deserialize_with = "text")]
        word: Option<String>,
        #[serde(deserialize_with = "text_or_flag")]
        flag: Option<String>,
        #[serde(deserialize_with = "texts")]
        words: Vec<String>,
        #[serde(deserialize_with = "many")]
        needed: Vec<Probe>,
        #[serde(deserialize_with = "some")]
        extra: Vec<Probe>,
        #[serde(deserialize_with = "accessory")]
        part: Option<Box<Probe>>,
    }

    /// What a document is read as, straight from its bytes and by way of a tree: the two must agree.
    fn read(document: &Value) -> Option<Probe> {
        let straight: Option<Probe> = serde_json::from_slice(document.to_string().as_bytes()).ok();
        let by_tree: Option<Probe> = serde_json::from_value(document.clone()).ok();
        assert_eq!(straight, by_tree, "{document}");
        straight
    }

    fn words(document: &Value) -> (Option<String>, Option<String>, Vec<String>) {
        let probe = read(document).unwrap_or_else(|| panic!("{document} is read"));
        (probe.word, probe.flag, probe.words)
    }

    #[test]
    fn words_are_texts_or_numbers() {
        let is = |value: Value, word: Option<&str>, flag: Option<&str>, several: &[&str]| {
            let document = json!({"word": value, "flag": value, "words": value});
            let several = several.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(
                words(&document),
                (word.map(str::to_owned), flag.map(str::to_owned), several),
                "{value}"
            );
        };
        is(json!(" a b "), Some("a b"), Some("a b"), &["a b"]);
        is(json!(" "), None, None, &[]);
        is(json!(7), Some("7"), Some("7"), &["7"]);
        is(json!(-7), Some("-7"), Some("-7"), &["-7"]);
        is(json!(1.5), Some("1.5"), Some("1.5"), &["1.5"]);
        is(json!(true), None, Some("true"), &[]);
        is(json!(null), None, None, &[]);
        is(json!({"a": [1]}), None, None, &[]);
        is(json!([" a", 7, null, [], {}, true]), None, None, &["a", "7"]);
    }

    #[test]
    fn lists_are_several_one_or_none() {
        let count = |value: Value| {
            let needed = read(&json!({"needed": value})).map(|probe| probe.needed.len());
            (needed, read(&json!({"extra": value})).map(|probe| probe.extra.len()))
        };
        assert_eq!(count(json!([{}, null, {"word": "a"}])), (Some(2), Some(2)));
        assert_eq!(count(json!({"word": "a"})), (Some(1), Some(1)));
        assert_eq!(count(json!(null)), (Some(0), Some(0)));
        for other in [json!("a"), json!(7), json!(true), json!([7]), json!([[]]), json!(["a", {}])] {
            let (needed, extra) = count(other);
            assert_eq!((needed, extra.is_some()), (None, true));
        }
    }

    #[test]
    fn a_part_of_another_shape_is_absent() {
        let part =
            |value: Value| read(&json!({"word": "a", "part": value})).map(|probe| probe.part.is_some());
        assert_eq!(part(json!({"word": 1})), Some(true));
        for other in [json!(null), json!("a"), json!(7), json!(true), json!([]), json!([{"word": 1}])] {
            assert_eq!(part(other), Some(false));
        }
        assert_eq!(part(json!({"extra": "a", "part": [7]})), Some(true));
    }
}
