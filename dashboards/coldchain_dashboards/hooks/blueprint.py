"""The blueprint that the hooks are of."""

from flask import Blueprint

from coldchain_server.gateways import hooks

blueprint = Blueprint("hooks", __name__, url_prefix=hooks.PREFIX)
