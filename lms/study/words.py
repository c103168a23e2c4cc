"""The words in which the record is told: reasons, kinds, statuses, pace."""

from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.members.policy import Role
from lms.study.attendees import Problem
from lms.study.credit import CreditKind
from lms.study.models import EntryKind
from lms.study.offline_models import EventState, QueryState
from lms.study.queries import MemberMonth, MonthSummary
from lms.study.requirements import CarryOver, Status
from lms.study.spans import Reason
from lms.web.i18n import format_hours, format_month_day

REASONS = {
    Reason.COUNTED: _l("计入学习"),
    Reason.PENDING: _l("等待确认"),
    Reason.CLAIM: _l("页面报告没有在学"),
    Reason.HIDDEN: _l("页面在后台"),
    Reason.IDLE: _l("两分钟没有操作"),
    Reason.PAUSED: _l("没有在播放"),
    Reason.GAP: _l("没有收到页面的消息"),
    Reason.OPENED: _l("页面刚打开或重新载入"),
    Reason.ELSEWHERE: _l("已在另一个窗口计时"),
    Reason.ATTENTION: _l("没有回应“还在学习吗”"),
    Reason.ITEM_CAP: _l("这一项已计满"),
    Reason.DAY_CAP: _l("当天已计满"),
    Reason.SKIPPED: _l("跳过了还没有看到的部分"),
    Reason.RANGES: _l("播放进度快过允许的速度"),
    Reason.CLOCK: _l("服务器时间被调整过"),
}

CREDIT_KINDS = {
    CreditKind.ONLINE: _l("网上学习"),
    CreditKind.OFFLINE: _l("集中学习"),
    CreditKind.TEST: _l("测试通过"),
    CreditKind.REFLECTION: _l("学习体会"),
    CreditKind.ADJUSTMENT: _l("更正"),
}

ENTRY_KINDS = {
    EntryKind.ONLINE: _l("网上学习"),
    EntryKind.COMPLETION: _l("学完"),
    EntryKind.OFFLINE: _l("集中学习"),
    EntryKind.TEST: _l("测试通过"),
    EntryKind.REFLECTION: _l("学习体会"),
    EntryKind.ADJUSTMENT: _l("更正"),
    EntryKind.REVERSAL: _l("冲销"),
}

EXEMPTIONS = {
    "leave": _l("休假"),
    "sick": _l("病假"),
    "retired": _l("退休"),
    "other": _l("其他"),
}

ROLES = {
    Role.MANAGER: _l("单位负责人"),
    Role.ADMINISTRATOR: _l("教务管理员"),
    Role.OPERATOR: _l("系统管理员"),
}

CARRY_OVERS = {
    CarryOver.NONE: _l("不结转"),
    CarryOver.QUARTER: _l("季度内结转"),
    CarryOver.YEAR: _l("年内结转"),
}

EVENT_STATES = {
    EventState.WAITING: (_l("待审核"), "warn"),
    EventState.APPROVED: (_l("已计入"), "ok"),
    EventState.REFUSED: (_l("未通过"), "bad"),
    EventState.CANCELLED: (_l("已撤销"), ""),
}

QUERY_STATES = {
    QueryState.WAITING: (_l("疑问待答复"), "warn"),
    QueryState.GRANTED: (_l("疑问已采纳"), "ok"),
    QueryState.REFUSED: (_l("疑问已答复"), "info"),
}

ROW_PROBLEMS = {
    Problem.UNKNOWN: _l("没有找到这个人"),
    Problem.AMBIGUOUS: _l("有同名的人，请写上工号"),
    Problem.MISMATCH: _l("工号和姓名不是同一个人"),
    Problem.TWICE: _l("这个人在前面已经出现过"),
}

TONES = {
    Status.MET: "ok",
    Status.ON_TRACK: "ok",
    Status.BEHIND: "bad",
    Status.EXEMPT: "info",
}


def status_word(standing: MemberMonth, *, is_over: bool) -> str:
    """The status in one word; a month that is over is not behind but unfinished."""
    if standing.status is Status.MET:
        return _("已完成")
    if standing.status is Status.ON_TRACK:
        return _("进度正常")
    if standing.status is Status.EXEMPT:
        return str(EXEMPTIONS.get(standing.exemption, _("无要求")))
    return _("未完成") if is_over else _("落后")


def pace_sentence(summary: MonthSummary, *, is_over: bool) -> str:
    """How the month stands, in one sentence to the person whose month it is."""
    standing, outlook = summary.standing, summary.outlook
    if standing.status is Status.EXEMPT:
        return _("这个月对你没有学时要求，想学随时可以学。")
    if standing.status is Status.MET:
        return _("这个月要求的 %(hours)s 学时已经完成。", hours=format_hours(standing.required))
    missing = format_hours(max(outlook.missing, Decimal("0.01")))
    if is_over:
        return _("这个月还差 %(hours)s 学时没有完成。", hours=missing)
    if not outlook.missing:
        return _("总学时已够，其中必修部分还没有学满。")
    if outlook.finish_on is not None:
        day = format_month_day(outlook.finish_on)
        return _("按目前的进度，你会在 %(day)s完成这个月的学习。", day=day)
    if outlook.days_left <= 1:
        return _("今天是最后一天，还差 %(hours)s 学时。", hours=missing)
    return _(
        "还差 %(hours)s 学时，剩下 %(days)d 天每天约 %(minutes)d 分钟就能完成。",
        hours=missing,
        days=outlook.days_left,
        minutes=outlook.minutes_a_day,
    )
