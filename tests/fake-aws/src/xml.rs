//! XML, in as few words as answers need.

use crate::account::Tags;
use crate::request::{Refusal, Service};

/// An element around XML.
pub(crate) fn element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// An element around text.
pub(crate) fn text(name: &str, content: &str) -> String {
    element(name, &content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// An element around a list.
pub(crate) fn list(name: &str, item: &str, contents: impl IntoIterator<Item = String>) -> String {
    element(name, &contents.into_iter().map(|content| element(item, &content)).collect::<String>())
}

/// Tags, in elements of that name and case.
pub(crate) fn tags(name: &str, item: &str, (key, value): (&str, &str), tags: &Tags) -> String {
    list(name, item, tags.iter().map(|(of, is)| text(key, of) + &text(value, is)))
}

/// What a service answers, around its own part.
pub(crate) fn answer(service: Service, action: &str, content: &str) -> String {
    let id = "<RequestId>request</RequestId>";
    match service {
        Service::Ec2 => element(&format!("{action}Response"), &format!("<requestId>request</requestId>{content}")),
        _ => {
            let result = element(&format!("{action}Result"), content);
            element(&format!("{action}Response"), &format!("{result}<ResponseMetadata>{id}</ResponseMetadata>"))
        }
    }
}

/// What a service refuses with.
pub(crate) fn refusal(service: Service, Refusal(_, code): &Refusal) -> String {
    match service {
        Service::Ecr => format!("{{\"__type\": \"{code}\", \"message\": \"refused by the fake\"}}"),
        Service::Ec2 => format!(
            "<Response><Errors><Error><Code>{code}</Code><Message>refused by the fake</Message></Error></Errors>\
             <RequestID>request</RequestID></Response>"
        ),
        Service::Iam | Service::Sts => format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>refused by the fake</Message></Error>\
             <RequestId>request</RequestId></ErrorResponse>"
        ),
    }
}
