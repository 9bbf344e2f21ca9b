resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name                = "ecr-endpoints"
  vpc_id              = var.vpc_id
  tags                = { c = "d" }
  ingress_cidr_blocks = ["10.0.0.0/24"]
}
