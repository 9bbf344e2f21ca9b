resource "rosa_ecr_registry_scanning" "all" {
  scan_type = "BASIC"
  rule      = [{ scan_frequency = "SCAN_ON_PUSH", repository_filter = [{ filter = "*" }] }]
}
