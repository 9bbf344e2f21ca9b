//! From msgpack.

use std::collections::BTreeMap;

use rmp::Marker;
use rosa_ecr_model::{Number, Step, Type, Value};

use crate::codec_error::CodecError;

/// How deep a value may nest. Schemas stay far below; only `any`, whose type arrives with the value, could go on.
const MAX_DEPTH: usize = 128;

/// Reads one value of that type from all of `bytes`.
///
/// Lengths are believed only as far as there are bytes, so a short message cannot claim much memory.
///
/// # Errors
/// If the bytes are no msgpack, end early, go on after the value, nest deeper than 128 levels, or are no value of
/// the type.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, CodecError> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(ty, 0)?;
    match reader.rest.len() {
        0 => Ok(value),
        more => Err(CodecError::new(format!("the value is complete, but {more} more bytes are there"))),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self, ty: &Type, depth: usize) -> Result<Value, CodecError> {
        if depth == MAX_DEPTH {
            return Err(CodecError::new(format!("the value nests deeper than {MAX_DEPTH} levels")));
        }
        let marker = self.marker()?;
        if marker == Marker::Null {
            return Ok(Value::Null);
        }
        if let Some(length) = self.extension_length(marker)? {
            // One byte says which extension it is.
            self.take(length.saturating_add(1))?;
            return Ok(Value::Unknown);
        }
        let value = match ty {
            Type::Bool => match marker {
                Marker::True => Some(Value::Bool(true)),
                Marker::False => Some(Value::Bool(false)),
                _ => None,
            },
            Type::Number => self.number(marker)?.map(Value::Number),
            Type::String => self.text(marker)?.map(|text| Value::String(text.to_owned())),
            Type::List(element) => match self.array_length(marker)? {
                Some(length) => Some(Value::List(self.elements(length, depth, |_| element)?)),
                None => None,
            },
            Type::Set(element) => match self.array_length(marker)? {
                Some(length) => Some(Value::set(self.members(length, depth, element)?)),
                None => None,
            },
            Type::Tuple(elements) => match self.array_length(marker)? {
                Some(length) if length == elements.len() => {
                    Some(Value::List(self.elements(length, depth, |index| &elements[index])?))
                }
                Some(length) => {
                    let wanted = elements.len();
                    return Err(CodecError::new(format!(
                        "a tuple of {wanted} elements is wanted, one of {length} is there"
                    )));
                }
                None => None,
            },
            Type::Map(element) => match self.map_length(marker)? {
                Some(length) => Some(Value::Map(self.entries(length, depth, element)?)),
                None => None,
            },
            Type::Object(attributes) => match self.map_length(marker)? {
                Some(length) => Some(Value::Map(self.attributes(length, depth, attributes)?)),
                None => None,
            },
            Type::Dynamic => match self.array_length(marker)? {
                Some(2) => Some(self.dynamic(depth)?),
                _ => None,
            },
        };
        value.ok_or_else(|| CodecError::new(format!("{} is wanted, {} is there", name_of(ty), name_of_marker(marker))))
    }

    fn elements<'t>(
        &mut self,
        length: usize,
        depth: usize,
        ty: impl Fn(usize) -> &'t Type,
    ) -> Result<Vec<Value>, CodecError> {
        // Collecting results never reserves for more than it has seen.
        (0..length)
            .map(|index| self.value(ty(index), depth + 1).map_err(|error| error.behind(Step::Index(index))))
            .collect()
    }

    fn members(&mut self, length: usize, depth: usize, ty: &Type) -> Result<Vec<Value>, CodecError> {
        (0..length)
            .map(|_| self.value(ty, depth + 1).map_err(|error| error.behind(Step::Element(Value::Unknown))))
            .collect()
    }

    fn entries(&mut self, length: usize, depth: usize, ty: &Type) -> Result<BTreeMap<String, Value>, CodecError> {
        let mut entries = BTreeMap::new();
        for _ in 0..length {
            let key = self.key()?;
            let behind = |error: CodecError| error.behind(Step::Key(key.to_owned()));
            let value = self.value(ty, depth + 1).map_err(behind)?;
            if entries.insert(key.to_owned(), value).is_some() {
                return Err(behind(CodecError::new("this key is there twice")));
            }
        }
        Ok(entries)
    }

    fn attributes(
        &mut self,
        length: usize,
        depth: usize,
        types: &BTreeMap<String, Type>,
    ) -> Result<BTreeMap<String, Value>, CodecError> {
        let mut attributes = BTreeMap::new();
        for _ in 0..length {
            let name = self.key()?;
            let behind = |error: CodecError| error.behind(Step::Attribute(name.to_owned()));
            let ty = types.get(name).ok_or_else(|| behind(CodecError::new("there is no attribute of that name")))?;
            let value = self.value(ty, depth + 1).map_err(behind)?;
            if attributes.insert(name.to_owned(), value).is_some() {
                return Err(behind(CodecError::new("this attribute is there twice")));
            }
        }
        match types.keys().find(|name| !attributes.contains_key(*name)) {
            None => Ok(attributes),
            Some(missing) => Err(CodecError::new("this attribute is missing").behind(Step::Attribute(missing.clone()))),
        }
    }

    /// A value that brings its own type.
    fn dynamic(&mut self, depth: usize) -> Result<Value, CodecError> {
        let unreadable = || CodecError::new("the type that the value brings is no type");
        let marker = self.marker()?;
        let json = self.bytes(marker)?.ok_or_else(unreadable)?;
        let json = serde_json::from_slice(json).map_err(|_| unreadable())?;
        let ty = Type::from_json(&json).ok_or_else(unreadable)?;
        self.value(&ty, depth + 1)
    }

    fn number(&mut self, marker: Marker) -> Result<Option<Number>, CodecError> {
        let number = match marker {
            Marker::FixPos(number) => Number::from(i64::from(number)),
            Marker::FixNeg(number) => Number::from(i64::from(number)),
            Marker::U8 => Number::from(i64::from(u8::from_be_bytes(self.array()?))),
            Marker::U16 => Number::from(i64::from(u16::from_be_bytes(self.array()?))),
            Marker::U32 => Number::from(i64::from(u32::from_be_bytes(self.array()?))),
            Marker::U64 => parsed(&u64::from_be_bytes(self.array()?).to_string())?,
            Marker::I8 => Number::from(i64::from(i8::from_be_bytes(self.array()?))),
            Marker::I16 => Number::from(i64::from(i16::from_be_bytes(self.array()?))),
            Marker::I32 => Number::from(i64::from(i32::from_be_bytes(self.array()?))),
            Marker::I64 => Number::from(i64::from_be_bytes(self.array()?)),
            Marker::F32 => finite(f64::from(f32::from_be_bytes(self.array()?)))?,
            Marker::F64 => finite(f64::from_be_bytes(self.array()?))?,
            _ => match self.text(marker)? {
                Some(digits) => parsed(digits)?,
                None => return Ok(None),
            },
        };
        Ok(Some(number))
    }

    fn key(&mut self) -> Result<&'a str, CodecError> {
        let marker = self.marker()?;
        let key = self.text(marker)?;
        key.ok_or_else(|| CodecError::new(format!("a string is wanted as key, {} is there", name_of_marker(marker))))
    }

    fn text(&mut self, marker: Marker) -> Result<Option<&'a str>, CodecError> {
        let Some(bytes) = self.bytes(marker)? else { return Ok(None) };
        std::str::from_utf8(bytes).map(Some).map_err(|_| CodecError::new("the string is not UTF-8"))
    }

    fn bytes(&mut self, marker: Marker) -> Result<Option<&'a [u8]>, CodecError> {
        let length = match marker {
            Marker::FixStr(length) => usize::from(length),
            Marker::Str8 | Marker::Bin8 => self.length8()?,
            Marker::Str16 | Marker::Bin16 => self.length16()?,
            Marker::Str32 | Marker::Bin32 => self.length32()?,
            _ => return Ok(None),
        };
        self.take(length).map(Some)
    }

    fn array_length(&mut self, marker: Marker) -> Result<Option<usize>, CodecError> {
        Ok(Some(match marker {
            Marker::FixArray(length) => usize::from(length),
            Marker::Array16 => self.length16()?,
            Marker::Array32 => self.length32()?,
            _ => return Ok(None),
        }))
    }

    fn map_length(&mut self, marker: Marker) -> Result<Option<usize>, CodecError> {
        Ok(Some(match marker {
            Marker::FixMap(length) => usize::from(length),
            Marker::Map16 => self.length16()?,
            Marker::Map32 => self.length32()?,
            _ => return Ok(None),
        }))
    }

    fn extension_length(&mut self, marker: Marker) -> Result<Option<usize>, CodecError> {
        Ok(Some(match marker {
            Marker::FixExt1 => 1,
            Marker::FixExt2 => 2,
            Marker::FixExt4 => 4,
            Marker::FixExt8 => 8,
            Marker::FixExt16 => 16,
            Marker::Ext8 => self.length8()?,
            Marker::Ext16 => self.length16()?,
            Marker::Ext32 => self.length32()?,
            _ => return Ok(None),
        }))
    }

    fn length8(&mut self) -> Result<usize, CodecError> {
        Ok(usize::from(u8::from_be_bytes(self.array()?)))
    }

    fn length16(&mut self) -> Result<usize, CodecError> {
        Ok(usize::from(u16::from_be_bytes(self.array()?)))
    }

    fn length32(&mut self) -> Result<usize, CodecError> {
        usize::try_from(u32::from_be_bytes(self.array()?)).map_err(|_| cut_off())
    }

    fn marker(&mut self) -> Result<Marker, CodecError> {
        Ok(Marker::from_u8(u8::from_be_bytes(self.array()?)))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(cut_off)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], CodecError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(cut_off)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn cut_off() -> CodecError {
    CodecError::new("the bytes end before the value does")
}

