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

# Image layers come from S3. Without another way to it, a pull needs this one, too.
resource "rosa_ecr_vpc_endpoint" "s3" {
  service         = "s3"
  vpc_id          = var.vpc_id
  route_table_ids = var.route_table_ids
}
