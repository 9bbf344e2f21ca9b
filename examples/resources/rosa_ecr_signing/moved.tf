moved {
  from = aws_ecr_signing_configuration.production
  to   = rosa_ecr_signing.production
}
