//! Security groups that the AWS provider has had so far.

use std::collections::BTreeSet;

use rosa_ecr_model::{Diagnostics, MoveSource, State};
use serde_json::Value as Json;

use super::{EndpointSecurityGroup, EndpointSecurityGroupOutputs};
use crate::ec2::ids;
use crate::tags::Tags;
use crate::{claims, move_source};

/// What an `aws_security_group` comes to; `None` if it is none.
pub(super) fn from_aws(source: &MoveSource<'_>) -> Option<Result<State<EndpointSecurityGroup>, Diagnostics>> {
    move_source::is_aws(source, "aws_security_group").then(|| {
        let (id, name) = (move_source::required(source, "id")?, move_source::required(source, "name")?);
        if let Err(violation) = ids::security_group_name(name) {
            return Err(move_source::refused(source, format!("It is {id}, \"{name}\". {}", violation.rule)));
        }
        let groups = sources(source, "security_groups");
        let prefix_lists = sources(source, "prefix_list_ids");
        let blocks = sources(source, "cidr_blocks").or_else(|| sources(source, "ipv6_cidr_blocks"));
        let has_others_alone = blocks.is_none() && (groups.is_some() || prefix_lists.is_some());
        let inputs = EndpointSecurityGroup {
            name: Some(name.to_owned()),
            name_prefix: source.text("name_prefix").map(str::to_owned),
            vpc_id: move_source::required(source, "vpc_id")?.to_owned(),
            // The first read puts here what really may come in. Beside other sources, none is what null means.
            ingress_cidr_blocks: (!has_others_alone).then(BTreeSet::new),
            ingress_security_group_ids: groups,
            ingress_prefix_list_ids: prefix_lists,
            description: source.text("description").unwrap_or_default().to_owned(),
            region: move_source::region(source),
            tags: move_source::tags(source),
            owner: None,
            timeouts: None,
        };
        let outputs = EndpointSecurityGroupOutputs {
            id: id.to_owned(),
            arn: source.text("arn").unwrap_or_default().to_owned(),
            owner_id: source.text("owner_id").map(str::to_owned),
            allowed_cidr_blocks: BTreeSet::new(),
            unexpected_rules: BTreeSet::new(),
            tags_all: Tags::new(),
            claim: claims::unread(),
        };
        Ok(State { inputs, outputs })
    })
}

/// What the rules for HTTPS name as sources of that kind; `None` if nothing.
fn sources(source: &MoveSource<'_>, kind: &str) -> Option<BTreeSet<String>> {
    let rules = source.state.get("ingress").and_then(Json::as_array).into_iter().flatten();
    let https = rules.filter(|rule| rule["protocol"] == "tcp" && rule["from_port"] == 443 && rule["to_port"] == 443);
    let named = https.flat_map(|rule| rule[kind].as_array().into_iter().flatten().filter_map(Json::as_str));
    let named: BTreeSet<String> = named.map(str::to_owned).collect();
    (!named.is_empty()).then_some(named)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn moved(ingress: &Json) -> EndpointSecurityGroup {
        let state = json!({
            "id": "sg-1", "name": "ecr-20260101000000000000000001", "name_prefix": "ecr-", "vpc_id": "vpc-1",
            "description": "Managed by Terraform", "owner_id": "123456789012", "ingress": ingress, "region": "us-east-1",
        });
        let source =
            MoveSource { provider: "hashicorp/aws", type_name: "aws_security_group", version: 1, state: &state };
        from_aws(&source).expect("it is one").expect("a state").inputs
    }

    fn rule(kind: &str, sources: &[&str], port: u16) -> Json {
        json!({ "protocol": "tcp", "from_port": port, "to_port": port, "self": false, kind: sources })
    }

    #[test]
    fn sources_and_prefixes_come_along() {
        let set = |items: &[&str]| Some(items.iter().map(|item| (*item).to_owned()).collect::<BTreeSet<_>>());
        let groups = rule("security_groups", &["sg-2", "210987654321/sg-3"], 443);
        let lists = rule("prefix_list_ids", &["pl-1"], 443);
        let blocks = rule("cidr_blocks", &["10.0.0.0/16"], 443);
        let ssh = rule("security_groups", &["sg-4"], 22);

        let inputs = moved(&json!([groups, lists, ssh]));
        assert_eq!(inputs.name_prefix.as_deref(), Some("ecr-"));
        assert_eq!(inputs.ingress_cidr_blocks, None, "as in a configuration that names other sources alone");
        assert_eq!(inputs.ingress_security_group_ids, set(&["210987654321/sg-3", "sg-2"]));
        assert_eq!(inputs.ingress_prefix_list_ids, set(&["pl-1"]));

        assert_eq!(moved(&json!([groups, blocks])).ingress_cidr_blocks, set(&[]), "the first read says which");
        let other = moved(&json!([ssh]));
        assert_eq!((other.ingress_cidr_blocks, other.ingress_security_group_ids), (set(&[]), None));
        assert_eq!(moved(&Json::Null).ingress_prefix_list_ids, None);
    }
}
