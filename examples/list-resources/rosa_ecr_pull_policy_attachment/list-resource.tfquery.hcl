list "rosa_ecr_pull_policy_attachment" "of_dev" {
  provider         = rosa
  include_resource = true

  config {
    role_name_prefix = "ManagedOpenShift-"
    cluster_name     = "dev"
  }
}
