//! Values in the envelope that carries them.

use rosa_ecr_model::{Type, Value};
use rosa_ecr_proto::tfplugin6::DynamicValue;

use crate::codec_error::CodecError;
use crate::msgpack;

/// Reads a value of that type, from msgpack or, if there is none, from JSON. Nothing at all is null.
///
/// # Errors
/// If the bytes are no value of that type.
pub fn decode(value: Option<&DynamicValue>, ty: &Type) -> Result<Value, CodecError> {
    match value {
        Some(value) if !value.msgpack.is_empty() => msgpack::decode(&value.msgpack, ty),
        Some(value) if !value.json.is_empty() => Ok(Value::from_json(&parse_json(&value.json)?, ty)?),
        _ => Ok(Value::Null),
    }
}

/// Reads bytes as JSON of any shape.
///
/// # Errors
/// If they are no JSON.
pub fn parse_json(bytes: &[u8]) -> Result<serde_json::Value, CodecError> {
    serde_json::from_slice(bytes).map_err(|error| CodecError::new(format!("the JSON is broken: {error}")))
}

/// Writes a value of that type. The result is never empty: a null is written out, because an empty envelope could
/// as well be one that was never filled.
///
/// # Errors
/// If the value is not of that type.
pub fn encode(value: &Value, ty: &Type) -> Result<DynamicValue, CodecError> {
    Ok(DynamicValue { msgpack: msgpack::encode(value, ty)?, json: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_null_and_null_is_something() {
        assert_eq!(decode(None, &Type::String), Ok(Value::Null));
        assert_eq!(decode(Some(&DynamicValue::default()), &Type::String), Ok(Value::Null));
        let null = encode(&Value::Null, &Type::String).expect("null fits every type");
        assert_eq!(null, DynamicValue { msgpack: vec![0xc0], json: Vec::new() });
    }

    #[test]
    fn json_is_read_along_the_type() {
        let ty = Type::object([("ids", Type::set(Type::String)), ("days", Type::Number)]);
        let json = |text: &str| DynamicValue { msgpack: Vec::new(), json: text.as_bytes().to_vec() };
        let value = decode(Some(&json(r#"{"ids": ["b", "a"], "days": 14}"#)), &ty).expect("fits");
        assert_eq!(value, Value::map([("ids", Value::set(["a".into(), "b".into()])), ("days", 14.into())]));
        let error = decode(Some(&json(r#"{"days": true}"#)), &ty).expect_err("a bool is no number");
        assert_eq!(error.to_string(), "days: number is wanted, a bool is there");
        assert!(decode(Some(&json(r#"{"days": "#)), &ty).is_err());
    }

    #[test]
    fn msgpack_comes_first() {
        let both = DynamicValue { msgpack: vec![0xc3], json: b"false".to_vec() };
        assert_eq!(decode(Some(&both), &Type::Bool), Ok(Value::Bool(true)));
    }
}
