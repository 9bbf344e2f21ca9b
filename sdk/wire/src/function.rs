//! Signatures of functions.

use rosa_ecr_model::{Function, Parameter};
use rosa_ecr_proto::tfplugin6::function::{Parameter as WireParameter, Return};
use rosa_ecr_proto::tfplugin6::{Function as WireFunction, StringKind};

use crate::schema::type_bytes;

/// A function's signature in the protocol's form.
pub fn function(function: &Function) -> WireFunction {
    WireFunction {
        parameters: function.parameters.iter().map(parameter).collect(),
        variadic_parameter: function.variadic.as_ref().map(parameter),
        r#return: Some(Return { r#type: type_bytes(&function.returns) }),
        summary: function.summary.to_owned(),
        description: function.description.to_owned(),
        description_kind: StringKind::Markdown.into(),
        deprecation_message: String::new(),
    }
}

fn parameter(parameter: &Parameter) -> WireParameter {
    WireParameter {
        name: parameter.name.to_owned(),
        r#type: type_bytes(&parameter.ty),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description: parameter.description.to_owned(),
        description_kind: StringKind::Markdown.into(),
    }
}
