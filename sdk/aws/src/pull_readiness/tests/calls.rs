//! From the answers of AWS to the facts.

use super::*;

fn ec2_answer(action: &str, set: &str, items: &str, next: &str) -> Answer {
    Answer::ok(format!("<{action}Response><{set}>{items}</{set}><nextToken>{next}</nextToken></{action}Response>"))
}

/// Everything is found in answers as AWS gives them, over more than one page.
#[tokio::test]
async fn the_calls_find_the_facts() {
    let image = r#"{"imageDetails":[{"registryId":"123456789012","imageDigest":"sha256:a","imagePushedAt":1}]}"#;
    let endpoint = |id: &str, rest: &str| {
        format!("<item><vpcEndpointId>{id}</vpcEndpointId><vpcId>vpc-1</vpcId><state>Available</state>{rest}</item>")
    };
    let ecr = |service: &str| {
        endpoint(
            &format!("vpce-{service}"),
            &format!(
                "<serviceName>com.amazonaws.us-east-1.ecr.{service}</serviceName><vpcEndpointType>Interface</vpcEndpointType>\
                 <privateDnsEnabled>true</privateDnsEnabled><groupSet><item><groupId>sg-1</groupId></item></groupSet>"
            ),
        )
    };
    let s3 = endpoint(
        "vpce-s3",
        "<serviceName>com.amazonaws.us-east-1.s3</serviceName><vpcEndpointType>Gateway</vpcEndpointType>\
         <routeTableIdSet><item>rtb-1</item></routeTableIdSet>",
    );
    let group = "<item><groupId>sg-1</groupId><ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort>\
                 <toPort>443</toPort><ipRanges><item><cidrIp>10.0.0.0/16</cidrIp></item></ipRanges></item></ipPermissions></item>";
    let subnet = |id: &str, block: &str| {
        format!("<item><subnetId>{id}</subnetId><vpcId>vpc-1</vpcId><cidrBlock>{block}</cidrBlock></item>")
    };
    let table = "<item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><associationSet><item><main>true</main></item></associationSet></item>";
    let subnets = subnet("subnet-1", "10.0.1.0/24") + &subnet("subnet-2", "10.0.2.0/24");
    let (aws, asked) = answering([
        ("DescribeImages", Answer::ok(image)),
        (
            "DescribeVpcEndpoints",
            ec2_answer("DescribeVpcEndpoints", "vpcEndpointSet", &(ecr("api") + &ecr("dkr")), "more"),
        ),
        ("DescribeVpcEndpoints", ec2_answer("DescribeVpcEndpoints", "vpcEndpointSet", &s3, "")),
        ("DescribeSecurityGroups", ec2_answer("DescribeSecurityGroups", "securityGroupInfo", group, "")),
        ("DescribeSubnets", ec2_answer("DescribeSubnets", "subnetSet", &subnets, "")),
        ("DescribeRouteTables", ec2_answer("DescribeRouteTables", "routeTableSet", table, "")),
        ("DescribeVpcAttribute", Answer::ok("<DescribeVpcAttributeResponse/>")),
        (
            "GetInstanceProfile",
            Answer::ok(
                "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile><Path>/</Path>\
                 <InstanceProfileName>pool</InstanceProfileName><InstanceProfileId>AIPA</InstanceProfileId>\
                 <Arn>arn:aws:iam::123456789012:instance-profile/pool</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
                 <Roles></Roles></InstanceProfile></GetInstanceProfileResult></GetInstanceProfileResponse>",
            ),
        ),
        ("ListAttachedRolePolicies", Answer::iam_error(404, "NoSuchEntity")),
    ]);
    let inputs = PullReadiness { instance_profile_names: set(&["pool"]), ..inputs() };
    let found = PullReadiness::read(&call(aws), inputs).await.expect("all of it can be found out");
    let failed: Vec<&str> =
        found.checks.iter().filter(|check| !check.passed).map(|check| check.name.as_str()).collect();
    assert_eq!(failed, ["endpoint_sts", "pull_policy/role/worker", "pull_policy/instance-profile/pool"], "{found:?}");
    assert!(!found.ready && found.summary.lines().count() == 3);
    assert_eq!(request(&asked, "DescribeRouteTables")["Filter.1.Value.1"], "vpc-1");
    assert_eq!(actions(&asked).iter().filter(|action| *action == "DescribeVpcEndpoints").count(), 2);
}

#[tokio::test]
async fn what_cannot_be_found_out_is_an_error() {
    let (aws, _) = answering([
        ("DescribeImages", Answer::ecr_error("AccessDeniedException")),
        ("ListAttachedRolePolicies", Answer::iam_error(404, "NoSuchEntity")),
    ]);
    let inputs = PullReadiness { vpc_id: None, private_subnet_ids: BTreeSet::new(), ..inputs() };
    let error = PullReadiness::read(&call(aws), inputs).await.expect_err("not allowed").to_string();
    assert!(error.contains("ecr:DescribeImages"), "{error}");
}

