list "rosa_ecr" "of_dev" {
  provider = rosa

  config {
    cluster_name = "dev"
  }
}
