moved {
  from = aws_ecr_repository_creation_template.mirror
  to   = rosa_ecr_repository_creation_template.mirror
}
