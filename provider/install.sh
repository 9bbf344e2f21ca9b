#!/bin/sh
# install.sh BINARY VERSION: copies the provider to where Terraform and OpenTofu look for plugins that come from no
# registry (Terraform CLI documentation, "Implied Local Mirror Directories").
set -eu
binary=$1
version=$2
platform=$(sh "$(dirname "$0")/platform.sh")
for host in registry.terraform.io registry.opentofu.org; do
    folder=${HOME}/.terraform.d/plugins/$host/rosa-ecr/rosa/$version/$platform
    mkdir -p "$folder"
    # A copy beside and a rename, because a running provider cannot be overwritten.
    cp "$binary" "$folder/.new"
    mv "$folder/.new" "$folder/terraform-provider-rosa_v$version"
    echo "installed $folder/terraform-provider-rosa_v$version"
done
