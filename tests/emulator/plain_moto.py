"""The emulator as it comes: what people try configurations on.

    python tests/emulator/plain_moto.py

Binds to loopback only, prints `listening on http://127.0.0.1:PORT` when it is ready, and ends when its standard input ends.
"""

from __future__ import annotations

import logging
import os
import sys
import threading

# The worker roles' policy (AmazonEC2ContainerRegistryReadOnly) must exist, machine images need not.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    print(f"listening on http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()
