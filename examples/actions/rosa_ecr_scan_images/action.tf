# Fails if the newest image has findings of a severity of HIGH or CRITICAL:
# terraform apply -invoke=action.rosa_ecr_scan_images.newest
action "rosa_ecr_scan_images" "newest" {
  config {
    repository = rosa_ecr_repository.tools.name
    limit      = 1
    fail_on    = "HIGH"
  }
}

# Scans what was mirrored into the repository whenever its settings change.
resource "rosa_ecr_repository" "tools" {
  name         = "dev/tools"
  scan_on_push = false

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.rosa_ecr_scan_images.all]
    }
  }
}

action "rosa_ecr_scan_images" "all" {
  config {
    repository = rosa_ecr_repository.tools.name
    timeout    = "1h"
  }
}
