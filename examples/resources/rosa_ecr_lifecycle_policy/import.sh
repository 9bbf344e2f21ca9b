# The name of the repository
terraform import rosa_ecr_lifecycle_policy.app team/app
