//! CallFunction. Functions are pure: no session, no configuration, and the same answer every time.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostics, Function, FunctionError, Provider, Value};
use rosa_ecr_proto::tfplugin6::{self, DynamicValue, call_function};
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::bound_type;
use super::registry::Registry;

asks! {
    call_function::Request, "CallFunction" of name, call_function::Response: why => {
        refusal(FunctionError::new(text(why)))
    };
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<call_function::Request>,
) -> Answered<call_function::Request> {
    let function = registry.function(&request.name)?;
    match read(&function, &request.arguments).and_then(|arguments| function.invoke(&arguments)) {
        Err(error) => Ok(refusal(error)),
        Ok(result) => {
            let result = bound_type::write("result", function.name, &result, &function.returns)?;
            Ok(call_function::Response { result: Some(result), error: None })
        }
    }
}

/// The arguments. Those that no parameter is there for are null: [`Function::invoke`] refuses them by their number.
fn read(function: &Function, arguments: &[DynamicValue]) -> Result<Vec<Value>, FunctionError> {
    let read = arguments.iter().enumerate().map(|(index, argument)| match function.parameter(index) {
        None => Ok(Value::Null),
        Some(parameter) => wire::decode(Some(argument), &parameter.ty).map_err(|error| {
            FunctionError::new(format!("{} is of type {}: {error}.", parameter.name, parameter.ty)).at(index)
        }),
    });
    read.collect()
}

fn refusal(error: FunctionError) -> call_function::Response {
    let function_argument = error.argument.and_then(|argument| i64::try_from(argument).ok());
    call_function::Response {
        result: None,
        error: Some(tfplugin6::FunctionError { text: error.text, function_argument }),
    }
}

/// Diagnostics in the one text that a function's error has.
fn text(why: &Diagnostics) -> String {
    let texts: Vec<String> = why.iter().map(|error| format!("{}. {}", error.summary, error.body())).collect();
    texts.join("\n\n")
}
