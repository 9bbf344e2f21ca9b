//! Which region a resource is in.

use rosa_ecr_model::Known;

use crate::Aws;

/// The region of a resource with an optional `region`: what the configuration says, else the provider's, else, while
/// the provider's is not known, what it was. Changing the provider's region therefore moves the resources that do not
/// name one, as in the AWS provider (its guide "Enhanced region support").
pub fn resolve(
    context: Option<&Aws>,
    config: &Known<Option<String>>,
    prior: &Known<Option<String>>,
) -> Known<Option<String>> {
    match (config, context) {
        (Known::Now(Some(region)), _) => Known::Now(Some(region.clone())),
        (Known::Now(None), Some(context)) => Known::Now(Some(context.region().to_owned())),
        (Known::Now(None), None) => prior.clone(),
        (Known::Later, _) => Known::Later,
    }
}
