# The id of the group
terraform import rosa_ecr_endpoint_security_group.endpoints sg-0123456789abcdef0
