resource "rosa_ecr_pull_through_cache_rule" "quay" {
  prefix                = "quay"
  upstream_registry_url = "quay.io"
  credential_arn        = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/quay-AbCdEf"
}
