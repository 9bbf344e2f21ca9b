"""Security groups, subnets and VPCs behave as on AWS."""

from __future__ import annotations

import time
from typing import Any

from emulated import REGION, Emulated


def https(*blocks: str) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": block} for block in blocks]}


def specification(resource_type: str, count: int) -> list[dict[str, Any]]:
    return [{"ResourceType": resource_type, "Tags": [{"Key": f"key-{i}", "Value": ""} for i in range(count)]}]


class Groups(Emulated):
    def setUp(self) -> None:
        super().setUp()
        self.ec2 = self.client("ec2")
        self.vpc, self.subnets = self.network()
        self.order("POST", "settings", {"endpoint_ms": 200, "stale_ms": 0})

    def create(self, name: str = "endpoints", **arguments: Any) -> str:
        base = {"GroupName": name, "Description": "for endpoints", "VpcId": self.vpc}
        return self.ec2.create_security_group(**{**base, **arguments})["GroupId"]

    def ingress(self, group: str) -> set[str]:
        described = self.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
        return {block["CidrIp"] for permission in described["IpPermissions"] for block in permission["IpRanges"]}

    def test_kept_while_an_endpoint_uses_it(self) -> None:
        group = self.create()
        endpoint = self.ec2.create_vpc_endpoint(
            VpcId=self.vpc,
            ServiceName=f"com.amazonaws.{REGION}.ecr.api",
            VpcEndpointType="Interface",
            SubnetIds=self.subnets,
            SecurityGroupIds=[group],
        )["VpcEndpoint"]["VpcEndpointId"]
        for refused in ("the endpoint lives", "the endpoint is dying"):
            with self.subTest(refused):
                with self.refused("DependencyViolation"):
                    self.ec2.delete_security_group(GroupId=group)
                with self.refused("DependencyViolation"):
                    self.ec2.delete_subnet(SubnetId=self.subnets[0])
                self.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
        time.sleep(0.25)
        self.ec2.delete_security_group(GroupId=group)
        self.ec2.delete_subnet(SubnetId=self.subnets[0])

    def test_kept_while_a_rule_names_it(self) -> None:
        group, other = self.create(), self.create("other")
        permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": group}]}
        self.ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[permission])
        with self.refused("DependencyViolation"):
            self.ec2.delete_security_group(GroupId=group)
        self.ec2.delete_security_group(GroupId=other)
        self.ec2.delete_security_group(GroupId=group)

    def test_the_default_group_and_a_vpc_in_use_are_kept(self) -> None:
        groups = self.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])
        with self.refused("CannotDelete"):
            self.ec2.delete_security_group(GroupId=groups["SecurityGroups"][0]["GroupId"])
        for subnet in self.subnets:
            self.ec2.delete_subnet(SubnetId=subnet)
        group = self.create()
        with self.refused("DependencyViolation"):
            self.ec2.delete_vpc(VpcId=self.vpc)
        self.ec2.delete_security_group(GroupId=group)
        self.ec2.delete_vpc(VpcId=self.vpc)

    def test_a_new_group_lets_everything_out_and_nothing_in(self) -> None:
        group = self.ec2.describe_security_groups(GroupIds=[self.create()])["SecurityGroups"][0]
        self.assertEqual(group["IpPermissions"], [])
        self.assertEqual(len(group["IpPermissionsEgress"]), 1)
        self.assertEqual(group["IpPermissionsEgress"][0]["IpProtocol"], "-1")
        self.assertEqual(group["IpPermissionsEgress"][0]["IpRanges"][0]["CidrIp"], "0.0.0.0/0")

    def test_refuses_names_and_tags(self) -> None:
        self.create()
        for code, arguments in [
            ("InvalidGroup.Duplicate", {}),
            ("InvalidParameterValue", {"GroupName": "sg-mine"}),
            ("InvalidParameterValue", {"GroupName": "größe"}),
            ("InvalidParameterValue", {"GroupName": "x" * 256}),
            ("InvalidParameterValue", {"GroupName": "a", "Description": "naïve"}),
            ("InvalidParameterValue", {"GroupName": "a", "TagSpecifications": specification("vpc", 1)}),
            ("TagLimitExceeded", {"GroupName": "a", "TagSpecifications": specification("security-group", 51)}),
        ]:
            with self.subTest(arguments), self.refused(code):
                self.create(**arguments)
        vpc, _ = self.network()
        self.create(VpcId=vpc, TagSpecifications=specification("security-group", 50))

    def test_rules_are_canonical_and_exact(self) -> None:
        group = self.create()
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[https("10.0.1.7/16")])
        self.assertEqual(self.ingress(group), {"10.0.0.0/16"})
        with self.refused("InvalidPermission.Duplicate"):
            self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[https("10.0.0.0/16")])
        with self.refused("InvalidPermission.NotFound"):
            self.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[https("10.9.0.0/16")])
        with self.refused("InvalidGroup.NotFound"):
            self.ec2.authorize_security_group_ingress(
                GroupId="sg-0123456789abcdef0", IpPermissions=[https("10.0.0.0/8")]
            )

    def test_sources_are_there_and_within_reach(self) -> None:
        def from_group(source: str) -> dict[str, Any]:
            return {**https(), "UserIdGroupPairs": [{"GroupId": source}]}

        def from_list(prefix_list: str) -> dict[str, Any]:
            return {**https(), "PrefixListIds": [{"PrefixListId": prefix_list}]}

        group, source = self.create(), self.create("source")
        created = self.ec2.create_managed_prefix_list(PrefixListName="office", MaxEntries=2, AddressFamily="IPv4")
        prefix_list = created["PrefixList"]["PrefixListId"]
        self.ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[from_group(source), from_list(prefix_list)]
        )
        described = self.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"][0]
        self.assertEqual([pair["GroupId"] for pair in described["UserIdGroupPairs"]], [source])
        self.assertEqual([found["PrefixListId"] for found in described["PrefixListIds"]], [prefix_list])

        vpc, _ = self.network()
        elsewhere = self.create(VpcId=vpc)
        for code, permission in [
            ("InvalidGroup.NotFound", from_group("sg-0123456789abcdef0")),
            ("InvalidGroup.NotFound", from_group(elsewhere)),
            ("InvalidPrefixListID.NotFound", from_list("pl-0123456789abcdef0")),
        ]:
            with self.subTest(permission), self.refused(code):
                self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
        peering = self.ec2.create_vpc_peering_connection(VpcId=self.vpc, PeerVpcId=vpc)["VpcPeeringConnection"]
        self.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[from_group(elsewhere)])

    def test_a_request_is_applied_whole_or_not_at_all(self) -> None:
        group = self.create()
        answer = self.ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[https("10.1.0.0/16"), https("10.2.0.0/16")]
        )
        self.assertEqual({r["CidrIpv4"] for r in answer["SecurityGroupRules"]}, {"10.1.0.0/16", "10.2.0.0/16"})
        with self.refused("InvalidPermission.Duplicate"):
            self.ec2.authorize_security_group_ingress(
                GroupId=group, IpPermissions=[https("10.3.0.0/16"), https("10.1.0.0/16")]
            )
        self.assertEqual(self.ingress(group), {"10.1.0.0/16", "10.2.0.0/16"})

    def test_tags_are_limited_and_some_are_reserved(self) -> None:
        group = self.create(TagSpecifications=specification("security-group", 50))
        with self.refused("TagLimitExceeded"):
            self.ec2.create_tags(Resources=[group], Tags=[{"Key": "one-more", "Value": ""}])
        self.ec2.create_tags(Resources=[group], Tags=[{"Key": "key-0", "Value": "changed"}])
        with self.refused("InvalidParameterValue"):
            self.ec2.create_tags(Resources=[self.create("b")], Tags=[{"Key": "aws:mine", "Value": ""}])

    def test_describing_pages(self) -> None:
        groups = {self.create(f"group-{i}") for i in range(3)}
        filters = [{"Name": "vpc-id", "Values": [self.vpc]}, {"Name": "group-name", "Values": ["group-*"]}]
        first = self.ec2.describe_security_groups(Filters=filters)
        self.assertEqual(len(first["SecurityGroups"]), 2)
        second = self.ec2.describe_security_groups(Filters=filters, NextToken=first["NextToken"])
        self.assertNotIn("NextToken", second)
        self.assertEqual({g["GroupId"] for g in first["SecurityGroups"] + second["SecurityGroups"]}, groups)
        with self.refused("InvalidParameterValue"):
            self.ec2.describe_security_groups(NextToken="no token")
        self.assertEqual(len(self.ec2.describe_security_groups(GroupIds=list(groups))["SecurityGroups"]), 3)

    def test_unknown_filters_are_refused(self) -> None:
        with self.refused("InvalidParameterValue"):
            self.ec2.describe_security_groups(Filters=[{"Name": "colour", "Values": ["blue"]}])
        with self.refused("InvalidParameterValue"):
            self.ec2.describe_vpcs(Filters=[{"Name": "colour", "Values": ["blue"]}])

    def test_a_fresh_one_is_unknown_to_the_first_read(self) -> None:
        self.order("POST", "settings", {"stale_ms": 5000})
        group = self.create()
        with self.refused("InvalidGroup.NotFound"):
            self.ec2.describe_security_groups(GroupIds=[group])
        self.assertEqual(self.ingress(group), set())

    def test_arns_are_in_the_partition(self) -> None:
        ec2 = self.client("ec2", region="us-gov-west-1")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)
        self.assertRegex(group["SecurityGroupArn"], "^arn:aws-us-gov:ec2:")
