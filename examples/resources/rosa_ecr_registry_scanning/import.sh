# The account; with @<region> behind it if it is in another region than the provider's
terraform import rosa_ecr_registry_scanning.all 123456789012
