"""An object store with TLS: moto's S3 behind a certificate of its own."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

BUCKET = "kept-backups"
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "zaza/K7MDENG/bPxRfiCYEXAMPLEKEY"


@dataclass(frozen=True)
class ObjectStore:
    """Listens on 127.0.0.1; holds one empty bucket, BUCKET."""

    port: int
    certificate: Path

    def options(self) -> dict[str, str]:
        """pgBackRest's, to keep a repository in there."""
        return {
            "repo1-type": "s3",
            "repo1-path": "/repo",
            "repo1-s3-bucket": BUCKET,
            "repo1-s3-endpoint": "s3.us-east-1.amazonaws.com",
            "repo1-s3-region": "us-east-1",
            "repo1-s3-uri-style": "path",
            "repo1-s3-key": ACCESS_KEY,
            "repo1-s3-key-secret": SECRET_KEY,
            "repo1-storage-host": "127.0.0.1",
            "repo1-storage-port": str(self.port),
            "repo1-storage-verify-tls": "n",
        }

    def listing(self) -> dict[str, tuple[int, str]]:
        """Every object's size and time of modification."""
        pages = self._client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return {
            one["Key"]: (one["Size"], one["LastModified"].isoformat())
            for page in pages
            for one in page.get("Contents", ())
        }

    def make_bucket(self) -> None:
        self._client().create_bucket(Bucket=BUCKET)

    def _client(self):  # type: ignore[no-untyped-def]
        return boto3.client(
            "s3",
            endpoint_url=f"https://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            verify=str(self.certificate),
        )


class _Handler(WSGIRequestHandler):
    """Ends a connection as TLS wants it. Werkzeug closes the socket after each answer and says no
    more; pgBackRest, through OpenSSL 3, calls that "unexpected eof while reading" and tries again
    until its time is up.
    """

    protocol_version = "HTTP/1.1"

    def finish(self) -> None:
        super().finish()
        self.connection.settimeout(10)
        with contextlib.suppress(OSError):  # a client that has gone away needs no farewell
            self.connection.unwrap()

    def log(self, *_: object) -> None:
        """A line a request, thousands of them."""


@pytest.fixture(scope="module")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = _self_signed(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = make_server(
        "127.0.0.1",
        0,
        DomainDispatcherApplication(create_backend_app),
        threaded=True,
        request_handler=_Handler,
        ssl_context=context,
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    store = ObjectStore(server.server_port, certificate)
    store.make_bucket()
    yield store
    server.shutdown()
    thread.join()
    server.server_close()


def _self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "object store")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    there, secret = folder / "certificate.pem", folder / "key.pem"
    there.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return there, secret
