"""IAM behaves as on AWS."""

from __future__ import annotations

import json
import urllib.parse

from emulated import TRUST, Emulated

PULL = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
PUSH = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["ecr:PutImage"], "Resource": "*"}}
)


class Iam(Emulated):
    def setUp(self) -> None:
        super().setUp()
        self.iam = self.client("iam")
        self.order("POST", "settings", {"stale_ms": 0})
        self.iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)

    def attached(self) -> list[str]:
        pages = self.iam.get_paginator("list_attached_role_policies").paginate(RoleName="worker")
        return [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]]

    def test_documents_come_back_as_the_same_policy_in_other_bytes(self) -> None:
        statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        expected = {"Version": "2012-10-17", "Statement": [statement]}
        # boto3 undoes IAM's URL encoding and parses the document: the wire is looked at below.
        self.assertEqual(self.iam.get_role(RoleName="worker")["Role"]["AssumeRolePolicyDocument"], expected)

        raw = []
        self.iam.meta.events.register("after-call", lambda http_response, **_: raw.append(http_response.text))
        self.iam.put_role_policy(RoleName="worker", PolicyName="push", PolicyDocument=PUSH)
        self.iam.get_role_policy(RoleName="worker", PolicyName="push")
        encoded = raw[-1].partition("<PolicyDocument>")[2].partition("</PolicyDocument>")[0]
        self.assertNotIn("{", encoded)
        text = urllib.parse.unquote(encoded)
        self.assertNotEqual(text, PUSH)
        self.assertEqual(
            json.loads(text)["Statement"], [{"Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*"}]
        )

    def test_bad_documents_are_refused(self) -> None:
        with self.refused("MalformedPolicyDocument"):
            self.iam.create_role(RoleName="bad", AssumeRolePolicyDocument="{")
        with self.refused("MalformedPolicyDocument"):
            self.iam.put_role_policy(RoleName="worker", PolicyName="bad", PolicyDocument="{")

    def test_keys_of_tags_have_no_case_and_values_no_commas(self) -> None:
        with self.refused("InvalidInput"):
            self.iam.tag_role(RoleName="worker", Tags=[{"Key": "a", "Value": "b,c"}])
        for key in ("team", "Team"):
            self.iam.tag_role(RoleName="worker", Tags=[{"Key": key, "Value": ""}])
        self.assertEqual(self.iam.list_role_tags(RoleName="worker")["Tags"], [{"Key": "Team", "Value": ""}])
        self.iam.untag_role(RoleName="worker", TagKeys=["TEAM"])
        self.assertEqual(self.iam.list_role_tags(RoleName="worker")["Tags"], [])

    def test_tags_are_limited_and_some_are_reserved(self) -> None:
        tags = [{"Key": f"key-{i}", "Value": ""} for i in range(50)]
        with self.refused("InvalidInput"):
            self.iam.tag_role(RoleName="worker", Tags=[{"Key": "aws:mine", "Value": ""}])
        self.iam.tag_role(RoleName="worker", Tags=tags)
        with self.refused("LimitExceeded"):
            self.iam.tag_role(RoleName="worker", Tags=[{"Key": "one-more", "Value": ""}])
        self.iam.tag_role(RoleName="worker", Tags=tags)
        pages = list(self.iam.get_paginator("list_role_tags").paginate(RoleName="worker"))
        self.assertEqual(len(pages), 25)

    def test_the_pull_policy_can_be_attached_twice_and_detached_once(self) -> None:
        self.iam.attach_role_policy(RoleName="worker", PolicyArn=PULL)
        self.iam.attach_role_policy(RoleName="worker", PolicyArn=PULL)
        self.assertEqual(self.attached(), [PULL])
        self.iam.detach_role_policy(RoleName="worker", PolicyArn=PULL)
        with self.refused("NoSuchEntity"):
            self.iam.detach_role_policy(RoleName="worker", PolicyArn=PULL)

    def test_attachments_page_and_are_limited(self) -> None:
        for i in range(10):
            arn = self.iam.create_policy(PolicyName=f"policy-{i}", PolicyDocument=PUSH)["Policy"]["Arn"]
            self.iam.attach_role_policy(RoleName="worker", PolicyArn=arn)
        first = self.iam.list_attached_role_policies(RoleName="worker")
        self.assertEqual((len(first["AttachedPolicies"]), first["IsTruncated"]), (2, True))
        self.assertEqual(len(self.attached()), 10)
        with self.refused("LimitExceeded"):
            self.iam.attach_role_policy(RoleName="worker", PolicyArn=PULL)

    def test_roles_and_profiles_page(self) -> None:
        for i in range(4):
            self.iam.create_role(RoleName=f"role-{i}", AssumeRolePolicyDocument=TRUST)
            self.iam.create_instance_profile(InstanceProfileName=f"profile-{i}")
        for operation, key in (("list_roles", "Roles"), ("list_instance_profiles", "InstanceProfiles")):
            pages = [len(page[key]) for page in self.iam.get_paginator(operation).paginate()]
            self.assertTrue(max(pages) == 2 and sum(pages) >= 4, pages)

    def test_fresh_objects_are_unknown_to_the_first_read(self) -> None:
        self.order("POST", "settings", {"stale_ms": 5000})
        self.iam.create_role(RoleName="fresh", AssumeRolePolicyDocument=TRUST)
        with self.refused("NoSuchEntity"):
            self.iam.get_role(RoleName="fresh")
        self.iam.get_role(RoleName="fresh")
        self.iam.create_instance_profile(InstanceProfileName="fresh")
        with self.refused("NoSuchEntity"):
            self.iam.get_instance_profile(InstanceProfileName="fresh")
        self.iam.attach_role_policy(RoleName="worker", PolicyArn=PULL)
        self.assertEqual(self.attached(), [])
        self.assertEqual(self.attached(), [PULL])

    def test_freshness_passes_with_time(self) -> None:
        self.order("POST", "settings", {"stale_ms": 1})
        self.iam.create_role(RoleName="fresh", AssumeRolePolicyDocument=TRUST)
        self.client("sts").get_caller_identity()
        self.iam.get_role(RoleName="fresh")
