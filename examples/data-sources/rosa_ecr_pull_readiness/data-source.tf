data "rosa_ecr_pull_readiness" "cluster" {
  repository         = "dev-registry"
  vpc_id             = var.vpc_id
  private_subnet_ids = var.private_subnet_ids
  worker_role_names  = ["ManagedOpenShift-Worker-Role"]
}

check "nodes_can_pull" {
  assert {
    condition     = data.rosa_ecr_pull_readiness.cluster.ready
    error_message = data.rosa_ecr_pull_readiness.cluster.summary
  }
}
