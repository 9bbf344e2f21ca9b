//! Values as msgpack, along a type: the encoding of go-cty, which Terraform and OpenTofu speak.
//!
//! Msgpack by itself does not say enough. A list, a set and a tuple are all arrays, a map and an object are both maps,
//! and a number may be an integer, a float or a string of digits. The type decides, so both directions need it:
//!
//! | Type | Written as | Also read |
//! |---|---|---|
//! | bool | bool | |
//! | number | an integer, else a float that is exactly it, else a string of decimal digits | every number form |
//! | string | str | bin |
//! | list, set, tuple | array | sets in any order |
//! | map, object | map, keys sorted; an object has exactly its attributes | keys in any order |
//! | any | `[type as JSON in bin, value]` | the type in str |
//!
//! Null is nil at any type. Unknown is extension 0 (`d4 00 00`); whatever extension is read is unknown, so what a newer
//! peer says about an unknown value (extension 12) is accepted and not needed.
//!
//! A [`Value`](rosa_ecr_model::Value) does not carry its type. What is read as `any` and written as `any` again becomes
//! the type of an HCL literal: a tuple where a list was, an object where a map was.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub use decode::decode;
pub use encode::encode;
