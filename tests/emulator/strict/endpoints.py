"""VPC endpoints: they take time, they check what they are given, and a private DNS name exists once in a VPC.

Those of type Gateway are in `gateways.py`.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidVpcEndPointIdError
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint
from moto.ec2.responses._base_response import EC2BaseResponse
from moto.ec2.responses.vpcs import VPCs
from moto.ec2.utils import random_private_ip

from . import calls, freshness, gateways, policies
from .ec2_tags import checked_tag_specifications
from .patching import replaces
from .settings import SETTINGS

_DEFAULT_POLICY = json.dumps(VPCEndPoint.DEFAULT_POLICY)
_SERVICE = re.compile(r"(cn\.)?com\.amazonaws\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+|com\.amazonaws\.vpce\..+")
_moto_delete = VPCBackend.delete_vpc_endpoints


# --- states --------------------------------------------------------------------------------------------------------


def _state(self: VPCEndPoint) -> str:
    if self.gone_at is not None:
        return "deleted" if time.monotonic() >= self.gone_at else "deleting"
    return "available" if time.monotonic() >= self.ready_at else "pending"


def _set_state(self: VPCEndPoint, _: str) -> None:
    """moto says "available" at birth: the life of an endpoint starts here, whatever moto thinks of its state."""
    self.gone_at = None
    self.ready_at = time.monotonic() + _delay()


VPCEndPoint.state = property(_state, _set_state)


def _delay() -> float:
    return 0 if calls.arranging() else SETTINGS.endpoint_ms / 1000


def _change(endpoint: VPCEndPoint) -> None:
    """Changes of subnets, DNS and address type take an endpoint through `pending` again."""
    endpoint.ready_at = time.monotonic() + _delay()


def bury(backend: Any) -> None:
    """Removes the endpoints whose deletion is over."""
    for endpoint in [e for e in backend.vpc_end_points.values() if e.state == "deleted"]:
        if gateways.is_gateway(endpoint):
            gateways.lead(backend, endpoint, [])
        else:
            _moto_delete(backend, [endpoint.id])
        del backend.vpc_end_points[endpoint.id]


_moto_backend = EC2BaseResponse.ec2_backend.fget


def _backend(self: EC2BaseResponse) -> Any:
    backend = _moto_backend(self)
    bury(backend)
    return backend


EC2BaseResponse.ec2_backend = property(_backend)


# --- create --------------------------------------------------------------------------------------------------------


@replaces(VPCs)
def create_vpc_endpoint(original: Any, self: VPCs) -> ActionResult:
    """Checks what AWS checks, honours ClientToken, and keeps what moto drops."""
    backend = self.ec2_backend
    checked_tag_specifications(self, "vpc-endpoint")
    token = self._get_param("ClientToken")
    known = backend.__dict__.setdefault("endpoint_client_tokens", {})
    request = json.dumps(calls.current().params, sort_keys=True)
    if token in known:
        first_request, endpoint = known[token]
        if first_request != request:
            raise EC2ClientError("IdempotentParameterMismatch", f"The client token '{token}' was used differently")
        return ActionResult({"VpcEndpoint": endpoint})
    _check_create(self, backend)
    result = original(self)
    endpoint = result.result["VpcEndpoint"]
    endpoint.ip_address_type = self._get_param("IpAddressType") or "ipv4"
    if gateways.is_gateway(endpoint):
        endpoint.private_dns_enabled = False
    endpoint.policy_document = policies.document(endpoint.policy_document)
    if _is_interface(endpoint) and not endpoint.security_group_ids:
        endpoint.security_group_ids = [backend.get_default_security_group(endpoint.vpc_id).id]
    if token:
        known[token] = (request, endpoint)
    freshness.born("ec2", endpoint.id)
    return result


def _check_create(self: VPCs, backend: Any) -> None:
    vpc_id, service = self._get_param("VpcId"), self._get_param("ServiceName")
    if vpc_id not in backend.vpcs:
        raise EC2ClientError("InvalidVpcId.NotFound", f"The Vpc Id {vpc_id} does not exist")
    name = _SERVICE.fullmatch(service or "")
    if not name or name["region"] not in (None, backend.region_name):
        raise EC2ClientError("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")
    _check_policy(self._get_param("PolicyDocument"))
    if (self._get_param("VpcEndpointType") or "Gateway").lower() != "interface":
        gateways.check_create(self, backend, vpc_id, service)
        return
    if self._get_param("RouteTableIds", []):
        raise EC2ClientError("InvalidParameter", "Route tables cannot be specified for an interface endpoint")
    subnets = self._get_param("SubnetIds", [])
    _check_subnets(backend, vpc_id, subnets)
    _check_groups(backend, vpc_id, self._get_param("SecurityGroupIds", []))
    _check_address_type(backend, self._get_param("IpAddressType"), subnets)
    if self._get_bool_param("PrivateDnsEnabled", if_none=True):
        _check_private_dns(backend, vpc_id, service, None)


# --- modify --------------------------------------------------------------------------------------------------------


@replaces(VPCs)
def modify_vpc_endpoint(_: Any, self: VPCs) -> ActionResult:
    """All of the request or nothing; what needs new network interfaces makes the endpoint pending."""
    backend = self.ec2_backend
    endpoint = _living(backend, self._get_param("VpcEndpointId"))
    tables = gateways.check_modify(self, backend, endpoint)
    removed = self._get_param("RemoveSubnetIds", [])
    added = [s for s in self._get_param("AddSubnetIds", []) if s not in endpoint.subnet_ids]
    subnets = [s for s in endpoint.subnet_ids or [] if s not in removed] + added
    groups = self._get_param("AddSecurityGroupIds", [])
    address_type = self._get_param("IpAddressType")
    private_dns = self._get_bool_param("PrivateDnsEnabled")
    policy = self._get_param("PolicyDocument")

    _check_policy(policy)
    _check_subnets(backend, endpoint.vpc_id, subnets)
    _check_groups(backend, endpoint.vpc_id, groups)
    _check_address_type(backend, address_type, subnets)
    if private_dns and not endpoint.private_dns_enabled:
        _check_private_dns(backend, endpoint.vpc_id, endpoint.service_name, endpoint)

    if self._get_bool_param("ResetPolicy", if_none=False):
        policy = _DEFAULT_POLICY
    if policy:
        endpoint.policy_document = policies.document(policy)
    if gateways.is_gateway(endpoint):
        gateways.lead(backend, endpoint, tables)
        return ActionResult({"Return": True})
    left = self._get_param("RemoveSecurityGroupIds", [])
    kept = [g for g in endpoint.security_group_ids if g not in left]
    endpoint.security_group_ids = kept + [g for g in groups if g not in kept]
    if subnets != endpoint.subnet_ids:
        _move(backend, endpoint, subnets)
    if private_dns is not None and private_dns != endpoint.private_dns_enabled:
        endpoint.private_dns_enabled = private_dns
        _change(endpoint)
    if address_type and address_type != endpoint.ip_address_type:
        endpoint.ip_address_type = address_type
        _change(endpoint)
    return ActionResult({"Return": True})


def _move(backend: Any, endpoint: VPCEndPoint, subnets: list[str]) -> None:
    """One network interface in each subnet, as at creation."""
    interfaces = {backend.enis[eni].subnet.id: eni for eni in endpoint.network_interface_ids if eni in backend.enis}
    for subnet in set(interfaces) - set(subnets):
        backend.enis.pop(interfaces.pop(subnet))
    for subnet in subnets:
        if subnet not in interfaces:
            interfaces[subnet] = backend.create_network_interface(subnet, random_private_ip()).id
    endpoint.subnet_ids = subnets
    endpoint.network_interface_ids = list(interfaces.values())
    _change(endpoint)


# --- delete, describe ----------------------------------------------------------------------------------------------


@replaces(VPCs)
def delete_vpc_endpoints(_: Any, self: VPCs) -> ActionResult:
    """Starts the deletion; what cannot be deleted is in the answer, whose status is 200 all the same."""
    backend = self.ec2_backend
    unsuccessful = []
    for name in self._get_param("VpcEndpointIds", []):
        endpoint = backend.vpc_end_points.get(name)
        if endpoint is None:
            error = InvalidVpcEndPointIdError(name)
            unsuccessful.append({"ResourceId": name, "Error": {"Code": error.code, "Message": error.message}})
        elif endpoint.gone_at is None:
            endpoint.gone_at = time.monotonic() + _delay()
    return ActionResult({"Unsuccessful": unsuccessful})


@replaces(VPCBackend)
def describe_vpc_endpoints(
    original: Any, self: Any, vpc_end_point_ids: list[str] | None, filters: Any = None
) -> list[VPCEndPoint]:
    """A fresh endpoint may be unknown to the first read."""
    found = original(self, vpc_end_point_ids, filters)
    fresh = [endpoint for endpoint in found if freshness.hidden("ec2", endpoint.id)]
    if fresh and vpc_end_point_ids:
        raise InvalidVpcEndPointIdError(fresh[0].id)
    return [endpoint for endpoint in found if endpoint not in fresh]


@replaces(VPCEndPoint)
def get_filter_value(original: Any, self: VPCEndPoint, filter_name: str, method_name: str | None = None) -> Any:
    """The filters moto lacks."""
    if filter_name == "vpc-endpoint-id":
        return self.id
    return original(self, filter_name, method_name)


# --- checks --------------------------------------------------------------------------------------------------------


def _is_interface(endpoint: VPCEndPoint) -> bool:
    return (endpoint.vpc_endpoint_type or "").lower() == "interface"


def _living(backend: Any, name: str) -> VPCEndPoint:
    endpoint = backend.vpc_end_points.get(name)
    if endpoint is None:
        raise InvalidVpcEndPointIdError(name)
    if endpoint.gone_at is not None:
        raise EC2ClientError("IncorrectState", f"The endpoint {name} is in state {endpoint.state}")
    return endpoint


def _check_policy(text: str | None) -> None:
    if text and policies.parse(text) is None:
        raise EC2ClientError("InvalidPolicyDocument", "The policy document is not a valid JSON policy document.")


def _check_subnets(backend: Any, vpc_id: str, names: list[str]) -> None:
    zones: dict[str, str] = {}
    known = {subnet.id: subnet for subnet in backend.describe_subnets()}
    for name in names:
        subnet = known.get(name)
        if subnet is None:
            raise EC2ClientError("InvalidSubnetId.NotFound", f"The subnet ID '{name}' does not exist")
        if subnet.vpc_id != vpc_id:
            raise EC2ClientError("InvalidParameter", f"The subnet {name} does not belong to the VPC {vpc_id}")
        if zones.setdefault(subnet.availability_zone, name) != name:
            message = f"Found another VPC endpoint subnet in the availability zone of {name}."
            raise EC2ClientError("DuplicateSubnetsInSameZone", message)


def _check_groups(backend: Any, vpc_id: str, names: list[str]) -> None:
    for name in names:
        group = backend.get_security_group_from_id(name)
        if group is None:
            raise EC2ClientError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
        if group.vpc_id != vpc_id:
            raise EC2ClientError("InvalidParameter", f"The security group {name} does not belong to the VPC {vpc_id}")


def _check_address_type(backend: Any, address_type: str | None, subnets: list[str]) -> None:
    if address_type in (None, "ipv4"):
        return
    if address_type not in ("dualstack", "ipv6"):
        raise EC2ClientError("InvalidParameterValue", f"Invalid IP address type '{address_type}'")
    for subnet in subnets:
        if not backend.get_subnet(subnet).ipv6_cidr_block_associations:
            raise EC2ClientError("InvalidParameter", f"The subnet {subnet} has no IPv6 addresses")


def _check_private_dns(backend: Any, vpc_id: str, service: str, but: VPCEndPoint | None) -> None:
    vpc = backend.vpcs[vpc_id]
    if not all(str(value).lower() == "true" for value in (vpc.enable_dns_support, vpc.enable_dns_hostnames)):
        message = f"Enabling private DNS requires both enableDnsSupport and enableDnsHostnames set to true for {vpc_id}"
        raise EC2ClientError("InvalidParameter", message)
    for other in backend.vpc_end_points.values():
        same = other is not but and other.vpc_id == vpc_id and other.service_name == service
        if same and _is_interface(other) and other.private_dns_enabled:
            message = (
                f"private-dns-enabled cannot be set: there is already a conflicting DNS domain in the VPC {vpc_id}"
            )
            raise EC2ClientError("InvalidParameter", message)
