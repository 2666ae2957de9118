"""An S3 on the loopback interface: moto's, behind a door that serves one request at a time, remembers, and can fail.

One at a time, since moto looks and writes in two steps: what two writers see is then what S3 promises. What is real is
the protocol: signatures, conditions, pages of a listing, the XML of errors. What S3 does on its own disks is not shown.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

BUCKET = "posts"
#: What a WSGI server calls, and what it hands over.
Environ = dict[str, Any]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
#: Looks at a request before it is served: returns a status to answer with instead, "cut" to serve it and let nobody
#: know, or None.
Meddler = Callable[[Environ], str | None]

ERROR = "<?xml version='1.0'?><Error><Code>{}</Code><Message>{} was said</Message></Error>"


@dataclass
class Objects:
    """The server."""

    app: App
    requests: list[tuple[str, str]] = field(default_factory=list)  #: methods and paths, with their queries
    meddle: Meddler = lambda _: None
    endpoint: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        query = environ["QUERY_STRING"]
        self.requests.append((environ["REQUEST_METHOD"], environ["PATH_INFO"] + (f"?{query}" if query else "")))
        told = self.meddle(environ)
        if told is not None and told != "cut":
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start(told, [("Content-Type", "application/xml")])
            return [ERROR.format(told.partition(" ")[2].replace(" ", ""), told).encode()]
        with self.lock:
            answer = list(self.app(environ, start))
        if told == "cut":
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return answer

    def count(self, method: str) -> int:
        return sum(one == method for one, _ in self.requests)

    @contextmanager
    def meddled(self, meddle: Meddler) -> Iterator[None]:
        """Let something go wrong for a while."""
        before, self.meddle = self.meddle, meddle
        try:
            yield
        finally:
            self.meddle = before


def times(count: int, answer: str, method: str = "", part: str = "") -> Meddler:
    """Answer some requests so, and let the others through."""
    left = [count]

    def meddle(environ: Environ) -> str | None:
        if left[0] and method in ("", environ["REQUEST_METHOD"]) and part in environ["PATH_INFO"]:
            left[0] -= 1
            return answer
        return None

    return meddle


@contextmanager
def serving() -> Iterator[Objects]:
    """Serve an S3 with one empty bucket, by the variables of the environment that AWS's programs heed."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from s3fs import S3FileSystem
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, *_: object) -> None: ...

    objects = Objects(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, objects, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    objects.endpoint = f"http://127.0.0.1:{server.server_port}"
    names = {
        "AWS_ENDPOINT_URL": objects.endpoint,
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in names.items():
            patch.setenv(name, value)
        try:
            empty()
            S3FileSystem.clear_instance_cache()
            yield objects
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def empty() -> None:
    """Make the bucket anew."""
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends

    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    backend.reset()
    backend.create_bucket(BUCKET, "us-east-1", "")
