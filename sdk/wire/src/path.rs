//! Paths.

use rosa_ecr_model::{Path, Step};
use rosa_ecr_proto::tfplugin6::AttributePath;
use rosa_ecr_proto::tfplugin6::attribute_path::Step as WireStep;
use rosa_ecr_proto::tfplugin6::attribute_path::step::Selector;

/// The path in the protocol's form. It ends before an element of a set, for which the protocol has no step: the set is
/// the nearest that can be pointed at.
pub fn path(path: &Path) -> AttributePath {
    let steps = path.steps().iter().map_while(selector);
    AttributePath { steps: steps.map(|selector| WireStep { selector: Some(selector) }).collect() }
}

fn selector(step: &Step) -> Option<Selector> {
    match step {
        Step::Attribute(name) => Some(Selector::AttributeName(name.clone())),
        Step::Key(key) => Some(Selector::ElementKeyString(key.clone())),
        Step::Index(index) => i64::try_from(*index).ok().map(Selector::ElementKeyInt),
        Step::Element(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_keep_their_kind_and_stop_at_a_set() {
        let deep = Path::from("rules").index(2).attribute("tags").key("Owner");
        let selectors: Vec<_> = path(&deep).steps.into_iter().filter_map(|step| step.selector).collect();
        assert_eq!(
            selectors,
            [
                Selector::AttributeName("rules".to_owned()),
                Selector::ElementKeyInt(2),
                Selector::AttributeName("tags".to_owned()),
                Selector::ElementKeyString("Owner".to_owned()),
            ]
        );
        let in_set = Path::from("subnets").element("subnet-1".into()).attribute("id");
        assert_eq!(path(&in_set), path(&Path::from("subnets")));
    }
}
