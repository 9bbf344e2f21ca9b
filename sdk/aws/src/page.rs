//! The groups that pages of the documentation belong to.

use rosa_ecr_model::Page;

/// A registry as a whole.
pub(crate) const fn registries(tasks: &'static [&'static str]) -> Page {
    Page { subcategory: "Registries", tasks }
}

/// Repositories, and what belongs to one.
pub(crate) const fn repositories(tasks: &'static [&'static str]) -> Page {
    Page { subcategory: "Repositories", tasks }
}

/// The way from a VPC to ECR.
pub(crate) const fn network(tasks: &'static [&'static str]) -> Page {
    Page { subcategory: "Network", tasks }
}

/// Who may pull and push.
pub(crate) const fn permissions(tasks: &'static [&'static str]) -> Page {
    Page { subcategory: "Permissions", tasks }
}

/// Images of other registries.
pub(crate) const fn mirroring(tasks: &'static [&'static str]) -> Page {
    Page { subcategory: "Mirroring", tasks }
}

/// What the account's registry has once.
pub(crate) const fn registry_settings(tasks: &'static [&'static str]) -> Page {
    Page { subcategory: "Registry settings", tasks }
}
