//! What the documentation of a type says besides its schema.

/// Where the page of a type stands, and who looks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The group of pages that it belongs to, such as `Network`; empty for none.
    pub subcategory: &'static str,
    /// What a person wants who needs the type, each as it goes on behind "I want to": `let builds push images`.
    pub tasks: &'static [&'static str],
}

impl Page {
    /// A page of no group, for no task.
    pub const NONE: Self = Self { subcategory: "", tasks: &[] };
}
