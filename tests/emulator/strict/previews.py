"""ECR's previews of lifecycle policies, by the "Lifecycle policy evaluation rules" of its user guide."""

from __future__ import annotations

import dataclasses
import datetime
import fnmatch
import json
import time
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import LifecyclePolicyNotFoundException
from moto.ecr.models import Image, Repository
from moto.ecr.responses import ECRResponse

from . import archive, lifecycle, policies
from .patching import Refused, adds
from .settings import SETTINGS


@dataclasses.dataclass
class _Preview:
    text: str
    ready: float
    results: list[dict[str, Any]]

    @property
    def status(self) -> str:
        return "COMPLETE" if time.monotonic() >= self.ready else "IN_PROGRESS"


def _asked(response: ECRResponse) -> Repository:
    name, registry = response._get_param("repositoryName"), response._get_param("registryId")
    return response.ecr_backend._get_repository(name, registry)


@adds(ECRResponse)
def start_lifecycle_policy_preview(self: ECRResponse) -> ActionResult:
    """One at a time for each repository."""
    repository = _asked(self)
    there: _Preview | None = getattr(repository, "preview", None)
    text = self._get_param("lifecyclePolicyText") or repository.lifecycle_policy
    if text is None:
        raise LifecyclePolicyNotFoundException(repository.name, repository.registry_id)
    lifecycle.check(text)
    if there is not None and there.status == "IN_PROGRESS":
        raise Refused("LifecyclePolicyPreviewInProgressException", "The previous preview request has not completed.")
    ready = time.monotonic() + SETTINGS.preview_ms / 1000
    repository.preview = _Preview(policies.lifecycle(text), ready, _evaluated(json.loads(text), repository.images))
    return ActionResult(_told(repository, {"status": "IN_PROGRESS"}))


@adds(ECRResponse)
def get_lifecycle_policy_preview(self: ECRResponse) -> ActionResult:
    """The last one that was started."""
    repository = _asked(self)
    there: _Preview | None = getattr(repository, "preview", None)
    if there is None:
        raise Refused("LifecyclePolicyPreviewNotFoundException", "There is no dry run for this repository.")
    if there.status != "COMPLETE":
        return ActionResult(_told(repository, {"status": there.status, "previewResults": []}))
    archived = sum(result["action"]["type"] == "TRANSITION" for result in there.results)
    summary: dict[str, Any] = {"expiringImageTotalCount": len(there.results) - archived}
    if archived:
        summary["transitioningImageTotalCounts"] = [{"targetStorageClass": "ARCHIVE", "imageTotalCount": archived}]
    return ActionResult(
        _told(repository, {"status": "COMPLETE", "previewResults": list(there.results), "summary": summary})
    )


def _told(repository: Repository, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "registryId": repository.registry_id,
        "repositoryName": repository.name,
        "lifecyclePolicyText": repository.preview.text,
    } | more


def _evaluated(policy: dict[str, Any], images: list[Image]) -> list[dict[str, Any]]:
    """An image that fits a rule's tags is up to that rule, and no later one; each rule counts all that fit it."""
    referenced = {
        manifest["digest"] for image in images for manifest in json.loads(image.image_manifest).get("manifests", [])
    }
    results: list[dict[str, Any]] = []
    taken: set[str] = set()
    for rule in sorted(policy["rules"], key=lambda rule: rule["rulePriority"]):
        fitting = [image for image in images if _fits(rule, image)]
        for image in _beyond(rule["selection"], fitting):
            if image.image_digest not in taken and image.image_digest not in referenced:
                results.append(_result(rule, image))
        taken |= {image.image_digest for image in fitting}
    return results


def _fits(rule: dict[str, Any], image: Image) -> bool:
    selection = rule["selection"]
    if lifecycle.storage_class(rule) != archive.storage_class(image):
        return False
    if selection["tagStatus"] == "any":
        return True
    if selection["tagStatus"] == "untagged":
        return not image.image_tags
    patterns = selection.get("tagPatternList") or [f"{prefix}*" for prefix in selection["tagPrefixList"]]
    return all(any(fnmatch.fnmatchcase(tag, pattern) for tag in image.image_tags) for pattern in patterns)


def _beyond(selection: dict[str, Any], images: list[Image]) -> list[Image]:
    """The images that are too many, or too old."""
    if selection["countType"] == "imageCountMoreThan":
        # Later pushes of one second come last in the list.
        youngest = sorted(reversed(images), key=_pushed, reverse=True)
        return youngest[selection["countNumber"] :]
    oldest = datetime.datetime.now(datetime.timezone.utc).timestamp() - selection["countNumber"] * 86_400
    if selection["countType"] == "sinceImageTransitioned":
        return [image for image in images if image.last_archived_at and image.last_archived_at.timestamp() < oldest]
    # No image is pulled here.
    return [image for image in images if _pushed(image) < oldest]


def _pushed(image: Image) -> float:
    return image.last_activated_at.timestamp() if image.last_activated_at else image.image_pushed_at


def _result(rule: dict[str, Any], image: Image) -> dict[str, Any]:
    action = {"type": rule["action"]["type"].upper()}
    if "targetStorageClass" in rule["action"]:
        action["targetStorageClass"] = rule["action"]["targetStorageClass"].upper()
    return {
        "imageTags": list(image.image_tags),
        "imageDigest": image.image_digest,
        "imagePushedAt": image.image_pushed_at,
        "action": action,
        "appliedRulePriority": rule["rulePriority"],
        "storageClass": archive.storage_class(image).upper(),
    }
