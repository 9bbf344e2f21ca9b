resource "rosa_ecr_pull_through_cache_rule" "quay" {
  prefix                = "quay"
  upstream_registry_url = "quay.io"
}
