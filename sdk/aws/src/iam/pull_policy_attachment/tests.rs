//! Tests of the attachment: plans, ids and imports.

use rosa_ecr_model::{Attributes as _, Value, kind};

use super::*;
use crate::ec2::answers::{Answer, answering, call};

fn validate(config: Value) -> String {
    kind::<PullPolicyAttachment>().validate(&config).to_string()
}

#[test]
fn exactly_one_names_the_role() {
    assert_eq!(validate(Value::map([("role_name", "worker".into())])), "");
    let both = Value::map([("role_name", "worker".into()), ("instance_profile_name", "pool".into())]);
    assert!(validate(both).contains("Both are set"));
    assert!(validate(Value::map::<&str>([])).contains("Neither is set"));
    assert_eq!(validate(Value::map([("role_name", Value::Unknown)])), "", "unknown may still be null");
    let arn = Value::map([("role_name", "arn:aws:iam::123456789012:role/worker".into())]);
    assert!(validate(arn).contains("Give the name at its end: \"worker\""));
}

fn attachment(role: Option<&str>, profile: Option<&str>) -> PullPolicyAttachment {
    PullPolicyAttachment {
        role_name: role.map(str::to_owned),
        instance_profile_name: profile.map(str::to_owned),
        ..PullPolicyAttachment::nobodys()
    }
}

fn planned(
    facts: &PullPolicyAttachmentFacts,
    prior: Option<State<PullPolicyAttachment>>,
    inputs: &PullPolicyAttachment,
) -> <PullPolicyAttachmentOutputs as rosa_ecr_model::Attributes>::Partial {
    let outputs = prior.as_ref().map(|prior| prior.outputs.to_partial()).unwrap_or_default();
    let mut change = Change { prior, inputs: inputs.to_partial(), outputs, replace: Vec::new() };
    PullPolicyAttachment::plan(facts, &mut change, &mut Diagnostics::new());
    change.outputs
}

#[test]
fn a_plan_knows_what_can_be_known() {
    let facts =
        PullPolicyAttachmentFacts { region: Some("us-east-1".to_owned()), ..PullPolicyAttachmentFacts::default() };
    let outputs = planned(&facts, None, &attachment(Some("worker"), None));
    assert_eq!(outputs.id, Known::Now("role/worker".to_owned()));
    assert_eq!(outputs.role, Known::Now("worker".to_owned()));
    assert_eq!(outputs.policy_arn, Known::Now(PullPermission::ReadOnly.policy_arn("us-east-1")));
    assert_eq!(outputs.policy_name, Known::Now(None));
    assert_eq!(outputs.attached, Known::Now(true));
    let outputs = planned(&facts, None, &attachment(None, Some("pool")));
    assert_eq!(outputs.role, Known::Later, "the profile may come with this apply");
}

#[test]
fn a_plan_follows_the_profile_to_another_role() {
    let outputs = PullPolicyAttachmentOutputs {
        id: "instance-profile/pool".to_owned(),
        role: "old".to_owned(),
        policy_arn: Some("arn".to_owned()),
        policy_name: None,
        attached: false,
        imported: false,
        account_id: None,
        claim: None,
    };
    let prior = State { inputs: attachment(None, Some("pool")), outputs };
    let facts = |role: Option<&str>| PullPolicyAttachmentFacts {
        region: Some("us-east-1".to_owned()),
        role_of_profile: role.map(str::to_owned),
        ..PullPolicyAttachmentFacts::default()
    };
    let outputs = planned(&facts(Some("new")), Some(prior.clone()), &prior.inputs);
    assert_eq!(outputs.role, Known::Now("new".to_owned()));
    assert_eq!(outputs.attached, Known::Now(true), "a policy that was detached by hand shows");
    let outputs = planned(&facts(None), Some(prior.clone()), &prior.inputs);
    assert_eq!(outputs.role, Known::Now("old".to_owned()), "a profile that is gone takes no policy away");
}

#[tokio::test]
async fn ids_that_are_none() {
    for id in ["worker", "role/", "role/a/b", "arn:aws:iam::123456789012:role/worker"] {
        let (aws, _) = answering([]);
        let error = PullPolicyAttachment::import(&call(aws), id).await.expect_err(id).to_string();
        assert!(error.contains("is no id of an attachment"), "{error}");
    }
}

#[tokio::test]
async fn a_plan_of_a_create_waits_for_no_profile_and_refuses_none() {
    let empty = "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile><Path>/</Path>\
                 <InstanceProfileName>pool</InstanceProfileName><InstanceProfileId>AIPA</InstanceProfileId>\
                 <Arn>arn:aws:iam::123456789012:instance-profile/pool</Arn>\
                 <CreateDate>2026-01-01T00:00:00Z</CreateDate><Roles/>\
                 </InstanceProfile></GetInstanceProfileResult></GetInstanceProfileResponse>";
    for answer in [Answer::iam_error(404, "NoSuchEntity"), Answer::ok(empty)] {
        let (aws, _) = answering([("GetInstanceProfile", answer)]);
        let inputs = attachment(None, Some("pool")).to_partial();
        let facts = PullPolicyAttachment::survey(&call(aws), Intent::Create(&inputs)).await.expect("it may come");
        assert_eq!(facts.role_of_profile, None);
    }
}

