"""Names of works: the key under which a title is compared, and the short forms that texts cite."""

import re
import unicodedata

_STATE = "中华人民共和国"
_DROP = re.compile(r"[\s《》〈〉<>「」『』“”\"'·・_—\-,，、:：]+")
_EDITION = re.compile(
    r"[(（](?:[0-9]{4}年?)?(?:修订|修正|修改|试行|暂行|[0-9]{4}年?|草案)[^)）]{0,12}[)）]\Z"
)
_ISSUED_ABOUT = re.compile(r"\A[\u4e00-\u9fff、]{2,30}?(关于.{4,})\Z")
_VOLUME = re.compile(r"[_·\s]+")
LONGEST = 200


def name_key(title: str) -> str:
    """The form in which titles are compared: 《中华人民共和国 安全生产法》 gives 安全生产法."""
    text = _DROP.sub("", unicodedata.normalize("NFKC", title)).lower()
    short = text.removeprefix(_STATE)
    return (short or text)[:LONGEST]


def short_title(title: str) -> str:
    """The title as people say it: without the name of the state and without the edition."""
    text = _EDITION.sub("", title.strip())
    return text.removeprefix(_STATE) or title


def names(title: str) -> tuple[str, ...]:
    """All keys under which texts may cite the work, the exact one first.

    A volume such as 民法典_合同编 is also cited by the name of the whole, 国务院关于… as 关于….
    """
    found = [name_key(title), name_key(short_title(title))]
    whole = base_name(title)
    if whole:
        found.append(whole)
    if match := _ISSUED_ABOUT.match(title.strip()):
        found.append(name_key(match[1]))
    return tuple(dict.fromkeys(key for key in found if key))


def base_name(title: str) -> str:
    """The key of the whole work of which the title names one volume, or ""."""
    parts = _VOLUME.split(title.strip())
    return name_key(parts[0]) if len(parts) > 1 and parts[0].endswith(("法典", "法", "集")) else ""
