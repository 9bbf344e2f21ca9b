"""VPC endpoints behave as on AWS."""

from __future__ import annotations

import json
import time
from typing import Any

from emulated import REGION, Emulated

API = f"com.amazonaws.{REGION}.ecr.api"
DKR = f"com.amazonaws.{REGION}.ecr.dkr"


class Endpoints(Emulated):
    def setUp(self) -> None:
        super().setUp()
        self.ec2 = self.client("ec2")
        self.vpc, self.subnets = self.network()
        self.order("POST", "settings", {"endpoint_ms": 200, "stale_ms": 0})

    def create(self, **arguments: Any) -> dict[str, Any]:
        base = {"VpcId": self.vpc, "ServiceName": API, "VpcEndpointType": "Interface", "SubnetIds": self.subnets}
        return self.ec2.create_vpc_endpoint(**{**base, **arguments})["VpcEndpoint"]

    def describe(self, endpoint: str) -> dict[str, Any]:
        return self.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]

    def test_goes_from_pending_to_available(self) -> None:
        endpoint = self.create()
        self.assertEqual(endpoint["State"], "pending")
        self.assertEqual(self.describe(endpoint["VpcEndpointId"])["State"], "pending")
        time.sleep(0.25)
        self.assertEqual(self.describe(endpoint["VpcEndpointId"])["State"], "available")

    def test_goes_from_deleting_to_gone(self) -> None:
        endpoint = self.create()["VpcEndpointId"]
        self.assertEqual(self.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])["Unsuccessful"], [])
        self.assertEqual(self.describe(endpoint)["State"], "deleting")
        time.sleep(0.25)
        with self.refused("InvalidVpcEndpointId.NotFound"):
            self.describe(endpoint)
        self.assertEqual(self.ec2.describe_vpc_endpoints()["VpcEndpoints"], [])
        interfaces = self.ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])
        self.assertEqual(interfaces["NetworkInterfaces"], [])

    def test_deleting_an_unknown_one_is_in_the_answer(self) -> None:
        answer = self.ec2.delete_vpc_endpoints(VpcEndpointIds=["vpce-0123456789abcdef0"])
        self.assertEqual(answer["Unsuccessful"][0]["Error"]["Code"], "InvalidVpcEndpointId.NotFound")

    def test_private_dns_exists_once_in_a_vpc(self) -> None:
        first = self.create()["VpcEndpointId"]
        with self.refused("InvalidParameter"):
            self.create()
        self.create(ServiceName=DKR)
        second = self.create(PrivateDnsEnabled=False)["VpcEndpointId"]
        with self.refused("InvalidParameter"):
            self.ec2.modify_vpc_endpoint(VpcEndpointId=second, PrivateDnsEnabled=True)
        self.ec2.delete_vpc_endpoints(VpcEndpointIds=[first])
        with self.refused("InvalidParameter"):
            self.create()
        time.sleep(0.25)
        self.create()

    def test_private_dns_needs_dns_names_in_the_vpc(self) -> None:
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": False})
        with self.refused("InvalidParameter"):
            self.create()
        self.create(PrivateDnsEnabled=False)

    def test_one_subnet_in_a_zone(self) -> None:
        twin = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.9.0/24", AvailabilityZone=f"{REGION}a")
        twin_id = twin["Subnet"]["SubnetId"]
        with self.refused("DuplicateSubnetsInSameZone"):
            self.create(SubnetIds=[*self.subnets, twin_id])
        endpoint = self.create()["VpcEndpointId"]
        with self.refused("DuplicateSubnetsInSameZone"):
            self.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddSubnetIds=[twin_id])
        self.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddSubnetIds=[twin_id], RemoveSubnetIds=[self.subnets[0]])
        self.assertEqual(set(self.describe(endpoint)["SubnetIds"]), {self.subnets[1], twin_id})

    def test_refuses_what_does_not_exist_or_belong(self) -> None:
        other_vpc, other_subnets = self.network(zones=1)
        group = self.ec2.create_security_group(GroupName="other", Description="other", VpcId=other_vpc)["GroupId"]
        refusals = [
            ("InvalidVpcId.NotFound", {"VpcId": "vpc-0123456789abcdef0"}),
            ("InvalidSubnetId.NotFound", {"SubnetIds": ["subnet-0123456789abcdef0"]}),
            ("InvalidGroup.NotFound", {"SecurityGroupIds": ["sg-0123456789abcdef0"]}),
            ("InvalidParameter", {"SubnetIds": other_subnets}),
            ("InvalidParameter", {"SecurityGroupIds": [group]}),
            ("InvalidServiceName", {"ServiceName": "com.amazonaws.us-east-1.ecr.api"}),
            ("InvalidServiceName", {"ServiceName": "ecr.api"}),
            ("InvalidPolicyDocument", {"PolicyDocument": "{"}),
            ("InvalidParameter", {"IpAddressType": "dualstack"}),
            ("InvalidParameterValue", {"TagSpecifications": [{"ResourceType": "vpc", "Tags": []}]}),
        ]
        for code, arguments in refusals:
            with self.subTest(arguments), self.refused(code):
                self.create(**arguments)
        self.assertEqual(self.ec2.describe_vpc_endpoints()["VpcEndpoints"], [])

    def test_without_a_group_it_has_the_default_one(self) -> None:
        endpoint = self.create()
        self.assertEqual([group["GroupName"] for group in endpoint["Groups"]], ["default"])

    def test_a_client_token_creates_once(self) -> None:
        first = self.create(ClientToken="token")
        self.assertEqual(self.create(ClientToken="token")["VpcEndpointId"], first["VpcEndpointId"])
        with self.refused("IdempotentParameterMismatch"):
            self.create(ClientToken="token", SubnetIds=self.subnets[:1])
        self.assertEqual(len(self.ec2.describe_vpc_endpoints()["VpcEndpoints"]), 1)

    def test_modify_honours_every_argument(self) -> None:
        endpoint = self.create(SubnetIds=self.subnets[:1])["VpcEndpointId"]
        group = self.ec2.create_security_group(GroupName="new", Description="new", VpcId=self.vpc)["GroupId"]
        default = self.describe(endpoint)["Groups"][0]["GroupId"]
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
        }
        time.sleep(0.25)

        self.ec2.modify_vpc_endpoint(
            VpcEndpointId=endpoint,
            AddSecurityGroupIds=[group],
            RemoveSecurityGroupIds=[default],
            PolicyDocument=json.dumps(policy),
        )
        changed = self.describe(endpoint)
        self.assertEqual(changed["State"], "available")
        self.assertEqual([g["GroupId"] for g in changed["Groups"]], [group])
        self.assertEqual(json.loads(changed["PolicyDocument"]), policy)
        self.assertNotEqual(changed["PolicyDocument"], json.dumps(policy))

        self.ec2.modify_vpc_endpoint(
            VpcEndpointId=endpoint, AddSubnetIds=self.subnets[1:], PrivateDnsEnabled=False, ResetPolicy=True
        )
        changed = self.describe(endpoint)
        self.assertEqual(changed["State"], "pending")
        self.assertEqual(changed["SubnetIds"], self.subnets)
        self.assertEqual(len(changed["NetworkInterfaceIds"]), 2)
        self.assertFalse(changed["PrivateDnsEnabled"])
        self.assertEqual(json.loads(changed["PolicyDocument"])["Statement"][0]["Effect"], "Allow")

    def test_modify_changes_all_or_nothing(self) -> None:
        endpoint = self.create()
        name = endpoint["VpcEndpointId"]
        for code, arguments in [
            ("InvalidPolicyDocument", {"PolicyDocument": "no policy"}),
            ("InvalidGroup.NotFound", {"AddSecurityGroupIds": ["sg-0123456789abcdef0"]}),
            ("InvalidSubnetId.NotFound", {"AddSubnetIds": ["subnet-0123456789abcdef0"]}),
            ("InvalidParameterValue", {"IpAddressType": "ipv5"}),
        ]:
            with self.subTest(arguments), self.refused(code):
                self.ec2.modify_vpc_endpoint(VpcEndpointId=name, PrivateDnsEnabled=False, **arguments)
        self.assertTrue(self.describe(name)["PrivateDnsEnabled"])
        with self.refused("InvalidVpcEndpointId.NotFound"):
            self.ec2.modify_vpc_endpoint(VpcEndpointId="vpce-0123456789abcdef0", PrivateDnsEnabled=False)

    def test_address_type_needs_ipv6_subnets(self) -> None:
        vpc = self.ec2.create_vpc(CidrBlock="10.1.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
        self.ec2.modify_vpc_attribute(VpcId=vpc["VpcId"], EnableDnsHostnames={"Value": True})
        block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
        subnet = self.ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.1.0.0/24", Ipv6CidrBlock=block)["Subnet"]
        endpoint = self.create(VpcId=vpc["VpcId"], SubnetIds=[subnet["SubnetId"]], IpAddressType="dualstack")
        self.assertEqual(endpoint["IpAddressType"], "dualstack")
        self.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], IpAddressType="ipv4")
        self.assertEqual(self.describe(endpoint["VpcEndpointId"])["IpAddressType"], "ipv4")

    def test_filters(self) -> None:
        self.create()
        wanted = self.create(
            ServiceName=DKR,
            TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "rosa-ecr/cluster", "Value": "dev"}]}],
        )["VpcEndpointId"]
        for name, value in [
            ("service-name", DKR),
            ("vpc-endpoint-id", wanted),
            ("tag:rosa-ecr/cluster", "dev"),
            ("tag-key", "rosa-ecr/cluster"),
        ]:
            with self.subTest(name):
                filters = [{"Name": name, "Values": [value]}, {"Name": "vpc-id", "Values": [self.vpc]}]
                found = self.ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
                self.assertEqual([endpoint["VpcEndpointId"] for endpoint in found], [wanted])
        with self.refused("InvalidParameterValue"):
            self.ec2.describe_vpc_endpoints(Filters=[{"Name": "colour", "Values": ["blue"]}])

    def test_a_fresh_one_is_unknown_to_the_first_read(self) -> None:
        self.order("POST", "settings", {"stale_ms": 5000})
        endpoint = self.create()["VpcEndpointId"]
        self.client("ec2", arrange=True).describe_vpc_endpoints(VpcEndpointIds=[endpoint])
        with self.refused("InvalidVpcEndpointId.NotFound"):
            self.describe(endpoint)
        self.describe(endpoint)

    def test_what_the_test_arranges_is_ready_at_once(self) -> None:
        self.ec2 = self.client("ec2", arrange=True)
        self.assertEqual(self.create()["State"], "available")
