list "rosa_ecr_endpoint_security_group" "of_the_cluster" {
  provider = rosa

  config {
    vpc_id       = "vpc-0123456789abcdef0"
    cluster_name = "dev"
  }
}
