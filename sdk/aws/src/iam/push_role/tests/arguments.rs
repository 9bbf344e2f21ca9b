//! Names from a prefix, other trust, repositories by prefix, and destroys that clear the way.

use super::*;

/// The plan of a create with these inputs.
fn planned(config: PushRole) -> (PushRolePartial, Diagnostics) {
    use rosa_ecr_model::Attributes as _;
    let config = config.to_partial();
    let mut inputs = config.clone();
    if config.name == Known::Now(None) {
        inputs.name = Known::Later;
    }
    PushRole::resolve(None, &config, &mut inputs);
    let mut report = Diagnostics::new();
    PushRole::validate(&inputs, &mut report);
    (inputs, report)
}

#[test]
fn a_prefix_is_completed_by_the_purpose() {
    let named = |inputs: PushRole| {
        let (inputs, report) = planned(PushRole { name: None, name_prefix: Some("push-".to_owned()), ..inputs });
        assert!(!report.has_errors(), "{report}");
        inputs.name.now().cloned().flatten().expect("a name")
    };
    let name = named(inputs());
    assert!(name.starts_with("push-") && name.len() == "push-".len() + 14, "{name}");
    assert_eq!(named(inputs()), name, "again the same");
    let elsewhere = ["arn:aws:ecr:us-east-1:123456789012:repository/other".to_owned()].into();
    assert_ne!(named(PushRole { repository_arns: elsewhere, ..inputs() }), name);
    assert_ne!(named(PushRole { path: "/ci/".to_owned(), ..inputs() }), name);
    let (both, report) = planned(PushRole { name_prefix: Some("other-".to_owned()), ..inputs() });
    assert!(report.to_string().contains("Two names for a role"), "{both:?} {report}");
    let (_, report) = planned(PushRole { name: None, ..inputs() });
    assert!(report.to_string().contains("A role needs a name"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_role_of_a_prefix_that_changed_since_is_another_ones() {
    let role = Arc::default();
    let made = PushRole::create(&undisturbed(&role).0, inputs()).await.expect("made");
    let found = calls::find(&undisturbed(&role).0, "push", POLICY_NAME).await.expect("readable").expect("there");
    let (same, _) = planned(PushRole { name_prefix: Some("pu".to_owned()), ..inputs() });
    assert!(!rules::is_of_another(&same, &found));
    let accounts = ["ci:deployer".to_owned()].into();
    PushRole::update(&undisturbed(&role).0, made, PushRole { service_accounts: accounts, ..inputs() })
        .await
        .expect("changed");
    let found = calls::find(&undisturbed(&role).0, "push", POLICY_NAME).await.expect("readable").expect("there");
    assert!(rules::is_of_another(&same, &found));
}

#[tokio::test(start_paused = true)]
async fn principals_and_prefixes_come_and_go_in_place() {
    let role = Arc::default();
    let state = PushRole::create(&undisturbed(&role).0, inputs()).await.expect("made");
    let mirror = PushRole {
        repository_arns: ["arn:aws:ecr:us-east-1:123456789012:repository/mirror/*".to_owned()].into(),
        create_repositories: true,
        oidc_provider_arn: None,
        service_accounts: BTreeSet::new(),
        trusted_principals: ["arn:aws:iam::123456789012:role/bastion".to_owned()].into(),
        description: Some(String::new()),
        permissions_boundary: Some(String::new()),
        ..inputs()
    };
    let (call, asked) = undisturbed(&role);
    let state = PushRole::update(&call, state, mirror.clone()).await.expect("changed");
    assert_eq!(state.inputs, mirror);
    assert_eq!(writes(&asked), ["UpdateAssumeRolePolicy", "PutRolePolicy", "UpdateRole"]);
    assert_eq!(PushRole::read(&call, state.clone()).await.expect("readable"), Some(state.clone()));
    let imported = PushRole::import(&call, "push").await.expect("imported");
    assert_eq!(imported.inputs, PushRole { permissions_boundary: None, ..mirror });
    let (call, asked) = undisturbed(&role);
    PushRole::update(&call, state, PushRole { description: None, ..inputs() }).await.expect("changed");
    assert_eq!(writes(&asked), ["UpdateAssumeRolePolicy", "PutRolePolicy"], "a description that is not set stays");
}

#[tokio::test(start_paused = true)]
async fn what_others_gave_the_role_is_taken_away_if_asked_for() {
    let role = Arc::default();
    let state = PushRole::create(&undisturbed(&role).0, inputs()).await.expect("made");
    let forced = PushRole { force_detach_policies: true, ..inputs() };
    let (call, asked) = undisturbed(&role);
    let state = PushRole::update(&call, state, forced).await.expect("nothing to change");
    assert!(writes(&asked).is_empty(), "{:?}", writes(&asked));
    let answered = |action: &str, result: &str| {
        Some(Answer::ok(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>")))
    };
    let (used, asked) = iam(&role, move |_, form| match form["Action"].as_str() {
        action @ "ListAttachedRolePolicies" => answered(
            action,
            "<IsTruncated>false</IsTruncated><AttachedPolicies><member><PolicyArn>arn:x</PolicyArn></member></AttachedPolicies>",
        ),
        action @ "ListRolePolicies" => answered(
            action,
            "<IsTruncated>false</IsTruncated><PolicyNames><member>extra</member><member>rosa-ecr-push</member></PolicyNames>",
        ),
        action @ "ListInstanceProfilesForRole" => answered(
            action,
            "<IsTruncated>false</IsTruncated><InstanceProfiles><member><Path>/</Path><InstanceProfileName>pool</InstanceProfileName>\
             <InstanceProfileId>AIPA</InstanceProfileId><Arn>arn:y</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><Roles/>\
             </member></InstanceProfiles>",
        ),
        action @ ("DetachRolePolicy" | "RemoveRoleFromInstanceProfile") => answered(action, ""),
        _ => None,
    });
    PushRole::delete(&used, state).await.expect("gone");
    let expected = [
        "DetachRolePolicy",
        "DeleteRolePolicy",
        "DeleteRolePolicy",
        "RemoveRoleFromInstanceProfile",
        "DeleteRolePolicy",
        "DeleteRole",
    ];
    assert_eq!(writes(&asked), expected);
}
