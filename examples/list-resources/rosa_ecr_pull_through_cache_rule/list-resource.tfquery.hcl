list "rosa_ecr_pull_through_cache_rule" "of_quay" {
  provider = rosa

  config {
    upstream_registry_url = "quay.io"
  }
}
