"""Gateway endpoints: routes of route tables to a service, of which a table has one.

Sources: EC2 API Reference, CreateVpcEndpoint and ModifyVpcEndpoint; Amazon VPC User Guide, "Gateway VPC endpoints".
"""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses.vpcs import VPCs
from moto.ec2.utils import generate_route_id

_SERVICES = ("s3", "dynamodb")
_OF_INTERFACES = ("SubnetIds", "SecurityGroupIds", "AddSubnetIds", "AddSecurityGroupIds", "IpAddressType")


def is_gateway(endpoint: VPCEndPoint) -> bool:
    """An endpoint is one if its type is not given."""
    return (endpoint.vpc_endpoint_type or "Gateway").lower() == "gateway"


def check_create(request: VPCs, backend: Any, vpc_id: str, service: str) -> None:
    """What a gateway endpoint can have, and whether its route tables are free."""
    if service.rpartition(".")[2] not in _SERVICES:
        raise EC2ClientError("InvalidParameter", f"Endpoint type (Gateway) does not match available service types ({service})")
    _refuse_interfaces(request)
    if request._get_bool_param("PrivateDnsEnabled", if_none=False):
        raise EC2ClientError("InvalidParameter", "Private DNS can't be enabled for this type of VPC endpoint")
    _check_tables(backend, vpc_id, service, request._get_param("RouteTableIds", []), None)


def check_modify(request: VPCs, backend: Any, endpoint: VPCEndPoint) -> list[str]:
    """The route tables that the endpoint is to have."""
    added = request._get_param("AddRouteTableIds", [])
    removed = request._get_param("RemoveRouteTableIds", [])
    if not is_gateway(endpoint):
        if added or removed:
            raise EC2ClientError("InvalidParameter", "Route tables cannot be specified for an interface endpoint")
        return []
    _refuse_interfaces(request)
    _check_tables(backend, endpoint.vpc_id, endpoint.service_name, added, endpoint)
    kept = [table for table in endpoint.route_table_ids if table not in removed]
    return kept + [table for table in added if table not in kept]


def lead(backend: Any, endpoint: VPCEndPoint, tables: list[str]) -> None:
    """Gives the endpoint these route tables: each has a route to its service, and no other has one."""
    prefixes = endpoint.destination_prefix_list_id
    for table in set(endpoint.route_table_ids) - set(tables):
        if table in backend.route_tables:
            backend.route_tables[table]._routes.pop(generate_route_id(table, prefixes), None)
    for table in set(tables) - set(endpoint.route_table_ids):
        if prefixes:
            backend.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefixes)
    endpoint.route_table_ids = tables


def _refuse_interfaces(request: VPCs) -> None:
    for name in _OF_INTERFACES:
        if request._get_param(name):
            raise EC2ClientError("InvalidParameter", f"{name} cannot be specified for a gateway endpoint")


def _check_tables(backend: Any, vpc_id: str, service: str, tables: list[str], but: VPCEndPoint | None) -> None:
    others = [e for e in backend.vpc_end_points.values() if e is not but and e.service_name == service and is_gateway(e)]
    for name in tables:
        table = backend.route_tables.get(name)
        if table is None:
            raise EC2ClientError("InvalidRouteTableId.NotFound", f"The routeTable ID '{name}' does not exist")
        if table.vpc_id != vpc_id:
            raise EC2ClientError("InvalidParameter", f"The route table {name} does not belong to the VPC {vpc_id}")
        if any(name in other.route_table_ids for other in others):
            message = f"route table {name} already has a route with destination-prefix-list-id of {service}"
            raise EC2ClientError("RouteAlreadyExists", message)
