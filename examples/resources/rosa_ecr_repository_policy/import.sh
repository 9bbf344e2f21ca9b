# The name of the repository
terraform import rosa_ecr_repository_policy.app team/app
