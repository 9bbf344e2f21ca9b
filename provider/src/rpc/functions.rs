//! Functions. There are none yet, so the list of their signatures is empty.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostics, Provider};
use rosa_ecr_proto::tfplugin6::{FunctionError, call_function, get_functions};

use super::answer::{Answered, Ask, asks};
use super::host::Host;

asks! {
    get_functions "GetFunctions";
}

asks! {
    call_function::Request, "CallFunction" of name, call_function::Response: why => {
        let error = FunctionError { text: text(why), function_argument: None };
        call_function::Response { result: None, error: Some(error) }
    };
}

pub(super) async fn signatures<P: Provider>(
    _: Arc<Host<P>>,
    _: Arc<get_functions::Request>,
) -> Answered<get_functions::Request> {
    Ok(get_functions::Response::default())
}

pub(super) async fn absent<P: Provider, Q: Ask>(host: Arc<Host<P>>, request: Arc<Q>) -> Answered<Q> {
    host.absent("function", request.subject())
}

/// Diagnostics in the one text that a function's error has.
fn text(why: &Diagnostics) -> String {
    let texts: Vec<String> = why.iter().map(|error| format!("{}. {}", error.summary, error.body())).collect();
    texts.join("\n\n")
}
