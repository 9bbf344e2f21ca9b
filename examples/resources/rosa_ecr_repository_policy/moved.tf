moved {
  from = aws_ecr_repository_policy.app
  to   = rosa_ecr_repository_policy.app
}
