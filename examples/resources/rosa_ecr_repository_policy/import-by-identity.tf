import {
  to = rosa_ecr_repository_policy.app
  identity = {
    repository = "team/app"
  }
}
