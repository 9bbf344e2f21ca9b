import {
  to = rosa_ecr_registry_policy.replicas
  identity = {
    registry_id = "123456789012"
  }
}
