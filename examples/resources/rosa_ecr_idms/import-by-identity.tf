import {
  to = rosa_ecr_idms.mirrors
  identity = {
    output_path = "outputs/mirrors.yaml"
  }
}
