"""Pull through cache rules behave as on AWS."""

from __future__ import annotations

from typing import Any

from emulated import REGION, Emulated

SECRET = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf"
ROLE = "arn:aws:iam::123456789012:role/ecr-pull"


class PullThroughCache(Emulated):
    def setUp(self) -> None:
        super().setUp()
        self.ecr = self.client("ecr")
        self.order("POST", "settings", {"stale_ms": 0})

    def create(self, prefix: str = "quay", url: str = "quay.io", **settings: Any) -> dict[str, Any]:
        return self.ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix, upstreamRegistryUrl=url, **settings
        )

    def rules(self, *prefixes: str) -> list[dict[str, Any]]:
        named = {"ecrRepositoryPrefixes": list(prefixes)} if prefixes else {}
        return self.ecr.describe_pull_through_cache_rules(**named)["pullThroughCacheRules"]

    def test_a_prefix_has_one_rule(self) -> None:
        made = self.create()
        self.assertEqual((made["upstreamRegistry"], made["upstreamRepositoryPrefix"]), ("quay", "ROOT"))
        with self.refused("PullThroughCacheRuleAlreadyExistsException"):
            self.create("quay/")
        self.assertEqual(self.rules("quay")[0]["createdAt"], made["createdAt"])
        self.ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="quay")
        for operation in (self.ecr.delete_pull_through_cache_rule, self.ecr.validate_pull_through_cache_rule):
            with self.refused("PullThroughCacheRuleNotFoundException"):
                operation(ecrRepositoryPrefix="quay")
        with self.refused("PullThroughCacheRuleNotFoundException"):
            self.rules("quay")

    def test_listing_pages(self) -> None:
        for prefix in ("cc", "aa", "bb"):
            self.create(prefix)
        pages = list(self.ecr.get_paginator("describe_pull_through_cache_rules").paginate())
        names = [[rule["ecrRepositoryPrefix"] for rule in page["pullThroughCacheRules"]] for page in pages]
        self.assertEqual(names, [["aa", "bb"], ["cc"]])

    def test_upstreams_secrets_and_roles_are_checked(self) -> None:
        with self.refused("UnsupportedUpstreamRegistryException"):
            self.create(url="registry.redhat.io")
        for url in ("registry-1.docker.io", "210987654321.dkr.ecr.eu-west-1.amazonaws.com"):
            with self.subTest(url), self.refused("ValidationException"):
                self.create(url=url)
        for settings in (
            {"prefix": "Quay"},
            {"prefix": "x" * 31},
            {"prefix": "ROOT", "upstreamRepositoryPrefix": "team"},
            {"credentialArn": SECRET.replace("ecr-pullthroughcache/", "")},
            {"customRoleArn": ROLE.replace("123456789012", "210987654321")},
        ):
            with self.subTest(settings), self.refused("InvalidParameterException"):
                self.create(**settings)
        with self.refused("SecretNotFoundException"):
            self.create("hub", "registry-1.docker.io", credentialArn=SECRET.replace(REGION, "us-west-2"))
        self.assertEqual(self.rules(), [])
        self.create("hub", "registry-1.docker.io", credentialArn=SECRET)
        self.create("other", "210987654321.dkr.ecr.eu-west-1.amazonaws.com", customRoleArn=ROLE)

    def test_secret_and_role_change_and_nothing_is_taken_away(self) -> None:
        self.create("hub", "registry-1.docker.io", credentialArn=SECRET)
        other = SECRET.replace("hub", "other")
        self.ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="hub", credentialArn=other)
        self.ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="hub", customRoleArn=ROLE)
        rule = self.rules("hub")[0]
        self.assertEqual((rule["credentialArn"], rule["customRoleArn"]), (other, ROLE))
        with self.refused("InvalidParameterException"):
            self.ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="hub")

    def test_a_fresh_rule_is_unknown_to_the_first_read(self) -> None:
        self.order("POST", "settings", {"stale_ms": 5000})
        self.create()
        with self.refused("PullThroughCacheRuleNotFoundException"):
            self.rules("quay")
        self.assertEqual(len(self.rules("quay")), 1)
