"""Tags of EC2 objects, checked before anything is created, and filters that AWS refuses instead of failing on them."""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError, FilterNotImplementedError, InvalidParameterValue, TagLimitExceeded
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.tags import TagBackend
from moto.ec2.responses._base_response import EC2BaseResponse

from . import tags
from .patching import replaces


def checked_tag_specifications(response: EC2BaseResponse, *resource_types: str) -> None:
    """Refuses tags AWS would refuse, and tags for another type of object than the call creates."""
    specifications = response._get_param("TagSpecifications", []) or response._get_param("TagSpecification", [])
    for specification in specifications:
        of = specification.get("ResourceType")
        if of not in resource_types:
            raise InvalidParameterValue(f"'{of}' is not a valid taggable resource type for this operation.")
        _check({}, {tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags", [])})


@replaces(TagBackend)
def create_tags(original: Any, self: TagBackend, resource_ids: list[str], tags: dict[str, str]) -> bool:
    """All of the tags or none."""
    for name in resource_ids:
        _check(self.tags.get(name, {}), tags)
    return original(self, resource_ids, tags)


def _check(present: dict[str, str], added: dict[str, str]) -> None:
    if wrong := tags.rejected(added):
        raise InvalidParameterValue(wrong)
    if tags.too_many(present, added):
        raise TagLimitExceeded()


@replaces(TaggedEC2Resource)
def get_filter_value(original: Any, self: Any, filter_name: str, method_name: str | None = None) -> Any:
    """A filter unknown to moto is an error of the caller, as on AWS, and not a crash."""
    try:
        return original(self, filter_name, method_name)
    except FilterNotImplementedError:
        raise _invalid(filter_name) from None


@replaces(SecurityGroup)
def matches_filter(original: Any, self: SecurityGroup, key: str, filter_value: Any) -> Any:
    """As above."""
    try:
        return original(self, key, filter_value)
    except KeyError:
        raise _invalid(key) from None


def _invalid(filter_name: str) -> EC2ClientError:
    return InvalidParameterValue(f"The filter '{filter_name}' is invalid")
