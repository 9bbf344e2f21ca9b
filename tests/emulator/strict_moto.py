"""An AWS for tests: moto, made as strict as AWS where moto is kinder, with faults to order and a record of calls.

    python tests/emulator/strict_moto.py [--port N] [--set NAME=VALUE]... [--detached]

Binds to loopback only, prints `listening on http://127.0.0.1:PORT` when it is ready, and ends when its standard input
ends, so that no emulator outlives the test that started it (`--detached`: it stays until it is killed).

What is stricter, and where:

    strict/endpoints.py   VPC endpoints: states, checks, conflicts, ModifyVpcEndpoint, ClientToken
    strict/groups.py      security groups: dependencies, canonical and atomic rules, names
    strict/ec2_tags.py    EC2 tags and unknown filters
    strict/ecr.py         ECR: tags, mutability filters, policy text, digests, token life, China hosts
    strict/images.py      ECR: what a deletion of images keeps
    strict/lifecycle.py   ECR: the rules for lifecycle policies
    strict/previews.py    ECR: previews of lifecycle policies
    strict/archive.py     ECR: the archive storage class
    strict/scanning.py    ECR: scans take a while, and not of every image; findings in pages, of enhanced scanning too
    strict/registry_settings.py  ECR: registry policy, account settings, scanning, replication and signing
    strict/creation_templates.py  ECR: repository creation templates, and repositories that a first push makes by them
    strict/pull_through_cache.py  ECR: pull through cache rules
    strict/iam.py         IAM: documents, tags, the quotas on attachments and inline policies
    strict/simulation.py  IAM: the policy simulator
    strict/freshness.py   eventual consistency of all three
    strict/paging.py      small pages

How the test orders faults, stops the world at a write, and reads what was called: strict/control.py.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import threading

# The worker roles' policy (AmazonEC2ContainerRegistryReadOnly) must exist, machine images need not.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

# Importing them applies them.
from strict import (  # noqa: E402, F401
    archive,
    creation_templates,
    ec2_tags,
    ecr,
    endpoints,
    groups,
    iam,
    images,
    paging,
    previews,
    pull_through_cache,
    registry_settings,
    scanning,
    simulation,
)
from strict.control import Door, Handler  # noqa: E402
from strict.settings import SETTINGS  # noqa: E402


def main() -> None:
    """Serves until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a field of strict/settings.py"
    )
    parser.add_argument("--detached", action="store_true", help="do not end when standard input does")
    arguments = parser.parse_args()
    try:
        SETTINGS.update({name: json.loads(value) for name, _, value in (s.partition("=") for s in arguments.set)})
    except ValueError as problem:
        parser.error(f"--set: {problem}")
    SETTINGS.keep()

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server(
        "127.0.0.1",
        arguments.port,
        Door(DomainDispatcherApplication(create_backend_app)),
        threaded=True,
        request_handler=Handler,
    )
    if not arguments.detached:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    print(f"listening on http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
