"""TLS that resumes: a reconnection that shows the last ticket costs a fifth of a first handshake's bytes."""

import socket
import ssl
from pathlib import Path
from typing import Any

from coldchain_device.errors import BadCertificates


class ResumingContext(ssl.SSLContext):
    """Checks the other side's certificate and name, and offers the newest session it was given.

    A ticket lets a link skip the certificates for as long as the broker says (OpenSSL: two hours); one that the broker
    no longer takes leads to a full handshake, certificates checked. One host per context.
    """

    _session: ssl.SSLSession | None = None

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
        """Take the session of a connected socket, to be offered by the next one."""
        if isinstance(sock, ssl.SSLSocket) and sock.session is not None and sock.session.has_ticket:
            self._session = sock.session


def resuming_context(ca_file: Path | None) -> ResumingContext:
    """Return a context that trusts `ca_file`, or the system's certificates; `BadCertificates` where it is none."""
    context = ResumingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise BadCertificates(f"mqtt.ca_file {ca_file}: {error}; name the file that enrolment gave") from error
    return context
