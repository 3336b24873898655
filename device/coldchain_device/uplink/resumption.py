"""TLS that resumes: a reconnection that shows the last ticket costs a fifth of a first handshake's bytes."""

import os
import socket
import ssl
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coldchain_device.errors import BadCertificates
from coldchain_device.timekeeping import Certain
from coldchain_device.uplink.certificate_dates import check_by


class ResumingContext(ssl.SSLContext):
    """Checks the other side's certificate and name, and offers the newest session it was given.

    A ticket lets a link skip the certificates for as long as the broker says (OpenSSL: two hours); one that the broker
    no longer takes leads to a full handshake, certificates checked. One host per context.
    """

    _session: ssl.SSLSession | None = None
    _looked_at: weakref.ref[ssl.SSLSocket] | None = None

    def wrap_socket(  # noqa: PLR0917 - as the overridden method has it
        self,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        return super().wrap_socket(
            sock,
            server_side=server_side,
            do_handshake_on_connect=do_handshake_on_connect,
            suppress_ragged_eofs=suppress_ragged_eofs,
            server_hostname=server_hostname,
            session=session or self._session,
        )

    def remember(self, sock: Any) -> None:
        """Take the session of a connected socket on which something came in, to be offered by the next one.

        Once a connection: CPython copies the session at each look and never frees the copy, six kilobytes.
        """
        if not isinstance(sock, ssl.SSLSocket) or (self._looked_at is not None and self._looked_at() is sock):
            return
        self._looked_at, session = weakref.ref(sock), sock.session
        if session is not None and session.has_ticket:
            self._session = session


def resuming_context(ca_file: Path | None, *, now: Callable[[], Certain]) -> ResumingContext:
    """Return a context that trusts `ca_file`, or the system's certificates, on the dates that `now` tells;
    `BadCertificates` where it is none."""
    context = ResumingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    check_by(context, now)
    if ca_file is None:
        _trust_the_system(context)
        return context
    try:
        context.load_verify_locations(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise BadCertificates(f"mqtt.ca_file {ca_file}: {error}; name the file that enrolment gave") from error
    return context


def _trust_the_system(context: ssl.SSLContext) -> None:
    """Trust what the system does. From a folder OpenSSL takes the one certificate it needs; all of them in memory are a
    megabyte on a Pi."""
    paths = ssl.get_default_verify_paths()
    if os.environ.get(paths.openssl_cafile_env) is None and paths.capath and any(Path(paths.capath).glob("*.0")):
        context.load_verify_locations(capath=paths.capath)
    else:
        context.load_default_certs()
