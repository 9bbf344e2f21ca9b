"""Gateway endpoints behave as on AWS."""

from __future__ import annotations

import time
from typing import Any

from emulated import REGION, Emulated

S3 = f"com.amazonaws.{REGION}.s3"


class Gateways(Emulated):
    def setUp(self) -> None:
        super().setUp()
        self.ec2 = self.client("ec2")
        self.vpc, self.subnets = self.network()
        self.order("POST", "settings", {"endpoint_ms": 200, "stale_ms": 0})

    def table(self, vpc: str | None = None) -> str:
        return self.ec2.create_route_table(VpcId=vpc or self.vpc)["RouteTable"]["RouteTableId"]

    def create(self, *tables: str, **arguments: Any) -> str:
        base = {"VpcId": self.vpc, "ServiceName": S3, "VpcEndpointType": "Gateway", "RouteTableIds": list(tables)}
        return self.ec2.create_vpc_endpoint(**{**base, **arguments})["VpcEndpoint"]["VpcEndpointId"]

    def tables(self, endpoint: str) -> set[str]:
        found = self.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
        return set(found["RouteTableIds"])

    def routes(self, table: str) -> list[str]:
        found = self.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]
        return [route["GatewayId"] for route in found["Routes"] if route.get("GatewayId", "").startswith("vpce-")]

    def test_has_no_network_interfaces_and_no_private_dns(self) -> None:
        endpoint = self.create(self.table())
        found = self.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
        self.assertFalse(found["PrivateDnsEnabled"])
        self.assertEqual(found.get("NetworkInterfaceIds", []), [])

    def test_a_route_table_leads_to_one(self) -> None:
        one, two = self.table(), self.table()
        first = self.create(one)
        with self.refused("RouteAlreadyExists"):
            self.create(one, two)
        second = self.create(two)
        with self.refused("RouteAlreadyExists"):
            self.ec2.modify_vpc_endpoint(VpcEndpointId=second, AddRouteTableIds=[one])
        self.ec2.delete_vpc_endpoints(VpcEndpointIds=[first])
        time.sleep(0.25)
        self.ec2.modify_vpc_endpoint(VpcEndpointId=second, AddRouteTableIds=[one], RemoveRouteTableIds=[two])
        self.assertEqual(self.tables(second), {one})
        self.assertEqual((self.routes(one), self.routes(two)), ([second], []))

    def test_route_tables_exist_and_are_in_the_vpc(self) -> None:
        with self.refused("InvalidRouteTableId.NotFound"):
            self.create("rtb-0123456789abcdef0")
        other = self.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        with self.refused("InvalidParameter"):
            self.create(self.table(other))

    def test_what_interfaces_have_is_refused(self) -> None:
        with self.refused("InvalidParameter"):
            self.create(self.table(), SubnetIds=self.subnets)
        with self.refused("InvalidParameter"):
            self.create(ServiceName=f"com.amazonaws.{REGION}.sts")
        with self.refused("InvalidParameter"):
            self.create(VpcEndpointType="Interface", SubnetIds=self.subnets, RouteTableIds=[self.table()])
