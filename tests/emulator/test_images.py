"""Images are scanned and deleted as on AWS."""

from __future__ import annotations

import json
from typing import Any

from emulated import Emulated


class Images(Emulated):
    def setUp(self) -> None:
        super().setUp()
        self.ecr = self.client("ecr")
        self.order("POST", "settings", {"stale_ms": 0})
        self.ecr.create_repository(repositoryName="team/app")

    def put(self, tag: str | None, **manifest: Any) -> str:
        text = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", **manifest})
        named = {"imageTag": tag} if tag else {}
        answer = self.ecr.put_image(repositoryName="team/app", imageManifest=text, **named)
        return answer["image"]["imageId"]["imageDigest"]

    def put_list(self, tag: str, *children: str) -> str:
        media_type = "application/vnd.oci.image.index.v1+json"
        return self.put(tag, mediaType=media_type, manifests=[{"digest": child} for child in children])

    def delete(self, *ids: dict[str, str]) -> list[str]:
        answer = self.ecr.batch_delete_image(repositoryName="team/app", imageIds=list(ids))
        return [failure["failureCode"] for failure in answer["failures"]]

    def digests(self) -> set[str]:
        return {image["imageDigest"] for image in self.ecr.list_images(repositoryName="team/app")["imageIds"]}

    def test_an_image_goes_with_its_last_tag(self) -> None:
        digest = self.put("v1", annotations={"a": "b"})
        self.assertEqual(self.put("latest", annotations={"a": "b"}), digest)
        self.assertEqual(self.delete({"imageTag": "v1"}), [])
        self.assertEqual(self.digests(), {digest})
        self.assertEqual(self.delete({"imageTag": "latest"}), [])
        self.assertEqual(self.digests(), set())
        self.assertEqual(self.delete({"imageDigest": digest}), ["ImageNotFound"])

    def test_what_a_list_refers_to_stays_until_the_list_is_gone(self) -> None:
        child = self.put(None, annotations={"platform": "one"})
        index = self.put_list("v1", child)
        both = [{"imageDigest": index}, {"imageDigest": child}]
        self.assertEqual(self.delete(both[1]), ["ImageReferencedByManifestList"])
        self.assertEqual(self.delete(*both), ["ImageReferencedByManifestList"])
        self.assertEqual(self.digests(), {child})
        self.assertEqual(self.delete(both[1]), [])

    def test_one_call_deletes_a_hundred_at_most(self) -> None:
        with self.refused("InvalidParameterException"):
            self.delete(*({"imageTag": f"v{number}"} for number in range(101)))

    def test_a_scan_takes_a_while_and_is_not_for_lists(self) -> None:
        self.order("POST", "settings", {"scan_ms": 60_000})
        child = self.put("v1")
        index = self.put_list("all", child)
        with self.refused("UnsupportedImageTypeException"):
            self.ecr.start_image_scan(repositoryName="team/app", imageId={"imageDigest": index})
        image = {"imageDigest": child}
        with self.refused("ScanNotFoundException"):
            self.ecr.describe_image_scan_findings(repositoryName="team/app", imageId=image)
        self.ecr.start_image_scan(repositoryName="team/app", imageId=image)
        answer = self.ecr.describe_image_scan_findings(repositoryName="team/app", imageId=image)
        self.assertEqual(answer["imageScanStatus"]["status"], "IN_PROGRESS")
        self.assertNotIn("imageScanFindings", answer)
        with self.refused("LimitExceededException"):
            self.ecr.start_image_scan(repositoryName="team/app", imageId=image)
