"""Windows of a real browser, for the tests of this part."""

from tests.media.windows import window  # noqa: F401
