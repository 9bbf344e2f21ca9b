resource "rosa_ecr_lifecycle_policy" "app" {
  repository    = rosa_ecr_repository.app.name
  untagged_days = 7
  keep_count    = 6
  tag_patterns  = ["v*", "nightly-*"]
}
