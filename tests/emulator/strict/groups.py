"""Security groups: what is in use stays, rules are exact, and a request is applied whole or not at all."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import (
    DependencyViolationError,
    EC2ClientError,
    InvalidParameterValue,
    InvalidSecurityGroupNotFoundError,
)
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupBackend, SecurityGroupRule
from moto.ec2.responses.security_groups import SecurityGroups
from moto.ec2.responses.subnets import Subnets
from moto.ec2.responses.vpcs import VPCs
from moto.utilities.utils import get_partition

from . import freshness
from .ec2_tags import checked_tag_specifications
from .patching import Refused, replaces

_TEXT = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}")


@replaces(SecurityGroup, "__init__")
def _init(original: Any, self: SecurityGroup, *args: Any, **kwargs: Any) -> None:
    """The ARN is in the region's partition."""
    original(self, *args, **kwargs)
    self.arn = self.arn.replace("arn:aws:", f"arn:{get_partition(self.ec2_backend.region_name)}:", 1)


@replaces(SecurityGroups)
def create_security_group(original: Any, self: SecurityGroups) -> ActionResult:
    """Names and descriptions have an alphabet."""
    checked_tag_specifications(self, "security-group")
    name, description = self._get_param("GroupName") or "", self._get_param("Description") or ""
    if not _TEXT.fullmatch(name) or name.startswith("sg-") or name.lower() == "default":
        raise InvalidParameterValue(f"Invalid security group name '{name}'")
    if not _TEXT.fullmatch(description):
        raise InvalidParameterValue(f"Invalid security group description '{description}'")
    result = original(self)
    freshness.born("ec2", result.result["GroupId"])
    return result


@replaces(SecurityGroups)
def delete_security_group(original: Any, self: SecurityGroups) -> ActionResult:
    """A group is kept while an endpoint, even a dying one, or a rule of another group uses it."""
    backend = self.ec2_backend
    group = backend.get_security_group_by_name_or_id(self._get_param("GroupId") or self._get_param("GroupName"))
    if group:
        if group.is_default:
            raise EC2ClientError("CannotDelete", "the specified group can't be deleted")
        endpoints = (group.id in e.security_group_ids for e in backend.vpc_end_points.values())
        if any(endpoints) or _referenced(backend, group):
            raise DependencyViolationError(f"resource {group.id} has a dependent object")
    return original(self)


def _referenced(backend: Any, group: SecurityGroup) -> bool:
    others = (g for groups in backend.groups.values() for g in groups.values() if g is not group)
    rules = (rule for other in others for rule in other.ingress_rules + other.egress_rules)
    return any(rule.source_group.get("GroupId") == group.id for rule in rules)


@replaces(SecurityGroupBackend)
def describe_security_groups(
    original: Any,
    self: Any,
    group_ids: list[str] | None = None,
    groupnames: list[str] | None = None,
    filters: Any = None,
) -> list[SecurityGroup]:
    """A fresh group may be unknown to the first read."""
    found = original(self, group_ids=group_ids, groupnames=groupnames, filters=filters)
    fresh = [group for group in found if freshness.hidden("ec2", group.id)]
    if fresh and (group_ids or groupnames):
        raise InvalidSecurityGroupNotFoundError(fresh[0].id)
    return [group for group in found if group not in fresh]


# --- rules ---------------------------------------------------------------------------------------------------------


@replaces(SecurityGroupRule, "__init__")
def _init_rule(original: Any, self: SecurityGroupRule, *args: Any, **kwargs: Any) -> None:
    """A CIDR block is kept in its canonical form: 10.0.1.7/16 becomes 10.0.0.0/16."""
    original(self, *args, **kwargs)
    for key in ("CidrIp", "CidrIpv6"):
        if key in self.ip_range:
            self.ip_range = {**self.ip_range, key: str(ipaddress.ip_network(self.ip_range[key], strict=False))}


@replaces(SecurityGroups)
def authorize_security_group_ingress(_: Any, self: SecurityGroups) -> ActionResult:
    """All permissions of the request or none; the answer has all new rules."""
    return _authorize(self, "ingress")


@replaces(SecurityGroups)
def authorize_security_group_egress(_: Any, self: SecurityGroups) -> ActionResult:
    """As above."""
    return _authorize(self, "egress")


def _authorize(self: SecurityGroups, direction: str) -> ActionResult:
    backend = self.ec2_backend
    checked_tag_specifications(self, "security-group-rule")
    name = self._get_param("GroupId") or self._get_param("GroupName")
    group = backend.get_security_group_by_name_or_id(name)
    if group is None:
        raise InvalidSecurityGroupNotFoundError(name)
    rules = f"{direction}_rules"
    before = list(getattr(group, rules))
    added = []
    try:
        for permission in self._process_rules_from_querystring():
            _check_sources(backend, group, permission)
            new, _ = getattr(backend, f"authorize_security_group_{direction}")(**permission)
            added += new
    except EC2ClientError:
        setattr(group, rules, before)
        raise
    return ActionResult({"Return": True, "SecurityGroupRules": added})


def _check_sources(backend: Any, group: SecurityGroup, permission: dict[str, Any]) -> None:
    """A source group is in the group's VPC or in one that is peered with it, and a prefix list is there."""
    for pair in permission["source_groups"] or []:
        name = pair.get("GroupId") or pair.get("GroupName")
        source = backend.get_security_group_by_name_or_id(name)
        if source is None or not _connected(backend, group.vpc_id, source.vpc_id):
            raise InvalidSecurityGroupNotFoundError(name)
    for prefix_list in permission["prefix_list_ids"] or []:
        name = prefix_list["PrefixListId"]
        if name not in backend.managed_prefix_lists:
            raise Refused("InvalidPrefixListID.NotFound", f"The prefix list ID '{name}' does not exist")


def _connected(backend: Any, one: str, other: str) -> bool:
    peered = (pcx for pcx in backend.vpc_pcxs.values() if pcx._status.code == "active")
    return one == other or any({one, other} == {pcx.vpc.id, pcx.peer_vpc.id} for pcx in peered)


# --- what else is in use --------------------------------------------------------------------------------------------


@replaces(Subnets)
def delete_subnet(original: Any, self: Subnets) -> ActionResult:
    """A subnet is kept while an endpoint has an interface in it."""
    name = self._get_param("SubnetId")
    if any(name in (e.subnet_ids or []) for e in self.ec2_backend.vpc_end_points.values()):
        raise DependencyViolationError(f"The subnet '{name}' has dependencies and cannot be deleted.")
    return original(self)


@replaces(VPCs)
def delete_vpc(original: Any, self: VPCs) -> ActionResult:
    """A VPC is kept while it has an endpoint or a security group besides the default one."""
    name, backend = self._get_param("VpcId"), self.ec2_backend
    endpoints = any(e.vpc_id == name for e in backend.vpc_end_points.values())
    if endpoints or any(not group.is_default for group in backend.groups[name].values()):
        raise DependencyViolationError(f"The vpc '{name}' has dependencies and cannot be deleted.")
    return original(self)
