list "rosa_ecr_signing" "frankfurt" {
  provider         = rosa
  include_resource = true

  config {
    region = "eu-central-1"
  }
}
