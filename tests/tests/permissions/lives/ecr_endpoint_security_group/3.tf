resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name                       = "ecr-endpoints"
  vpc_id                     = var.vpc_id
  tags                       = { c = "d" }
  ingress_security_group_ids = [var.group_id]
}
