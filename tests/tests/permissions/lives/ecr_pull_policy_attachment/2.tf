resource "rosa_ecr_pull_policy_attachment" "workers" {
  instance_profile_name = "pool"
  permission            = "scoped"
  repository_arns       = ["arn:aws:ecr:us-east-1:123456789012:repository/team/*"]
}
