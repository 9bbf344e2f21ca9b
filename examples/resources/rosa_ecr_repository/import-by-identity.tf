import {
  to = rosa_ecr_repository.app
  identity = {
    name = "team/app"
  }
}
