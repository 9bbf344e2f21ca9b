list "rosa_ecr_idms" "files" {
  provider = rosa

  config {
    paths = ["outputs/*.yaml", "outputs/*.sh"]
  }
}
