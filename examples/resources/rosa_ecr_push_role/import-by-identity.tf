import {
  to = rosa_ecr_push_role.pipeline
  identity = {
    name = "dev-pipeline-push"
  }
}
