# The newest release.
data "rosa_ecr_images" "release" {
  repository  = "team/app"
  tag_pattern = "v*"
  most_recent = true
}

output "images" {
  value = data.rosa_ecr_images.release.images
}
