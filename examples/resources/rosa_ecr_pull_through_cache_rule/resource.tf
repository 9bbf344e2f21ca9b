# quay.io/team/app is pulled as <registry>/quay/team/app.
resource "rosa_ecr_pull_through_cache_rule" "quay" {
  prefix                = "quay"
  upstream_registry_url = "quay.io"
}

# Docker Hub needs a login, and the name of the secret begins with ecr-pullthroughcache/.
resource "rosa_ecr_pull_through_cache_rule" "docker_hub" {
  prefix                = "docker-hub"
  upstream_registry_url = "registry-1.docker.io"
  credential_arn        = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf"
}
