use std::collections::BTreeMap;

use rosa_ecr_model::{Number, Type, Value};

use super::{decode, encode};

fn object() -> Type {
    Type::object([
        ("name", Type::String),
        ("days", Type::Number),
        ("tags", Type::map(Type::String)),
        ("subnets", Type::set(Type::String)),
        ("rules", Type::list(Type::object([("port", Type::Number), ("open", Type::Bool)]))),
        ("pair", Type::Tuple(vec![Type::String, Type::Bool])),
        ("any", Type::Dynamic),
    ])
}

fn number(digits: &str) -> Value {
    Value::Number(Number::parse(digits).expect("a number"))
}

/// Asserts that the value is written as these bytes and read back from them.
#[track_caller]
fn both_ways(value: &Value, ty: &Type, bytes: &[u8]) {
    assert_eq!(encode(value, ty).as_deref(), Ok(bytes), "{value:?} is written so");
    assert_eq!(decode(bytes, ty).as_ref(), Ok(value), "{bytes:02x?} is read so");
}

/// The error for bytes that are no value of the type.
#[track_caller]
fn refused(bytes: &[u8], ty: &Type) -> String {
    decode(bytes, ty).expect_err("no value of that type").to_string()
}

#[test]
fn null_and_unknown_stand_at_any_type() {
    for ty in [Type::Bool, Type::Number, Type::String, Type::set(Type::String), object(), Type::Dynamic] {
        both_ways(&Value::Null, &ty, &[0xc0]);
        both_ways(&Value::Unknown, &ty, &[0xd4, 0x00, 0x00]);
    }
}

#[test]
fn every_extension_is_unknown() {
    let not_null = [0xc7, 0x03, 0x0c, 0x81, 0x01, 0xc2];
    let prefix = [&[0xc7, 0x08, 0x0c, 0x82, 0x01, 0xc2, 0x02, 0xa3][..], b"arn"].concat();
    let fixed: Vec<Vec<u8>> = (0..5).map(|power| [vec![0xd4 + power, 0x0c], vec![0; 1 << power]].concat()).collect();
    let long = [&[0xc8, 0x01, 0x00, 0x0c][..], &[0; 256]].concat();
    let longer = [&[0xc9, 0x00, 0x01, 0x00, 0x00, 0x0c][..], &[0; 65536]].concat();
    for bytes in [not_null.to_vec(), prefix, long, longer].into_iter().chain(fixed) {
        assert_eq!(decode(&bytes, &Type::String), Ok(Value::Unknown));
        assert_eq!(decode(&bytes, &Type::Dynamic), Ok(Value::Unknown));
    }
}

