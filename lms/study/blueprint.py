"""The blueprint that all pages of the study part hang on."""

from flask import Blueprint

bp = Blueprint("study", __name__, template_folder="templates", url_prefix="/study")
