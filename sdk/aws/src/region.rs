//! Which region a resource is in.

use rosa_ecr_model::{Call, IdentityAttribute, Known};

use crate::provider::Aws;

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

/// The region in an object's identity.
pub(crate) const IDENTITY: IdentityAttribute = IdentityAttribute {
    name: "region",
    description: "Region of the object; the provider's where it is not set.",
    required: false,
};

/// The region and the id that an import id means: `<id>`, in the provider's region, or `<id>@<region>`.
pub(crate) fn of_import_id<'a>(call: &'a Call<Aws>, id: &'a str) -> (&'a str, &'a str) {
    let (id, region) = split_import_id(id);
    (region.unwrap_or_else(|| call.region()), id)
}

/// The id, and the region if it names one.
pub(crate) fn split_import_id(id: &str) -> (&str, Option<&str>) {
    id.rsplit_once('@').map_or((id, None), |(id, region)| (id, Some(region)))
}