#[tokio::test]
async fn what_is_not_attached_is_not_imported() {
    let (aws, _) = answering([
        (
            "ListAttachedRolePolicies",
            Answer::ok(
                "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult/></ListAttachedRolePoliciesResponse>",
            ),
        ),
        (
            "ListRoleTags",
            Answer::ok("<ListRoleTagsResponse><ListRoleTagsResult><Tags/></ListRoleTagsResult></ListRoleTagsResponse>"),
        ),
        ("GetRolePolicy", Answer::iam_error(404, "NoSuchEntity")),
    ]);
    let error = PullPolicyAttachment::import(&call(aws), "role/worker").await.expect_err("not attached");
    assert!(error.to_string().contains("does not have the pull policy"), "{error}");
}

fn report(config: Value) -> String {
    let mut config = config;
    if let Value::Map(entries) = &mut config {
        entries.insert("role_name".to_owned(), "worker".into());
    }
    validate(config)
}

#[test]
fn repositories_are_named_for_a_scoped_permission_only() {
    let arns = Value::set(["arn:aws:ecr:us-east-1:123456789012:repository/team/*".into()]);
    assert_eq!(report(Value::map([("permission", "scoped".into()), ("repository_arns", arns.clone())])), "");
    assert_eq!(report(Value::map([("permission", "scoped".into()), ("repository_arns", Value::Unknown)])), "");
    let without = report(Value::map([("permission", "scoped".into())]));
    assert!(without.contains("(repository_arns)") && without.contains("pull_only"), "{without}");
    let besides = report(Value::map([("permission", "pull_only".into()), ("repository_arns", arns.clone())]));
    assert!(besides.contains("permission = \"scoped\""), "{besides}");
    assert!(report(Value::map([("repository_arns", arns)])).contains("permission = \"scoped\""));
}

#[test]
fn a_plan_says_which_policy_there_will_be() {
    let facts =
        PullPolicyAttachmentFacts { region: Some("us-gov-west-1".to_owned()), ..PullPolicyAttachmentFacts::default() };
    let pull_only = PullPolicyAttachment { permission: "pull_only".to_owned(), ..attachment(Some("worker"), None) };
    let outputs = planned(&facts, None, &pull_only);
    let arn = "arn:aws-us-gov:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly";
    assert_eq!(outputs.policy_arn, Known::Now(Some(arn.to_owned())));
    let scoped = PullPolicyAttachment { permission: "scoped".to_owned(), ..attachment(Some("worker"), None) };
    let outputs = planned(&facts, None, &scoped);
    assert_eq!(outputs.policy_arn, Known::Now(None));
    assert!(matches!(outputs.policy_name, Known::Now(Some(name)) if name.starts_with("rosa-ecr-pull-standalone-")));
}

#[test]
fn a_role_of_all_clusters_is_warned_of_when_that_is_news() {
    let role = "ManagedOpenShift-HCP-ROSA-Worker-Role";
    let reported = |prior: Option<State<PullPolicyAttachment>>, inputs: &PullPolicyAttachment| {
        let outputs = prior.as_ref().map(|prior| prior.outputs.to_partial()).unwrap_or_default();
        let mut change = Change { prior, inputs: inputs.to_partial(), outputs, replace: Vec::new() };
        let mut report = Diagnostics::new();
        PullPolicyAttachment::plan(&PullPolicyAttachmentFacts::default(), &mut change, &mut report);
        report.to_string()
    };
    let inputs = attachment(Some(role), None);
    assert!(reported(None, &inputs).contains("every repository"));
    let outputs = PullPolicyAttachmentOutputs {
        id: format!("role/{role}"),
        role: role.to_owned(),
        policy_arn: None,
        policy_name: None,
        attached: true,
        imported: true,
        account_id: None,
        claim: None,
    };
    let prior = State { inputs: inputs.clone(), outputs };
    assert_eq!(reported(Some(prior.clone()), &inputs), "");
    let pull_only = PullPolicyAttachment { permission: "pull_only".to_owned(), ..inputs };
    assert!(reported(Some(prior.clone()), &pull_only).contains("every repository"));

    let destroy = |prior: &State<PullPolicyAttachment>| {
        let mut report = Diagnostics::new();
        PullPolicyAttachment::plan_delete(&PullPolicyAttachmentFacts::default(), prior, &mut report);
        report.to_string()
    };
    assert!(destroy(&prior).contains("keep_on_destroy = true"));
    let kept = PullPolicyAttachment { keep_on_destroy: true, ..prior.inputs.clone() };
    assert_eq!(destroy(&State { inputs: kept, ..prior }), "");
}
