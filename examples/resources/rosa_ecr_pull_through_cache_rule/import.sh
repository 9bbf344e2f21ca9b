# The prefix, followed by @<region> for a rule outside the provider's region
terraform import rosa_ecr_pull_through_cache_rule.quay quay
