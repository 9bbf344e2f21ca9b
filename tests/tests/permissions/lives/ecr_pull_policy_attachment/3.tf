resource "rosa_ecr_pull_policy_attachment" "workers" {
  instance_profile_name = "pool"
  permission            = "pull_only"
}
