"""ECR: pull through cache rules, which moto lacks. Nothing is pulled: there is no data plane.

Shapes, limits and patterns are those of the Amazon ECR API Reference; which upstream needs which login, and where the
secret has to be, is in its user guide.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import InvalidParameterException
from moto.ecr.models import ECRBackend
from moto.ecr.responses import ECRResponse

from . import freshness
from .creation_templates import PREFIX, check_role, checked_prefix
from .patching import Refused, adds

#: The name of each upstream registry, its host, and whether it needs a secret.
_UPSTREAMS = {
    "ecr": (re.compile(r"(\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?"), False),
    "ecr-public": (re.compile(r"public\.ecr\.aws"), False),
    "quay": (re.compile(r"quay\.io"), False),
    "k8s": (re.compile(r"registry\.k8s\.io"), False),
    "docker-hub": (re.compile(r"registry-1\.docker\.io"), True),
    "github-container-registry": (re.compile(r"ghcr\.io"), True),
    "gitlab-container-registry": (re.compile(r"registry\.gitlab\.com"), True),
    "azure-container-registry": (re.compile(r"[a-z0-9-]+\.azurecr\.io"), True),
    "chainguard": (re.compile(r"cgr\.dev"), True),
}
_SECRET = re.compile(
    r"arn:aws(?:-\w+)*:secretsmanager:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):secret:"
    r"ecr-pullthroughcache/[\w/+=.@-]+",
    re.ASCII,
)

_Rule = dict[str, Any]


@adds(ECRResponse)
def create_pull_through_cache_rule(self: ECRResponse) -> ActionResult:
    """One rule a prefix."""
    rules, prefix = _rules(self.ecr_backend), checked_prefix(self, "ecrRepositoryPrefix", 2, 30)
    url, credential = self._get_param("upstreamRegistryUrl"), self._get_param("credentialArn")
    role = self._get_param("customRoleArn")
    upstream = next((name for name, (host, _) in _UPSTREAMS.items() if host.fullmatch(url or "")), None)
    if upstream is None:
        raise Refused("UnsupportedUpstreamRegistryException", f"'{url}' is not supported")
    if prefix in rules:
        raise Refused("PullThroughCacheRuleAlreadyExistsException", f"A rule for the prefix '{prefix}' exists")
    upstream_prefix = self._get_param("upstreamRepositoryPrefix") or "ROOT"
    if not (2 <= len(upstream_prefix) <= 30 and PREFIX.fullmatch(upstream_prefix)):
        raise InvalidParameterException(f"Invalid parameter at 'upstreamRepositoryPrefix': '{upstream_prefix}'")
    if prefix == "ROOT" and upstream_prefix != "ROOT":
        raise InvalidParameterException("Invalid parameter at 'upstreamRepositoryPrefix': the prefix is ROOT")
    if _UPSTREAMS[upstream][1] and not credential:
        raise Refused("ValidationException", f"The upstream registry {url} requires credentials")
    _check_secret(self, credential)
    check_role(self, role)
    if upstream == "ecr" and not url.startswith(self.current_account) and not role:
        raise Refused("ValidationException", f"The upstream registry {url} requires a role")
    now = datetime.datetime.now(datetime.timezone.utc)
    rule = {
        "ecrRepositoryPrefix": prefix,
        "upstreamRegistryUrl": url,
        "upstreamRegistry": upstream,
        "upstreamRepositoryPrefix": upstream_prefix,
        "credentialArn": credential,
        "customRoleArn": role,
        "registryId": self.current_account,
        "createdAt": now,
        "updatedAt": now,
    }
    rules[prefix] = rule
    freshness.born("ecr", self.region, "rule", prefix)
    return ActionResult(dict(rule))


@adds(ECRResponse)
def update_pull_through_cache_rule(self: ECRResponse) -> ActionResult:
    """Secret and role can change, and cannot be taken away."""
    rule = _found(self)
    named = {name: self._get_param(name) for name in ("credentialArn", "customRoleArn")}
    changes = {name: value for name, value in named.items() if value is not None}
    if not changes:
        raise InvalidParameterException("Invalid parameter: there is nothing to change")
    _check_secret(self, changes.get("credentialArn"))
    check_role(self, changes.get("customRoleArn"))
    rule.update(changes, updatedAt=datetime.datetime.now(datetime.timezone.utc))
    left_out = ("createdAt", "upstreamRegistryUrl")
    return ActionResult({name: value for name, value in rule.items() if name not in left_out})


@adds(ECRResponse)
def delete_pull_through_cache_rule(self: ECRResponse) -> ActionResult:
    """The repositories that it has filled stay."""
    rule = _found(self)
    del _rules(self.ecr_backend)[rule["ecrRepositoryPrefix"]]
    return ActionResult(rule)


@adds(ECRResponse)
def describe_pull_through_cache_rules(self: ECRResponse) -> ActionResult:
    """Every prefix that is asked for must have a rule. A fresh one may be unknown to the first read."""
    prefixes = [prefix.rstrip("/") for prefix in self._get_param("ecrRepositoryPrefixes") or []]
    visible = {
        prefix: rule
        for prefix, rule in sorted(_rules(self.ecr_backend).items())
        if not freshness.hidden("ecr", self.region, "rule", prefix)
    }
    if missing := [prefix for prefix in prefixes if prefix not in visible]:
        _refuse_missing(missing[0])
    return ActionResult({"pullThroughCacheRules": [visible[prefix] for prefix in prefixes or visible]})


@adds(ECRResponse)
def validate_pull_through_cache_rule(self: ECRResponse) -> ActionResult:
    """No upstream is asked here."""
    return ActionResult({**_found(self), "isValid": True})


def _rules(backend: ECRBackend) -> dict[str, _Rule]:
    return backend.__dict__.setdefault("pull_through_cache_rules", {})


def _found(response: ECRResponse) -> _Rule:
    prefix = response._get_param("ecrRepositoryPrefix").rstrip("/")
    if prefix not in _rules(response.ecr_backend):
        _refuse_missing(prefix)
    return _rules(response.ecr_backend)[prefix]


def _refuse_missing(prefix: str) -> None:
    raise Refused("PullThroughCacheRuleNotFoundException", f"There is no rule for the prefix '{prefix}'")


def _check_secret(response: ECRResponse, arn: str | None) -> None:
    """ECR reads a secret of its own account and region. Whether there is such a secret is not looked up."""
    if arn is None:
        return
    secret = _SECRET.fullmatch(arn)
    if secret is None or not 50 <= len(arn) <= 612:
        raise InvalidParameterException(f"Invalid parameter at 'credentialArn' failed to satisfy constraint: '{arn}'")
    if (secret["region"], secret["account"]) != (response.region, response.current_account):
        raise Refused("SecretNotFoundException", f"There is no secret {arn} in this account and region")
