# Lets HTTPS in from all addresses of the VPC, and nothing out.
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name   = "ecr-endpoints"
  vpc_id = var.vpc_id
}

# Lets it in from the nodes alone, by their security group. The name is generated, so that a replacement can be made first.
resource "rosa_ecr_endpoint_security_group" "of_nodes" {
  name_prefix                = "ecr-endpoints-"
  vpc_id                     = var.vpc_id
  ingress_security_group_ids = [var.node_security_group_id]

  lifecycle {
    create_before_destroy = true
  }
}
