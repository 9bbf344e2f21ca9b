"""Makes the files of a release, as the registries of Terraform and OpenTofu want them.

    dist.py VERSION DIRECTORY PLATFORM=BINARY...

for example `dist.py 1.2.3 dist linux_amd64=target/release/terraform-provider-rosa`, gives

    terraform-provider-rosa_1.2.3_linux_amd64.zip    the binary, as terraform-provider-rosa_v1.2.3
    terraform-provider-rosa_1.2.3_manifest.json      the protocol's version
    terraform-provider-rosa_1.2.3_SHA256SUMS         checksums of both

The same binary gives the same archive, byte for byte. What is left to the owner of the key, because it must not be here:
`gpg --detach-sign …_SHA256SUMS`. Source: HashiCorp's developer documentation, "Publish Providers to the Terraform
Registry".
"""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
import sys
import zipfile

NAME = "terraform-provider-rosa"
MANIFEST = {"version": 1, "metadata": {"protocol_versions": ["6.0"]}}


def archive(version: str, binary: pathlib.Path, target: pathlib.Path) -> None:
    """Puts the binary into an archive of its own."""
    suffix = ".exe" if binary.suffix == ".exe" else ""
    member = zipfile.ZipInfo(f"{NAME}_v{version}{suffix}", date_time=(1980, 1, 1, 0, 0, 0))
    member.create_system = 3  # Unix, so that the mode counts
    member.external_attr = 0o100755 << 16
    member.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(target, "w") as package, package.open(member, "w") as written, binary.open("rb") as read:
        while chunk := read.read(1 << 20):
            written.write(chunk)


def release(version: str, directory: pathlib.Path, binaries: dict[str, pathlib.Path]) -> list[pathlib.Path]:
    """Writes all files and gives their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    for earlier in directory.glob(f"{NAME}_{version}_*"):
        earlier.unlink()
    files = []
    for platform, binary in sorted(binaries.items()):
        target = directory / f"{NAME}_{version}_{platform}.zip"
        archive(version, binary, target)
        files.append(target)
    manifest = directory / f"{NAME}_{version}_manifest.json"
    manifest.write_text(json.dumps(MANIFEST, indent=2) + "\n")
    files.append(manifest)
    sums = directory / f"{NAME}_{version}_SHA256SUMS"
    lines = (f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(files))
    sums.write_text("".join(lines))
    return [*files, sums]


def main(arguments: list[str]) -> None:
    """Reads the command line."""
    version, directory, *rest = arguments
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", version):
        sys.exit(f"{version!r} is not a version such as 1.2.3")
    binaries = {}
    for argument in rest:
        platform, _, binary = argument.partition("=")
        if not re.fullmatch(r"[a-z]+_[a-z0-9]+", platform) or not pathlib.Path(binary).is_file():
            sys.exit(f"{argument!r} is not PLATFORM=BINARY, such as linux_amd64=target/release/{NAME}")
        binaries[platform] = pathlib.Path(binary)
    if not binaries:
        sys.exit("no binary")
    for file in release(version, pathlib.Path(directory), binaries):
        print(file)


if __name__ == "__main__":
    main(sys.argv[1:])
