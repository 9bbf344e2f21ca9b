"""What a registry of ECR has once behaves as on AWS."""

from __future__ import annotations

import json
from typing import Any

from emulated import REGION, Emulated

ACCOUNT = "123456789012"
PROFILE = f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/release_1"


class RegistrySettings(Emulated):
    def setUp(self) -> None:
        super().setUp()
        self.ecr = self.client("ecr")

    def test_account_settings_have_defaults_and_take_the_values_of_today(self) -> None:
        for name, default in [
            ("BASIC_SCAN_TYPE_VERSION", "AWS_NATIVE"),
            ("BLOB_MOUNTING", "DISABLED"),
            ("REGISTRY_POLICY_SCOPE", "V2"),
        ]:
            self.assertEqual(self.ecr.get_account_setting(name=name)["value"], default)
        self.ecr.put_account_setting(name="BLOB_MOUNTING", value="ENABLED")
        self.assertEqual(self.ecr.get_account_setting(name="BLOB_MOUNTING")["value"], "ENABLED")
        for name, value in [("REGISTRY_POLICY_SCOPE", "V1"), ("BLOB_MOUNTING", "V2"), ("COLOUR", "RED")]:
            with self.refused("InvalidParameterException"):
                self.ecr.put_account_setting(name=name, value=value)
        with self.refused("InvalidParameterException"):
            self.ecr.get_account_setting(name="COLOUR")

    def test_an_account_of_former_times_can_be_arranged(self) -> None:
        self.client("ecr", arrange=True).put_account_setting(name="REGISTRY_POLICY_SCOPE", value="V1")
        self.assertEqual(self.ecr.get_account_setting(name="REGISTRY_POLICY_SCOPE")["value"], "V1")

    def test_a_registry_policy_comes_back_as_the_same_policy_in_other_bytes(self) -> None:
        statement = {
            "Sid": "a",
            "Effect": "Allow",
            "Principal": {"AWS": "210987654321"},
            "Action": ["ecr:BatchImportUpstreamImage"],
            "Resource": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/*",
        }
        text = json.dumps({"Statement": [statement], "Version": "2012-10-17"})
        self.ecr.put_registry_policy(policyText=text)
        read = self.ecr.get_registry_policy()["policyText"]
        self.assertNotEqual(read, text)
        kept = json.loads(read)["Statement"][0]
        self.assertEqual(kept["Principal"]["AWS"], "arn:aws:iam::210987654321:root")
        self.assertEqual(kept["Action"], "ecr:BatchImportUpstreamImage")
        for wrong in ["[]", text.replace("ecr:Batch", "s3:Batch")]:
            with self.refused("InvalidParameterException"):
                self.ecr.put_registry_policy(policyText=wrong)

    def scanning(self, scan_type: str, *frequencies: str, name: str = "*") -> None:
        filters = [{"filter": name, "filterType": "WILDCARD"}]
        rules = [{"scanFrequency": frequency, "repositoryFilters": filters} for frequency in frequencies]
        self.ecr.put_registry_scanning_configuration(scanType=scan_type, rules=rules)

    def test_scanning_is_checked(self) -> None:
        read = self.ecr.get_registry_scanning_configuration()["scanningConfiguration"]
        self.assertEqual(read, {"scanType": "BASIC", "rules": []})
        self.scanning("ENHANCED", "SCAN_ON_PUSH", "CONTINUOUS_SCAN", name="team/*")
        read = self.ecr.get_registry_scanning_configuration()["scanningConfiguration"]
        self.assertEqual((read["scanType"], len(read["rules"])), ("ENHANCED", 2))
        for scan_type, frequency in [("BASIC", "CONTINUOUS_SCAN"), ("ENHANCED", "MANUAL")]:
            with self.refused("InvalidParameterException"):
                self.scanning(scan_type, frequency)
        with self.refused("ValidationException"):
            self.scanning("BASIC", "SCAN_ON_PUSH", name="Team")
        with self.refused("ValidationException"):
            self.scanning("BASIC", "SCAN_ON_PUSH", "SCAN_ON_PUSH", "SCAN_ON_PUSH")

    def replicate(self, *regions: str, filters: list[dict[str, Any]] | None = None) -> None:
        filtered = {} if filters is None else {"repositoryFilters": filters}
        rules = [{"destinations": [{"region": region, "registryId": ACCOUNT}], **filtered} for region in regions]
        self.ecr.put_replication_configuration(replicationConfiguration={"rules": rules})

    def test_replication_takes_several_rules_and_none_to_itself(self) -> None:
        self.replicate("eu-west-1", "us-east-1", filters=[{"filter": "team/", "filterType": "PREFIX_MATCH"}])
        self.assertEqual(len(self.ecr.describe_registry()["replicationConfiguration"]["rules"]), 2)
        with self.refused("InvalidParameterException"):
            self.replicate("eu-west-1", REGION)
        with self.refused("ValidationException"):
            self.replicate("eu-west-1", filters=[{"filter": "team/*", "filterType": "PREFIX_MATCH"}])

    def test_a_signing_configuration_comes_and_goes(self) -> None:
        with self.refused("SigningConfigurationNotFoundException"):
            self.ecr.get_signing_configuration()
        rule = {"signingProfileArn": PROFILE, "repositoryFilters": [{"filter": "prod/*", "filterType": "WILDCARD_MATCH"}]}
        self.ecr.put_signing_configuration(signingConfiguration={"rules": [rule]})
        read = self.ecr.get_signing_configuration()
        self.assertEqual((read["registryId"], read["signingConfiguration"]["rules"]), (ACCOUNT, [rule]))
        capital = [{"filter": "Prod", "filterType": "WILDCARD_MATCH"}]
        for wrong in [{**rule, "signingProfileArn": PROFILE[:-9]}, {**rule, "repositoryFilters": capital}]:
            with self.refused("ValidationException"):
                self.ecr.put_signing_configuration(signingConfiguration={"rules": [wrong]})
        self.ecr.delete_signing_configuration()
        with self.refused("SigningConfigurationNotFoundException"):
            self.ecr.delete_signing_configuration()
