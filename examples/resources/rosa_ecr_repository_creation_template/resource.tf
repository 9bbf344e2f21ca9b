# oc-mirror pushes to nested repositories, which make themselves.
resource "rosa_ecr_repository_creation_template" "mirror" {
  prefix               = "mirror"
  applied_for          = ["CREATE_ON_PUSH"]
  description          = "Operators and their images"
  image_tag_mutability = "IMMUTABLE"
  lifecycle_policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Untagged images expire after 14 days"
      selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
      action       = { type = "expire" }
    }]
  })
}
