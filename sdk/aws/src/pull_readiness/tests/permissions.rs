//! What roles and endpoint policies permit.

use super::*;

fn of_role(source: &str, state: RoleState) -> ReadinessCheck {
    let facts = Facts { roles: vec![role(source, state)], ..facts() };
    evaluate(&inputs(), "us-east-1", &facts).pop().expect("the last check is the role's")
}

#[test]
fn roles() {
    let scoped = |name: &str| {
        let arn = format!("arn:aws:ecr:us-east-1:123456789012:repository/{name}");
        with_policy("rosa-ecr-pull-dev", &scoped_policy(&BTreeSet::from([arn])))
    };
    for state in
        [with_policy("AmazonEC2ContainerRegistryPullOnly", PULL_OF_ALL), scoped("dev-*"), scoped("dev-registry")]
    {
        let check = of_role("role/worker", state);
        assert!(check.passed && check.detail.contains("dev-registry"), "{check:?}");
    }
    let other = of_role("role/worker", scoped("other"));
    assert!(!other.passed && other.detail.contains("ecr:BatchGetImage is allowed by no policy"), "{other:?}");
    let without = of_role("role/worker", with_policy("AmazonS3ReadOnlyAccess", "{}"));
    assert!(!without.passed && without.fix.contains("Add \"worker\" to worker_role_names"), "{without:?}");
    let profile = of_role("instance-profile/pool", with_policy("AmazonS3ReadOnlyAccess", "{}"));
    assert_eq!(profile.name, "pull_policy/instance-profile/pool");
    assert!(profile.fix.contains("Add \"pool\" to instance_profile_names"), "{profile:?}");
    for (state, words) in [
        (RoleState::NoSuchRole, "There is no role worker"),
        (RoleState::NoSuchProfile, "There is no instance profile worker"),
        (RoleState::ProfileWithoutRole, "has no role"),
    ] {
        let check = of_role("role/worker", state);
        assert!(!check.passed && check.detail.contains(words) && !check.fix.is_empty(), "{check:?}");
    }
}

#[test]
fn what_red_hat_lets_its_workers_pull_is_not_this() {
    // ROSAWorkerInstancePolicy, version 6.
    let text = r#"{"Statement":[
        {"Sid":"ECRGetAuthorizationToken","Effect":"Allow","Action":["ecr:GetAuthorizationToken"],"Resource":"*"},
        {"Sid":"ECRReadOnlyAccessRedHatManaged","Effect":"Allow","Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],
        "Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/red-hat-managed":"true"}}}]}"#;
    let check = of_role("role/worker", with_policy("ROSAWorkerInstancePolicy", text));
    let reported = "only under the conditions of statement ECRReadOnlyAccessRedHatManaged of ROSAWorkerInstancePolicy";
    assert!(!check.passed && check.detail.contains(reported), "{check:?}");
}

#[test]
fn a_deny_a_boundary_and_what_cannot_be_read_are_reported() {
    let permissions = |state: RoleState| match state {
        RoleState::There(permissions) => permissions,
        other => panic!("{other:?}"),
    };
    let mut role = permissions(with_policy("AmazonEC2ContainerRegistryReadOnly", PULL_OF_ALL));
    role.boundary = Some("arn:aws:iam::123456789012:policy/limit".to_owned());
    let bounded = of_role("role/worker", RoleState::There(role.clone()));
    assert!(bounded.passed && bounded.detail.contains("permissions boundary, arn:"), "{bounded:?}");
    let text = r#"{"Statement":{"Sid":"NoEcr","Effect":"Deny","Action":"ecr:Batch*","Resource":"*"}}"#;
    role.policies.push(RolePolicy { name: "limits".to_owned(), text: text.to_owned() });
    let denied = of_role("role/worker", RoleState::There(role));
    assert!(!denied.passed && denied.detail.contains("denied by statement NoEcr of limits"), "{denied:?}");

    let mut role = permissions(with_policy("a", "{}"));
    role.unread.push("its inline policies".to_owned());
    let unread = of_role("role/worker", RoleState::There(role));
    assert!(!unread.passed && unread.detail.contains("cannot read its inline policies"), "{unread:?}");
}

