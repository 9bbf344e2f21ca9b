resource "rosa_ecr_repository" "app" {
  name = "team/app"
}

# Untagged images go after a week, and the newest 50 tagged ones stay.
resource "rosa_ecr_lifecycle_policy" "app" {
  repository    = rosa_ecr_repository.app.name
  untagged_days = 7
  keep_count    = 50
}

resource "rosa_ecr_repository" "builds" {
  name = "team/builds"
}

# Or any policy that ECR understands.
resource "rosa_ecr_lifecycle_policy" "builds" {
  repository = rosa_ecr_repository.builds.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Nightly builds stay for a month."
      selection = {
        tagStatus      = "tagged"
        tagPatternList = ["nightly-*"]
        countType      = "sinceImagePushed"
        countUnit      = "days"
        countNumber    = 30
      }
      action = { type = "expire" }
    }]
  })
}
