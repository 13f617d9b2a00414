"""The audit log as people with rights see it; its seals, made and checked."""
