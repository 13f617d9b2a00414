"""Webhooks, by use case."""
