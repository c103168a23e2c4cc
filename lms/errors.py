"""The errors of the domain: what went wrong, in one plain sentence for the person who sees it.

Anything below the web shell raises these; only `lms.web.errors` turns them into pages or JSON.
"""

from collections.abc import Sequence


class DomainError(Exception):
    """Base of all errors that a person is told about; `status` is the HTTP status it becomes."""

    status = 400

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).__name__.lower()


class NotFound(DomainError):
    """There is no such thing, or the person may not know that there is."""

    status = 404


class Forbidden(DomainError):
    """The person may see the thing but not do this to it."""

    status = 403


class Conflict(DomainError):
    """The thing is no longer in the state that the request assumed."""

    status = 409


class Invalid(DomainError):
    """The input has the right shape but breaks a rule; `problems` names each fault in it."""

    status = 422

    def __init__(self, message: str, *, problems: Sequence[str] = (), code: str = "") -> None:
        super().__init__(message, code=code)
        self.problems = tuple(problems)


class TooLarge(DomainError):
    """The input is larger than the limit that the message names."""

    status = 413


class Expired(DomainError):
    """The link, code or deadline has passed."""

    status = 410
