"""What kinds, rules and states are called on pages."""

from flask_babel import lazy_gettext as _l

from lms.quizzes.contest_models import BoardAudience
from lms.quizzes.contest_score import ScoreRule
from lms.quizzes.definition import Kind, Rule, Tolerance
from lms.quizzes.models import Marking, Method, QuestionState, Showing
from lms.quizzes.statistics import Concern

KINDS = {
    Kind.SINGLE: _l("单选题"),
    Kind.MULTIPLE: _l("多选题"),
    Kind.TRUE_FALSE: _l("判断题"),
    Kind.FILL_IN: _l("填空题"),
    Kind.NUMERIC: _l("数值题"),
    Kind.SHORT: _l("简答题"),
    Kind.MATCHING: _l("配对题"),
    Kind.ORDERING: _l("排序题"),
    Kind.CLOZE: _l("综合填空题"),
    Kind.ESSAY: _l("论述题"),
    Kind.MATERIAL: _l("材料题"),
}
RULES = {
    Rule.ALL_OR_NOTHING: _l("全对才得分"),
    Rule.WEIGHTED: _l("按各选项的比例得分"),
    Rule.MISSED: _l("漏选得部分分，错选不得分"),
    Rule.SHARED: _l("选对几个得几份，错选不得分"),
    Rule.NEGATIVE: _l("按比例得分，选错可以倒扣"),
    Rule.PER_PART: _l("逐项得分"),
    Rule.POSITION: _l("按所在位置得分"),
    Rule.NEXT: _l("按后一项是否接对得分"),
    Rule.NEIGHBOURS: _l("按前后相邻得分"),
    Rule.PAIRS: _l("按两两先后得分"),
    Rule.LONGEST_SUBSET: _l("按最长的正确顺序得分"),
    Rule.LONGEST_RUN: _l("按最长的连续正确得分"),
    Rule.ACCEPTED: _l("符合任一答案得分"),
    Rule.KEYWORDS: _l("按关键词得分"),
}
TOLERANCES = {
    Tolerance.ABSOLUTE: _l("绝对误差"),
    Tolerance.RELATIVE: _l("相对误差（%）"),
    Tolerance.GEOMETRIC: _l("倍数误差（%）"),
}
STATES = {
    QuestionState.DRAFT: _l("草稿"),
    QuestionState.REVIEWED: _l("可用"),
    QuestionState.RETIRED: _l("停用"),
}
METHODS = {
    Method.BEST: _l("取最高分"),
    Method.LAST: _l("取最后一次"),
    Method.AVERAGE: _l("取平均分"),
}
SHOWINGS = {
    Showing.NOTHING: _l("只提示已交卷"),
    Showing.SCORE: _l("成绩"),
    Showing.ANSWERS: _l("成绩和正确答案"),
    Showing.EXPLANATIONS: _l("成绩、正确答案和解析"),
}
MARKINGS = {
    Marking.PLAIN: _l("按题目的规则给分"),
    Marking.CERTAINTY: _l("按把握程度给分（有把握而答错会倒扣）"),
}
SCORE_RULES = {
    ScoreRule.BEST: _l("取前几名的平均分，人数不够的按零分计"),
    ScoreRule.TAKERS: _l("取所有交卷的人的平均分"),
    ScoreRule.MEMBERS: _l("取全队的平均分，没有参加的按零分计"),
}
BOARD_AUDIENCES = {
    BoardAudience.TEAMS: _l("参赛队的人"),
    BoardAudience.AUDIENCE: _l("竞赛面向的所有人"),
}
CONCERNS = {
    Concern.KEY: _l("高分组选错项的多，先核对答案"),
    Concern.NEGATIVE: _l("区分度是负的，分低的人反而答得好"),
    Concern.WEAK: _l("区分度低于 0.2"),
    Concern.HARD: _l("偏难，得分率低于 0.2"),
    Concern.EASY: _l("几乎人人答对"),
}
CERTAINTIES = {1: _l("没把握"), 2: _l("比较有把握"), 3: _l("很有把握")}
TRUTH = {"true": _l("正确"), "false": _l("错误")}
DIFFICULTIES = {1: _l("易"), 2: _l("较易"), 3: _l("中"), 4: _l("较难"), 5: _l("难")}
EVENTS = {
    "left": _l("离开了考试窗口"),
    "returned": _l("回到考试窗口"),
    "extended": _l("监考延长了时间"),
    "forced": _l("监考强制交卷"),
    "voided": _l("监考宣布作废"),
    "left_out": _l("离开窗口的次数到了限制，系统交卷"),
}
