list "rosa_ecr_repository_policy" "of_the_team" {
  provider = rosa
  limit    = 50

  config {
    name_prefix = "team/"
  }
}
