resource "rosa_ecr" "registry" {
  cluster_name         = "dev"
  vpc_id               = var.vpc_id
  private_subnet_ids   = var.subnet_ids
  additional_endpoints = ["s3"]
  worker_role_names    = ["worker"]
  pull_permission      = "scoped"
  scan_on_push         = false
  tags                 = { a = "b" }
}
