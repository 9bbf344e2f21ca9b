"""ECR: limits on tags, exact answers, and the checks of repository settings and lifecycle policies."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import InvalidParameterException, RepositoryNotFoundException
from moto.ecr.models import ECRBackend, Image, Repository
from moto.ecr.responses import ECRResponse

from . import archive, freshness, lifecycle, policies, tags
from .patching import Refused, replaces

#: What GetAuthorizationToken promises: twelve hours.
_TOKEN_LIFE = datetime.timedelta(hours=12)


@replaces(Repository, "__init__")
def _init(original: Any, self: Repository, *args: Any, **kwargs: Any) -> None:
    """The registry's host is in the region's partition."""
    original(self, *args, **kwargs)
    self.uri = _host(self.uri, self.region_name)


def _host(text: str, region: str) -> str:
    return text.replace(".amazonaws.com", ".amazonaws.com.cn", 1) if region.startswith("cn-") else text


@replaces(ECRBackend)
def create_repository(original: Any, self: ECRBackend, **kwargs: Any) -> Repository:
    """A repository is not visible everywhere at once."""
    _check_tags({}, kwargs.get("tags"))
    repository = original(self, **kwargs)
    freshness.born("ecr", self.region_name, repository.name)
    return repository


@replaces(ECRBackend)
def describe_repositories(
    original: Any, self: ECRBackend, registry_id: str | None = None, repository_names: list[str] | None = None
) -> list[Repository]:
    """A fresh repository may be unknown to the first read."""
    found = original(self, registry_id=registry_id, repository_names=repository_names)
    fresh = [repository for repository in found if freshness.hidden("ecr", self.region_name, repository.name)]
    if fresh and repository_names:
        raise RepositoryNotFoundException(fresh[0].name, self.account_id)
    return [repository for repository in found if repository not in fresh]


@replaces(ECRBackend)
def _get_repository(original: Any, self: ECRBackend, name: str, registry_id: str | None = None) -> Repository:
    repository = original(self, name, registry_id)
    if freshness.hidden("ecr", self.region_name, name):
        raise RepositoryNotFoundException(name, self.account_id)
    return repository


@replaces(ECRBackend)
def tag_resource(original: Any, self: ECRBackend, arn: str, tags: list[dict[str, str]]) -> None:
    """All of the tags or none."""
    _check_tags(self.tagger.get_tag_dict_for_resource(arn), tags)
    original(self, arn, tags)


def _check_tags(present: dict[str, str], added: list[dict[str, str]] | None) -> None:
    new = {tag["Key"]: tag.get("Value", "") for tag in added or []}
    if wrong := tags.rejected(new):
        raise Refused("InvalidTagParameterException", wrong)
    if tags.too_many(present, new):
        raise Refused("TooManyTagsException", f"A repository can have at most {tags.LIMIT} tags.")


@replaces(ECRBackend)
def put_image_tag_mutability(
    original: Any,
    self: ECRBackend,
    registry_id: str,
    repository_name: str,
    image_tag_mutability: str,
    image_tag_mutability_exclusion_filters: Any = None,
) -> dict[str, str]:
    """Filters belong to the `_WITH_EXCLUSION` modes, and those to filters: moto checks it at creation only."""
    self.validate_image_tag_mutability_params_compatibility(
        image_tag_mutability, image_tag_mutability_exclusion_filters or None
    )
    return original(
        self, registry_id, repository_name, image_tag_mutability, image_tag_mutability_exclusion_filters or None
    )


@replaces(ECRBackend)
def put_image_scanning_configuration(
    original: Any, self: ECRBackend, registry_id: str, repository_name: str, image_scan_config: dict[str, Any]
) -> dict[str, Any]:
    """A setting that is left out is off; moto would keep what there was."""
    return original(self, registry_id, repository_name, {"scanOnPush": False} | image_scan_config)


# --- policies ------------------------------------------------------------------------------------------------------


@replaces(ECRBackend)
def set_repository_policy(
    original: Any, self: ECRBackend, registry_id: str, repository_name: str, policy_text: str
) -> dict[str, Any]:
    """Keeps the policy, not its bytes: an account's id becomes the ARN of its root."""
    if policies.parse(policy_text) is None:
        raise InvalidParameterException("Invalid parameter at 'PolicyText': not a JSON object")
    kept = policies.document(policies.with_roots(policy_text, self.region_name))
    return original(self, registry_id, repository_name, kept)


@replaces(ECRBackend)
def put_lifecycle_policy(
    original: Any, self: ECRBackend, registry_id: str, repository_name: str, lifecycle_policy_text: str
) -> dict[str, Any]:
    """Checks the rules against each other, and keeps the policy, not its bytes."""
    lifecycle.check(lifecycle_policy_text)
    return original(self, registry_id, repository_name, policies.lifecycle(lifecycle_policy_text))


# --- images and tokens ---------------------------------------------------------------------------------------------


@replaces(Image)
def _create_digest(_: Any, self: Image) -> None:
    self._image_digest = f"sha256:{hashlib.sha256(self.image_manifest.encode()).hexdigest()}"


@replaces(ECRResponse)
def describe_images(original: Any, self: ECRResponse) -> ActionResult:
    """Honours the filters, and promises no order: by digest, which is as good as none."""
    result = original(self)
    status = (self._get_param("filter") or {}).get("tagStatus", "ANY")
    if status not in ("ANY", "TAGGED", "UNTAGGED"):
        raise InvalidParameterException(f"Invalid parameter at 'filter': unknown tagStatus '{status}'")
    images = [
        image
        for image in archive.selected(self, result.result["imageDetails"])
        if status == "ANY" or bool(getattr(image, "image_tags", [])) == (status == "TAGGED")
    ]
    result.result["imageDetails"] = sorted(images, key=lambda image: image.image_digest)
    return result


@replaces(ECRResponse)
def get_authorization_token(original: Any, self: ECRResponse) -> ActionResult:
    """A token that is still good, for the registry of the right partition."""
    result = original(self)
    for data in result.result["authorizationData"]:
        data["expiresAt"] = datetime.datetime.now(datetime.timezone.utc) + _TOKEN_LIFE
        data["proxyEndpoint"] = _host(data["proxyEndpoint"], self.region)
    return result
