//! From a configuration to the struct of inputs: what data sources, ephemeral resources and queries share with
//! resources.

use crate::{Attributes, Block, DecodeError, Diagnostic, Diagnostics, Field, Severity, Value, plan, validate};

/// Completes computed inputs: the configuration, and the inputs to complete.
pub(crate) type Resolve<'a, I> =
    &'a (dyn Fn(&<I as Attributes>::Partial, &mut <I as Attributes>::Partial) + Send + Sync);

/// Rules that need more than one attribute.
pub(crate) type Rules<I> = fn(&<I as Attributes>::Partial, &mut Diagnostics);

/// Everything that is wrong with a configuration, as far as it is known.
pub(crate) fn check<I: Attributes>(
    type_name: &str,
    block: &Block,
    config: &Value,
    resolve: Resolve<'_, I>,
    rules: Rules<I>,
) -> Diagnostics {
    let mut report = validate(block, config);
    // The rules speak of what will be: defaults are in, computed values are unknown.
    let proposed = plan::propose(block, &Value::Null, config);
    match I::partial(config).and_then(|config| Ok((config, I::partial(&proposed)?))) {
        Ok((config, mut inputs)) => {
            resolve(&config, &mut inputs);
            rules(&inputs, &mut report);
        }
        Err(error) if !report.has_errors() => report.push(error.misfit("configuration", type_name)),
        Err(_) => {}
    }
    report
}

/// The inputs that a wholly known configuration comes to.
///
/// # Errors
/// Where something in it is unknown, or wrong.
pub(crate) fn complete<I: Attributes>(
    type_name: &str,
    block: &Block,
    config: &Value,
    resolve: Resolve<'_, I>,
    rules: Rules<I>,
) -> Result<I, Diagnostics> {
    if !config.is_wholly_known() {
        return Err(unknown(type_name));
    }
    let proposed = plan::propose(block, &Value::Null, config);
    let partial = || Ok((I::partial(config)?, I::partial(&proposed)?));
    let (config, mut inputs) = partial().map_err(|error: DecodeError| error.misfit("configuration", type_name))?;
    resolve(&config, &mut inputs);
    let inputs = I::decode(&plan::settle(&I::compose(&inputs, &proposed)));
    let inputs = inputs.map_err(|error| error.misfit("configuration", type_name))?;
    recheck(&inputs, rules)?;
    Ok(inputs)
}

/// What was unknown when the configuration was validated is known now: the last moment before anything is done.
///
/// # Errors
/// Where the inputs break a rule.
pub(crate) fn recheck<I: Attributes>(inputs: &I, rules: Rules<I>) -> Result<(), Diagnostics> {
    let mut report = validate(&I::block(), &inputs.encode());
    rules(&inputs.to_partial(), &mut report);
    // The warnings were told before.
    report.into_iter().filter(|d| d.severity == Severity::Error).collect::<Diagnostics>().into_result().map(drop)
}

/// Inputs and outputs as one object.
pub(crate) fn merged(inputs: &impl Field, outputs: &impl Field) -> Value {
    let (Value::Map(mut inputs), Value::Map(outputs)) = (inputs.encode(), outputs.encode()) else {
        unreachable!("attributes encode to maps");
    };
    inputs.extend(outputs);
    Value::Map(inputs)
}

fn unknown(type_name: &str) -> Diagnostics {
    Diagnostic::error(format!("The configuration of {type_name} is not known yet"))
        .detail("It depends on what only an apply makes known.")
        .fix("Apply what its arguments come from first.")
        .into()
}
