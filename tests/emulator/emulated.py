"""What the tests of the emulator share: one emulator for the run, emptied before each test, and clients for it."""

from __future__ import annotations

import contextlib
import functools
import json
import pathlib
import subprocess
import sys
import unittest
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "eu-central-1"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}
        ],
    }
)
MANIFEST = json.dumps(
    {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {"size": 7}, "layers": []}
)


def start(*arguments: str) -> tuple[subprocess.Popen[bytes], str]:
    """A new emulator and its address."""
    program = pathlib.Path(__file__).with_name("strict_moto.py")
    process = subprocess.Popen(
        [sys.executable, program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=program.parent
    )
    line = process.stdout.readline().decode()
    assert line.startswith("listening on "), line
    return process, line.split()[-1]


@functools.cache
def _shared() -> str:
    # It ends with this process: its standard input is ours.
    process, address = start()
    _KEPT.append(process)
    return address


_KEPT: list[subprocess.Popen[bytes]] = []


@functools.cache
def _client(address: str, service: str, region: str, arrange: bool) -> Any:
    client = boto3.client(
        service,
        region_name=region,
        endpoint_url=address,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=2),
    )
    if arrange:
        client.meta.events.register("before-send", _mark)
    return client


def _mark(request: Any, **_: Any) -> None:
    request.headers["X-Strict-Arrange"] = "1"


class Emulated(unittest.TestCase):
    """A test with an empty AWS. Clients never retry; `arrange` clients are the test's own and are not disturbed."""

    def setUp(self) -> None:
        self.address = _shared()
        self.order("POST", "reset")

    def client(self, service: str, region: str = REGION, arrange: bool = False) -> Any:
        """A client of the service, as a system under test would have it."""
        return _client(self.address, service, region, arrange)

    def order(self, method: str, path: str, value: Any = None) -> Any:
        """An order to the emulator, e.g. `order("POST", "faults", {...})`."""
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(f"{self.address}/strict/{path}", data=body, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    @contextlib.contextmanager
    def refused(self, code: str) -> Iterator[None]:
        """The block must fail with this AWS error code."""
        with self.assertRaises(ClientError) as caught:
            yield
        self.assertEqual(caught.exception.response["Error"]["Code"], code)

    def network(self, zones: int = 2) -> tuple[str, list[str]]:
        """A VPC with DNS names and one subnet in each of some zones."""
        ec2 = self.client("ec2", arrange=True)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"{REGION}{'abc'[i]}")
            for i in range(zones)
        ]
        return vpc, [subnet["Subnet"]["SubnetId"] for subnet in subnets]
