import {
  to = rosa_ecr_account_setting.layers
  identity = {
    registry_id = "123456789012"
    name        = "BLOB_MOUNTING"
  }
}
