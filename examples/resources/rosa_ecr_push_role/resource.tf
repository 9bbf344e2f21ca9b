resource "rosa_ecr_repository" "app" {
  name = "team/app"
}

# Pods that run as pipeline-builder in the namespace ci may push to team/app, and to nothing else.
resource "rosa_ecr_push_role" "pipeline" {
  name              = "dev-pipeline-push"
  repository_arns   = [rosa_ecr_repository.app.arn]
  oidc_provider_arn = var.oidc_provider_arn
  service_accounts  = ["ci:pipeline-builder"]
}

output "annotations" {
  value = rosa_ecr_push_role.pipeline.service_account_annotations
}

# From the bastion, oc-mirror may push below mirror/, and make the repositories there that do not exist yet.
resource "rosa_ecr_push_role" "mirror" {
  name_prefix         = "dev-mirror-"
  repository_arns     = ["arn:aws:ecr:us-east-1:123456789012:repository/mirror/*"]
  create_repositories = true
  trusted_principals  = ["arn:aws:iam::123456789012:role/bastion"]
}
