//! What EC2's requests have in common: filters and tags.

use crate::account::Tags;
use crate::request::Form;

/// Whether an object passes all filters of a describe: `values` gives those of the object for a filter, and `None` for one
/// that the fake does not have.
///
/// # Panics
/// On such a filter.
pub(crate) fn passes(form: &Form, tags: &Tags, values: impl Fn(&str) -> Option<Vec<String>>) -> bool {
    form.each("Filter").iter().all(|filter| {
        let name = filter.text("Name");
        let there = match name.strip_prefix("tag:") {
            Some(key) => tags.get(key).cloned().into_iter().collect(),
            None => values(name).unwrap_or_else(|| panic!("the fake has no filter {name}")),
        };
        filter.list("Value").iter().any(|wanted| there.contains(wanted))
    })
}

/// The tags for the object that a call makes.
pub(crate) fn specified(form: &Form) -> Tags {
    form.each("TagSpecification").iter().flat_map(|specification| specification.tags("Tag")).collect()
}
