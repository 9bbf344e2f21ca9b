# Releases stay, builds of branches do not.
resource "rosa_ecr_lifecycle_policy" "app" {
  repository = "team/app"
  policy = provider::rosa::lifecycle_policy([
    {
      description = "Untagged images expire after two weeks"
      selection = {
        tag_status   = "untagged"
        count_type   = "sinceImagePushed"
        count_unit   = "days"
        count_number = 14
      }
    },
    {
      description = "Of the builds of branches, the newest 20 stay"
      selection = {
        tag_status       = "tagged"
        tag_pattern_list = ["branch-*"]
        count_type       = "imageCountMoreThan"
        count_number     = 20
      }
    },
  ])
}
