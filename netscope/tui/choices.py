"""What can be chosen from, for those who must not load a screen: the configuration and its check."""

from __future__ import annotations

from typing import Final

SCREENS: Final = ("home", "flows", "devices", "names", "trackers", "alerts", "past")
"""In the order of their tabs."""
