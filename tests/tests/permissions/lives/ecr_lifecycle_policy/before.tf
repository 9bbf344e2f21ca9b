resource "rosa_ecr_repository" "app" {
  name = "team/app"
}
