moved {
  from = aws_ecr_replication_configuration.production
  to   = rosa_ecr_replication.production
}
