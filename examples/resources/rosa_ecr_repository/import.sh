# The name of the repository; behind an @, a region other than the provider's: team/app@eu-west-1
terraform import rosa_ecr_repository.app team/app
