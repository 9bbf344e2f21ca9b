//! Objects that the AWS provider has had so far: what its states, of version 3 to 6, say in common.
//!
//! A state only has to say which object it is: the first read says what it is like. What no read can tell, because it is a
//! wish and no property of the object, is taken over from the state.
//!
//! Source: the resource schemas of hashicorp/aws 3.39, 4.67, 5.100 and 6.0. Version 6 has `region` in every state; before,
//! the ARN tells the region where there is one, and where there is none it is the provider's.

use rosa_ecr_model::{Diagnostic, Diagnostics, MoveSource, Term, Text, text};
use serde_json::Value as Json;

use crate::tags::Tags;

/// Whether this is a state of that type of the AWS provider. Of two that move to instances of one resource, OpenTofu 1.12 names the
/// AWS provider for the first and the resource's own for the other; ours has no types that begin with `aws_`.
pub(crate) fn is_aws(source: &MoveSource<'_>, type_name: &str) -> bool {
    let is_known = source.is_from("hashicorp/aws") || source.is_from("rosa-ecr/rosa");
    is_known && source.type_name == type_name
}

/// A string that every state of this type has.
///
/// # Errors
/// Where it has not.
pub(crate) fn required<'a>(source: &MoveSource<'a>, attribute: &str) -> Result<&'a str, Diagnostics> {
    source.text(attribute).ok_or_else(|| {
        Diagnostic::error(format!("The state of this {} is incomplete", source.type_name))
            .detail(format!("It has no {attribute}, so there is no telling which object it is."))
            .fix(text!["Refresh the state with the AWS provider first: ", Term::Refresh, "."])
            .into()
    })
}

/// The region of the object; `None` for the provider's.
pub(crate) fn region(source: &MoveSource<'_>) -> Option<String> {
    let of_arn = || source.text("arn").and_then(|arn| arn.split(':').nth(3)).filter(|region| !region.is_empty());
    source.text("region").or_else(of_arn).map(str::to_owned)
}

/// The resource's own tags.
pub(crate) fn tags(source: &MoveSource<'_>) -> Tags {
    let tags = source.state.get("tags").and_then(Json::as_object).into_iter().flatten();
    tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// A truth of the state; false where it says nothing.
pub(crate) fn truth(source: &MoveSource<'_>, attribute: &str) -> bool {
    source.state.get(attribute).and_then(Json::as_bool).unwrap_or_default()
}

/// Why an object of that type is not one of ours.
pub(crate) fn refused(source: &MoveSource<'_>, why: impl Into<Text>) -> Diagnostics {
    Diagnostic::error(format!("This {} cannot be moved", source.type_name))
        .detail(why)
        .fix("Remove the `moved` block and leave the resource with the AWS provider.")
        .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_region_is_told_by_the_state_or_by_the_arn() {
        let arn = "arn:aws:ecr:eu-west-1:123456789012:repository/a";
        for (state, expected) in [
            (json!({ "arn": arn }), Some("eu-west-1")),
            (json!({ "arn": arn, "region": "us-east-2" }), Some("us-east-2")),
            (json!({ "arn": "arn:aws:iam::123456789012:role/a" }), None),
            (json!({}), None),
        ] {
            let source = MoveSource { provider: "hashicorp/aws", type_name: "t", version: 0, state: &state };
            assert_eq!(region(&source).as_deref(), expected, "{state}");
        }
    }

    #[test]
    fn a_state_of_the_aws_provider_is_known_by_every_name_it_comes_under() {
        let known = |provider| {
            let source = MoveSource { provider, type_name: "aws_vpc_endpoint", version: 0, state: &json!({}) };
            is_aws(&source, "aws_vpc_endpoint") && !is_aws(&source, "aws_security_group")
        };
        for provider in ["registry.opentofu.org/hashicorp/aws", "aws", "registry.opentofu.org/rosa-ecr/rosa"] {
            assert!(known(provider), "{provider}");
        }
        assert!(!known("registry.terraform.io/hashicorp/awscc"));
    }

    #[test]
    fn tags_of_states() {
        for (state, expected) in [
            (json!({ "tags": { "a": "b", "c": null } }), Tags::from([("a".to_owned(), "b".to_owned())])),
            (json!({ "tags": null }), Tags::new()),
            (json!({}), Tags::new()),
        ] {
            let source = MoveSource { provider: "hashicorp/aws", type_name: "t", version: 0, state: &state };
            assert_eq!(tags(&source), expected);
        }
    }
}
