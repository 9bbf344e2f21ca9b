import {
  to = rosa_ecr_vpc_endpoint.ecr["api"]
  identity = {
    id = "vpce-0123456789abcdef0"
  }
}
