//! To msgpack.

use std::convert::Infallible;

use rmp::encode::{
    ByteBuf, ValueWriteError, write_array_len, write_bin, write_bool, write_ext_meta, write_f64, write_map_len,
    write_nil, write_sint, write_str,
};
use rosa_ecr_model::{Number, Step, Type, Value};

use crate::codec_error::CodecError;

/// Writes a value of that type. Attributes that an object does not have are null.
///
/// # Errors
/// If the value is not of that type.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let mut out = ByteBuf::new();
    write(&mut out, value, ty)?;
    Ok(out.into_vec())
}

fn write(out: &mut ByteBuf, value: &Value, ty: &Type) -> Result<(), CodecError> {
    match (value, ty) {
        (Value::Null, _) => write_nil(out)?,
        (Value::Unknown, _) => write_unknown(out)?,
        (value, Type::Dynamic) => {
            let ty = implied(value)?;
            write_array_len(out, 2)?;
            write_bin(out, ty.to_json().to_string().as_bytes())?;
            write(out, value, &ty)?;
        }
        (Value::Bool(truth), Type::Bool) => write_bool(out, *truth)?,
        (Value::Number(number), Type::Number) => write_number(out, number)?,
        (Value::String(text), Type::String) => write_text(out, text)?,
        (Value::List(elements), Type::List(ty)) => {
            write_array_len(out, length(elements.len())?)?;
            for (index, element) in elements.iter().enumerate() {
                write(out, element, ty).map_err(|error| error.behind(Step::Index(index)))?;
            }
        }
        (Value::List(elements), Type::Tuple(types)) if elements.len() == types.len() => {
            write_array_len(out, length(elements.len())?)?;
            for (index, (element, ty)) in elements.iter().zip(types).enumerate() {
                write(out, element, ty).map_err(|error| error.behind(Step::Index(index)))?;
            }
        }
        (Value::Set(elements), Type::Set(ty)) => {
            write_array_len(out, length(elements.len())?)?;
            for element in elements {
                // The element itself may be secret.
                write(out, element, ty).map_err(|error| error.behind(Step::Element(Value::Unknown)))?;
            }
        }
        (Value::Map(entries), Type::Map(ty)) => {
            write_map_len(out, length(entries.len())?)?;
            for (key, element) in entries {
                write_text(out, key)?;
                write(out, element, ty).map_err(|error| error.behind(Step::Key(key.clone())))?;
            }
        }
        (Value::Map(entries), Type::Object(attributes)) => {
            if let Some(stranger) = entries.keys().find(|name| !attributes.contains_key(*name)) {
                let error = CodecError::new("there is no attribute of that name");
                return Err(error.behind(Step::Attribute(stranger.clone())));
            }
            write_map_len(out, length(attributes.len())?)?;
            for (name, ty) in attributes {
                write_text(out, name)?;
                write(out, value.get(name), ty).map_err(|error| error.behind(Step::Attribute(name.clone())))?;
            }
        }
        (value, ty) => return Err(rosa_ecr_model::DecodeError::mismatch(ty, value).into()),
    }
    Ok(())
}

/// An unknown value of which nothing else is known: extension 0 with one byte.
fn write_unknown(out: &mut ByteBuf) -> Result<(), CodecError> {
    write_ext_meta(out, 1, 0)?;
    out.as_mut_vec().push(0);
    Ok(())
}

fn write_number(out: &mut ByteBuf, number: &Number) -> Result<(), CodecError> {
    match (number.as_i64(), number.as_f64()) {
        (Some(integer), _) => drop(write_sint(out, integer)?),
        (None, Some(float)) => write_f64(out, float)?,
        (None, None) => write_text(out, &number.to_string())?,
    }
    Ok(())
}

fn write_text(out: &mut ByteBuf, text: &str) -> Result<(), CodecError> {
    length(text.len())?;
    Ok(write_str(out, text)?)
}

/// Msgpack's lengths have 32 bits.
fn length(length: usize) -> Result<u32, CodecError> {
    u32::try_from(length)
        .map_err(|_| CodecError::new(format!("{length} elements or bytes are more than a message holds")))
}

/// The type that an HCL literal of this value has.
fn implied(value: &Value) -> Result<Type, CodecError> {
    Ok(match value {
        Value::Null | Value::Unknown => Type::Dynamic,
        Value::Bool(_) => Type::Bool,
        Value::Number(_) => Type::Number,
        Value::String(_) => Type::String,
        Value::List(elements) => Type::Tuple(elements.iter().map(implied).collect::<Result<_, _>>()?),
        Value::Map(entries) => {
            let attributes = entries.iter().map(|(name, value)| Ok((name.clone(), implied(value)?)));
            Type::Object(attributes.collect::<Result<_, CodecError>>()?)
        }
        Value::Set(elements) => {
            let mut types = Vec::new();
            for element in elements.iter().filter(|element| !element.is_null() && !element.is_unknown()) {
                let ty = implied(element)?;
                if !types.contains(&ty) {
                    types.push(ty);
                }
            }
            match (types.pop(), types.is_empty()) {
                (None, _) => Type::set(Type::Dynamic),
                (Some(one), true) => Type::set(one),
                (Some(_), false) => return Err(CodecError::new("the elements of the set are not of one type")),
            }
        }
    })
}

/// Writing into memory does not fail.
impl From<Infallible> for CodecError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Writing into memory does not fail.
impl From<ValueWriteError<Infallible>> for CodecError {
    fn from(error: ValueWriteError<Infallible>) -> Self {
        match error {
            ValueWriteError::InvalidMarkerWrite(never) | ValueWriteError::InvalidDataWrite(never) => match never {},
        }
    }
}
