"""The base of all forms: CSRF and messages in the person's language."""

from flask_babel import get_locale
from flask_wtf import FlaskForm
from wtforms.i18n import get_translations


class Form(FlaskForm):
    """A form whose built-in messages follow the language of the page."""

    class Meta(FlaskForm.Meta):
        """WTForms' own catalogues know Chinese and English."""

        @property
        def locales(self) -> list[str]:
            """The locales to look messages up in."""
            return ["zh"] if str(get_locale()).startswith("zh") else ["en"]

        def get_translations(self, form: object) -> object:
            """WTForms' catalogues instead of Flask-WTF's, which know fewer languages."""
            return get_translations(self.locales)
