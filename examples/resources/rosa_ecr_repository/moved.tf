moved {
  from = aws_ecr_repository.app
  to   = rosa_ecr_repository.app
}