#[test]
fn the_simulator_says_by_what() {
    let of = |decision: Decision| {
        let arn = facts().repositories[0].arn.clone();
        let simulated = |action: &str, decision| Simulated { action: action.to_owned(), decision };
        let by = Decision::Allowed(set(&["rosa-ecr-pull-dev"]));
        let answers = vec![simulated("ecr:GetAuthorizationToken", by), simulated("ecr:BatchGetImage", decision)];
        let simulated = Some(BTreeMap::from([(arn, answers)]));
        of_role(
            "role/worker",
            RoleState::There(RolePermissions { name: "worker".to_owned(), simulated, ..RolePermissions::default() }),
        )
    };
    let allowed = of(Decision::Allowed(set(&["rosa-ecr-pull-dev"])));
    assert!(allowed.passed && allowed.detail.contains("simulator says: rosa-ecr-pull-dev"), "{allowed:?}");
    for (decision, reported) in [
        (Decision::Denied(set(&["limits"])), "ecr:BatchGetImage is denied by limits"),
        (Decision::NotAllowed, "allowed by no policy"),
        (Decision::ByBoundary, "permissions boundary"),
        (Decision::ByOrganization, "service control policy"),
    ] {
        let check = of(decision);
        assert!(!check.passed && check.detail.contains(reported) && !check.fix.is_empty(), "{check:?}");
    }
}

#[test]
fn each_repository_is_checked_for_each_role() {
    let inputs = PullReadiness { repositories: set(&["dev-registry", "mirror"]), ..inputs() };
    let facts = Facts {
        other_images: vec![("mirror".to_owned(), Sought::NoImage)],
        repositories: repositories("us-east-1", Some("123456789012"), &inputs),
        ..facts()
    };
    let checks = evaluate(&inputs, "us-east-1", &facts);
    let names: Vec<&str> = checks.iter().map(|check| check.name.as_str()).collect();
    assert!(names.ends_with(&["pull_policy/role/worker", "pull_policy/role/worker/mirror"]), "{names:?}");
    let mirror = checks.iter().find(|check| check.name == "image/mirror").expect("it is checked");
    assert!(!mirror.passed && mirror.detail == "The repository mirror has no image.", "{mirror:?}");
}

#[test]
fn policies_of_endpoints_let_pulls_through_or_not() {
    let of = |service: usize, statement: &str| {
        failing(|path| path.endpoints[service].policy = Some(format!(r#"{{"Statement":[{statement}]}}"#)))
    };
    let everyone = r#""Effect":"Allow","Principal":"*""#;
    let pulls = format!(r#"{{{everyone},"Action":["ecr:Get*","ecr:BatchGetImage"],"Resource":"*"}}"#);
    for service in [0, 1] {
        assert_eq!(of(service, &pulls), []);
    }
    let login_only = format!(r#"{{{everyone},"Action":"ecr:GetAuthorizationToken","Resource":"*"}}"#);
    assert_eq!(of(0, &login_only), []);
    let shut = only(of(1, &login_only), "endpoint_policy_dkr");
    assert!(
        shut.detail.contains("vpce-dkr does not let ecr:BatchGetImage") && shut.detail.contains("no statement"),
        "{shut:?}"
    );
    let deny = format!(r#"{pulls},{{"Sid":"Shut","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#);
    let shut = only(of(0, &deny), "endpoint_policy_api");
    assert!(shut.detail.contains("the statement Shut of the policy of vpce-api denies it"), "{shut:?}");

    let layers = r#""Action":"s3:GetObject","Resource":["arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"]"#;
    assert_eq!(of(2, &format!("{{{everyone},{layers}}}")), []);
    let to_role = layers.replace("\"Action\"", r#""Effect":"Allow","Principal":{"AWS":"123456789012"},"Action""#);
    for statement in [format!("{{{to_role}}}"), format!("{{{everyone},{}}}", layers.replace("us-east-1", "us-west-2"))]
    {
        let shut = only(of(2, &statement), "s3_policy");
        assert!(shut.detail.contains("prod-us-east-1-starport-layer-bucket"), "{shut:?}");
    }
}
