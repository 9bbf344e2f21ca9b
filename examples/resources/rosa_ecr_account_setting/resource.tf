# Repositories with equal encryption share their layers.
resource "rosa_ecr_account_setting" "layers" {
  name  = "BLOB_MOUNTING"
  value = "ENABLED"
}
