resource "rosa_ecr_vpc_endpoint" "api" {
  service         = "s3"
  vpc_id          = var.vpc_id
  route_table_ids = [var.route_table_id]
  tags            = { c = "d" }
}
