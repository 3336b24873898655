"""Incidents: from verdicts to durable transitions."""
