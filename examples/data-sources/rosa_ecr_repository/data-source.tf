data "rosa_ecr_repository" "base" {
  name = "platform/base"
}

output "base_url" {
  value = data.rosa_ecr_repository.base.repository_url
}