fn iam_answer(action: &str, result: &str) -> Answer {
    Answer::ok(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
}

/// What IAM says of a role, with and without leave to ask its simulator.
#[tokio::test]
async fn permissions_are_found_by_the_simulator_or_by_reading() {
    let role = "<Role><Path>/</Path><RoleName>worker</RoleName><RoleId>AROA</RoleId>\
                <Arn>arn:aws:iam::123456789012:role/worker</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
                <PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::123456789012:policy/limit</PermissionsBoundaryArn>\
                </PermissionsBoundary></Role>";
    let result = |action: &str, decision: &str, more: &str| {
        format!(
            "<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>\
             <MatchedStatements><member><SourcePolicyId>p</SourcePolicyId></member></MatchedStatements>{more}</member>"
        )
    };
    let image = r#"{"imageDetails":[{"registryId":"123456789012","imageDigest":"sha256:a","imagePushedAt":1}]}"#;
    let attached = "<AttachedPolicies><member><PolicyArn>arn:aws:iam::123456789012:policy/own</PolicyArn></member></AttachedPolicies>";
    let encoded: String = PULL_OF_ALL.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let boundary = "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary>\
                    </PermissionsBoundaryDecisionDetail>";
    let login = result("ecr:GetAuthorizationToken", "allowed", "");
    let pulls =
        result("ecr:BatchGetImage", "implicitDeny", boundary) + &result("ecr:GetDownloadUrlForLayer", "allowed", "");
    let simulated = |results: &str| {
        iam_answer("SimulatePrincipalPolicy", &format!("<EvaluationResults>{results}</EvaluationResults>"))
    };
    let inputs = || PullReadiness { vpc_id: None, private_subnet_ids: BTreeSet::new(), ..inputs() };
    let (aws, asked) = answering([
        ("DescribeImages", Answer::ok(image)),
        ("ListAttachedRolePolicies", iam_answer("ListAttachedRolePolicies", attached)),
        ("GetRole", iam_answer("GetRole", role)),
        ("SimulatePrincipalPolicy", simulated(&login)),
        ("SimulatePrincipalPolicy", simulated(&pulls)),
    ]);
    let found = PullReadiness::read(&call(aws), inputs()).await.expect("found out");
    assert!(
        !found.ready && found.summary.contains("ecr:BatchGetImage is not allowed by the role's permissions boundary"),
        "{found:?}"
    );
    let asked = asked.lock().expect("no test panics with it").clone();
    let simulations: Vec<_> = asked.iter().filter(|form| form["Action"] == "SimulatePrincipalPolicy").collect();
    assert_eq!(simulations[1]["ResourceArns.member.1"], "arn:aws:ecr:us-east-1:123456789012:repository/dev-registry");
    assert_eq!(simulations[0]["PolicySourceArn"], "arn:aws:iam::123456789012:role/worker");

    let policy = "<Policy><DefaultVersionId>v2</DefaultVersionId></Policy>";
    let version = format!("<PolicyVersion><Document>{encoded}</Document></PolicyVersion>");
    for refusal in [Answer::iam_error(403, "AccessDenied"), Answer::iam_error(501, "NotImplemented")] {
        let (aws, _) = answering([
            ("DescribeImages", Answer::ok(image)),
            ("ListAttachedRolePolicies", iam_answer("ListAttachedRolePolicies", attached)),
            ("GetRole", iam_answer("GetRole", role)),
            ("SimulatePrincipalPolicy", refusal),
            ("GetPolicy", iam_answer("GetPolicy", policy)),
            ("GetPolicyVersion", iam_answer("GetPolicyVersion", &version)),
            ("ListRolePolicies", iam_answer("ListRolePolicies", "<PolicyNames/>")),
        ]);
        let found = PullReadiness::read(&call(aws), inputs()).await.expect("found out");
        let check = found.checks.last().expect("the role's");
        assert!(
            found.ready && check.detail.contains("statement 1 of own") && check.detail.contains("policy/limit"),
            "{check:?}"
        );
    }
    let denied = || Answer::iam_error(403, "AccessDenied");
    let (aws, _) = answering([
        ("DescribeImages", Answer::ok(image)),
        ("ListAttachedRolePolicies", iam_answer("ListAttachedRolePolicies", attached)),
        ("GetRole", denied()),
        ("GetPolicy", denied()),
        ("ListRolePolicies", denied()),
    ]);
    let found = PullReadiness::read(&call(aws), inputs()).await.expect("found out");
    assert!(found.summary.contains("cannot read own, its inline policies"), "{found:?}");
}
