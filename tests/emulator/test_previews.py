"""Previews of lifecycle policies, the archive storage class and the findings of scans behave as on AWS."""

from __future__ import annotations

import json
import time
from typing import Any

from emulated import MANIFEST, Emulated
from test_ecr import ANY, ARCHIVE, ARCHIVED, TAGGED, policy

NAME = "dev/custom"


class Images(Emulated):
    def setUp(self) -> None:
        super().setUp()
        self.ecr = self.client("ecr")
        self.order("POST", "settings", {"stale_ms": 0, "preview_ms": 0, "restore_ms": 0})
        self.ecr.create_repository(repositoryName=NAME)

    def push(self, tag: str | None, **more: Any) -> str:
        manifest = json.dumps({**json.loads(MANIFEST), "annotations": {"tag": str(tag)}, **more})
        arguments = {"imageTag": tag} if tag else {}
        pushed = self.ecr.put_image(repositoryName=NAME, imageManifest=manifest, **arguments)
        return pushed["image"]["imageId"]["imageDigest"]

    def move(self, digest: str, target: str) -> str:
        moved = self.ecr.update_image_storage_class(
            repositoryName=NAME, imageId={"imageDigest": digest}, targetStorageClass=target
        )
        return moved["imageStatus"]

    def preview(self, text: str) -> list[tuple[str, str, int]]:
        """Tag, action and rule of each image that would not stay."""
        self.ecr.start_lifecycle_policy_preview(repositoryName=NAME, lifecyclePolicyText=text)
        pages = self.ecr.get_paginator("get_lifecycle_policy_preview").paginate(repositoryName=NAME)
        results = [result for page in pages for result in page["previewResults"]]
        reported = ((result["imageTags"], result["action"]["type"], result["appliedRulePriority"]) for result in results)
        return sorted((tags[0] if tags else "", action, rule) for tags, action, rule in reported)


class Previews(Images):
    def test_the_oldest_expire_and_an_image_is_up_to_the_first_rule_that_it_fits(self) -> None:
        for tag in ("v1", "v2", "v3", "sha256-abc.sig", None):
            self.push(tag)
        releases = {**TAGGED, "tagPatternList": ["v*"], "countNumber": 2}
        self.assertEqual(self.preview(policy(releases)), [("v1", "EXPIRE", 1)])
        self.assertEqual(
            self.preview(policy(releases, {**ANY, "countNumber": 1})),
            [("sha256-abc.sig", "EXPIRE", 2), ("v1", "EXPIRE", 1)],
            "the others count, and are the first rule's",
        )
        self.assertEqual(self.preview(policy({**TAGGED, "tagPatternList": ["v*", "*9"], "countNumber": 1})), [])
        untagged = {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1}
        self.assertEqual(self.preview(policy(untagged)), [])

    def test_an_image_of_a_manifest_list_stays_with_it(self) -> None:
        part = self.push("v1")
        self.push("v2", manifests=[{"digest": part}])
        self.push("v3")
        self.assertEqual(self.preview(policy({**TAGGED, "countNumber": 1})), [("v2", "EXPIRE", 1)])

    def test_a_preview_tells_what_it_is_of_and_what_it_comes_to(self) -> None:
        self.push("v1")
        self.push("v2")
        text = policy({**ANY, "countNumber": 1}, action=ARCHIVE)
        started = self.ecr.start_lifecycle_policy_preview(repositoryName=NAME, lifecyclePolicyText=text)
        self.assertEqual(started["status"], "IN_PROGRESS")
        answer = self.ecr.get_lifecycle_policy_preview(repositoryName=NAME)
        self.assertEqual((answer["status"], json.loads(answer["lifecyclePolicyText"])), ("COMPLETE", json.loads(text)))
        result = answer["previewResults"][0]
        self.assertEqual(result["action"], {"type": "TRANSITION", "targetStorageClass": "ARCHIVE"})
        self.assertEqual((result["imageTags"], result["storageClass"]), (["v1"], "STANDARD"))
        archived = [{"targetStorageClass": "ARCHIVE", "imageTotalCount": 1}]
        expected = {"expiringImageTotalCount": 0, "transitioningImageTotalCounts": archived}
        self.assertEqual(answer["summary"], expected)

    def test_one_preview_at_a_time(self) -> None:
        with self.refused("LifecyclePolicyPreviewNotFoundException"):
            self.ecr.get_lifecycle_policy_preview(repositoryName=NAME)
        with self.refused("LifecyclePolicyNotFoundException"):
            self.ecr.start_lifecycle_policy_preview(repositoryName=NAME)
        with self.refused("InvalidParameterException"):
            self.ecr.start_lifecycle_policy_preview(repositoryName=NAME, lifecyclePolicyText="x" * 120)
        self.order("POST", "settings", {"preview_ms": 200})
        self.ecr.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=policy(ANY))
        self.ecr.start_lifecycle_policy_preview(repositoryName=NAME)
        self.assertEqual(self.ecr.get_lifecycle_policy_preview(repositoryName=NAME)["status"], "IN_PROGRESS")
        with self.refused("LifecyclePolicyPreviewInProgressException"):
            self.ecr.start_lifecycle_policy_preview(repositoryName=NAME, lifecyclePolicyText=policy(TAGGED))
        time.sleep(0.25)
        self.assertEqual(self.ecr.get_lifecycle_policy_preview(repositoryName=NAME)["status"], "COMPLETE")

    def test_results_page(self) -> None:
        for i in range(5):
            self.push(f"v{i}")
        text = policy({**TAGGED, "countNumber": 1})
        self.ecr.start_lifecycle_policy_preview(repositoryName=NAME, lifecyclePolicyText=text)
        pages = list(self.ecr.get_paginator("get_lifecycle_policy_preview").paginate(repositoryName=NAME))
        self.assertEqual([len(page["previewResults"]) for page in pages], [2, 2])


