resource "rosa_ecr_repository_creation_template" "mirror" {
  prefix      = "mirror"
  applied_for = ["CREATE_ON_PUSH"]
}
