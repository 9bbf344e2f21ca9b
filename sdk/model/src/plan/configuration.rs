//! From a configuration to the struct of inputs: what resources, data sources, ephemeral resources, queries and actions share.

use crate::diagnostic::decode_error::DecodeError;
use crate::diagnostic::message::{Diagnostic, Diagnostics, Severity};
use crate::expression::attributes::Attributes;
use crate::plan::propose as plan;
use crate::schema::block::Schema;
use crate::schema::field::Field;
use crate::schema::validate::validate;
use crate::value::tree::Value;

/// Completes computed inputs with the context, where there is one: the configuration, and the inputs to complete.
pub(crate) type Resolve<I, C> = fn(Option<&C>, &<I as Attributes>::Partial, &mut <I as Attributes>::Partial);

/// Rules that need more than one attribute.
pub(crate) type Rules<I> = fn(&<I as Attributes>::Partial, &mut Diagnostics);

/// The configurations of one type, whose inputs are `I`.
pub(crate) struct Configurations<I: Attributes, C> {
    pub(crate) type_name: &'static str,
    /// The inputs, and the outputs where there are any.
    pub(crate) schema: Schema,
    pub(crate) resolve: Resolve<I, C>,
    pub(crate) rules: Rules<I>,
}

impl<I: Attributes, C> Configurations<I, C> {
    /// Everything that is wrong with a configuration, as far as it is known.
    pub(crate) fn check(&self, config: &Value) -> Diagnostics {
        let mut report = validate(&self.schema.block, config);
        // The rules speak of what will be: defaults are in, computed values are unknown.
        let proposed = plan::propose(&self.schema.block, &Value::Null, config);
        match I::partial(config).and_then(|config| Ok((config, I::partial(&proposed)?))) {
            Ok((config, mut inputs)) => {
                (self.resolve)(None, &config, &mut inputs);
                (self.rules)(&inputs, &mut report);
            }
            Err(error) if !report.has_errors() => report.push(self.misfit(&error)),
            Err(_) => {}
        }
        report
    }

    /// The inputs that a wholly known configuration comes to.
    ///
    /// # Errors
    /// Where something in it is unknown, or wrong.
    pub(crate) fn inputs(&self, context: &C, config: &Value) -> Result<I, Diagnostics> {
        if !config.is_wholly_known() {
            return Err(unknown(self.type_name));
        }
        let proposed = plan::propose(&self.schema.block, &Value::Null, config);
        let partial = || Ok((I::partial(config)?, I::partial(&proposed)?));
        let (config, mut inputs) = partial().map_err(|error| self.misfit(&error))?;
        (self.resolve)(Some(context), &config, &mut inputs);
        let inputs = I::decode(&plan::settle(&I::compose(&inputs, &proposed))).map_err(|error| self.misfit(&error))?;
        recheck(&inputs, self.rules)?;
        Ok(inputs)
    }

    fn misfit(&self, error: &DecodeError) -> Diagnostic {
        error.misfit("configuration", self.type_name)
    }
}

/// What was unknown when the configuration was validated is known now: the last moment before anything is done.
///
/// # Errors
/// Where the inputs break a rule.
pub(crate) fn recheck<I: Attributes>(inputs: &I, rules: Rules<I>) -> Result<(), Diagnostics> {
    let mut report = validate(&I::block(), &inputs.encode());
    rules(&inputs.to_partial(), &mut report);
    // The warnings were reported before.
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