class Archive(Images):
    def statuses(self, **more: Any) -> list[str]:
        described = self.ecr.describe_images(repositoryName=NAME, **more)["imageDetails"]
        return sorted(image["imageStatus"] for image in described)

    def test_archived_images_are_listed_only_where_they_are_asked_for(self) -> None:
        digest, _ = self.push("v1"), self.push("v2")
        self.assertEqual(self.move(digest, "ARCHIVE"), "ARCHIVED")
        self.assertEqual(self.statuses(), ["ACTIVE"])
        self.assertEqual(self.statuses(filter={"imageStatus": "ARCHIVED"}), ["ARCHIVED"])
        self.assertEqual(self.statuses(filter={"imageStatus": "ANY"}), ["ACTIVE", "ARCHIVED"])
        self.assertEqual(self.statuses(imageIds=[{"imageDigest": digest}]), ["ARCHIVED"])
        for more, expected in (({}, 1), ({"filter": {"imageStatus": "ANY"}}, 2)):
            self.assertEqual(len(self.ecr.list_images(repositoryName=NAME, **more)["imageIds"]), expected)
        with self.refused("ImageStorageClassUpdateNotSupportedException"):
            self.move(digest, "ARCHIVE")
        with self.refused("ImageArchivedException"):
            self.ecr.start_image_scan(repositoryName=NAME, imageId={"imageDigest": digest})

    def test_the_way_back_takes_a_while(self) -> None:
        digest = self.push("v1")
        self.move(digest, "ARCHIVE")
        self.order("POST", "settings", {"restore_ms": 200})
        self.assertEqual(self.move(digest, "STANDARD"), "ACTIVATING")
        self.assertEqual(self.statuses(filter={"imageStatus": "ACTIVATING"}), ["ACTIVATING"])
        time.sleep(0.25)
        self.assertEqual(self.statuses(), ["ACTIVE"])

    def test_rules_see_the_images_of_their_storage_class(self) -> None:
        old, _ = self.push("v1"), self.push("v2")
        self.move(old, "ARCHIVE")
        self.assertEqual(self.preview(policy({**ANY, "countNumber": 1}, ARCHIVED)), [])


class Scanning(Images):
    def test_findings_of_both_kinds_of_scans(self) -> None:
        self.order("POST", "settings", {"scan_ms": 0})
        self.push("v1")
        image = {"imageTag": "v1"}
        self.ecr.start_image_scan(repositoryName=NAME, imageId=image)
        (page,) = self.ecr.get_paginator("describe_image_scan_findings").paginate(repositoryName=NAME, imageId=image)
        self.assertEqual(page["imageScanStatus"]["status"], "COMPLETE")
        self.assertEqual(page["imageScanFindings"]["findings"][0]["name"], "CVE-9999-9999")
        self.ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=[])
        enhanced = self.ecr.describe_image_scan_findings(repositoryName=NAME, imageId=image)
        self.assertEqual(enhanced["imageScanStatus"]["status"], "ACTIVE")
        finding = enhanced["imageScanFindings"]["enhancedFindings"][0]
        self.assertEqual(finding["packageVulnerabilityDetails"]["vulnerabilityId"], "CVE-9999-9999")
        self.assertNotIn("findings", enhanced["imageScanFindings"])
