"""The rules ECR has for lifecycle policies, as its user guide lists them, beyond the shapes that moto checks."""

from __future__ import annotations

from typing import Any, NoReturn

from moto.ecr import policy_validation
from moto.ecr.exceptions import InvalidParameterException
from moto.ecr.policy_validation import EcrLifecyclePolicyValidator

_MOST_RULES = 50
_MOST_CHARACTERS = 30_720
_MOST_WILDCARDS = 4
_LEAST_DAYS_IN_ARCHIVE = 90

# The archive storage class, which moto does not know.
_AGES = {"sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"}
policy_validation.VALID_ACTION_TYPE_VALUES.add("transition")
policy_validation.VALID_ACTION_PROPERTIES = {"type", "targetStorageClass"}
policy_validation.VALID_SELECTION_PROPERTIES.add("storageClass")
policy_validation.VALID_SELECTION_COUNT_TYPE_VALUES.update(_AGES)


def check(text: str) -> None:
    """Refuses what ECR refuses, with its error code."""
    if not 100 <= len(text) <= _MOST_CHARACTERS:
        _refuse(f"the policy must have between 100 and {_MOST_CHARACTERS} characters")
    shapes = EcrLifecyclePolicyValidator(text)
    shapes.validate()
    rules = shapes._rules
    if not 1 <= len(rules) <= _MOST_RULES:
        _refuse(f"a policy must have between 1 and {_MOST_RULES} rules")
    priorities = [rule["rulePriority"] for rule in rules]
    if not all(_positive(priority) for priority in priorities) or len(set(priorities)) < len(priorities):
        _refuse("rule priorities must be different positive integers")
    for rule in rules:
        _check_selection(rule["selection"])
        _check_storage(rule["selection"], rule["action"])
    _check_together(rules)


def _check_selection(selection: dict[str, Any]) -> None:
    lists = [name for name in ("tagPrefixList", "tagPatternList") if name in selection]
    tagged = selection["tagStatus"] == "tagged"
    if tagged and (len(lists) != 1 or not selection[lists[0]]):
        _refuse("a rule for tagged images needs either tagPrefixList or tagPatternList, and not both")
    if lists and not tagged:
        _refuse(f"{lists[0]} is for rules with tagStatus=tagged")
    if any(pattern.count("*") > _MOST_WILDCARDS for pattern in selection.get("tagPatternList", [])):
        _refuse(f"a tag pattern can have at most {_MOST_WILDCARDS} wildcards")
    by_age = selection["countType"] in _AGES
    if by_age != ("countUnit" in selection):
        _refuse("countUnit is required with a countType of days and allowed with no other")
    if not _positive(selection["countNumber"]):
        _refuse("countNumber must be a positive integer")


def storage_class(rule: dict[str, Any]) -> str:
    """The storage class whose images the rule selects."""
    return rule["selection"].get("storageClass", "standard")


def _check_storage(selection: dict[str, Any], action: dict[str, Any]) -> None:
    storage, count_type = selection.get("storageClass", "standard"), selection["countType"]
    if storage not in ("standard", "archive"):
        _refuse("storageClass must be standard or archive")
    if (action["type"] == "transition") != ("targetStorageClass" in action):
        _refuse("targetStorageClass is required with type=transition and allowed with no other")
    target = action.get("targetStorageClass", "archive")
    if target != "archive" or (action["type"], storage) == ("transition", "archive"):
        _refuse("images are moved from standard to archive storage")
    if (count_type == "sinceImageTransitioned") != (storage == "archive"):
        _refuse("countType=sinceImageTransitioned is for storageClass=archive, and that for no other")
    if storage == "archive" and selection["countNumber"] < _LEAST_DAYS_IN_ARCHIVE:
        _refuse(f"archived images are deleted after {_LEAST_DAYS_IN_ARCHIVE} days or later")
    if (count_type, action["type"]) == ("sinceImagePulled", "expire"):
        _refuse("countType=sinceImagePulled is for type=transition")


def _check_together(rules: list[dict[str, Any]]) -> None:
    for storage in ("standard", "archive"):
        of_class = [rule for rule in rules if storage_class(rule) == storage]
        by_status = {
            status: [rule for rule in of_class if rule["selection"]["tagStatus"] == status]
            for status in ("any", "untagged")
        }
        for status, of_status in by_status.items():
            if len(of_status) > 1:
                _refuse(f"only one rule of a storage class can have tagStatus={status}")
        last = max(of_class, key=lambda rule: rule["rulePriority"], default=None)
        if by_status["any"] and by_status["any"][0] is not last:
            _refuse("the rule with tagStatus=any must have the highest rulePriority")
        prefixes = [sorted(rule["selection"].get("tagPrefixList", [])) for rule in of_class]
        if any(some and prefixes.count(some) > 1 for some in prefixes):
            _refuse("the rules of a storage class must have different prefixes")


def _positive(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _refuse(why: str) -> NoReturn:
    raise InvalidParameterException(
        "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
        f"'Lifecycle policy validation failure: {why}'"
    )
