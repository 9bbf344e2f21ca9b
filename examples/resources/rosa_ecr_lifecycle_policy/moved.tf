moved {
  from = aws_ecr_lifecycle_policy.app
  to   = rosa_ecr_lifecycle_policy.app
}
