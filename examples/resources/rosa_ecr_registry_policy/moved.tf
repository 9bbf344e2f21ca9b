moved {
  from = aws_ecr_registry_policy.replicas
  to   = rosa_ecr_registry_policy.replicas
}
