"""Policy text the way AWS gives it back: the same policy, never the same bytes."""

from __future__ import annotations

import json
import re
from typing import Any

_DOCUMENT = ("Version", "Id", "Statement")
_STATEMENT = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_ACCOUNT = re.compile(r"\d{12}")
_RULE = ("rulePriority", "description", "selection", "action")
_SELECTION = ("tagStatus", "tagPrefixList", "tagPatternList", "storageClass", "countType", "countUnit", "countNumber")


def parse(text: str) -> dict[str, Any] | None:
    """The policy as an object, or None if the text is not a JSON object."""
    try:
        value = json.loads(text)
    except (TypeError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def document(text: str) -> str:
    """An IAM or resource policy: pretty-printed, keys in AWS's order, lists of one as the bare item."""
    value = _ordered(json.loads(text), _DOCUMENT)
    statements = value.get("Statement", [])
    if isinstance(statements, dict):
        statements = [statements]
    value["Statement"] = [_statement(statement) for statement in statements]
    return json.dumps(value, indent=2, separators=(",", " : "))


def with_roots(text: str, region: str) -> str:
    """The policy with the ARN of its root for every principal that is an account's id."""
    partition = {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rsplit("-", 2)[0], "aws")

    def root(name: Any) -> Any:
        is_id = isinstance(name, str) and _ACCOUNT.fullmatch(name)
        return f"arn:{partition}:iam::{name}:root" if is_id else name

    value = json.loads(text)
    statements = value.get("Statement", [])
    for statement in [statements] if isinstance(statements, dict) else statements:
        for key in ("Principal", "NotPrincipal"):
            principal = statement.get(key)
            if isinstance(principal, dict) and "AWS" in principal:
                names = principal["AWS"]
                principal["AWS"] = [root(name) for name in names] if isinstance(names, list) else root(names)
    return json.dumps(value)


def lifecycle(text: str) -> str:
    """An ECR lifecycle policy: without white space, keys in AWS's order."""
    value = json.loads(text)
    rules = []
    for rule in value["rules"]:
        rule = _ordered(rule, _RULE)
        rule["selection"] = _ordered(rule["selection"], _SELECTION)
        rules.append(rule)
    return json.dumps({"rules": rules}, separators=(",", ":"))


def _statement(statement: dict[str, Any]) -> dict[str, Any]:
    statement = _ordered(statement, _STATEMENT)
    for key in ("Action", "NotAction", "Resource", "NotResource"):
        if key in statement:
            statement[key] = _bare(statement[key])
    for key in ("Principal", "NotPrincipal"):
        if isinstance(statement.get(key), dict):
            statement[key] = {kind: _bare(names) for kind, names in statement[key].items()}
    return statement


def _bare(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _ordered(value: dict[str, Any], first: tuple[str, ...]) -> dict[str, Any]:
    known = [key for key in first if key in value]
    return {key: value[key] for key in known + sorted(set(value) - set(known))}
