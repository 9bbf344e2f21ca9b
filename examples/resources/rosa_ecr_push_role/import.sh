# The name of the role
terraform import rosa_ecr_push_role.pipeline dev-pipeline-push
