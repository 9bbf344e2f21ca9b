moved {
  from = aws_security_group.endpoints
  to   = rosa_ecr_endpoint_security_group.endpoints
}
