"""ECR's archive storage class: images move there and back, and listings leave them out unless they are asked for."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import InvalidParameterException
from moto.ecr.models import Image
from moto.ecr.responses import ECRResponse

from .patching import Refused, adds, replaces
from .settings import SETTINGS

_STATUSES = ("ACTIVE", "ACTIVATING", "ARCHIVED")


@replaces(Image, "__init__")
def _init(original: Any, self: Image, *args: Any, **kwargs: Any) -> None:
    """An image is active from its push on."""
    original(self, *args, **kwargs)
    self.archived = False
    self.active_from = 0.0
    self.last_archived_at: datetime.datetime | None = None
    self.last_activated_at: datetime.datetime | None = None


def _status(self: Image) -> str:
    if self.archived:
        return "ARCHIVED"
    return "ACTIVATING" if time.monotonic() < self.active_from else "ACTIVE"


# moto reads the fields of an answer as attributes.
Image.image_status = property(_status)


def storage_class(image: Image) -> str:
    """As lifecycle policies name it."""
    return "archive" if image.archived else "standard"


def selected(response: ECRResponse, images: Iterable[Any]) -> list[Any]:
    """Those of the images that the filter wants: the active ones, if it does not say, and what is named by its id."""
    wanted = (response._get_param("filter") or {}).get("imageStatus")
    if wanted not in (None, "ANY", *_STATUSES):
        raise InvalidParameterException(f"Invalid parameter at 'filter': unknown imageStatus '{wanted}'")
    if wanted is None and response._get_param("imageIds"):
        wanted = "ANY"
    return [image for image in images if wanted == "ANY" or image.image_status == (wanted or "ACTIVE")]


@replaces(ECRResponse)
def list_images(original: Any, self: ECRResponse) -> ActionResult:
    """Honours the filter for the status."""
    result = original(self)
    repository = self.ecr_backend._get_repository(self._get_param("repositoryName"), self._get_param("registryId"))
    wanted = {image.image_digest for image in selected(self, repository.images)}
    result.result["imageIds"] = [image for image in result.result["imageIds"] if image["imageDigest"] in wanted]
    return result


@adds(ECRResponse)
def update_image_storage_class(self: ECRResponse) -> ActionResult:
    """Moves an image. The way back takes its time."""
    repository = self.ecr_backend._get_repository(self._get_param("repositoryName"), self._get_param("registryId"))
    image_id = self._get_param("imageId") or {}
    image = repository._get_image(image_id.get("imageTag"), image_id.get("imageDigest"))
    target = self._get_param("targetStorageClass")
    if target not in ("STANDARD", "ARCHIVE"):
        raise InvalidParameterException(f"Invalid parameter at 'targetStorageClass': unknown class '{target}'")
    if (target == "ARCHIVE") == image.archived:
        raise Refused("ImageStorageClassUpdateNotSupportedException", f"The image is in the class {target} already")
    image.archived = target == "ARCHIVE"
    now = datetime.datetime.now(datetime.timezone.utc)
    if image.archived:
        image.last_archived_at = now
    else:
        image.last_activated_at = now
        image.active_from = time.monotonic() + SETTINGS.restore_ms / 1000
    answer = {"imageDigest": image.image_digest} | ({"imageTag": image.image_tag} if image.image_tags else {})
    return ActionResult(
        {
            "registryId": repository.registry_id,
            "repositoryName": repository.name,
            "imageId": answer,
            "imageStatus": image.image_status,
        }
    )
