#!/bin/sh
# Says this machine's platform in the words of the registries, such as linux_amd64.
set -eu
case $(uname -s) in
    Darwin) os=darwin ;;
    *) os=linux ;;
esac
case $(uname -m) in
    aarch64 | arm64) arch=arm64 ;;
    *) arch=amd64 ;;
esac
echo "${os}_$arch"
