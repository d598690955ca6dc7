"""The demo's site: Django and its static files on 127.0.0.1, several requests at a time.

``python -m project.demo.site PORT`` prints ``listening on http://127.0.0.1:PORT`` once it serves; 0 is any free
port, and so is a port that is taken.
"""

from __future__ import annotations

import errno
import signal
import sys
import threading
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

from .children import end_with_parent

HOST = "127.0.0.1"


class Site(ThreadedWSGIServer):
    """Fifty pushes a second queue up where the machine is busy; Django's own server turns away from the eleventh on."""

    request_queue_size = 128


def bound(port: int) -> Site:
    """A server on that port, or on a free one where somebody has it."""
    try:
        return Site((HOST, port), WSGIRequestHandler)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return Site((HOST, 0), WSGIRequestHandler)


def main(port: int) -> None:
    ended = threading.Event()

    def stop(number: int, frame: Any) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, stop)
    end_with_parent()
    with bound(port) as server:
        server.set_app(StaticFilesHandler(get_wsgi_application()))
        serving = threading.Thread(target=server.serve_forever, name="site")
        serving.start()
        print(f"listening on http://{HOST}:{server.server_port}", flush=True)
        ended.wait()
        server.shutdown()
        serving.join()


if __name__ == "__main__":
    main(int(sys.argv[1]))
