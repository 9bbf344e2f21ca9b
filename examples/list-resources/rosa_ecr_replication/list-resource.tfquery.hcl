list "rosa_ecr_replication" "frankfurt" {
  provider         = rosa
  include_resource = true

  config {
    region = "eu-central-1"
  }
}
