"""The environment of test runs, which start dozens of Python processes."""

import os


def environment(**more: str) -> dict[str, str]:
    """This process's environment and more, in which Python keeps what it has compiled.

    Some machines tell it not to; then every server that a test starts compiles the whole product.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **more}
