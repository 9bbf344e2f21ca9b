"""IAM's policy simulator evaluates what a role has."""

from __future__ import annotations

import json
from typing import Any

from emulated import TRUST, Emulated

PULL_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"
REPOSITORY = "arn:aws:ecr:eu-central-1:123456789012:repository/team/app"


def policy(effect: str, action: str, resource: str, **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Simulation(Emulated):
    def setUp(self) -> None:
        super().setUp()
        self.iam = self.client("iam")
        self.order("POST", "settings", {"stale_ms": 0})
        self.role = self.iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]

    def asked(self, *resources: str) -> dict[str, Any]:
        answer = self.iam.simulate_principal_policy(
            PolicySourceArn=self.role, ActionNames=["ecr:BatchGetImage"], ResourceArns=list(resources or [REPOSITORY])
        )
        (result,) = answer["EvaluationResults"]
        return result

    def test_policies_allow_and_deny(self) -> None:
        self.assertEqual(self.asked()["EvalDecision"], "implicitDeny")
        self.iam.attach_role_policy(RoleName="worker", PolicyArn=PULL_ONLY)
        result = self.asked()
        self.assertEqual(result["EvalDecision"], "allowed")
        self.assertEqual(result["MatchedStatements"][0]["SourcePolicyId"], "AmazonEC2ContainerRegistryPullOnly")
        document = policy("Deny", "ecr:Batch*", "*")
        self.iam.put_role_policy(RoleName="worker", PolicyName="limits", PolicyDocument=document)
        result = self.asked()
        self.assertEqual(result["EvalDecision"], "explicitDeny")
        self.assertEqual([by["SourcePolicyId"] for by in result["MatchedStatements"]], ["limits"])

    def test_resources_are_compared_and_conditions_do_not_hold(self) -> None:
        for resource, condition, decision in (
            ("arn:aws:ecr:*:123456789012:repository/team/*", {}, "allowed"),
            ("arn:aws:ecr:*:123456789012:repository/team", {}, "implicitDeny"),
            ("*", {"Condition": {"StringEquals": {"aws:ResourceTag/a": "b"}}}, "implicitDeny"),
        ):
            document = policy("Allow", "ECR:BatchGetImage", resource, **condition)
            self.iam.put_role_policy(RoleName="worker", PolicyName="pull", PolicyDocument=document)
            self.assertEqual(self.asked()["EvalDecision"], decision, resource)

    def test_a_boundary_limits_and_one_result_is_for_all_resources(self) -> None:
        self.iam.attach_role_policy(RoleName="worker", PolicyArn=PULL_ONLY)
        document = policy("Allow", "ecr:*", REPOSITORY)
        boundary = self.iam.create_policy(PolicyName="limit", PolicyDocument=document)["Policy"]["Arn"]
        self.iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=boundary)
        self.assertEqual(self.asked()["EvalDecision"], "allowed")
        result = self.asked(REPOSITORY, REPOSITORY + "-2")
        self.assertEqual(result["EvalDecision"], "implicitDeny")
        self.assertFalse(result["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"])

    def test_inline_policies_have_a_largest_size(self) -> None:
        document = policy("Allow", "ecr:BatchGetImage", "arn:aws:ecr:*:123456789012:repository/" + "a" * 6000)
        self.iam.put_role_policy(RoleName="worker", PolicyName="one", PolicyDocument=document)
        self.iam.put_role_policy(RoleName="worker", PolicyName="one", PolicyDocument=document)
        with self.refused("LimitExceeded"):
            self.iam.put_role_policy(RoleName="worker", PolicyName="two", PolicyDocument=document)
