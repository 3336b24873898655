"""Enrolment: which devices may speak, with which password, on which topics."""

from coldchain_server.enrolment.broker import BrokerAdmin
from coldchain_server.enrolment.enrolments import Credentials, Enrolments
from coldchain_server.enrolment.settings import BrokerAdminSettings

__all__ = ["BrokerAdmin", "BrokerAdminSettings", "Credentials", "Enrolments"]
