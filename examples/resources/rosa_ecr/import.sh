# <cluster_name>/<repository_name>
terraform import rosa_ecr.registry dev/dev-registry
