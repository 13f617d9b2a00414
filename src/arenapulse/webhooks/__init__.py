"""Outgoing webhooks: facts told to an organization's machines, signed, until they are heard."""
