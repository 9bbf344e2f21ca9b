# The newest release.
data "rosa_ecr_images" "release" {
  repository  = "team/app"
  tag_pattern = "v*"
  most_recent = true
}

# One image by its digest, in the registry of another account that lets this one see it.
data "rosa_ecr_images" "pinned" {
  repository   = "team/app"
  registry_id  = "210987654321"
  image_digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
}

output "images" {
  value = data.rosa_ecr_images.release.images
}
