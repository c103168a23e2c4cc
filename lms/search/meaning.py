"""What was meant where nothing holds what was typed.

A name that is abbreviated, in pinyin or misspelt; a bare number for an article; a numeral that the
texts write in the other way.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate

from pypinyin import Style, lazy_pinyin

from lms.search.name_index import index_of
from lms.search.parsing import ARTICLE_FORM, Query, Word
from lms.search.spelling import abbreviates, list_near
from lms.search.text import read_numeral, write_numeral

LEAST_CHARS = 3  # two characters abbreviate too many names to choose one
MOST_SHORT = 8  # characters of an abbreviation
LEAST_PINYIN = 4
MOST_WORDS = 4  # that a name with a number behind it is looked for in
MOST_NAMES = 4  # that an abbreviation stands for
_N = "[1-9][0-9]{0,3}|[零〇一二两三四五六七八九十百千]{1,9}"
# A name with a number behind it, which the article of that number is meant by.
NUMBERED = re.compile(rf"(.{{2,}}?)第?({_N})条?")
# What the names of laws and rules end in.
RULE = re.compile(r"(?:法|条例|规定|办法|细则|规则|规程|准则|章程|典)$")
# Numerals that something is counted by; those of articles mean the same either way.
NUMERALS = re.compile(
    r"(?<![0-9第])[0-9]{1,3}(?=[个日天月年人元倍小周次])"
    r"|(?<![零一二三四五六七八九十百千第])[一二三四五六七八九十百千][零一二三四五六七八九十百千]{0,7}"
    r"(?=[个日天月年人元倍小周次])"
)
MOST_LONGER = 4  # times as long as what abbreviates it a name may be
NEAREST = 0.1  # one character in the place of another of the same sound, in a short name


def has_number(query: Query) -> bool:
    """Whether the query may be a name with a number behind it."""
    return any(_numbered(query))


def has_abbreviation(query: Query) -> bool:
    """Whether a word of the query looks as if it abbreviated the name of a rule."""
    return any(_may_abbreviate(word) for word in query.words)


def _may_abbreviate(word: Word) -> bool:
    fits = LEAST_CHARS <= len(word.text) <= MOST_SHORT and not word.is_phrase
    return fits and RULE.search(word.text) is not None


def list_named(query: Query, names: Collection[str]) -> list[str]:
    """What was meant though something holds what was typed: by its name, and by no other guess.

    Texts that use the same abbreviation are not what it stands for.
    """
    known = frozenset(names)
    if article := _as_article(query, known):
        return [article]
    meant = (_meant_word(word, known) for word in query.words)
    words = tuple(
        name if _may_abbreviate(word) and abbreviates(word.text, name.text) else word
        for word, name in zip(query.words, meant, strict=True)
    )
    return [] if words == query.words else [_as_typed(replace(query, words=words))]


def list_meant(query: Query, names: Collection[str]) -> list[str]:
    """What may have been meant, the likeliest first, as one would type it.

    `names` are the folded names of documents that the person may see.
    """
    known = frozenset(names)
    typed = _run_together(query.words)
    words = tuple(_meant_word(word, known) for word in typed)
    found = [] if words == typed else [_as_typed(replace(query, words=words))]
    if article := _as_article(query, known):
        found.insert(0, article)
    numerals = in_other_numerals(query)
    return [*found, numerals] if numerals else found


def in_other_numerals(query: Query) -> str:
    """What was typed with its numerals in the other way, 10年 for 十年; "" where there are none."""
    numerals = NUMERALS.sub(_other_numeral, query.typed)
    return "" if numerals == query.typed else numerals


def list_either(query: Query, names: Collection[str]) -> list[str]:
    """The names of which each may have been meant by a query that is one abbreviation."""
    if len(query.words) != 1 or query.words[0].is_phrase or query.articles:
        return []
    found = _find_names(query.words[0].text, frozenset(names))
    return sorted(found, key=lambda name: (len(name), name))


def _numbered(query: Query) -> Iterator[tuple[str, str, int]]:
    """What may be a name with a number behind it: both, and how many words they are."""
    if query.articles or query.titles or any(word.is_phrase for word in query.words):
        return
    for count in range(min(len(query.words), MOST_WORDS), 0, -1):
        match = NUMBERED.fullmatch("".join(word.text for word in query.words[:count]))
        if match:
            yield match[1], match[2], count


def _as_article(query: Query, names: frozenset[str]) -> str:
    """刑法 第264条 for 刑法 264, 刑法第264 and 刑法二百六十四; "" where no name has a number."""
    for typed, number, count in _numbered(query):
        name = _name_of(typed, names)
        if name and "".join(word.text for word in query.words[:count]) not in names:
            rest = replace(query, words=(Word(name, ()), *query.words[count:]))
            return f"{_as_typed(rest)} 第{number}条"
    return ""


def _name_of(typed: str, names: frozenset[str]) -> str:
    """The name that is typed, whole or abbreviated; its beginning, or the end of only one name.

    民法典 begins the names of its parts, and 政府信息公开条例 alone ends as 信息公开条例 does.
    Gives "" for what is no name.
    """
    if typed in names:
        return typed
    if RULE.search(typed):
        if any(name.startswith(typed) for name in names):
            return typed
        ending = sorted((name for name in names if name.endswith(typed)), key=len)
        if ending and all(name.endswith(ending[0]) for name in ending):
            return ending[0]
    meant = _meant_word(Word(typed, ()), names).text
    return meant if meant in names else ""


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
    found = _find_names(word.text, names)
    return Word(found[0], (found[0],)) if len(found) == 1 else word


def _find_names(typed: str, names: frozenset[str]) -> list[str]:
    """The names that are meant: one, or several that are as near."""
    if typed.isascii():
        return _find_spelt(typed, names) if len(typed) >= LEAST_PINYIN else []
    rule = RULE.search(typed)
    most = MOST_LONGER * max(len(typed), LEAST_CHARS)
    likely = index_of(names).between(typed[0], typed[-1])
    short = [name for name in likely if len(name) <= most and abbreviates(typed, name)]
    if rule:  # 票据管理实施办法 is no 法
        short = [name for name in short if (end := RULE.search(name)) and end[0] == rule[0]]
    if short and len(typed) >= LEAST_CHARS:
        length = min(map(len, short))
        short = [name for name in short if len(name) == length]
    if short or len(typed) < LEAST_CHARS:
        return short if len(short) <= MOST_NAMES and (rule or len(typed) >= LEAST_CHARS) else []
    near = [one for one in list_near(typed, names, 2) if len(one.name) == len(typed)]
    return [one.name for one in near if one.distance <= NEAREST]


def _find_spelt(typed: str, names: frozenset[str]) -> list[str]:
    """The names that are spelt so, or else what is spelt so in names."""
    whole = [name for name in names if typed in pinyin_of(name)]
    if whole:
        return whole if len(whole) <= MOST_NAMES else []
    parts: set[str] = set()
    for name in names:
        if typed in pinyin_of(name)[0] and not any(part in name for part in parts):
            parts.update(_parts_spelt(typed, name))
            if len(parts) > MOST_NAMES:
                return []
    return sorted(parts)


def _parts_spelt(typed: str, name: str) -> Iterator[str]:
    """What stands in a name and is spelt so, from the start of a syllable to the end of one."""
    syllables = lazy_pinyin(name, style=Style.NORMAL, errors=list)
    starts = {
        start: place for place, start in enumerate(accumulate(map(len, syllables), initial=0))
    }
    for match in re.finditer(f"(?={re.escape(typed)})", "".join(syllables)):
        start, end = starts.get(match.start()), starts.get(match.start() + len(typed))
        if start is not None and end is not None:
            yield name[start:end]


@lru_cache(maxsize=100_000)  # some 300 bytes each
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
