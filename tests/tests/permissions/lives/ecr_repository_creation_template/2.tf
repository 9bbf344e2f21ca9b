resource "rosa_ecr_repository_creation_template" "mirror" {
  prefix          = "mirror"
  applied_for     = ["CREATE_ON_PUSH", "REPLICATION"]
  resource_tags   = { team = "a" }
  custom_role_arn = "arn:aws:iam::123456789012:role/ecr-templates"
  lifecycle_policy = jsonencode({ rules = [{
    rulePriority = 1
    selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
    action       = { type = "expire" }
  }] })
  repository_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = ["ecr:BatchGetImage"] }]
  })
}
