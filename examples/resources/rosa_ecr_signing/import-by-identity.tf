import {
  to = rosa_ecr_signing.production
  identity = {
    registry_id = "123456789012"
  }
}
