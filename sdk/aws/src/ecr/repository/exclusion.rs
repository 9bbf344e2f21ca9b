//! Tags that a mode of mutability leaves out.

use std::collections::BTreeSet;

use aws_sdk_ecr::types::{ImageTagMutabilityExclusionFilter, ImageTagMutabilityExclusionFilterType};
use rosa_ecr_derive::Object;
use rosa_ecr_model::{Diagnostic, Diagnostics, Violation};

/// Tags that a `*_WITH_EXCLUSION` mode leaves out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Object)]
pub struct ExclusionFilter {
    /// The tags: at most 128 letters, digits, `.`, `_`, `-`, and up to two `*` that stand for anything.
    #[attr(check(exclusion_filter))]
    pub filter: String,
    /// How `filter` is read: `WILDCARD`.
    #[attr(default = "WILDCARD", one_of("WILDCARD"))]
    pub filter_type: String,
}

/// Source: Amazon ECR API Reference, `ImageTagMutabilityExclusionFilter`.
fn exclusion_filter(filter: &str) -> Result<(), Violation> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._*-".contains(c);
    let fits = (1..=128).contains(&filter.len()) && filter.chars().all(allowed) && filter.matches('*').count() <= 2;
    if fits {
        return Ok(());
    }
    Err(Violation::rule("It has from 1 to 128 letters, digits, '.', '_', '-', and at most two '*'."))
}

/// Filters as the SDK has them. None at all for a mode without exclusions, because ECR refuses even an empty list there.
pub(crate) fn filters_for_sdk(
    name: &str,
    filters: &BTreeSet<ExclusionFilter>,
) -> Result<Option<Vec<ImageTagMutabilityExclusionFilter>>, Diagnostics> {
    if filters.is_empty() {
        return Ok(None);
    }
    let filters = filters.iter().map(|filter| {
        ImageTagMutabilityExclusionFilter::builder()
            .filter(&filter.filter)
            .filter_type(ImageTagMutabilityExclusionFilterType::from(filter.filter_type.as_str()))
            .build()
            .map_err(|error| malformed(name, &error).into())
    });
    filters.collect::<Result<_, _>>().map(Some)
}

/// The filters of an answer.
pub(crate) fn filters_of_sdk(filters: Option<Vec<ImageTagMutabilityExclusionFilter>>) -> BTreeSet<ExclusionFilter> {
    let filter = |filter: ImageTagMutabilityExclusionFilter| ExclusionFilter {
        filter: filter.filter,
        filter_type: filter.filter_type.as_str().to_owned(),
    };
    filters.unwrap_or_default().into_iter().map(filter).collect()
}

/// Says that the SDK does not take a part of a request.
pub(crate) fn malformed(what: &str, error: &impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error(format!("Cannot describe {what} to ECR")).detail(error.to_string())
}

/// A mode with exclusions needs filters, and only such a mode has them.
pub(crate) fn check_exclusion(mode: &str, filters: &BTreeSet<ExclusionFilter>, report: &mut Diagnostics) {
    match (mode.ends_with("_WITH_EXCLUSION"), filters.is_empty()) {
        (true, true) => report.push(
            Diagnostic::error("A mode with exclusions, but no exclusion")
                .detail(format!("image_tag_mutability is \"{mode}\", and image_tag_mutability_exclusion_filters is empty."))
                .fix(format!(
                    "Set image_tag_mutability_exclusion_filters = [{{ filter = \"latest\" }}], or the mode to \"{}\".",
                    mode.trim_end_matches("_WITH_EXCLUSION")
                ))
                .at("image_tag_mutability_exclusion_filters"),
        ),
        (false, false) => report.push(
            Diagnostic::error("Exclusions, but a mode without them")
                .detail(format!("image_tag_mutability is \"{mode}\", which knows no exclusions."))
                .fix(format!(
                    "Set image_tag_mutability = \"{mode}_WITH_EXCLUSION\", or remove image_tag_mutability_exclusion_filters."
                ))
                .at("image_tag_mutability"),
        ),
        _ => {}
    }
}
