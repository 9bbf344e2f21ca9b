resource "rosa_ecr_vpc_endpoint" "api" {
  service            = "api"
  vpc_id             = var.vpc_id
  subnet_ids         = var.subnet_ids
  security_group_ids = [var.group_id]
  tags               = { a = "b" }
}
