"""The line that every case of every benchmark prints: JSON, one object a line."""

import json
import sys
from typing import Any


def say(
    bench: str,
    case: str,
    value: float,
    unit: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    **more: Any,
) -> None:
    """Print the figure of a case, its aim where it has one and whether that holds, and the rest."""
    line: dict[str, Any] = {"bench": bench, "case": case, "value": _short(value), "unit": unit}
    if at_least is not None:
        line |= {"aim": at_least, "holds": value >= at_least}
    if at_most is not None:
        line |= {"aim": at_most, "holds": value <= at_most}
    line |= {name: _short(figure) for name, figure in more.items()}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
