list "rosa_ecr_repository" "of_the_team" {
  provider = rosa
  limit    = 50

  config {
    name_prefix = "team/"
  }
}
