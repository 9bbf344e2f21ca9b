//! Objects that come over from another provider.

use serde_json::Value as Json;

/// An object as another resource, mostly of another provider, has it in its state: what a `moved` block names.
#[derive(Clone, Copy, Debug)]
pub struct MoveSource<'a> {
    /// The provider, such as `registry.terraform.io/hashicorp/aws`.
    pub provider: &'a str,
    /// The type name, such as `aws_ecr_repository`.
    pub type_name: &'a str,
    /// The schema version of the state.
    pub version: i64,
    /// The state, as it was written.
    pub state: &'a Json,
}

impl<'a> MoveSource<'a> {
    /// Whether it comes from the provider of that source, such as `hashicorp/aws`, from whatever registry. Some versions of
    /// OpenTofu send the type alone, such as `aws`: 1.10, 1.11 before 1.11.12, and 1.12 before 1.12.4.
    pub fn is_from(&self, source: &str) -> bool {
        let is_bare = source.rsplit('/').next() == Some(self.provider);
        is_bare || self.provider == source || self.provider.strip_suffix(source).is_some_and(|host| host.ends_with('/'))
    }

    /// The string in this attribute of the state; `None` where there is none, or an empty one.
    pub fn text(&self, attribute: &str) -> Option<&'a str> {
        self.state.get(attribute).and_then(Json::as_str).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_registry_does_not_matter() {
        let from = |provider| MoveSource { provider, type_name: "t", version: 0, state: &Json::Null };
        assert!(from("registry.terraform.io/hashicorp/aws").is_from("hashicorp/aws"));
        assert!(from("registry.opentofu.org/hashicorp/aws").is_from("hashicorp/aws"));
        assert!(from("hashicorp/aws").is_from("hashicorp/aws"));
        assert!(from("aws").is_from("hashicorp/aws"));
        assert!(!from("awscc").is_from("hashicorp/aws"));
        assert!(!from("registry.terraform.io/nothashicorp/aws").is_from("hashicorp/aws"));
        assert!(!from("registry.terraform.io/hashicorp/awscc").is_from("hashicorp/aws"));
    }

    #[test]
    fn an_empty_string_is_nothing() {
        let state = json!({"name": "app", "policy": "", "count": 1});
        let source = MoveSource { provider: "a/b", type_name: "t", version: 0, state: &state };
        assert_eq!(["name", "policy", "count", "none"].map(|name| source.text(name)), [Some("app"), None, None, None]);
    }
}
