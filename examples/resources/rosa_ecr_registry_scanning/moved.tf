moved {
  from = aws_ecr_registry_scanning_configuration.all
  to   = rosa_ecr_registry_scanning.all
}
