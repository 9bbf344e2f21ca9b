"""Listing calls answer in pages, with a token for the next one."""

from __future__ import annotations

import base64
import functools
from typing import Any

from botocore.loaders import Loader
from moto.core.responses import ActionResult, BaseResponse
from moto.iam.models import IAMBackend

from . import calls
from .patching import Refused, replaces
from .settings import SETTINGS

#: The calls that page here though moto answers them whole, and the parameter that names objects: an answer about
#: named objects comes in one piece.
_PAGED = {
    "ecr": {
        "DescribeImages": "imageIds",
        "DescribePullThroughCacheRules": "ecrRepositoryPrefixes",
        "DescribeRepositories": "repositoryNames",
        "DescribeRepositoryCreationTemplates": "prefixes",
        "GetLifecyclePolicyPreview": "imageIds",
        "ListImages": None,
    },
    "ec2": {
        "DescribeNetworkInterfaces": "NetworkInterfaceIds",
        "DescribeRouteTables": "RouteTableIds",
        "DescribeSecurityGroupRules": "SecurityGroupRuleIds",
        "DescribeSecurityGroups": "GroupIds",
        "DescribeSubnets": "SubnetIds",
        "DescribeTags": None,
        "DescribeVpcEndpoints": "VpcEndpointIds",
        "DescribeVpcs": "VpcIds",
    },
    "iam": {"ListInstanceProfiles": None, "ListInstanceProfilesForRole": None, "ListRolePolicies": None},
}


@functools.cache
def _paginators(service: str) -> dict[str, Any]:
    return Loader().load_service_model(service, "paginators-1")["pagination"]


@replaces(BaseResponse)
def serialized(original: Any, self: BaseResponse, action_result: ActionResult) -> Any:
    """Cuts a listing down to one page on its way out."""
    service, action = self.boto3_service_name, self._get_action()
    named = _PAGED.get(service, {}).get(action, ...)
    if named is not ... and isinstance(action_result.result, dict) and not (named and self._get_param(named)):
        try:
            _cut(self, _paginators(service)[action], action, action_result.result)
        except Refused as problem:
            action_result = ActionResult(problem)
    return original(self, action_result)


def _cut(response: BaseResponse, model: dict[str, Any], action: str, result: dict[str, Any]) -> None:
    size = 0 if calls.arranging() else SETTINGS.page_size
    token = response._get_param(model["input_token"])
    start = _offset(action, token) if token else 0
    asked = int(response._get_param(model.get("limit_key", "")) or 0)
    size = min(filter(None, (size, asked)), default=0)
    items = list(result[model["result_key"]])
    end = start + size if size else len(items)
    result[model["result_key"]] = items[start:end]
    if end < len(items):
        result[model["output_token"]] = base64.urlsafe_b64encode(f"{action}:{end}".encode()).decode()
        if "more_results" in model:
            result[model["more_results"]] = True


def _offset(action: str, token: str) -> int:
    try:
        of, _, offset = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if of == action:
            return int(offset)
    except ValueError:
        pass
    raise Refused("InvalidParameterValue", f"The token '{token}' is invalid for {action}")


@replaces(IAMBackend)
def list_attached_role_policies(
    original: Any, self: IAMBackend, role_name: str, marker: str | None = None, max_items: int = 100, **kwargs: Any
) -> Any:
    """moto pages this one itself; here it cannot be asked for larger pages."""
    return original(self, role_name, marker=marker, max_items=_capped(max_items), **kwargs)


@replaces(IAMBackend)
def list_role_tags(original: Any, self: IAMBackend, role_name: str, marker: str | None, max_items: int = 100) -> Any:
    """As above."""
    return original(self, role_name, marker, _capped(int(max_items)))


@replaces(IAMBackend)
def list_roles(
    original: Any,
    self: IAMBackend,
    path_prefix: str | None = None,
    marker: str | None = None,
    max_items: int | None = None,
) -> Any:
    """As above."""
    return original(self, path_prefix, marker, _capped(int(max_items or 100)))


def _capped(asked: int) -> int:
    size = 0 if calls.arranging() else SETTINGS.page_size
    return min(filter(None, (asked, size)))
