"""What several tests of this part begin with."""

import pytest

from lms.library.models import Document
from tests.factories import People
from tests.library.samples import make_document


@pytest.fixture
def rules(people: People) -> Document:
    """The rules of the group, published for everybody."""
    return make_document(people.root)
