"""The sounds of characters, with what is often confused made equal."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

# Sounds that speakers of many regions, and so their input methods, do not keep apart.
ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))


@lru_cache(maxsize=8192)
def sound(char: str) -> str:
    """The sound of a character; its own self if it has none."""
    (syllable,) = lazy_pinyin(char, style=Style.NORMAL) or [char]
    for precise, plain in ALIKE:
        syllable = syllable.replace(precise, plain)
    return syllable


def sounds(text: str) -> tuple[str, ...]:
    """The sound of every character."""
    return tuple(sound(char) for char in text)
