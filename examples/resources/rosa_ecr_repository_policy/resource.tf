resource "rosa_ecr_repository" "app" {
  name = "team/app"
}

# Another account may pull.
resource "rosa_ecr_repository_policy" "app" {
  repository = rosa_ecr_repository.app.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "PullFromProduction"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::210987654321:root" }
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  })
}
