# Another account may copy its images into this registry.
resource "rosa_ecr_registry_policy" "replicas" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "ReplicateFromProduction"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::210987654321:root" }
      Action    = ["ecr:CreateRepository", "ecr:ReplicateImage"]
      Resource  = "arn:aws:ecr:us-east-1:123456789012:repository/production/*"
    }]
  })
}
