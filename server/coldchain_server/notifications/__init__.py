"""Notifications: from transitions to people, one durable row an attempt."""
