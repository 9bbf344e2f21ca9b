list "rosa_ecr_vpc_endpoint" "all" {
  provider = rosa

  config {
    vpc_id = "vpc-0123456789abcdef0"
  }
}
