import {
  to = rosa_ecr_pull_policy_attachment.workers
  identity = {
    id = "role/ManagedOpenShift-Worker-Role"
  }
}
