resource "rosa_ecr_account_setting" "layers" {
  name  = "BLOB_MOUNTING"
  value = "DISABLED"
}
