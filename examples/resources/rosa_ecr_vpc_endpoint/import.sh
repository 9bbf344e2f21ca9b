# The id of the endpoint
terraform import 'rosa_ecr_vpc_endpoint.ecr["api"]' vpce-0123456789abcdef0
