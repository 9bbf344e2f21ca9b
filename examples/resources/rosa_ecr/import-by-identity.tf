import {
  to = rosa_ecr.registry
  identity = {
    cluster_name    = "dev"
    repository_name = "dev-registry"
  }
}
