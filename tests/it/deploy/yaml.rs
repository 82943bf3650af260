//! YAML as JSON, with the merges (`<<`) that Compose knows.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value};

/// Every document of a file.
pub fn documents(text: &str) -> Vec<Value> {
    Yaml::load_from_str(text).unwrap().iter().map(json).collect()
}

fn json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => (*value).into(),
        Yaml::Value(Scalar::Integer(value)) => (*value).into(),
        Yaml::Value(Scalar::FloatingPoint(value)) => value.0.into(),
        Yaml::Value(Scalar::String(value)) => value.as_ref().into(),
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                match (key.as_str().unwrap(), json(value)) {
                    ("<<", Value::Object(merged)) => {
                        for (key, value) in merged {
                            object.entry(key).or_insert(value);
                        }
                    }
                    (key, value) => drop(object.insert(key.to_owned(), value)),
                }
            }
            object.into()
        }
        other => panic!("this is not used here: {other:?}"),
    }
}

#[test]
fn what_is_merged_gives_way_to_what_stands_there() {
    let text = "base: &b { one: 1, two: [x, true, null] }\nover: { <<: *b, one: \"1\" }\n---\n- 0.5\n";
    let read = documents(text);
    let base = serde_json::json!({"one": 1, "two": ["x", true, null]});
    let over = serde_json::json!({"one": "1", "two": ["x", true, null]});
    assert_eq!(read, [serde_json::json!({"base": base, "over": over}), serde_json::json!([0.5])]);
}
