"""Certificates for servers that speak TLS: an authority of the test's own, and one certificate signed by it."""

import subprocess
from pathlib import Path

import msgspec

from servers.process import program

_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Certified(msgspec.Struct, frozen=True, kw_only=True):
    """Files: who is to be trusted, what the server shows, and its key."""

    authority: Path
    certificate: Path
    key: Path

    @property
    def settings(self) -> str:
        """Return the lines of Mosquitto's configuration that have the listener above them speak TLS."""
        return f"certfile {self.certificate}\nkeyfile {self.key}"


def certify(folder: Path, *, name: str) -> Certified:
    """Make a certificate for `name`, such as `DNS:localhost` or `IP:127.0.0.1`; all on an elliptic curve, and small."""
    openssl = program("openssl", "openssl")
    authority = ["-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=coldchain", "-days", "3650"]
    request = ["-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=milk.example.org"]
    signing = ["-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-out", "server.crt"]
    for command in (
        ["req", "-x509", *_CURVE, *authority],
        ["req", *_CURVE, *request, "-addext", f"subjectAltName={name}"],
        ["x509", "-req", *signing, "-days", "825", "-copy_extensions", "copy"],
    ):
        subprocess.run([openssl, *command], cwd=folder, check=True, capture_output=True)
    return Certified(authority=folder / "ca.crt", certificate=folder / "server.crt", key=folder / "server.key")
