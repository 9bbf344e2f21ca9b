"""Repository creation templates, and what a first push makes, behave as on AWS."""

from __future__ import annotations

import json
from typing import Any

from emulated import MANIFEST, REGION, Emulated

ROLE = "arn:aws:iam::123456789012:role/ecr-templates"
KEY = f"arn:aws:kms:{REGION}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TAGS = [{"Key": "team", "Value": "a"}]
LIFECYCLE = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": 7,
                },
                "action": {"type": "expire"},
            }
        ]
    }
)
POLICY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": ["ecr:BatchGetImage"]}]})


class CreationTemplates(Emulated):
    def setUp(self) -> None:
        super().setUp()
        self.ecr = self.client("ecr")
        self.order("POST", "settings", {"stale_ms": 0})

    def create(self, prefix: str = "mirror", **settings: Any) -> dict[str, Any]:
        settings = {"appliedFor": ["CREATE_ON_PUSH"], **settings}
        return self.ecr.create_repository_creation_template(prefix=prefix, **settings)["repositoryCreationTemplate"]

    def prefixes(self, *named: str) -> list[str]:
        answer = self.ecr.describe_repository_creation_templates(prefixes=list(named))
        return [template["prefix"] for template in answer["repositoryCreationTemplates"]]

    def push(self, repository: str) -> None:
        self.ecr.put_image(repositoryName=repository, imageManifest=MANIFEST, imageTag="v1")

    def repository(self, name: str) -> dict[str, Any]:
        return self.ecr.describe_repositories(repositoryNames=[name])["repositories"][0]

    def test_a_prefix_has_one_template(self) -> None:
        made = self.create(description="d")
        self.assertEqual((made["imageTagMutability"], made["resourceTags"]), ("MUTABLE", []))
        for twin in ("mirror", "mirror/"):
            with self.refused("TemplateAlreadyExistsException"):
                self.create(twin)
        self.assertEqual((self.prefixes("mirror"), self.prefixes("other")), (["mirror"], []))
        self.ecr.delete_repository_creation_template(prefix="mirror")
        for operation in (
            self.ecr.delete_repository_creation_template,
            self.ecr.update_repository_creation_template,
        ):
            with self.refused("TemplateNotFoundException"):
                operation(prefix="mirror")

    def test_listing_pages(self) -> None:
        for prefix in ("c", "a", "b"):
            self.create(prefix)
        pages = list(self.ecr.get_paginator("describe_repository_creation_templates").paginate())
        names = [[template["prefix"] for template in page["repositoryCreationTemplates"]] for page in pages]
        self.assertEqual(names, [["a", "b"], ["c"]])

    def test_settings_are_checked(self) -> None:
        filters = [{"filterType": "WILDCARD", "filter": "latest*"}]
        for settings in (
            {"prefix": "Mirror"},
            {"prefix": "a//b"},
            {"appliedFor": []},
            {"appliedFor": ["PUSH"]},
            {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"},
            {"imageTagMutability": "MUTABLE", "imageTagMutabilityExclusionFilters": filters},
            {"encryptionConfiguration": {"encryptionType": "AES256", "kmsKey": KEY}},
            {"encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "alias/x"}},
            {"lifecyclePolicy": "{}"},
            {"repositoryPolicy": "[]"},
            {"customRoleArn": "arn:aws:iam::210987654321:role/other"},
            {"description": "x" * 257},
        ):
            with self.subTest(settings), self.refused("InvalidParameterException"):
                self.create(**settings)
        with self.refused("InvalidTagParameterException"):
            self.create(resourceTags=[{"Key": "aws:mine", "Value": ""}])
        self.assertEqual(self.prefixes(), [])

    def test_an_update_keeps_what_is_left_out_and_an_empty_text_takes_away(self) -> None:
        self.create(description="d", lifecyclePolicy=LIFECYCLE, imageTagMutability="IMMUTABLE", resourceTags=TAGS)
        update = self.ecr.update_repository_creation_template
        kept = update(prefix="mirror", imageTagMutability="IMMUTABLE")["repositoryCreationTemplate"]
        self.assertEqual((kept["description"], kept["resourceTags"]), ("d", TAGS))
        self.assertEqual(json.loads(kept["lifecyclePolicy"]), json.loads(LIFECYCLE))
        gone = update(prefix="mirror", description="", lifecyclePolicy="", resourceTags=[])
        gone = gone["repositoryCreationTemplate"]
        self.assertEqual((gone["description"], gone["lifecyclePolicy"], gone["resourceTags"]), ("", "", []))
        self.assertEqual(gone["imageTagMutability"], "MUTABLE", "as AWS documents it")
        self.assertEqual(gone["createdAt"], kept["createdAt"])

    def test_a_first_push_makes_a_repository_by_the_template(self) -> None:
        with self.refused("RepositoryNotFoundException"):
            self.push("mirror/team/app")
        self.create(
            imageTagMutability="IMMUTABLE",
            encryptionConfiguration={"encryptionType": "KMS", "kmsKey": KEY},
            lifecyclePolicy=LIFECYCLE,
            repositoryPolicy=POLICY,
            resourceTags=TAGS,
            customRoleArn=ROLE,
        )
        self.push("mirror/team/app")
        made = self.repository("mirror/team/app")
        self.assertEqual(made["imageTagMutability"], "IMMUTABLE")
        self.assertEqual(made["encryptionConfiguration"], {"encryptionType": "KMS", "kmsKey": KEY})
        self.assertEqual(self.ecr.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"], TAGS)
        lifecycle = self.ecr.get_lifecycle_policy(repositoryName="mirror/team/app")["lifecyclePolicyText"]
        self.assertEqual(json.loads(lifecycle), json.loads(LIFECYCLE))
        policy = self.ecr.get_repository_policy(repositoryName="mirror/team/app")["policyText"]
        self.assertEqual(json.loads(policy)["Statement"][0]["Action"], "ecr:BatchGetImage")
        self.ecr.delete_repository_creation_template(prefix="mirror")
        self.assertEqual(len(self.ecr.list_images(repositoryName="mirror/team/app")["imageIds"]), 1)

    def test_only_a_template_for_pushes_of_that_prefix_makes_one(self) -> None:
        self.create("cache", appliedFor=["PULL_THROUGH_CACHE", "REPLICATION"])
        self.create("mirror", imageTagMutability="IMMUTABLE")
        self.create("mirror/team")
        for name in ("cache/app", "mirrors/app", "mirror"):
            with self.subTest(name), self.refused("RepositoryNotFoundException"):
                self.push(name)
        self.create("ROOT", resourceTags=TAGS)
        with self.refused("RepositoryNotFoundException"):
            self.push("other")  # It needs a role to tag.
        self.ecr.update_repository_creation_template(prefix="ROOT", customRoleArn=ROLE)
        for name in ("other", "mirror/app", "mirror/team/app"):
            self.push(name)
        modes = [self.repository(name)["imageTagMutability"] for name in ("mirror/app", "mirror/team/app")]
        self.assertEqual(modes, ["IMMUTABLE", "MUTABLE"])

    def test_a_fresh_template_is_unknown_to_the_first_read(self) -> None:
        self.order("POST", "settings", {"stale_ms": 5000})
        self.create()
        self.assertEqual((self.prefixes("mirror"), self.prefixes("mirror")), ([], ["mirror"]))
