"""The settings of the running application."""

from typing import cast

from flask import current_app

from config import Settings


def settings() -> Settings:
    """The settings that the application was created with; needs an application context."""
    return cast(Settings, current_app.config["SETTINGS"])
