"""The application object for gunicorn and the flask command."""

import gc

# All that importing makes stays for good: looking through it for waste takes a tenth of the start.
gc.disable()

from lms import create_app  # noqa: E402

app = create_app()
gc.freeze()
gc.enable()
