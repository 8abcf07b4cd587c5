"""`weisu model`, whole: the group that trains, evaluates and exports, joined by the commands that need a township."""

from detectors.command import model
from patrol import harvest_command, shadow_commands, version_commands

__all__ = ["harvest_command", "model", "shadow_commands", "version_commands"]
