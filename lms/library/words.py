"""What people read about texts: kinds, status, and a sentence for each thing that can be wrong."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.library.fields import DocumentStatus, RelationKind, WorkKind
from lms.library.lines import SectionKind
from lms.library.models import ImportState, Outcome
from lms.library.problems import Problem, Reason, Unreadable

KIND_LABELS: dict[str, Any] = {
    WorkKind.POLICY: _l("法规文件"),
    WorkKind.CLASSIC: _l("原著经典"),
    WorkKind.SPEECH: _l("重要讲话"),
    WorkKind.OTHER: _l("其他文献"),
}
STATUS_LABELS: dict[str, Any] = {
    DocumentStatus.IN_FORCE: _l("现行有效"),
    DocumentStatus.NOT_YET: _l("尚未施行"),
    DocumentStatus.AMENDED: _l("已被修改"),
    DocumentStatus.REPEALED: _l("已废止"),
    DocumentStatus.ENDED: _l("已废止或修改"),
    DocumentStatus.UNKNOWN: _l("不适用"),
}
STATUS_TONES = {
    DocumentStatus.IN_FORCE: "ok",
    DocumentStatus.NOT_YET: "info",
    DocumentStatus.AMENDED: "warn",
    DocumentStatus.REPEALED: "bad",
    DocumentStatus.ENDED: "warn",
    DocumentStatus.UNKNOWN: "",
}
RELATION_LABELS: dict[str, Any] = {
    RelationKind.AMENDS: _l("修改"),
    RelationKind.REPLACED_BY: _l("被取代"),
    RelationKind.IMPLEMENTS: _l("实施依据"),
}
# Said of the other text when it is the one that states the relation.
REVERSE_LABELS: dict[str, Any] = {
    RelationKind.AMENDS: _l("修改它的"),
    RelationKind.REPLACED_BY: _l("被它取代的"),
    RelationKind.IMPLEMENTS: _l("配套规定"),
}
SECTION_LABELS: dict[str, Any] = {
    SectionKind.PART: _l("编"),
    SectionKind.SUBPART: _l("分编"),
    SectionKind.CHAPTER: _l("章"),
    SectionKind.SECTION: _l("节"),
    SectionKind.ANNEX: _l("附件"),
    SectionKind.HEADING: _l("标题"),
    SectionKind.ARTICLE: _l("条"),
    SectionKind.POINT: _l("要点"),
    SectionKind.OPENING: _l("开头"),
}


DRAFT_LABELS: dict[str, Any] = {
    ImportState.READING: _l("等待识别"),
    ImportState.RECOGNISED: _l("待保存"),
    ImportState.SAVED: _l("已保存"),
    ImportState.FAILED: _l("没有导入"),
}
DRAFT_TONES = {
    ImportState.READING: "",
    ImportState.RECOGNISED: "info",
    ImportState.SAVED: "ok",
    ImportState.FAILED: "bad",
}
OUTCOME_LABELS: dict[str, Any] = {
    Outcome.ADDED: _l("新增"),
    Outcome.REVISED: _l("新版本"),
    Outcome.CARD_CHANGED: _l("更新了信息"),
    Outcome.UNCHANGED: _l("没有变化"),
}
OUTCOME_SENTENCES: dict[str, Any] = {
    Outcome.ADDED: _l("文献已保存。"),
    Outcome.REVISED: _l("新版本已保存，旧版本仍可查看和对照。"),
    Outcome.CARD_CHANGED: _l("正文没有变化，已更新文献信息。"),
    Outcome.UNCHANGED: _l("和已有的文献完全相同，没有改动。"),
}


def refusal(error: Unreadable) -> str:
    """One sentence: why a file cannot be taken and what to do."""
    megabytes = error.limit // 1024 // 1024
    sentences = {
        Reason.EMPTY: _("文件里没有文字。"),
        Reason.TOO_LARGE: _("文件太大了，最大可以导入 %(mb)s MB，请分卷导入。", mb=megabytes),
        Reason.TOO_MANY_PARAGRAPHS: _(
            "这份文件有 %(found)s 段，超过了 %(limit)s 段的上限，请分卷导入。",
            found=error.found,
            limit=error.limit,
        ),
        Reason.TOO_MANY_CHARS: _("这份文件的文字太多了，请分卷导入。"),
        Reason.NOT_TEXT: _("看不懂这个文件的文字编码，请另存为 UTF-8 编码的文本再试。"),
        Reason.UNKNOWN_FORMAT: _("不支持这种文件，请使用 .md、.txt、.docx、.pdf 或 .html。"),
        Reason.BROKEN_DOCX: _("这个 Word 文件已损坏或格式不对，请在 Word 中另存为 .docx 再试。"),
        Reason.BOMB: _("这个文件展开后异常庞大，可能是恶意文件，没有导入。"),
        Reason.BROKEN_PDF: _("这个 PDF 文件已损坏，无法读取。"),
        Reason.LOCKED_PDF: _("这个 PDF 有密码保护，请先解除密码再导入。"),
        Reason.PICTURES_ONLY: _("这个 PDF 只有图片，没有文字，请先做文字识别再导入。"),
        Reason.TOO_LONG: _("读取这个文件花的时间太久，已经停止。请另存为 .docx 或文本再试。"),
        Reason.BROKEN_FRONT_MATTER: _("文件开头的说明（---之间的部分）格式不对，请检查后再导入。"),
        Reason.NO_TITLE: _("没有找到标题。"),
        Reason.SAME_KEY: _("另一个文件用了同样的编号，或者标题和日期都相同，这个文件没有导入。"),
    }
    return sentences[error.reason]


def remark(problem: Problem) -> str:
    """One sentence: what in a text was not understood."""
    sentences = {
        Reason.LOST_CHARACTERS: _("有无法显示的字符：%(text)s", text=problem.excerpt),
        Reason.EMPTY_HEADING: _("有一个空标题。"),
        Reason.ARTICLE_GAP: _("条文编号不连续：%(text)s", text=problem.excerpt),
        Reason.ARTICLE_ORDER: _("条文编号重复或倒退：%(text)s", text=problem.excerpt),
        Reason.LONG_PARAGRAPH: _("有特别长的段落：%(text)s", text=problem.excerpt),
        Reason.UNKNOWN_FIELD: _("不认识的说明项：%(text)s", text=problem.excerpt),
        Reason.BAD_DATE: _("看不懂的日期：%(text)s", text=problem.excerpt),
        Reason.UNKNOWN_STATUS: _("不认识的时效：%(text)s", text=problem.excerpt),
        Reason.NO_STRUCTURE: _("没有认出章节或条文，全文按段落保存。"),
    }
    return sentences[problem.reason]
