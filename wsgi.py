"""The application object for gunicorn and the flask command."""

from lms import create_app

app = create_app()
