"""ECR's scans: they take a while and are not for every image; findings come in pages, of enhanced scanning in a form of their own."""

from __future__ import annotations

import base64
import time
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import InvalidParameterException
from moto.ecr.models import ECRBackend
from moto.ecr.responses import ECRResponse

from . import calls
from .images import children
from .patching import Refused, replaces
from .settings import SETTINGS

#: Findings in a page, unless the call says otherwise.
_PAGE = 100
_LISTS = ("findings", "enhancedFindings")


@replaces(ECRBackend)
def start_image_scan(
    original: Any, self: ECRBackend, registry_id: str, repository_name: str, image_id: dict[str, str]
) -> dict[str, Any]:
    """Neither of an archived image nor of a manifest list; and what is scanned takes a while."""
    repository = self._get_repository(repository_name, registry_id)
    image = repository._get_image(image_id.get("imageTag"), image_id.get("imageDigest"))
    if image.archived:
        raise Refused("ImageArchivedException", "The specified image is archived and cannot be scanned.")
    if children(image):
        raise Refused("UnsupportedImageTypeException", "The image type is not supported by the scan.")
    answer = original(self, registry_id, repository_name, image_id)
    image.scanned_at = time.monotonic() + (0 if calls.arranging() else SETTINGS.scan_ms / 1000)
    return answer


@replaces(ECRBackend, "describe_image_scan_findings")
def describe_unfinished_scan(
    original: Any, self: ECRBackend, registry_id: str, repository_name: str, image_id: dict[str, Any]
) -> dict[str, Any]:
    """A scan that has begun has no findings yet."""
    answer = original(self, registry_id, repository_name, image_id)
    image = self._get_repository(repository_name, registry_id)._get_image(
        image_id.get("imageTag"), image_id.get("imageDigest")
    )
    if time.monotonic() < getattr(image, "scanned_at", 0):
        del answer["imageScanFindings"]
        answer["imageScanStatus"] = {"status": "IN_PROGRESS"}
    return answer


@replaces(ECRResponse)
def describe_image_scan_findings(original: Any, self: ECRResponse) -> ActionResult:
    """In pages. Where the registry scans with Amazon Inspector, as it tells them."""
    answer = dict(original(self).result)
    if (found := answer.get("imageScanFindings")) is None:
        return ActionResult(answer)
    found = dict(found)
    if self.ecr_backend.registry_scanning_configuration["scanType"] == "ENHANCED" and "findings" in found:
        found["enhancedFindings"] = [_enhanced(finding) for finding in found.pop("findings")]
        answer["imageScanStatus"] = {"status": "ACTIVE", "description": "Continuous scan is selected for image."}
    token, asked = self._get_param("nextToken"), self._get_param("maxResults")
    size = int(asked or _PAGE)
    if SETTINGS.page_size and not calls.arranging():
        size = min(size, SETTINGS.page_size)
    try:
        start = int(base64.urlsafe_b64decode(token.encode())) if token else 0
    except ValueError:
        raise InvalidParameterException(f"Invalid parameter at 'nextToken': '{token}'") from None
    last = 0
    for name in _LISTS:
        findings = found.get(name, [])
        last = max(last, len(findings))
        if name in found:
            found[name] = findings[start : start + size]
    if start + size < last:
        answer["nextToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return ActionResult(answer | {"imageScanFindings": found})


def _enhanced(finding: dict[str, Any]) -> dict[str, Any]:
    attributes = {attribute["key"]: attribute.get("value") for attribute in finding.get("attributes", [])}
    package = {
        "name": attributes.get("package_name"),
        "version": attributes.get("package_version"),
        "fixedInVersion": "10.0.0",
        "packageManager": "OS",
    }
    return {
        "title": f"{finding['name']} - {package['name']}",
        "severity": finding["severity"],
        "status": "ACTIVE",
        "type": "PACKAGE_VULNERABILITY",
        "score": 7.5,
        "fixAvailable": "YES",
        "exploitAvailable": "NO",
        "packageVulnerabilityDetails": {
            "vulnerabilityId": finding["name"],
            "sourceUrl": finding["uri"],
            "vulnerablePackages": [package],
        },
    }
