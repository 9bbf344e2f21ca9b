//! The provider's functions: what follows from arguments alone, without credentials and without a call.
//!
//! | Function | Gives |
//! |---|---|
//! | `registry_url` | the host of an account's registry |
//! | `parse_image_uri` | the parts of an image's name |
//! | `idms_yaml` | an `ImageDigestMirrorSet` |
//! | `image_mirrors` | the mirrors in manifests of oc-mirror |
//! | `merge_pull_secret` | a pull secret with the registry's login |
//! | `lifecycle_policy` | a lifecycle policy from objects |
//! | `push_policy` | the IAM policy of a pipeline that pushes |
//! | `irsa_trust_policy` | who may assume a role: service accounts of a cluster |
//!
//! Texts come from where the resources have theirs, so that a function and a resource never disagree.

mod idms_yaml;
mod image_mirrors;
mod lifecycle_policy;
mod merge_pull_secret;
mod parse_image_uri;
pub(crate) use parse_image_uri::host as registry_of_host;
mod policies;
mod registry_url;

use rosa_ecr_model::{DecodeError, Field, Function, FunctionError, Value, Violation};

/// All functions.
pub fn functions() -> Vec<Function> {
    vec![
        registry_url::function(),
        parse_image_uri::function(),
        idms_yaml::function(),
        image_mirrors::function(),
        merge_pull_secret::function(),
        lifecycle_policy::function(),
        policies::push_policy(),
        policies::irsa_trust_policy(),
    ]
}

/// The argument at that index, as the type of its parameter.
fn argument<T: Field>(arguments: &[Value], index: usize) -> Result<T, FunctionError> {
    let value = arguments.get(index).unwrap_or(&Value::Null);
    T::decode(value).map_err(|error: DecodeError| FunctionError::new(format!("{error}.")).at(index))
}

/// What is wrong with the argument at that index, where `name` is its parameter's.
fn refused(index: usize, name: &str, value: &str, violation: &Violation) -> FunctionError {
    let text = format!("{name} has the value {value:?}. {} {}", violation.rule, violation.fix);
    FunctionError::new(text.trim_end()).at(index)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_function_is_documented_and_named_once() {
        let mut names = BTreeSet::new();
        for function in functions() {
            assert!(names.insert(function.name), "{} is there twice", function.name);
            assert!(!function.summary.is_empty() && !function.summary.ends_with('.'), "{}", function.name);
            assert!(function.description.ends_with('.'), "{}", function.name);
            assert!(function.parameters.iter().all(|parameter| parameter.description.ends_with('.')));
        }
    }

    #[test]
    fn an_error_names_argument_value_rule_and_way_out() {
        let violation = Violation::rule("It must be short.").fix("Cut it.");
        let error = refused(1, "region", "long", &violation);
        assert_eq!(error, FunctionError::new("region has the value \"long\". It must be short. Cut it.").at(1));
    }
}
