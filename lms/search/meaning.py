"""What was meant where nothing holds what was typed.

A name that is abbreviated, in pinyin or misspelt; a bare number for an article; a numeral that the
texts write in the other way.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from lms.search.parsing import ARTICLE_FORM, Query, Word
from lms.search.spelling import abbreviates, list_near
from lms.search.text import read_numeral, write_numeral

LEAST_CHARS = 3  # two characters abbreviate too many names
LEAST_PINYIN = 4
ARTICLE_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
# Numerals that something is counted by; those of articles mean the same either way.
NUMERALS = re.compile(
    r"(?<![0-9第])[0-9]{1,3}(?=[个日天月年人元倍小周次])"
    r"|(?<![零一二三四五六七八九十百千第])[一二三四五六七八九十百千][零一二三四五六七八九十百千]{0,7}"
    r"(?=[个日天月年人元倍小周次])"
)
MOST_LONGER = 3  # times as long as what abbreviates it a name may be
NEAREST = 0.1  # one character in the place of another of the same sound, in a short name


def list_meant(query: Query, names: Collection[str]) -> list[str]:
    """What may have been meant, the likeliest first, as one would type it.

    `names` are the folded names of documents that the person may see.
    """
    known = frozenset(names)
    typed = _run_together(query.words)
    words = tuple(_meant_word(word, known) for word in typed)
    found = [] if words == typed else [_as_typed(replace(query, words=words))]
    if _ends_in_article(query, words, known):
        found.insert(0, _as_typed(replace(query, words=words[:-1])) + f" 第{words[-1].text}条")
    numerals = NUMERALS.sub(_other_numeral, query.typed)
    return found if numerals == query.typed else [*found, numerals]


def _ends_in_article(query: Query, words: tuple[Word, ...], names: frozenset[str]) -> bool:
    """Whether a number follows a name, as in 刑法 264."""
    if query.articles or len(words) != 2 or words[1].is_phrase:
        return False
    return words[0].text in names and ARTICLE_NUMBER.fullmatch(words[1].text) is not None


def _other_numeral(match: re.Match[str]) -> str:
    """六 for 6 and 20 for 二十: texts write one or the other, and people do not remember which."""
    typed = match[0]
    if not typed.isascii():
        return str(read_numeral(typed) or typed)
    return write_numeral(int(typed)) if typed[0] != "0" else typed


def _run_together(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Syllables with spaces between them, as an quan sheng chan fa, are one name."""
    typed = "".join(word.text for word in words)
    if len(words) < 2 or not typed.isascii() or any(word.is_phrase for word in words):
        return words
    return (Word(typed, (typed,)),)


def _meant_word(word: Word, names: frozenset[str]) -> Word:
    if word.is_phrase or len(word.text) < LEAST_CHARS or any(word.text in name for name in names):
        return word
    name = _find_name(word.text, names)
    return Word(name, (name,)) if name else word


def _find_name(typed: str, names: frozenset[str]) -> str:
    """The one name that is meant; "" for none or several."""
    if typed.isascii():
        if len(typed) < LEAST_PINYIN:
            return ""
        return _only([name for name in names if typed in pinyin_of(name)])
    most = MOST_LONGER * len(typed)
    short = [name for name in names if len(name) <= most and abbreviates(typed, name)]
    if short:
        length = min(map(len, short))
        return _only([name for name in short if len(name) == length])
    near = [one for one in list_near(typed, names, 2) if len(one.name) == len(typed)]
    return _only([one.name for one in near if one.distance <= NEAREST])


def _only(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ""


@lru_cache(maxsize=20_000)
def pinyin_of(name: str) -> tuple[str, str]:
    """The syllables of a name run together, without tones, and their first letters."""
    syllables = lazy_pinyin(name, style=Style.NORMAL, errors="ignore")
    return "".join(syllables), "".join(syllable[0] for syllable in syllables)


def _as_typed(query: Query) -> str:
    """A query as text again, from which parsing gives the same query."""
    words = [_quoted(word) for word in query.words]
    articles = ["".join(form.split()) for form in ARTICLE_FORM.findall(query.typed)]
    titles = [f"title:{_quoted(word)}" for word in query.titles]
    issuers = [f"issuer:{issuer}" for issuer in query.issuers]
    without = [f"-{word.text}" for word in query.without]
    return " ".join([*words, *articles, *titles, *issuers, *without])


def _quoted(word: Word) -> str:
    return f'"{word.text}"' if word.is_phrase else word.text
