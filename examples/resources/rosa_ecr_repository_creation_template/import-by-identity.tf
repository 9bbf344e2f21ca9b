import {
  to = rosa_ecr_repository_creation_template.mirror
  identity = {
    prefix = "mirror"
  }
}
