"""ECR's images: a deletion keeps what a manifest list refers to."""

from __future__ import annotations

import json
from typing import Any

from moto.ecr.exceptions import InvalidParameterException
from moto.ecr.models import ECRBackend, Image, Repository

from .patching import replaces

#: Most identifiers in one BatchDeleteImage.
_MOST = 100


def children(image: Image) -> set[str]:
    """The digests that a manifest list refers to."""
    return {manifest["digest"] for manifest in json.loads(image.image_manifest).get("manifests", [])}


@replaces(ECRBackend)
def batch_delete_image(
    original: Any,
    self: ECRBackend,
    repository_name: str,
    registry_id: str | None = None,
    image_ids: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """An image stays that a list of the same moment refers to: a call may not count on the order of its own deletions."""
    if len(image_ids or []) > _MOST:
        raise InvalidParameterException(f"Invalid parameter at 'imageIds': more than {_MOST}")
    repository = self.repositories.get(repository_name)
    referenced = set().union(*map(children, repository.images)) if repository else set()
    kept, free = [], []
    for image_id in image_ids or []:
        (kept if _goes(repository, image_id) in referenced else free).append(image_id)
    answer = original(self, repository_name, registry_id, free) if free else {"imageIds": [], "failures": []}
    answer["failures"] += [
        {
            "imageId": image_id,
            "failureCode": "ImageReferencedByManifestList",
            "failureReason": "Requested image referenced by manifest list",
        }
        for image_id in kept
    ]
    return answer


def _goes(repository: Repository | None, image_id: dict[str, str]) -> str | None:
    """The digest of the image that goes as a whole."""
    for image in repository.images if repository else []:
        if image_id.get("imageDigest") == image.image_digest or image.image_tags == [image_id.get("imageTag")]:
            return image.image_digest
    return None
