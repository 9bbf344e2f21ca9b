"""ECR behaves as on AWS."""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import Any

from emulated import MANIFEST, REGION, Emulated

ARCHIVE = {"type": "transition", "targetStorageClass": "archive"}
ARCHIVED = {
    "tagStatus": "any",
    "storageClass": "archive",
    "countType": "sinceImageTransitioned",
    "countUnit": "days",
    "countNumber": 90,
}
UNTAGGED = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7}
TAGGED = {"tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan", "countNumber": 30}
ANY = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 100}


def policy(*selections: dict[str, Any], **of_first_rule: Any) -> str:
    rules = [
        {
            "action": {"type": "expire"},
            "selection": selection,
            "rulePriority": i,
            "description": "a rule of a test policy",
        }
        for i, selection in enumerate(selections, start=1)
    ]
    rules[0].update(of_first_rule)
    return json.dumps({"rules": rules}, indent=4)


class Ecr(Emulated):
    def setUp(self) -> None:
        super().setUp()
        self.ecr = self.client("ecr")
        self.order("POST", "settings", {"stale_ms": 0})
        self.arn = self.ecr.create_repository(repositoryName="dev/custom")["repository"]["repositoryArn"]

    def put_lifecycle(self, text: str) -> dict[str, Any]:
        return self.ecr.put_lifecycle_policy(repositoryName="dev/custom", lifecyclePolicyText=text)

    def test_lifecycle_text_comes_back_as_the_same_policy_in_other_bytes(self) -> None:
        text = policy(UNTAGGED, TAGGED)
        answer = self.put_lifecycle(text)
        read = self.ecr.get_lifecycle_policy(repositoryName="dev/custom")
        self.assertEqual(answer["lifecyclePolicyText"], read["lifecyclePolicyText"])
        self.assertNotEqual(read["lifecyclePolicyText"], text)
        self.assertEqual(json.loads(read["lifecyclePolicyText"]), json.loads(text))

    def test_repository_policy_comes_back_as_the_same_policy_in_other_bytes(self) -> None:
        statement = {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::1:root"]}, "Action": ["ecr:BatchGetImage"]}
        text = json.dumps({"Statement": [statement], "Version": "2012-10-17"})
        self.ecr.set_repository_policy(repositoryName="dev/custom", policyText=text)
        read = self.ecr.get_repository_policy(repositoryName="dev/custom")["policyText"]
        self.assertNotEqual(read, text)
        expected = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}, "Action": "ecr:BatchGetImage"}
        self.assertEqual(json.loads(read), {"Version": "2012-10-17", "Statement": [expected]})
        with self.refused("InvalidParameterException"):
            self.ecr.set_repository_policy(repositoryName="dev/custom", policyText="[]")

    def test_accounts_that_are_principals_come_back_as_their_roots(self) -> None:
        principals = {"AWS": ["210987654321", "arn:aws:iam::210987654321:role/a"]}
        statement = {"Effect": "Allow", "Principal": principals, "Action": "ecr:BatchGetImage"}
        self.ecr.set_repository_policy(repositoryName="dev/custom", policyText=json.dumps({"Statement": [statement]}))
        read = json.loads(self.ecr.get_repository_policy(repositoryName="dev/custom")["policyText"])
        expected = ["arn:aws:iam::210987654321:root", "arn:aws:iam::210987654321:role/a"]
        self.assertEqual(read["Statement"][0]["Principal"]["AWS"], expected)

    def test_lifecycle_rules_are_checked(self) -> None:
        refused = {
            "tagged without a list": policy({k: v for k, v in TAGGED.items() if k != "tagPatternList"}),
            "tagged with an empty list": policy({**TAGGED, "tagPatternList": []}),
            "tagged with both lists": policy({**TAGGED, "tagPrefixList": ["v"]}),
            "a list without tagged": policy({**UNTAGGED, "tagPrefixList": ["v"]}),
            "too many wildcards": policy({**TAGGED, "tagPatternList": ["*a*b*c*d*"]}),
            "age without a unit": policy({k: v for k, v in UNTAGGED.items() if k != "countUnit"}),
            "a count with a unit": policy({**TAGGED, "countUnit": "days"}),
            "zero days": policy({**UNTAGGED, "countNumber": 0}),
            "a negative count": policy({**TAGGED, "countNumber": -1}),
            "any is not last": policy(ANY, UNTAGGED),
            "any twice": policy(ANY, ANY),
            "untagged twice": policy(UNTAGGED, UNTAGGED),
            "one priority twice": policy(UNTAGGED, TAGGED, rulePriority=2),
            "priority zero": policy(UNTAGGED, TAGGED, rulePriority=0),
            "deleted by its last pull": policy({**UNTAGGED, "countType": "sinceImagePulled"}),
            "a transition to nowhere": policy(UNTAGGED, action={"type": "transition"}),
            "deleted from archive too soon": policy({**ARCHIVED, "countNumber": 30}),
            "archived twice": policy(ARCHIVED, action=ARCHIVE),
            "an archive of standard images": policy({k: v for k, v in ARCHIVED.items() if k != "storageClass"}),
            "the same prefixes twice": policy(
                *[{**UNTAGGED, "tagStatus": "tagged", "tagPrefixList": tags} for tags in (["a", "b"], ["b", "a"])]
            ),
            "no rules": json.dumps({"rules": [], "comment": "x" * 100}),
            "no policy": "x" * 120,
        }
        for why, text in refused.items():
            with self.subTest(why), self.refused("InvalidParameterException"):
                self.put_lifecycle(text)
        with self.refused("LifecyclePolicyNotFoundException"):
            self.ecr.get_lifecycle_policy(repositoryName="dev/custom")
        for accepted in (
            policy(UNTAGGED, TAGGED, ANY),
            policy(ANY),
            policy({**UNTAGGED, "tagStatus": "any"}),
            policy({**UNTAGGED, "countType": "sinceImagePulled", "tagStatus": "any"}, ARCHIVED, action=ARCHIVE),
        ):
            self.put_lifecycle(accepted)

    def test_tags_are_limited_and_some_are_reserved(self) -> None:
        def tags(count: int, prefix: str = "key") -> list[dict[str, str]]:
            return [{"Key": f"{prefix}-{i}", "Value": ""} for i in range(count)]

        with self.refused("TooManyTagsException"):
            self.ecr.create_repository(repositoryName="tagged", tags=tags(51))
        with self.refused("InvalidTagParameterException"):
            self.ecr.create_repository(repositoryName="tagged", tags=[{"Key": "aws:mine", "Value": ""}])
        self.ecr.tag_resource(resourceArn=self.arn, tags=tags(50))
        self.ecr.tag_resource(resourceArn=self.arn, tags=tags(50))
        with self.refused("TooManyTagsException"):
            self.ecr.tag_resource(resourceArn=self.arn, tags=tags(1, "more"))
        with self.refused("InvalidTagParameterException"):
            self.ecr.tag_resource(resourceArn=self.arn, tags=[{"Key": "AWS:mine", "Value": ""}])
        with self.refused("RepositoryNotFoundException"):
            self.ecr.list_images(repositoryName="tagged")

    def test_mutability_filters_belong_to_their_modes(self) -> None:
        filters = [{"filterType": "WILDCARD", "filter": "latest*"}]
        for arguments in (
            {"imageTagMutability": "IMMUTABLE", "imageTagMutabilityExclusionFilters": filters},
            {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"},
        ):
            with self.subTest(arguments), self.refused("InvalidParameterException"):
                self.ecr.put_image_tag_mutability(repositoryName="dev/custom", **arguments)
        self.ecr.put_image_tag_mutability(
            repositoryName="dev/custom",
            imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
            imageTagMutabilityExclusionFilters=filters,
        )
        self.ecr.put_image_tag_mutability(repositoryName="dev/custom", imageTagMutability="MUTABLE")
        repository = self.ecr.describe_repositories(repositoryNames=["dev/custom"])["repositories"][0]
        self.assertEqual(repository["imageTagMutability"], "MUTABLE")
        self.assertFalse(repository.get("imageTagMutabilityExclusionFilters"))

    def test_a_repository_with_images_is_deleted_only_by_force(self) -> None:
        put = self.ecr.put_image(repositoryName="dev/custom", imageManifest=MANIFEST, imageTag="v1")["image"]
        digest = hashlib.sha256(MANIFEST.encode()).hexdigest()
        self.assertEqual(put["imageId"]["imageDigest"], f"sha256:{digest}")
        with self.refused("RepositoryNotEmptyException"):
            self.ecr.delete_repository(repositoryName="dev/custom")
        self.ecr.delete_repository(repositoryName="dev/custom", force=True)

    def test_listing_pages(self) -> None:
        for i in range(4):
            self.ecr.create_repository(repositoryName=f"more-{i}")
        pages = list(self.ecr.get_paginator("describe_repositories").paginate())
        self.assertEqual([len(page["repositories"]) for page in pages], [2, 2, 1])
        names = ["dev/custom", "more-0", "more-1"]
        self.assertEqual(len(self.ecr.describe_repositories(repositoryNames=names)["repositories"]), 3)
        for i in range(3):
            manifest = json.dumps({**json.loads(MANIFEST), "annotations": {"n": str(i)}})
            self.ecr.put_image(repositoryName="dev/custom", imageManifest=manifest, imageTag=f"v{i}")
        for operation, key in (("list_images", "imageIds"), ("describe_images", "imageDetails")):
            pages = list(self.ecr.get_paginator(operation).paginate(repositoryName="dev/custom"))
            self.assertEqual([len(page[key]) for page in pages], [2, 1])

    def test_images_are_filtered_by_whether_they_have_tags(self) -> None:
        for tag in ("v1", None):
            manifest = json.dumps({**json.loads(MANIFEST), "annotations": {"tag": str(tag)}})
            arguments = {"imageTag": tag} if tag else {}
            self.ecr.put_image(repositoryName="dev/custom", imageManifest=manifest, **arguments)
        counts = [
            [image.get("imageTags") for image in self.ecr.describe_images(**arguments)["imageDetails"]]
            for arguments in (
                {"repositoryName": "dev/custom", "filter": {"tagStatus": status}} for status in ("TAGGED", "UNTAGGED")
            )
        ]
        self.assertEqual(counts, [[["v1"]], [None]])
        everything = self.ecr.describe_images(repositoryName="dev/custom", filter={"tagStatus": "ANY"})["imageDetails"]
        digests = [image["imageDigest"] for image in everything]
        self.assertEqual((len(digests), digests), (2, sorted(digests)))

    def test_a_fresh_repository_is_unknown_to_the_first_read(self) -> None:
        self.order("POST", "settings", {"stale_ms": 5000})
        for name, read in (
            ("fresh-1", lambda name: self.ecr.describe_repositories(repositoryNames=[name])),
            ("fresh-2", lambda name: self.ecr.get_lifecycle_policy(repositoryName=name)),
        ):
            self.ecr.create_repository(repositoryName=name)
            self.client("ecr", arrange=True).describe_repositories(repositoryNames=[name])
            self.ecr.put_image(repositoryName=name, imageManifest=MANIFEST)
            with self.refused("RepositoryNotFoundException"):
                read(name)
            self.ecr.describe_repositories(repositoryNames=[name])
        self.order("POST", "settings", {"page_size": 0})
        self.ecr.create_repository(repositoryName="fresh-3")
        counts = [len(self.ecr.describe_repositories()["repositories"]) for _ in range(2)]
        self.assertEqual(counts, [3, 4])

    def test_a_fresh_repository_can_be_unknown_to_writes_too(self) -> None:
        self.order("POST", "settings", {"stale_ms": 5000, "stale_writes": True})
        self.ecr.create_repository(repositoryName="fresh")
        with self.refused("RepositoryNotFoundException"):
            self.ecr.put_lifecycle_policy(repositoryName="fresh", lifecyclePolicyText=policy(UNTAGGED))
        self.ecr.put_lifecycle_policy(repositoryName="fresh", lifecyclePolicyText=policy(UNTAGGED))

    def test_tokens_are_good_for_twelve_hours(self) -> None:
        data = self.ecr.get_authorization_token()["authorizationData"][0]
        left = data["expiresAt"] - datetime.datetime.now(datetime.timezone.utc)
        self.assertTrue(datetime.timedelta(hours=11) < left <= datetime.timedelta(hours=12), left)

    def test_hosts_and_arns_are_in_the_partition(self) -> None:
        for region, host, arn in (
            (REGION, f"123456789012.dkr.ecr.{REGION}.amazonaws.com", "arn:aws:ecr:"),
            ("us-gov-west-1", "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com", "arn:aws-us-gov:ecr:"),
            ("cn-north-1", "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "arn:aws-cn:ecr:"),
        ):
            ecr = self.client("ecr", region=region)
            repository = ecr.create_repository(repositoryName="partition")["repository"]
            self.assertEqual(repository["repositoryUri"], f"{host}/partition")
            self.assertTrue(repository["repositoryArn"].startswith(arn))
            self.assertEqual(ecr.get_authorization_token()["authorizationData"][0]["proxyEndpoint"], f"https://{host}")
