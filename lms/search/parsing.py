"""What a person typed, understood: words, "phrases", -without, title: and issuer:; never fails."""

import re
from dataclasses import dataclass

from lms.search.text import (
    ARTICLE,
    article_token,
    fold,
    is_paired,
    letters,
    pairs,
    pieces,
    write_percents,
)

MOST_CHARS = 400  # of what is typed; the rest is left out and said so
MOST_TERMS = 48
MOST_PARTS = 24

QUOTES = str.maketrans(dict.fromkeys("“”„「」『』＂«»", '"'))
MINUS = "-−－–—"
TITLE_FIELDS = ("title", "标题", "题名")
ISSUER_FIELDS = ("issuer", "author", "发布机关", "机关", "作者")
FIELDS = dict.fromkeys(TITLE_FIELDS, "title") | dict.fromkeys(ISSUER_FIELDS, "issuer")
PART = re.compile(
    rf"(?P<minus>(?<!\S)[{MINUS}])?"
    r"(?:(?P<field>[^\W\d_]{1,8})[:：])?"
    r'(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))'
)
# An article as it was typed, for showing it again.
ARTICLE_FORM = re.compile(
    r"第\s*[零〇一二两三四五六七八九十百千0-9０-９]{1,9}\s*[条條]|[0-9０-９]{1,4}\s*[条條]"
)
# A share is a word of its own: 税率25% means texts that say 税率为百分之二十五 too.
SHARE_BEHIND = re.compile(r"(?<=\w)(?=[百千]分之[零一二两三四五六七八九十百])")
# A paragraph or item below an article narrows what the article's entry already holds.
BELOW_ARTICLE = re.compile(r"^第[零〇一二两三四五六七八九十百0-9]{1,5}[款项目]+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word or phrase: its folded letters and the index terms that it stands for."""

    text: str
    terms: tuple[str, ...]  # pairs of characters, words, numbers
    is_phrase: bool = False  # must stand exactly so in the text

    @property
    def is_character(self) -> bool:
        """Whether it is a single character, found by the tokens that begin with it."""
        return len(self.text) == 1 and is_paired(self.text)


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for, ready for an engine."""

    typed: str
    words: tuple[Word, ...] = ()
    articles: tuple[str, ...] = ()  # article tokens
    # The articles themselves are wanted: no text follows them, as it does in 违反第二十条规定的.
    wants_articles: bool = False
    without: tuple[Word, ...] = ()
    titles: tuple[Word, ...] = ()  # must stand in the title
    issuers: tuple[str, ...] = ()  # folded; must stand in the issuer's name
    name: str = ""  # all plain words run together: perhaps the exact title of a document
    is_cut: bool = False  # more was typed than is looked at

    @property
    def terms(self) -> tuple[str, ...]:
        """All terms that words and articles stand for, each once, in their order."""
        spread = [term for word in self.words for term in word.terms]
        return tuple(dict.fromkeys([*spread, *self.articles]))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not (self.words or self.articles or self.titles or self.issuers)


def parse(typed: str) -> Query:
    """Understand what was typed; any string gives a query, at worst an empty one."""
    text = SHARE_BEHIND.sub(" ", write_percents(typed[:MOST_CHARS].translate(QUOTES)))
    words: list[Word] = []
    without: list[Word] = []
    titles: list[Word] = []
    issuers: list[str] = []
    articles: list[str] = []
    names: list[str] = []
    wants_articles = False
    for part in list(PART.finditer(text))[:MOST_PARTS]:
        field = FIELDS.get(fold(part["field"]) if part["field"] else "")
        quoted = part["quoted"] is not None
        content = part["quoted"] if quoted else part["plain"]
        if part["field"] and field is None:
            content = f"{part['field']} {content}"
        folded = fold(content)
        if part["minus"]:
            without += _words(folded, is_phrase=True)
        elif field == "title":
            titles += _words(folded, is_phrase=quoted)
        elif field == "issuer":
            issuers += [name] if (name := letters(folded)) else []
        elif quoted:
            words += _phrase(folded)
        else:
            rest, found, is_wanted = _take_articles(folded)
            articles += found
            wants_articles |= is_wanted
            words += [word for piece in rest for word in _words(piece, is_phrase=False)]
            names.append(letters("".join(rest)))
    kept, was_cut = _limit(words)
    return Query(
        typed=typed,
        words=kept,
        articles=tuple(dict.fromkeys(articles))[:4],
        wants_articles=wants_articles,
        without=tuple(without[:MOST_PARTS]),
        titles=tuple(titles[:MOST_PARTS]),
        issuers=tuple(issuers[:4]),
        name="".join(names) if not (without or titles or issuers) else "",
        is_cut=was_cut or len(typed) > MOST_CHARS,
    )


def _take_articles(folded: str) -> tuple[list[str], list[str], bool]:
    """A part cut at its articles: what is left, the article tokens, and whether they end it."""
    rest: list[str] = []
    found: list[str] = []
    end = 0
    for match in ARTICLE.finditer(folded):
        token = article_token(match)
        if token is None:
            continue
        rest.append(folded[end : match.start()])
        found.append(token)
        below = BELOW_ARTICLE.match(folded[match.end() :])
        end = match.end() + (below.end() if below else 0)
    rest.append(folded[end:])
    is_wanted = bool(found) and not letters(rest[-1])
    return [piece for piece in rest if piece], found, is_wanted


def _words(folded: str, *, is_phrase: bool) -> list[Word]:
    return [
        Word(run, tuple(dict.fromkeys(pairs(run) if paired else [run])), is_phrase)
        for paired, run, _start in pieces(folded)
    ]


def _phrase(folded: str) -> list[Word]:
    """A quoted text as one word across its punctuation; its terms are those of its runs."""
    runs = _words(folded, is_phrase=True)
    text = letters(folded)
    if not runs or not text:
        return []
    # A lone character between two marks is left to the check on the text.
    terms = [term for word in runs if not word.is_character for term in word.terms]
    return [Word(text, tuple(dict.fromkeys(terms)) or runs[0].terms, True)]


def _limit(words: list[Word]) -> tuple[tuple[Word, ...], bool]:
    """The first words, each once, up to the number of terms that are looked at."""
    kept: dict[Word, None] = {}
    count = 0
    for word in words:
        if word in kept:
            continue
        if count + len(word.terms) > MOST_TERMS:
            room = MOST_TERMS - count
            if room > 0 and not word.is_phrase:
                kept[Word(word.text[: room + 1], word.terms[:room])] = None
            return tuple(kept), True
        kept[word] = None
        count += len(word.terms)
    return tuple(kept), False
