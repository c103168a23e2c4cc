"""Windows of a real browser, for the tests of this part."""

from tests.media.windows import browser, window  # noqa: F401
