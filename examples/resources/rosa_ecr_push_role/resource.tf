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
