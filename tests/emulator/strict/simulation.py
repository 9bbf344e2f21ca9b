"""IAM's policy simulator, which moto lacks: it evaluates the policies that a role really has.

Identity policies and the permissions boundary are evaluated, without conditions: a statement that has one does not
match, as if its keys were missing from the request. One result an action, whatever the number of resources (IAM API
Reference, `EvaluationResult`).
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import Role
from moto.iam.responses import IamResponse

#: From the most to the least restrictive.
_DECISIONS = ("explicitDeny", "implicitDeny", "allowed")


def _simulate(self: IamResponse) -> Any:
    arn = self._get_param("PolicySourceArn")
    actions, resources = self._get_param("ActionNames"), self._get_param("ResourceArns", [])
    role = next((role for role in self.backend.roles.values() if role.arn == arn), None)
    if role is None:
        raise NotFoundException(f"The role with ARN {arn} cannot be found.")
    results = [_result(self.backend, role, action, resources or ["*"]) for action in actions]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _result(backend: Any, role: Role, action: str, resources: list[str]) -> dict[str, Any]:
    each = [_decide(backend, role, action, resource) for resource in resources]
    decision = min((decision for decision, *_ in each), key=_DECISIONS.index)
    result = {
        "EvalActionName": action,
        "EvalResourceName": "*",
        "EvalDecision": decision,
        "MatchedStatements": [
            {"SourcePolicyId": name, "SourcePolicyType": "IAM Policy"} for _, names, _ in each for name in names
        ],
        "MissingContextValues": [],
    }
    if role.permissions_boundary_arn:
        within = all(is_within for *_, is_within in each)
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": within}
    return result


def _decide(backend: Any, role: Role, action: str, resource: str) -> tuple[str, list[str], bool]:
    """The decision, the policies that it comes from, and whether the boundary allows it."""
    inline = list(role.policies.items())
    managed = [(policy.name, _in_force(policy)) for policy in role.managed_policies.values()]
    allowing, denying = [], []
    for name, text in [*inline, *managed]:
        for effect in _effects(text, action, resource):
            (allowing if effect == "Allow" else denying).append(name)
    is_within = True
    if role.permissions_boundary_arn:
        document = _in_force(backend.managed_policies[role.permissions_boundary_arn])
        boundary = list(_effects(document, action, resource))
        is_within = "Allow" in boundary and "Deny" not in boundary
        denying += ["boundary"] if "Deny" in boundary else []
    if denying:
        return "explicitDeny", denying, is_within
    return ("allowed" if allowing and is_within else "implicitDeny"), allowing if is_within else [], is_within


def _in_force(policy: Any) -> str:
    """The text of the default version of a managed policy."""
    return next(version.document for version in policy.versions if version.version_id == policy.default_version_id)


def _effects(text: str, action: str, resource: str) -> Iterator[str]:
    """The effects of the statements that are about it."""
    for statement in _list(json.loads(text)["Statement"]):
        if "Condition" in statement:
            continue
        if _covers(statement, "Action", action.lower(), str.lower) and _covers(statement, "Resource", resource, str):
            yield statement["Effect"]


def _covers(statement: dict[str, Any], element: str, value: str, spelled: Any) -> bool:
    if f"Not{element}" in statement:
        return not _matches(statement[f"Not{element}"], value, spelled)
    return _matches(statement.get(element, []), value, spelled)


def _matches(patterns: Any, value: str, spelled: Any) -> bool:
    # Brackets are no wildcards in a policy.
    escaped = (spelled(pattern).replace("[", "[[]") for pattern in _list(patterns))
    return any(re.match(fnmatch.translate(pattern), value) for pattern in escaped)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


if hasattr(IamResponse, "simulate_principal_policy"):
    raise RuntimeError("moto has a simulator by now: look whether this one is still needed")
IamResponse.simulate_principal_policy = _simulate
