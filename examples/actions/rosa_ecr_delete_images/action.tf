resource "rosa_ecr_repository" "tools" {
  name = "dev/tools"
}

# Images of pull requests that are older than two weeks:
# terraform apply -invoke=action.rosa_ecr_delete_images.pull_requests
action "rosa_ecr_delete_images" "pull_requests" {
  config {
    repository      = rosa_ecr_repository.tools.name
    tag_patterns    = ["pr-*"]
    older_than_days = 14
  }
}

# Empties the repository when a new cluster generation begins.
resource "terraform_data" "generation" {
  input = "2026-11"

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.rosa_ecr_delete_images.everything]
    }
  }
}

action "rosa_ecr_delete_images" "everything" {
  config {
    repository   = rosa_ecr_repository.tools.name
    tag_patterns = ["*"]
    untagged     = true
  }
}
