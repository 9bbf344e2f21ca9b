list "rosa_ecr_push_role" "pipelines" {
  provider         = rosa
  include_resource = true

  config {
    path_prefix = "/pipelines/"
  }
}
