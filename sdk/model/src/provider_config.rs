//! The provider block, in every host: what is wrong with it, and which arguments it gives.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::field::DecodeError;
use crate::plan::propose;
use crate::provider::Provider;
use crate::validate::validate;
use crate::value::Value;

/// Everything that is wrong with a provider block in full shape, as far as it is known. `unreadable` is what the host says of
/// one that does not fit its schema.
pub fn validate_provider_config<P: Provider>(
    config: &Value,
    unreadable: impl FnOnce(DecodeError) -> Diagnostic,
) -> Diagnostics {
    let block = P::block();
    let mut report = validate(&block, config);
    // The provider's own rules speak of what will be: defaults are in.
    match P::partial(&propose(&block, &Value::Null, config)) {
        Ok(inputs) => P::validate(&inputs, &mut report),
        Err(error) if !report.has_errors() => report.push(unreadable(error)),
        Err(_) => {}
    }
    report
}

/// The arguments of a provider block in full shape, with defaults: what to [configure](Provider::configure). What is unknown
/// is absent, for [`configure_open`](Provider::configure_open).
///
/// # Errors
/// If the block does not fit its schema.
pub fn decode_provider_config<P: Provider>(config: &Value) -> Result<P, DecodeError> {
    P::decode(&without_unknown(&propose(&P::block(), &Value::Null, config)))
}

/// The value with null where it is unknown. Of a list or set, all has to be known.
fn without_unknown(value: &Value) -> Value {
    match value {
        Value::Unknown => Value::Null,
        Value::List(elements) | Value::Set(elements) if elements.contains(&Value::Unknown) => Value::Null,
        Value::List(elements) => Value::List(elements.iter().map(without_unknown).collect()),
        Value::Set(elements) => Value::set(elements.iter().map(without_unknown)),
        Value::Map(entries) => Value::map(entries.iter().map(|(key, value)| (key, without_unknown(value)))),
        known => known.clone(),
    }
}
