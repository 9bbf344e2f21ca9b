resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name   = "ecr-endpoints"
  vpc_id = var.vpc_id
}

# A pull needs both.
resource "rosa_ecr_vpc_endpoint" "ecr" {
  for_each = toset(["api", "dkr"])

  service            = each.value
  vpc_id             = var.vpc_id
  subnet_ids         = var.private_subnet_ids
  security_group_ids = [rosa_ecr_endpoint_security_group.endpoints.id]
}
