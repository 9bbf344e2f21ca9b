# The prefix, followed by @<region> for a template outside the provider's region
terraform import rosa_ecr_repository_creation_template.mirror mirror
