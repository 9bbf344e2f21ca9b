list "rosa_ecr_registry_scanning" "frankfurt" {
  provider         = rosa
  include_resource = true

  config {
    region = "eu-central-1"
  }
}
