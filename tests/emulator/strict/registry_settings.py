"""ECR: what a registry has once. Policy text, account settings, scanning, replication and signing, with AWS's checks.

moto has no account settings and no signing configuration. Shapes, limits and patterns are those of the Amazon ECR API
Reference.
"""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import InvalidParameterException, ValidationException
from moto.ecr.models import ECRBackend
from moto.ecr.responses import ECRResponse

from . import calls, policies
from .patching import Refused, adds, replaces

#: Values that can be set, and the one that is there before anybody sets one.
_ACCOUNT_SETTINGS = {
    "BASIC_SCAN_TYPE_VERSION": ({"AWS_NATIVE"}, "AWS_NATIVE"),
    "BLOB_MOUNTING": ({"ENABLED", "DISABLED"}, "DISABLED"),
    "REGISTRY_POLICY_SCOPE": ({"V2"}, "V2"),
}
_FREQUENCIES = {"BASIC": {"SCAN_ON_PUSH", "MANUAL"}, "ENHANCED": {"SCAN_ON_PUSH", "CONTINUOUS_SCAN"}}
_SCANNING_FILTER = re.compile(r"[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*")
_PREFIX = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*")
_SIGNING_FILTER = re.compile(r"(?:[a-z0-9*]+(?:[._-][a-z0-9*]+)*/)*[a-z0-9*]+(?:[._-][a-z0-9*]+)*")
_PROFILE = re.compile(r"arn:aws(-[a-z]+)*:signer:[a-z0-9-]+:[0-9]{12}:/signing-profiles/[a-zA-Z0-9_]{2,}")


