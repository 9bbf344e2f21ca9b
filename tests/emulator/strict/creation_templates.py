"""ECR: repository creation templates, and the repositories that a first push makes by them. moto has neither.

Shapes, limits and patterns are those of the Amazon ECR API Reference; when a template needs a role, its user guide says.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import InvalidParameterException, RepositoryNotFoundException
from moto.ecr.models import ECRBackend
from moto.ecr.responses import ECRResponse

from . import freshness, lifecycle, policies, tags
from .patching import Refused, adds, replaces

#: Of creation templates and pull through cache rules.
PREFIX = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*/?|ROOT")
_PURPOSES = ("CREATE_ON_PUSH", "PULL_THROUGH_CACHE", "REPLICATION")
_ENCRYPTIONS = ("AES256", "KMS", "KMS_DSSE")
_KEY = re.compile(r"arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+")
_SETTINGS = (
    "description",
    "encryptionConfiguration",
    "resourceTags",
    "imageTagMutability",
    "imageTagMutabilityExclusionFilters",
    "repositoryPolicy",
    "lifecyclePolicy",
    "appliedFor",
    "customRoleArn",
)

_Template = dict[str, Any]


@adds(ECRResponse)
def create_repository_creation_template(self: ECRResponse) -> ActionResult:
    """One template a prefix."""
    templates, prefix = _templates(self.ecr_backend), checked_prefix(self, "prefix", 1, 256)
    if prefix in templates:
        raise Refused("TemplateAlreadyExistsException", f"A template for the prefix '{prefix}' exists")
    now = datetime.datetime.now(datetime.timezone.utc)
    template = {
        "encryptionConfiguration": {"encryptionType": "AES256"},
        "resourceTags": [],
        "imageTagMutability": "MUTABLE",
        **_checked(self),
        "prefix": prefix,
        "createdAt": now,
        "updatedAt": now,
    }
    if not template.get("appliedFor"):
        raise InvalidParameterException("Invalid parameter at 'appliedFor': at least one is required")
    _check_together(template)
    templates[prefix] = template
    freshness.born("ecr", self.region, "template", prefix)
    return _answer(self, template)


@adds(ECRResponse)
def update_repository_creation_template(self: ECRResponse) -> ActionResult:
    """What is left out stays, but for the tag mutability, which is MUTABLE then."""
    template = _found(self)
    changed = {**template, "imageTagMutability": "MUTABLE", **_checked(self)}
    if not changed["imageTagMutability"].endswith("_WITH_EXCLUSION"):
        changed.pop("imageTagMutabilityExclusionFilters", None)
    _check_together(changed)
    template.clear()
    template.update(changed, updatedAt=datetime.datetime.now(datetime.timezone.utc))
    return _answer(self, template)


@adds(ECRResponse)
def delete_repository_creation_template(self: ECRResponse) -> ActionResult:
    """The repositories that it has made stay."""
    template = _found(self)
    del _templates(self.ecr_backend)[template["prefix"]]
    return _answer(self, template)


@adds(ECRResponse)
def describe_repository_creation_templates(self: ECRResponse) -> ActionResult:
    """Prefixes without a template are left out of the answer. A fresh one may be unknown to the first read."""
    prefixes = {prefix.rstrip("/") for prefix in self._get_param("prefixes") or []}
    templates = [
        template
        for prefix, template in sorted(_templates(self.ecr_backend).items())
        if (not prefixes or prefix in prefixes) and not freshness.hidden("ecr", self.region, "template", prefix)
    ]
    return ActionResult({"registryId": self.current_account, "repositoryCreationTemplates": templates})


def _templates(backend: ECRBackend) -> dict[str, _Template]:
    return backend.__dict__.setdefault("creation_templates", {})


def _found(response: ECRResponse) -> _Template:
    prefix = response._get_param("prefix").rstrip("/")
    template = _templates(response.ecr_backend).get(prefix)
    if template is None:
        raise Refused("TemplateNotFoundException", f"There is no template for the prefix '{prefix}'")
    return template


def _answer(response: ECRResponse, template: _Template) -> ActionResult:
    return ActionResult({"registryId": response.current_account, "repositoryCreationTemplate": dict(template)})


def checked_prefix(response: ECRResponse, name: str, least: int, most: int) -> str:
    """The prefix of a request, to whose end ECR assumes a slash."""
    prefix = response._get_param(name) or ""
    if not (least <= len(prefix) <= most and PREFIX.fullmatch(prefix)):
        raise InvalidParameterException(f"Invalid parameter at '{name}' failed to satisfy constraint: '{prefix}'")
    return prefix.rstrip("/")


def check_role(response: ECRResponse, arn: str | None) -> None:
    """A role must be of the registry's account."""
    if arn and not re.fullmatch(rf"arn:aws[a-z-]*:iam::{response.current_account}:role/.+", arn):
        raise InvalidParameterException(f"Invalid parameter at 'customRoleArn': '{arn}' is no role of this account")


