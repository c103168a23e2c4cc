"""Pieces of pages that many people see alike, such as the top bar: put together once."""

from typing import Any

from flask import Flask, current_app
from flask_babel import get_locale
from markupsafe import Markup

MOST_PIECES = 1000


class Kept:
    """`{% call kept("bar", nav) %}…{% endcall %}`: what stands inside, made once for each key.

    The key names everything that the piece depends on beside the language and the address of the
    icons, which tells where the application is mounted and which build of the front end it has.
    """

    def __init__(self, app: Flask) -> None:
        self._asset = app.jinja_env.globals["asset"]
        self._pieces: dict[tuple[Any, ...], Markup] = {}

    def __call__(self, *key: Any, caller: Any) -> Markup:
        """The piece, as it was or made now."""
        whole = (str(get_locale()), self._asset("icons.svg"), *key)
        piece = self._pieces.get(whole)
        if piece is None or current_app.debug:
            if len(self._pieces) >= MOST_PIECES:
                self._pieces.clear()
            piece = self._pieces[whole] = caller()
        return piece


def init_kept(app: Flask) -> None:
    """Offer `kept()` to templates; must run after the assets are there."""
    app.jinja_env.globals["kept"] = Kept(app)
