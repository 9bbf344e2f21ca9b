resource "rosa_ecr_registry_scanning" "all" {
  scan_type = "ENHANCED"
  rule      = [{ scan_frequency = "CONTINUOUS_SCAN", repository_filter = [{ filter = "*" }] }]
}
