# What a cluster pulls from.
data "rosa_ecr_repositories" "of_dev" {
  cluster_name = "dev"
}

output "urls" {
  value = data.rosa_ecr_repositories.of_dev.repository_urls
}

# The team's repositories, and what each has pushed last.
data "rosa_ecr_repositories" "team" {
  name_prefix = "team/"
  tags        = { team = "a" }
}

data "rosa_ecr_repository" "team" {
  for_each = toset(data.rosa_ecr_repositories.team.names)
  name     = each.key
}

output "newest" {
  value = { for name, repository in data.rosa_ecr_repository.team : name => repository.most_recent_image_tags }
}
