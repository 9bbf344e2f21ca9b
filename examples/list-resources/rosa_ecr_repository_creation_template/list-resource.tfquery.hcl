list "rosa_ecr_repository_creation_template" "for_pushes" {
  provider = rosa

  config {
    applied_for = ["CREATE_ON_PUSH"]
  }
}
