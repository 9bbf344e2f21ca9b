resource "rosa_ecr_repository" "app" {
  name = "team/app"
}

# Untagged images go after a week, and the newest 50 tagged ones stay.
resource "rosa_ecr_lifecycle_policy" "app" {
  repository    = rosa_ecr_repository.app.name
  untagged_days = 7
  keep_count    = 50
}

resource "rosa_ecr_repository" "releases" {
  name = "team/releases"
}

# Of the releases the newest 20 stay. Signatures, whose tags start with "sha256-", neither count nor expire.
resource "rosa_ecr_lifecycle_policy" "releases" {
  repository    = rosa_ecr_repository.releases.name
  untagged_days = 7
  keep_count    = 20
  tag_patterns  = ["v*"]
}

resource "rosa_ecr_repository" "archive" {
  name = "team/archive"
}

# Images without a pull for 90 days are archived, and deleted a year later.
resource "rosa_ecr_lifecycle_policy" "archive" {
  repository = rosa_ecr_repository.archive.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        selection = {
          tagStatus   = "any"
          countType   = "sinceImagePulled"
          countUnit   = "days"
          countNumber = 90
        }
        action = { type = "transition", targetStorageClass = "archive" }
      },
      {
        rulePriority = 2
        selection = {
          tagStatus    = "any"
          storageClass = "archive"
          countType    = "sinceImageTransitioned"
          countUnit    = "days"
          countNumber  = 365
        }
        action = { type = "expire" }
      },
    ]
  })
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
