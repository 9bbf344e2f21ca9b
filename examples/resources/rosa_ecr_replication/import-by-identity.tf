import {
  to = rosa_ecr_replication.production
  identity = {
    registry_id = "123456789012"
  }
}
