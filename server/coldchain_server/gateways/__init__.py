"""Gateways to phones: how a modem and the HTTP services are set up, and what they say to us."""
