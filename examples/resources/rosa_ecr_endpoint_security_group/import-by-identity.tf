import {
  to = rosa_ecr_endpoint_security_group.endpoints
  identity = {
    id = "sg-0123456789abcdef0"
  }
}
