# Amazon Inspector scans what is in production whenever a vulnerability becomes known, and everything else when it is pushed.
resource "rosa_ecr_registry_scanning" "all" {
  scan_type = "ENHANCED"
  rule = [
    {
      scan_frequency    = "CONTINUOUS_SCAN"
      repository_filter = [{ filter = "production/*" }]
    },
    {
      scan_frequency    = "SCAN_ON_PUSH"
      repository_filter = [{ filter = "*" }]
    },
  ]
}
