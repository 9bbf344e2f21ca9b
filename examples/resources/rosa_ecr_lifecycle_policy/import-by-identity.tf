import {
  to = rosa_ecr_lifecycle_policy.app
  identity = {
    repository = "team/app"
  }
}