@replaces(ECRBackend, "__init__")
def _init(original: Any, self: ECRBackend, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    self.account_settings = {name: default for name, (_, default) in _ACCOUNT_SETTINGS.items()}
    self.signing_rules: list[dict[str, Any]] | None = None


@replaces(ECRBackend)
def _validate_registry_policy_action(_: Any, self: ECRBackend, policy_text: str) -> None:
    """With the policy scope V2, which is the default, a policy may name every action of ECR, and nothing else."""
    statements = (policies.parse(policy_text) or {}).get("Statement", [])
    for statement in [statements] if isinstance(statements, dict) else statements:
        actions = statement.get("Action", [])
        for action in [actions] if isinstance(actions, str) else actions:
            if not action.startswith("ecr:"):
                raise InvalidParameterException(f"Invalid parameter at 'PolicyText': no action of ECR: '{action}'")


@replaces(ECRBackend)
def put_registry_policy(original: Any, self: ECRBackend, policy_text: str) -> dict[str, Any]:
    """Keeps the policy, not its bytes."""
    if policies.parse(policy_text) is None:
        raise InvalidParameterException("Invalid parameter at 'PolicyText': not a JSON object")
    original(self, policy_text)
    self.registry_policy = policies.document(policies.with_roots(policy_text, self.region_name))
    return {"registryId": self.account_id, "policyText": self.registry_policy}


@replaces(ECRBackend)
def put_registry_scanning_configuration(
    original: Any, self: ECRBackend, scan_type: str | None, rules: list[dict[str, Any]] | None
) -> None:
    """At most two rules, with frequencies that the type of scanning has."""
    scan_type, rules = scan_type or "BASIC", rules or []
    if scan_type not in _FREQUENCIES or len(rules) > 2:
        raise ValidationException("1 validation error detected: unknown scanType, or more than 2 rules")
    for rule in rules:
        if rule["scanFrequency"] not in _FREQUENCIES[scan_type]:
            raise InvalidParameterException(
                f"Invalid parameter at 'rules': {scan_type} scanning has no scanFrequency '{rule['scanFrequency']}'"
            )
        _check_filters(rule["repositoryFilters"], 0, "WILDCARD", _SCANNING_FILTER, 1, 255)
    original(self, scan_type, rules)


@replaces(ECRBackend)
def put_replication_configuration(_: Any, self: ECRBackend, replication_config: dict[str, Any]) -> dict[str, Any]:
    """Up to 25 rules, none of which may copy to where the images are."""
    rules = replication_config["rules"]
    if len(rules) > 25 or any(len(rule["destinations"]) > 100 for rule in rules):
        raise ValidationException("1 validation error detected: more than 25 rules, or more than 100 destinations")
    for rule in rules:
        if "repositoryFilters" in rule:
            _check_filters(rule["repositoryFilters"], 1, "PREFIX_MATCH", _PREFIX, 2, 256)
        for destination in rule["destinations"]:
            if (destination["region"], destination["registryId"]) == (self.region_name, self.account_id):
                raise InvalidParameterException(
                    "Invalid parameter at 'replicationConfiguration' failed to satisfy constraint: 'Replication "
                    "destination cannot be the same as the source registry'"
                )
    self.replication_config = replication_config
    return {"replicationConfiguration": replication_config}


# --- what moto has not ---------------------------------------------------------------------------------------------


@adds(ECRResponse)
def get_account_setting(self: ECRResponse) -> ActionResult:
    """The value that is there, also if it was not set."""
    name = self._get_param("name")
    if name not in _ACCOUNT_SETTINGS:
        raise InvalidParameterException(f"Invalid parameter at 'name': there is no setting '{name}'")
    return ActionResult({"name": name, "value": self.ecr_backend.account_settings[name]})


@adds(ECRResponse)
def put_account_setting(self: ECRResponse) -> ActionResult:
    """Only the values that are offered today can be set."""
    name, value = self._get_param("name"), self._get_param("value")
    values, _ = _ACCOUNT_SETTINGS.get(name, (set(), None))
    # An account of former times may have another value: the test's own client arranges that.
    if value not in values and not _is_former(name, value):
        raise InvalidParameterException(f"Invalid parameter at 'value': '{name}' cannot be '{value}'")
    self.ecr_backend.account_settings[name] = value
    return ActionResult({"name": name, "value": value})


def _is_former(name: str, value: str) -> bool:
    return calls.arranging() and (name, value) in {("BASIC_SCAN_TYPE_VERSION", "CLAIR"), ("REGISTRY_POLICY_SCOPE", "V1")}


@adds(ECRResponse)
def get_signing_configuration(self: ECRResponse) -> ActionResult:
    """What was put last."""
    return ActionResult({"registryId": self.current_account, "signingConfiguration": {"rules": _signing(self)}})


@adds(ECRResponse)
def put_signing_configuration(self: ECRResponse) -> ActionResult:
    """Up to ten rules, each with a signing profile."""
    rules = self._get_param("signingConfiguration")["rules"]
    if len(rules) > 10:
        raise ValidationException("1 validation error detected: more than 10 rules")
    for rule in rules:
        if not _PROFILE.fullmatch(rule["signingProfileArn"]):
            raise ValidationException("1 validation error detected: signingProfileArn is no ARN of a signing profile")
        if "repositoryFilters" in rule:
            _check_filters(rule["repositoryFilters"], 1, "WILDCARD_MATCH", _SIGNING_FILTER, 1, 256)
    self.ecr_backend.signing_rules = rules
    return ActionResult({"signingConfiguration": {"rules": rules}})


@adds(ECRResponse)
def delete_signing_configuration(self: ECRResponse) -> ActionResult:
    """Answers with what was there."""
    rules = _signing(self)
    self.ecr_backend.signing_rules = None
    return ActionResult({"registryId": self.current_account, "signingConfiguration": {"rules": rules}})


def _signing(response: ECRResponse) -> list[dict[str, Any]]:
    rules = response.ecr_backend.signing_rules
    if rules is None:
        raise Refused("SigningConfigurationNotFoundException", "The registry has no signing configuration.")
    return rules


def _check_filters(
    filters: list[dict[str, str]], fewest: int, kind: str, pattern: re.Pattern[str], shortest: int, longest: int
) -> None:
    if not fewest <= len(filters) <= 100:
        raise ValidationException(f"1 validation error detected: not from {fewest} to 100 repositoryFilters")
    for item in filters:
        text = item["filter"]
        if item["filterType"] != kind or not shortest <= len(text) <= longest or not pattern.fullmatch(text):
            raise ValidationException(f"1 validation error detected: '{text}' is no filter of the type {kind}")
