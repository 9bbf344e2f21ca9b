resource "rosa_ecr_repository" "app" {
  name = "team/app"

  image_tag_mutability                   = "IMMUTABLE_WITH_EXCLUSION"
  image_tag_mutability_exclusion_filters = [{ filter = "latest" }]

  tags = { Team = "platform" }
}

output "repository_url" {
  value = rosa_ecr_repository.app.repository_url
}
