"""The record of calls, the faults, the gate and the life of the emulator's process."""

from __future__ import annotations

import threading
import time
import urllib.error
from typing import Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

import emulated
from emulated import REGION, TRUST, Emulated


class Control(Emulated):
    def setUp(self) -> None:
        super().setUp()
        self.ecr, self.ec2, self.iam = self.client("ecr"), self.client("ec2"), self.client("iam")
        self.order("POST", "settings", {"stale_ms": 0})

    def names(self) -> list[str]:
        pages = self.client("ecr", arrange=True).describe_repositories()["repositories"]
        return sorted(repository["repositoryName"] for repository in pages)

    def in_background(self, name: str) -> threading.Thread:
        thread = threading.Thread(target=self.ecr.create_repository, kwargs={"repositoryName": name})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.order, "POST", "release")
        return thread

    # --- record ------------------------------------------------------------------------------------------------------

    def test_calls_are_recorded_in_order(self) -> None:
        self.client("sts", region="us-east-1").get_caller_identity()
        self.ecr.create_repository(repositoryName="recorded")
        with self.refused("NoSuchEntity"):
            self.iam.get_role(RoleName="nobody")
        self.ec2.create_vpc(CidrBlock="10.0.0.0/16")
        self.client("ecr", arrange=True).create_repository(repositoryName="not-recorded")
        calls = self.order("GET", "calls")
        seen = [(c["service"], c["action"], c["region"], c["write"], c["status"], c["error"]) for c in calls]
        self.assertEqual(
            seen,
            [
                ("sts", "GetCallerIdentity", "us-east-1", False, 200, None),
                ("ecr", "CreateRepository", REGION, True, 200, None),
                ("iam", "GetRole", REGION, False, 404, "NoSuchEntity"),
                ("ec2", "CreateVpc", REGION, True, 200, None),
            ],
        )
        self.assertEqual(calls[1]["params"]["repositoryName"], "recorded")
        self.assertEqual(calls[3]["params"]["CidrBlock"], "10.0.0.0/16")
        self.assertTrue(calls[0]["agent"].startswith("Boto3/"))
        self.assertEqual(calls[0]["access_key"], "AKIAIOSFODNN7EXAMPLE")
        self.assertTrue(all(c["started_ms"] <= c["ended_ms"] for c in calls))
        self.order("POST", "calls/reset")
        self.assertEqual(self.order("GET", "calls"), [])

    # --- faults ------------------------------------------------------------------------------------------------------

    def test_errors_have_the_shape_and_code_of_each_protocol(self) -> None:
        codes = {
            "throttle": ("ThrottlingException", 400, "RequestLimitExceeded", 503, "Throttling", 400),
            "denied": ("AccessDeniedException", 400, "UnauthorizedOperation", 403, "AccessDenied", 403),
            "expired_token": ("ExpiredTokenException", 400, "RequestExpired", 400, "ExpiredToken", 403),
            "error500": ("ServerException", 500, "InternalError", 500, "ServiceFailure", 500),
        }
        for kind, (ecr, ecr_status, ec2, ec2_status, iam, iam_status) in codes.items():
            with self.subTest(kind):
                self.order("POST", "calls/reset")
                self.order("POST", "faults", {"kind": kind, "times": 3})
                with self.refused(ecr):
                    self.ecr.describe_repositories()
                with self.refused(ec2):
                    self.ec2.describe_vpcs()
                with self.refused(iam):
                    self.iam.list_roles()
                self.assertEqual(
                    [c["status"] for c in self.order("GET", "calls")], [ecr_status, ec2_status, iam_status]
                )
                self.ecr.describe_repositories()

    def test_a_fault_chooses_its_calls(self) -> None:
        self.order("POST", "faults", {"kind": "denied", "action": "CreateRepository", "mentions": "two", "after": 1})
        self.ecr.describe_repositories()
        for name in ("one", "two"):
            self.ecr.create_repository(repositoryName=name)
        with self.refused("AccessDeniedException"):
            self.ecr.create_repository(repositoryName="two-again")
        self.ecr.create_repository(repositoryName="two-at-last")
        self.assertEqual([(f["passed"], f["hits"]) for f in self.order("GET", "faults")], [(1, 1)])

    def test_faults_of_one_s_own(self) -> None:
        fault = {"kind": "error", "service": "iam", "code": "ConcurrentModification", "status": 409, "times": 0}
        self.order("POST", "faults", [fault])
        for _ in range(3):
            with self.refused("ConcurrentModification"):
                self.iam.list_roles()
        self.order("POST", "faults/reset")
        self.iam.list_roles()

    def test_a_reset_connection_applies_nothing_and_a_lost_answer_does(self) -> None:
        for kind, applied in (("reset", []), ("lost_answer", ["cut-off"])):
            with self.subTest(kind):
                self.order("POST", "faults", {"kind": kind, "action": "CreateRepository"})
                with self.assertRaises(ConnectionClosedError):
                    self.ecr.create_repository(repositoryName="cut-off")
                self.assertEqual(self.names(), applied)
        self.assertEqual([(c["status"], c["error"]) for c in self.order("GET", "calls")], [(None, "ConnectionCut")] * 2)

    def test_latency_delays_and_a_hang_never_answers(self) -> None:
        self.order("POST", "faults", {"kind": "latency", "action": "CreateRepository", "seconds": 0.4})
        begun = time.monotonic()
        self.ecr.create_repository(repositoryName="late")
        self.assertGreater(time.monotonic() - begun, 0.4)
        self.order("POST", "faults", {"kind": "hang", "action": "CreateRepository", "seconds": 60})
        with self.assertRaises(ReadTimeoutError):
            self.ecr.create_repository(repositoryName="never")
        self.assertEqual(self.names(), ["late"])

    def test_a_truncated_body_looks_whole(self) -> None:
        self.order("POST", "faults", {"kind": "truncated", "action": "DescribeVpcs"})
        raw: list[bytes] = []
        self.ec2.meta.events.register("before-parse", lambda response_dict, **_: raw.append(response_dict["body"]))
        with self.assertRaises(ResponseParserError):
            self.ec2.describe_vpcs()
        self.ec2.describe_vpcs()
        self.assertEqual(len(raw[0]), len(raw[1]) // 2)

    # --- gate --------------------------------------------------------------------------------------------------------

    def test_stops_after_the_nth_write(self) -> None:
        self.order("POST", "stop", {"write": 2, "when": "after"})
        self.ecr.create_repository(repositoryName="first")
        second = self.in_background("second")
        self.assertTrue(self.order("GET", "stop?wait=5")["reached"])
        third = self.in_background("third")
        time.sleep(0.1)
        self.ecr.describe_repositories()
        self.assertEqual(self.names(), ["first", "second"])
        self.assertTrue(second.is_alive() and third.is_alive())
        self.order("POST", "release")
        second.join()
        third.join()
        self.assertEqual(self.names(), ["first", "second", "third"])

    def test_stops_before_the_nth_write_of_an_action(self) -> None:
        self.order("POST", "stop", {"write": 1, "when": "before", "action": "CreateRepository"})
        self.iam.create_role(RoleName="another", AssumeRolePolicyDocument=TRUST)
        self.assertFalse(self.order("GET", "stop?wait=0")["reached"])
        self.in_background("stopped")
        self.assertTrue(self.order("GET", "stop?wait=5")["reached"])
        self.assertEqual(self.names(), [])

    def test_a_stop_that_is_alone_holds_one_write_and_nothing_else(self) -> None:
        for when, names in (("before", ["second", "third"]), ("after", ["first", "second", "third"])):
            with self.subTest(when):
                self.order("POST", "stop", {"write": 1, "when": when, "action": "CreateRepository", "alone": True})
                first = self.in_background("first")
                self.assertTrue(self.order("GET", "stop?wait=5")["reached"])
                for name in ("second", "third"):
                    self.ecr.create_repository(repositoryName=name)
                self.assertEqual(self.names(), names)
                self.assertTrue(first.is_alive())
                self.order("POST", "release")
                first.join()
                self.assertEqual(self.names(), ["first", "second", "third"])
                for name in self.names():
                    self.ecr.delete_repository(repositoryName=name)

    def test_a_held_write_dies_with_its_client(self) -> None:
        self.order("POST", "stop", {"write": 1, "when": "before"})
        with self.assertRaises(ReadTimeoutError):
            self.ecr.create_repository(repositoryName="abandoned")
        self.order("POST", "release")
        time.sleep(0.1)
        self.assertEqual(self.names(), [])

    # --- settings, life ----------------------------------------------------------------------------------------------

    def test_settings_change_and_come_back(self) -> None:
        before = self.order("GET", "settings")
        self.order("POST", "settings", {"page_size": 7, "stale_services": ["iam"]})
        self.assertEqual(self.order("GET", "settings")["page_size"], 7)
        self.order("POST", "reset")
        self.assertEqual(self.order("GET", "settings"), {**before, "stale_ms": 500})

    def test_wrong_orders_are_refused(self) -> None:
        orders: list[tuple[str, Any]] = [
            ("settings", {"colour": "blue"}),
            ("settings", {"page_size": "two"}),
            ("faults", {"kind": "surprise"}),
            ("faults", {"kind": "reset", "colour": "blue"}),
            ("stop", {"when": "sometimes"}),
            ("stop", {"alone": "maybe"}),
            ("dance", {}),
        ]
        for path, value in orders:
            with self.subTest(path, value=value), self.assertRaises(urllib.error.HTTPError) as caught:
                self.order("POST", path, value)
            self.assertEqual(caught.exception.code, 400)

    def test_reset_empties_everything(self) -> None:
        self.ecr.create_repository(repositoryName="gone")
        self.order("POST", "faults", {"kind": "denied", "times": 0})
        self.order("POST", "reset")
        self.assertEqual(self.order("GET", "calls"), [])
        self.assertEqual(self.ecr.describe_repositories()["repositories"], [])

    def test_ends_with_its_parent(self) -> None:
        process, _ = emulated.start("--set", "page_size=9")
        process.stdin.close()
        self.assertEqual(process.wait(timeout=5), 0)
        process.stdout.close()
