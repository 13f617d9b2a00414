"""What payments does: takes what falls due, starts payments, hears the vendor's news."""

from arenapulse.payments.service.charging import Till
from arenapulse.payments.service.hearing import apply_event, receive_event
from arenapulse.payments.service.paying import authenticate, start

__all__ = ["Till", "apply_event", "authenticate", "receive_event", "start"]