def _checked(response: ECRResponse) -> _Template:
    """The settings of a request; an empty text takes one away."""
    settings = {name: value for name in _SETTINGS if (value := response._get_param(name)) is not None}
    check_role(response, settings.get("customRoleArn"))
    if len(settings.get("description", "")) > 256:
        raise InvalidParameterException("Invalid parameter at 'description': at most 256 characters")
    if unknown := set(settings.get("appliedFor", _PURPOSES)) - set(_PURPOSES):
        raise InvalidParameterException(f"Invalid parameter at 'appliedFor': {sorted(unknown)}")
    if text := settings.get("lifecyclePolicy"):
        lifecycle.check(text)
        settings["lifecyclePolicy"] = policies.lifecycle(text)
    if text := settings.get("repositoryPolicy"):
        if policies.parse(text) is None:
            raise InvalidParameterException("Invalid parameter at 'repositoryPolicy': not a JSON object")
        settings["repositoryPolicy"] = policies.document(policies.with_roots(text, response.region))
    wanted = {tag["Key"]: tag.get("Value", "") for tag in settings.get("resourceTags", [])}
    if wrong := tags.rejected(wanted):
        raise Refused("InvalidTagParameterException", wrong)
    if tags.too_many({}, wanted):
        raise Refused("TooManyTagsException", f"A repository can have at most {tags.LIMIT} tags.")
    return settings


def _check_together(template: _Template) -> None:
    ECRBackend.validate_image_tag_mutability_params_compatibility(
        template["imageTagMutability"], template.get("imageTagMutabilityExclusionFilters")
    )
    encryption = template["encryptionConfiguration"]
    kind, key = encryption.get("encryptionType"), encryption.get("kmsKey")
    if kind not in _ENCRYPTIONS or (key and (kind == "AES256" or not _KEY.fullmatch(key))):
        raise InvalidParameterException(f"Invalid parameter at 'encryptionConfiguration': {encryption}")


# --- a push to a repository that is not there ------------------------------------------------------------------------


@replaces(ECRBackend)
def put_image(original: Any, self: ECRBackend, repository_name: str, *args: Any, **kwargs: Any) -> Any:
    """The first image makes the repository, if a template is for it; else the push fails."""
    if repository_name not in self.repositories:
        template = _template_for(self, repository_name)
        if template is None:
            raise RepositoryNotFoundException(repository_name, self.account_id)
        _make(self, repository_name, template)
    return original(self, repository_name, *args, **kwargs)


def _template_for(backend: ECRBackend, name: str) -> _Template | None:
    """The one of the longest prefix; one that needs a role and has none makes nothing."""
    fitting = [
        template
        for prefix, template in _templates(backend).items()
        if "CREATE_ON_PUSH" in template["appliedFor"] and (prefix == "ROOT" or name.startswith(f"{prefix}/"))
    ]
    template = max(fitting, key=lambda one: 0 if one["prefix"] == "ROOT" else len(one["prefix"]), default=None)
    if template and not template.get("customRoleArn") and _needs_role(template):
        return None
    return template


def _needs_role(template: _Template) -> bool:
    return bool(template["resourceTags"]) or template["encryptionConfiguration"]["encryptionType"] != "AES256"


def _make(backend: ECRBackend, name: str, template: _Template) -> None:
    backend.create_repository(
        repository_name=name,
        registry_id=None,
        encryption_config=dict(template["encryptionConfiguration"]),
        image_scan_config=None,
        image_tag_mutability=template["imageTagMutability"],
        image_tag_mutability_exclusion_filters=template.get("imageTagMutabilityExclusionFilters"),
        tags=list(template["resourceTags"]),
    )
    if text := template.get("lifecyclePolicy"):
        backend.put_lifecycle_policy(registry_id=None, repository_name=name, lifecycle_policy_text=text)
    if text := template.get("repositoryPolicy"):
        backend.set_repository_policy(registry_id=None, repository_name=name, policy_text=text)
