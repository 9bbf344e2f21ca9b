data "rosa_ecr_image_scan_findings" "release" {
  repository = "team/app"
  image_tag  = "v1.4.2"
}

check "no_critical_vulnerability" {
  assert {
    condition = (
      contains(["COMPLETE", "ACTIVE"], data.rosa_ecr_image_scan_findings.release.status)
      && lookup(data.rosa_ecr_image_scan_findings.release.severity_counts, "CRITICAL", 0) == 0
    )
    error_message = join("\n", [
      for finding in data.rosa_ecr_image_scan_findings.release.findings :
      "${finding.name}: ${finding.uri}" if finding.severity == "CRITICAL"
    ])
  }
}