fn parsed(digits: &str) -> Result<Number, CodecError> {
    Number::parse(digits).ok_or_else(|| CodecError::new("a number is wanted, a string that is no number is there"))
}

fn finite(float: f64) -> Result<Number, CodecError> {
    Number::from_f64(float)
        .ok_or_else(|| CodecError::new("a finite number is wanted, an infinite one or none is there"))
}

fn name_of(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "a bool",
        Type::Number => "a number",
        Type::String => "a string",
        Type::List(_) => "a list",
        Type::Set(_) => "a set",
        Type::Tuple(_) => "a tuple",
        Type::Map(_) => "a map",
        Type::Object(_) => "an object",
        Type::Dynamic => "a type and a value",
    }
}

fn name_of_marker(marker: Marker) -> &'static str {
    match marker {
        Marker::Null => "null",
        Marker::True | Marker::False => "a bool",
        Marker::FixPos(_)
        | Marker::FixNeg(_)
        | Marker::U8
        | Marker::U16
        | Marker::U32
        | Marker::U64
        | Marker::I8
        | Marker::I16
        | Marker::I32
        | Marker::I64
        | Marker::F32
        | Marker::F64 => "a number",
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => "a string",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "a byte string",
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => "an array",
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => "a map",
        Marker::Reserved => "a byte that is no msgpack",
        _ => "an extension",
    }
}