#[test]
fn integers_take_the_shortest_form() {
    let forms: [(i64, &[u8]); 16] = [
        (0, &[0x00]),
        (127, &[0x7f]),
        (128, &[0xcc, 0x80]),
        (255, &[0xcc, 0xff]),
        (256, &[0xcd, 0x01, 0x00]),
        (65_535, &[0xcd, 0xff, 0xff]),
        (65_536, &[0xce, 0x00, 0x01, 0x00, 0x00]),
        (1 << 32, &[0xcf, 0, 0, 0, 1, 0, 0, 0, 0]),
        (i64::MAX, &[0xcf, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        (-1, &[0xff]),
        (-32, &[0xe0]),
        (-33, &[0xd0, 0xdf]),
        (-129, &[0xd1, 0xff, 0x7f]),
        (-32_769, &[0xd2, 0xff, 0xff, 0x7f, 0xff]),
        (-2_147_483_649, &[0xd3, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]),
        (i64::MIN, &[0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0]),
    ];
    for (integer, bytes) in forms {
        both_ways(&integer.into(), &Type::Number, bytes);
    }
}

#[test]
fn numbers_that_are_no_integers_are_exact() {
    both_ways(&number("0.5"), &Type::Number, &[0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]);
    both_ways(&number("9223372036854775808"), &Type::Number, &[0xcb, 0x43, 0xe0, 0, 0, 0, 0, 0, 0]);
    both_ways(&number("0.1"), &Type::Number, b"\xa30.1");
    both_ways(&number("12345678901234567890"), &Type::Number, b"\xb412345678901234567890");
    let large = Value::Number(Number::parse("1e30").expect("a number"));
    assert_eq!(decode(&encode(&large, &Type::Number).expect("fits"), &Type::Number), Ok(large));
}

#[test]
fn every_number_form_is_read() {
    let seven: [&[u8]; 11] = [
        &[0x07],
        &[0xcc, 7],
        &[0xcd, 0, 7],
        &[0xce, 0, 0, 0, 7],
        &[0xcf, 0, 0, 0, 0, 0, 0, 0, 7],
        &[0xd0, 7],
        &[0xd1, 0, 7],
        &[0xd2, 0, 0, 0, 7],
        &[0xd3, 0, 0, 0, 0, 0, 0, 0, 7],
        &[0xca, 0x40, 0xe0, 0, 0],
        b"\xa17",
    ];
    for bytes in seven {
        assert_eq!(decode(bytes, &Type::Number), Ok(7.into()), "{bytes:02x?}");
    }
    assert_eq!(decode(b"\xc4\x017", &Type::Number), Ok(7.into()));
    let most = [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(decode(&most, &Type::Number), Ok(number("18446744073709551615")));
    assert_eq!(refused(b"\xa3ten", &Type::Number), "a number is wanted, a string that is no number is there");
    let tiny = b"\xb81.5e-9223372036854775808";
    assert!(refused(tiny, &Type::Number).ends_with("a string that is no number is there"), "its power overflows");
    assert!(refused(&[0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], &Type::Number).contains("infinite"));
}

#[test]
fn strings_and_collections() {
    both_ways(&"".into(), &Type::String, &[0xa0]);
    both_ways(&"a".repeat(32).as_str().into(), &Type::String, &[&[0xd9, 32][..], &[b'a'; 32]].concat());
    both_ways(&"ü".into(), &Type::String, &[0xa2, 0xc3, 0xbc]);
    assert_eq!(decode(b"\xc4\x02hi", &Type::String), Ok("hi".into()), "a byte string is a string");
    both_ways(&Value::Bool(true), &Type::Bool, &[0xc3]);
    both_ways(&Value::List(vec![]), &Type::list(Type::Bool), &[0x90]);
    both_ways(&Value::List(vec![true.into(), Value::Null]), &Type::list(Type::Bool), &[0x92, 0xc3, 0xc0]);
    both_ways(&Value::map([("b", 2.into()), ("a", 1.into())]), &Type::map(Type::Number), b"\x82\xa1a\x01\xa1b\x02");
}

#[test]
fn sets_are_read_in_any_order_and_written_sorted() {
    let set = Type::set(Type::String);
    let value = Value::set(["b".into(), "a".into()]);
    assert_eq!(decode(b"\x92\xa1b\xa1a", &set).as_ref(), Ok(&value));
    both_ways(&value, &set, b"\x92\xa1a\xa1b");
}

#[test]
fn objects_have_exactly_their_attributes_sorted() {
    let ty = Type::object([("name", Type::String), ("days", Type::Number)]);
    let value = Value::map([("name", "a".into()), ("days", 1.into())]);
    both_ways(&value, &ty, b"\x82\xa4days\x01\xa4name\xa1a");
    assert_eq!(decode(b"\x82\xa4name\xa1a\xa4days\x01", &ty).as_ref(), Ok(&value), "in any order");
    let open = Value::map([("name", "a".into())]);
    assert_eq!(encode(&open, &ty).as_deref(), Ok(&b"\x82\xa4days\xc0\xa4name\xa1a"[..]), "absent is null");
    let stranger = Value::map([("colour", Value::Null)]);
    assert_eq!(
        encode(&stranger, &ty).expect_err("not of the schema").to_string(),
        "colour: there is no attribute of that name"
    );
    assert_eq!(refused(b"\x81\xa4name\xa1a", &ty), "days: this attribute is missing");
    assert_eq!(refused(b"\x82\xa4name\xa1a\xa3day\x01", &ty), "day: there is no attribute of that name");
    assert_eq!(refused(b"\x82\xa4name\xa1a\xa4name\xa1a", &ty), "name: this attribute is there twice");
    assert_eq!(refused(b"\x81\x01\x01", &ty), "a string is wanted as key, a number is there");
}

#[test]
fn dynamic_values_bring_their_type() {
    both_ways(&"a".into(), &Type::Dynamic, b"\x92\xc4\x08\"string\"\xa1a");
    let object = Value::map([("a", true.into())]);
    both_ways(&object, &Type::Dynamic, b"\x92\xc4\x17[\"object\",{\"a\":\"bool\"}]\x81\xa1a\xc3");
    let tuple = Value::List(vec![1.into(), Value::Unknown]);
    both_ways(&tuple, &Type::Dynamic, b"\x92\xc4\x1e[\"tuple\",[\"number\",\"dynamic\"]]\x92\x01\xd4\x00\x00");
    let set = Value::set(["a".into(), Value::Unknown]);
    assert_eq!(decode(&encode(&set, &Type::Dynamic).expect("fits"), &Type::Dynamic), Ok(set));
    assert!(encode(&Value::set(["a".into(), 1.into()]), &Type::Dynamic).is_err());
    assert_eq!(decode(b"\x92\xc4\x08\"string\"\xc0", &Type::Dynamic), Ok(Value::Null), "a typed null is null");
    assert_eq!(
        decode(b"\x92\xd9\x11[\"list\",\"string\"]\x91\xa1a", &Type::Dynamic),
        Ok(Value::List(vec!["a".into()])),
        "the type may be a string"
    );
    assert_eq!(refused(b"\x92\xc4\x08\"colour\"\xc0", &Type::Dynamic), "the type that the value brings is no type");
    assert_eq!(refused(b"\x93\xc0\xc0\xc0", &Type::Dynamic), "a type and a value is wanted, an array is there");
}

#[test]
fn errors_name_the_place() {
    let ty = Type::object([("rules", Type::list(Type::map(Type::object([("port", Type::Number)]))))]);
    let bytes = b"\x81\xa5rules\x92\x80\x81\xa3ssh\x81\xa4port\xc3";
    assert_eq!(refused(bytes, &ty), "rules[1][\"ssh\"].port: a number is wanted, a bool is there");
    let value = Value::map([("rules", Value::List(vec![Value::map([("ssh", true.into())])]))]);
    assert_eq!(
        encode(&value, &ty).expect_err("no object").path.to_string(),
        "rules[0][\"ssh\"]",
        "also when it is written"
    );
    let sets = Type::object([("subnets", Type::set(Type::String))]);
    assert_eq!(refused(b"\x81\xa7subnets\x91\xc3", &sets), "subnets[*]: a string is wanted, a bool is there");
}

#[test]
fn what_is_cut_off_or_goes_on_is_refused() {
    let value = sample(&mut Dice(7), &object(), 0);
    let bytes = encode(&value, &object()).expect("fits");
    for end in 0..bytes.len() {
        assert!(decode(&bytes[..end], &object()).is_err(), "cut off at {end}");
    }
    assert_eq!(refused(&[0xc3, 0xc3, 0xc3], &Type::Bool), "the value is complete, but 2 more bytes are there");
    assert_eq!(refused(&[0xc1], &Type::Bool), "a bool is wanted, a byte that is no msgpack is there");
    assert_eq!(refused(&[0xa1, 0xff], &Type::String), "the string is not UTF-8");
    assert_eq!(refused(b"\x82\xa1a\x01\xa1a\x01", &Type::map(Type::Number)), "[\"a\"]: this key is there twice");
    assert_eq!(refused(&[0x91, 0xc3], &Type::Tuple(vec![])), "a tuple of 0 elements is wanted, one of 1 is there");
}

#[test]
fn claimed_lengths_cost_nothing() {
    for (marker, ty) in [
        (0xdd, Type::list(Type::Bool)),
        (0xdd, Type::set(Type::Bool)),
        (0xdf, Type::map(Type::Bool)),
        (0xdb, Type::String),
        (0xc6, Type::String),
        (0xc9, Type::String),
    ] {
        assert!(decode(&[marker, 0xff, 0xff, 0xff, 0xff], &ty).is_err());
    }
}

#[test]
fn depth_is_bounded() {
    let level = b"\x92\xc4\x09\"dynamic\"";
    let shallow = [level.repeat(100), vec![0xc0]].concat();
    assert_eq!(decode(&shallow, &Type::Dynamic), Ok(Value::Null));
    let deep = [level.repeat(100_000), vec![0xc0]].concat();
    assert!(refused(&deep, &Type::Dynamic).contains("deeper than 128 levels"));
    let nested = format!("{}\"string\"{}", "[\"list\",".repeat(200), "]".repeat(200));
    let length = u16::try_from(nested.len()).expect("short").to_be_bytes();
    let deep_type = [&[0x92, 0xc5][..], &length, nested.as_bytes(), &[0xc0]].concat();
    assert!(decode(&deep_type, &Type::Dynamic).is_err());
}

/// A small generator of pseudo-random numbers (splitmix64), so that failures repeat.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(bound).expect("small")).expect("small")
    }

    fn text(&mut self) -> String {
        let length = self.below(40);
        (0..length).filter_map(|_| char::from_u32(u32::try_from(self.roll() % 0x500).expect("small"))).collect()
    }
}

fn sample_type(dice: &mut Dice, depth: usize) -> Type {
    let leaves = [Type::Bool, Type::Number, Type::String];
    match dice.below(if depth > 3 { 3 } else { 8 }) {
        leaf @ 0..3 => leaves[leaf].clone(),
        3 => Type::list(sample_type(dice, depth + 1)),
        4 => Type::set(sample_type(dice, depth + 1)),
        5 => Type::map(sample_type(dice, depth + 1)),
        6 => Type::Tuple((0..dice.below(4)).map(|_| sample_type(dice, depth + 1)).collect()),
        _ => Type::object((0..dice.below(5)).map(|_| (dice.text(), sample_type(dice, depth + 1))).collect::<Vec<_>>()),
    }
}

fn sample(dice: &mut Dice, ty: &Type, depth: usize) -> Value {
    match dice.below(12) {
        0 if depth > 0 => return Value::Null,
        1 if depth > 0 => return Value::Unknown,
        _ => {}
    }
    let count = dice.below(5);
    match ty {
        Type::Bool => Value::Bool(dice.below(2) == 0),
        Type::Number => Value::Number(sample_number(dice)),
        Type::String | Type::Dynamic => Value::String(dice.text()),
        Type::List(element) => Value::List((0..count).map(|_| sample(dice, element, depth + 1)).collect()),
        Type::Set(element) => Value::set((0..count).map(|_| sample(dice, element, depth + 1)).collect::<Vec<_>>()),
        Type::Map(element) => Value::Map((0..count).map(|_| (dice.text(), sample(dice, element, depth + 1))).collect()),
        Type::Tuple(elements) => Value::List(elements.iter().map(|ty| sample(dice, ty, depth + 1)).collect()),
        Type::Object(attributes) => Value::Map(
            attributes.iter().map(|(name, ty)| (name.clone(), sample(dice, ty, depth + 1))).collect::<BTreeMap<_, _>>(),
        ),
    }
}

fn sample_number(dice: &mut Dice) -> Number {
    let bits = dice.roll();
    match bits % 4 {
        0 => Number::from(i64::from_ne_bytes(bits.to_ne_bytes())),
        1 => Number::from(i64::try_from(bits % 300).expect("small") - 150),
        2 => Number::from_f64(f64::from_bits(bits)).unwrap_or(Number::from(0)),
        _ => Number::parse(&format!("{}.{}", bits % 1000, dice.roll())).expect("a number"),
    }
}

#[test]
fn whatever_is_written_is_read_back() {
    let mut dice = Dice(1);
    for round in 0..3_000 {
        let ty = sample_type(&mut dice, 0);
        let value = sample(&mut dice, &ty, 0);
        let bytes = encode(&value, &ty).unwrap_or_else(|error| panic!("round {round}: {error}"));
        assert_eq!(decode(&bytes, &ty), Ok(value), "round {round}: {ty}");
    }
}

#[test]
fn damaged_bytes_never_panic_and_what_they_give_can_be_written() {
    let mut dice = Dice(2);
    for round in 0..20_000 {
        let ty = if dice.below(2) == 0 { object() } else { sample_type(&mut dice, 0) };
        let mut bytes = encode(&sample(&mut dice, &ty, 0), &ty).expect("fits");
        for _ in 0..=dice.below(4) {
            let place = dice.below(bytes.len().max(1));
            let byte = u8::try_from(dice.roll() % 256).expect("a byte");
            match dice.below(4) {
                0 => bytes.truncate(place),
                1 => bytes.insert(place.min(bytes.len()), byte),
                _ if bytes.is_empty() => {}
                2 => bytes[place] = byte,
                _ => bytes[place] ^= 1 << (byte % 8),
            }
        }
        if let Ok(value) = decode(&bytes, &ty) {
            assert!(encode(&value, &ty).is_ok(), "round {round}: {value:?} is of type {ty}");
        }
    }
}

#[test]
fn noise_never_panics() {
    let mut dice = Dice(3);
    for _ in 0..20_000 {
        let length = dice.below(48);
        let noise: Vec<u8> = (0..length).map(|_| u8::try_from(dice.roll() % 256).expect("a byte")).collect();
        drop(decode(&noise, &object()));
        drop(decode(&noise, &Type::Dynamic));
    }
}
