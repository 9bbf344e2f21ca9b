import {
  to = rosa_ecr_registry_scanning.all
  identity = {
    registry_id = "123456789012"
  }
}
