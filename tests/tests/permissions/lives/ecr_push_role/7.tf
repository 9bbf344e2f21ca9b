resource "rosa_ecr_push_role" "push" {
  name                  = "pipeline-push"
  repository_arns       = ["arn:aws:ecr:us-east-1:123456789012:repository/team/*"]
  create_repositories   = true
  trusted_principals    = ["arn:aws:iam::123456789012:role/worker"]
  description           = "Mirrors"
  permissions_boundary  = ""
  force_detach_policies = true
  tags                  = { c = "d" }
  max_session_duration  = 7200
}
