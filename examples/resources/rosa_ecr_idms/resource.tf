resource "rosa_ecr_repository" "mirrored" {
  for_each = toset(["rhel9/redis-6", "rhel9/postgresql-15"])
  name     = each.value
}

resource "rosa_ecr_idms" "mirrors" {
  registry_url = rosa_ecr_repository.mirrored["rhel9/redis-6"].registry_url
  output_path  = "outputs/mirrors.yaml"
  mirrors = {
    "registry.redhat.io/rhel9" = "rhel9"
  }
}
