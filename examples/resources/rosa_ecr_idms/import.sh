# The path of the file
terraform import rosa_ecr_idms.mirrors outputs/mirrors.yaml
