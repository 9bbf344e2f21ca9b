# Lets HTTPS in from all addresses of the VPC, and nothing out.
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name   = "ecr-endpoints"
  vpc_id = var.vpc_id
}
