"""What others may ask of notifications."""

from arenapulse.notifications.service.hearing import hear
from arenapulse.notifications.service.repeating import lift, repeat
from arenapulse.notifications.service.telling import SEND_TASK, tell, tell_all

__all__ = ["SEND_TASK", "hear", "lift", "repeat", "tell", "tell_all"]
