"""Whether a certificate is valid today, by what the device knows of the time; OpenSSL would ask the system's clock."""

import ssl
from collections.abc import Callable, Mapping
from typing import Any

from coldchain_device.timekeeping import Certain

_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python has no name for: all but dates is checked."""


def check_dates(certificate: Mapping[str, Any], now: Certain) -> None:
    """Raise `ssl.SSLCertVerificationError` where a certificate is expired, or not valid yet, for certain."""
    begins, ends = str(certificate["notBefore"]), str(certificate["notAfter"])
    if now.earliest_ms > ssl.cert_time_to_seconds(ends) * 1000:
        raise ssl.SSLCertVerificationError(1, f"certificate verify failed: it has expired on {ends}")
    if now.latest_ms is not None and now.latest_ms < ssl.cert_time_to_seconds(begins) * 1000:
        raise ssl.SSLCertVerificationError(1, f"certificate verify failed: it is not valid before {begins}")


def check_by(context: ssl.SSLContext, now: Callable[[], Certain]) -> None:
    """Have `context` go by `now` and not by the system's clock, for the certificate that the other side shows.

    The dates of the certificates that signed it are not looked at: who held those keys is not in doubt.
    """

    class DatedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            certificate = self.getpeercert()
            if certificate:
                check_dates(certificate, now())

    context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
    context.sslsocket_class = DatedSocket
