moved {
  from = aws_vpc_endpoint.ecr_api
  to   = rosa_ecr_vpc_endpoint.ecr["api"]
}
