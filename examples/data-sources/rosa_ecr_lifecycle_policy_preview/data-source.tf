# What keeping the newest 30 releases would delete, seen before the policy is put.
data "rosa_ecr_lifecycle_policy_preview" "releases" {
  repository    = "team/app"
  untagged_days = 7
  keep_count    = 30
  tag_patterns  = ["v*"]
}

check "few_images_expire" {
  assert {
    condition     = data.rosa_ecr_lifecycle_policy_preview.releases.expiring_count < 100
    error_message = "The policy would delete ${data.rosa_ecr_lifecycle_policy_preview.releases.expiring_count} images."
  }
}

output "expiring" {
  value = [
    for image in data.rosa_ecr_lifecycle_policy_preview.releases.images :
    "${image.digest} ${join(",", image.tags)}" if image.action == "EXPIRE"
  ]
}
