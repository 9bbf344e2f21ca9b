list "rosa_ecr_account_setting" "frankfurt" {
  provider         = rosa
  include_resource = true

  config {
    region = "eu-central-1"
  }
}
