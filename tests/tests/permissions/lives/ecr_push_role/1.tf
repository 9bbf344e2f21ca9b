resource "rosa_ecr_push_role" "push" {
  name                 = "pipeline-push"
  repository_arns      = ["arn:aws:ecr:us-east-1:123456789012:repository/team/app"]
  oidc_provider_arn    = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc"
  service_accounts     = ["ci:builder"]
  permissions_boundary = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"
  tags                 = { a = "b" }
}
