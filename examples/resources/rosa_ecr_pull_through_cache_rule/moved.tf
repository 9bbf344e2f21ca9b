moved {
  from = aws_ecr_pull_through_cache_rule.quay
  to   = rosa_ecr_pull_through_cache_rule.quay
}
