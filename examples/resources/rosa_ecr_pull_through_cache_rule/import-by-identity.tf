import {
  to = rosa_ecr_pull_through_cache_rule.quay
  identity = {
    prefix = "quay"
  }
}
