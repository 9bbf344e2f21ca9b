"""IAM: reserved and counted tags, reformatted documents, the quota on attachments, and its slow spread of news."""

from __future__ import annotations

import json
import re
from typing import Any

from moto.iam import models
from moto.iam.exceptions import InvalidInput, LimitExceededException, MalformedPolicyDocument, NotFoundException
from moto.iam.models import IAMBackend, Role

from . import freshness, policies, tags
from .patching import replaces

#: AWS's default quota: managed policies attached to one role.
_MOST_ATTACHMENTS = 10

#: How many characters the inline policies of one role may have together, without white space.
_LARGEST_INLINE = 10_240

#: What the values of tags are made of.
_VALUE = re.compile(r"[\w\s_.:/=+\-@]*")

#: The AWS managed policies that exist here. All 1600 of them, in five partitions, would cost a second at every reset.
_MANAGED = ("ContainerRegistry", "ROSA", "SSM")
models.aws_managed_policies_data = json.dumps(
    {
        name: policy
        for name, policy in json.loads(models.aws_managed_policies_data).items()
        if any(w in name for w in _MANAGED)
    }
)


@replaces(IAMBackend)
def create_role(
    original: Any, self: IAMBackend, role_name: str, assume_role_policy_document: str, *args: Any, **kwargs: Any
) -> Role:
    """The trust policy is checked and reformatted, and the role is not known everywhere at once."""
    role = original(self, role_name, _document(assume_role_policy_document), *args, **kwargs)
    freshness.born("iam", "role", role_name)
    return role


@replaces(IAMBackend)
def get_role(original: Any, self: IAMBackend, role_name: str) -> Role:
    """A fresh role may be unknown to the first read."""
    role = original(self, role_name)
    if freshness.hidden("iam", "role", role_name):
        raise NotFoundException(f"The role with name {role_name} cannot be found.")
    return role


@replaces(IAMBackend)
def update_assume_role_policy(original: Any, self: IAMBackend, role_name: str, policy_document: str) -> None:
    """Keeps the policy, not its bytes."""
    original(self, role_name, _document(policy_document))


@replaces(IAMBackend)
def put_role_policy(original: Any, self: IAMBackend, role_name: str, policy_name: str, policy_json: str) -> None:
    """Keeps the policy, not its bytes, and counts what is not white space."""
    document = _document(policy_json)
    others = [text for name, text in self.get_role(role_name).policies.items() if name != policy_name]
    if sum(len("".join(text.split())) for text in [*others, document]) > _LARGEST_INLINE:
        raise LimitExceededException(f"Maximum policy size of {_LARGEST_INLINE} bytes exceeded for role {role_name}")
    original(self, role_name, policy_name, document)


@replaces(IAMBackend)
def create_instance_profile(original: Any, self: IAMBackend, name: str, *args: Any, **kwargs: Any) -> Any:
    """An instance profile is not known everywhere at once."""
    profile = original(self, name, *args, **kwargs)
    freshness.born("iam", "instance-profile", name)
    return profile


@replaces(IAMBackend)
def get_instance_profile(original: Any, self: IAMBackend, profile_name: str) -> Any:
    """A fresh instance profile may be unknown to the first read."""
    profile = original(self, profile_name)
    if freshness.hidden("iam", "instance-profile", profile_name):
        raise NotFoundException(f"Instance Profile {profile_name} cannot be found.")
    return profile


# --- attachments ---------------------------------------------------------------------------------------------------


@replaces(IAMBackend)
def attach_role_policy(original: Any, self: IAMBackend, policy_arn: str, role_name: str) -> None:
    """Attaching twice is no error; one policy too many is."""
    attached = self.get_role(role_name).managed_policies
    if policy_arn not in attached and len(attached) >= _MOST_ATTACHMENTS:
        raise LimitExceededException(f"Cannot exceed quota for PoliciesPerRole: {_MOST_ATTACHMENTS}")
    original(self, policy_arn, role_name)
    freshness.born("iam", "attachment", role_name, policy_arn)


@replaces(IAMBackend)
def list_attached_role_policies(original: Any, self: IAMBackend, role_name: str, **kwargs: Any) -> Any:
    """A fresh attachment may be missing from the first listing."""
    found, marker = original(self, role_name, **kwargs)
    return [p for p in found if not freshness.hidden("iam", "attachment", role_name, p.arn)], marker


# --- tags ----------------------------------------------------------------------------------------------------------


@replaces(IAMBackend)
def _tag_verification(original: Any, self: IAMBackend, tags: list[dict[str, str]]) -> Any:
    if any(tag["Key"].lower().startswith("aws:") for tag in tags):
        raise InvalidInput("aws: prefixed tag key names are not allowed for external use.")
    for tag in tags:
        if not _VALUE.fullmatch(tag["Value"]):
            raise InvalidInput(f"The tag value {tag['Value']!r} has characters that are not allowed.")
    return original(self, tags)


@replaces(IAMBackend, "tag_role")
def _tag_role(original: Any, self: IAMBackend, role_name: str, added: list[dict[str, str]]) -> None:
    """Keys are the same in either case, and the last one written stays."""
    role = self.get_role(role_name)
    new = {tag["Key"].lower() for tag in added}
    if tags.too_many([tag["Key"].lower() for tag in role.tags], new):
        raise LimitExceededException(f"The number of tags has reached the maximum limit of {tags.LIMIT}.")
    self._tag_verification(added)
    role.tags = [tag for tag in role.tags if tag["Key"].lower() not in new]
    original(self, role_name, added)


@replaces(IAMBackend)
def untag_role(original: Any, self: IAMBackend, role_name: str, tag_keys: list[str]) -> None:
    """Keys are the same in either case."""
    gone = {key.lower() for key in tag_keys}
    original(self, role_name, [tag["Key"] for tag in self.get_role(role_name).tags if tag["Key"].lower() in gone])


def _document(text: str) -> str:
    if policies.parse(text) is None:
        raise MalformedPolicyDocument("This policy contains invalid Json")
    return policies.document(text)
