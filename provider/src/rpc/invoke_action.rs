//! InvokeAction: the messages of an action while it is done, and how it ended.
//!
//! The answer is a stream that begins when the arguments have been read. Its last event, and no other, is `Completed`.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostics, Progress, Provider};
use rosa_ecr_proto::tfplugin6::invoke_action::{self, event};
use rosa_ecr_wire as wire;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::action_config;
use super::answer::{Answered, Events, asks, begin, only};
use super::registry::Registry;
use super::session::with_warnings;

asks! {
    invoke_action::Request, "InvokeAction" of action_type, Events<invoke_action::Event>: why => only(completed(why));
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<invoke_action::Request>,
) -> Answered<invoke_action::Request> {
    let action = registry.action(&request.action_type)?;
    let config = action_config::read(&action, request.config.as_ref())?;
    let call = registry.session.changing()?;
    let (events, stream) = mpsc::unbounded_channel();
    let messages = events.clone();
    // Who hung up hears nothing more, and the work goes on.
    let progress = Progress::new(move |message| drop(messages.send(Ok(reported(message)))));
    let begun = begin(&*request, async move {
        let invoked = action.invoke(&call, &config, &progress).await;
        with_warnings(&call, invoked).map(|((), warnings)| warnings)
    });
    tokio::spawn(async move {
        let end = begun.ended(&*request).await.unwrap_or_else(|errors| errors);
        drop(events.send(Ok(completed(&end))));
    });
    Ok(Box::pin(UnboundedReceiverStream::new(stream)))
}

fn reported(message: String) -> invoke_action::Event {
    invoke_action::Event { r#type: Some(event::Type::Progress(event::Progress { message })) }
}

fn completed(diagnostics: &Diagnostics) -> invoke_action::Event {
    let completed = event::Completed { diagnostics: wire::diagnostics(diagnostics) };
    invoke_action::Event { r#type: Some(event::Type::Completed(completed)) }
}
