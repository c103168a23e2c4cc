"""The forms of signing in and of managing people."""

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length, Regexp

from lms.members.passwords import LONGEST, SHORTEST
from lms.members.policy import Role
from lms.web.forms import Form

NUMBER = Regexp(r"^\s*[A-Za-z0-9._-]+\s*$", message=_l("编号只能用字母、数字、点、横线。"))
ROLE_NAMES = {
    Role.ADMINISTRATOR: _l("教务管理员（写课程、试题和资料）"),
    Role.MANAGER: _l("单位负责人（看学习记录和报表）"),
    Role.OPERATOR: _l("系统管理员（管人员、单位和设置）"),
}


class SignInForm(Form):
    """Number and password."""

    number = StringField(_l("编号"), [InputRequired(), Length(max=32)])
    password = PasswordField(_l("密码"), [InputRequired(), Length(max=LONGEST)])


class NewPasswordForm(Form):
    """A new password, typed twice."""

    password = PasswordField(_l("新密码"), [InputRequired(), Length(SHORTEST, LONGEST)])
    again = PasswordField(
        _l("再输一次"), [InputRequired(), EqualTo("password", _l("两次输入的密码不一样。"))]
    )


class ActivateForm(NewPasswordForm):
    """The one-time code that turns an invitation into an account."""

    number = StringField(_l("编号"), [InputRequired(), Length(max=32)])
    code = StringField(_l("激活码"), [InputRequired(), Length(max=32)])


class ChangePasswordForm(NewPasswordForm):
    """The present password and a new one."""

    present = PasswordField(_l("现在的密码"), [InputRequired(), Length(max=LONGEST)])


class PersonForm(Form):
    """A new person."""

    number = StringField(_l("编号"), [InputRequired(), Length(max=32), NUMBER])
    name = StringField(_l("姓名"), [InputRequired(), Length(max=60)])
    unit_id = SelectField(_l("单位"), coerce=int)


class MoveForm(Form):
    """The unit to move a person to."""

    unit_id = SelectField(_l("单位"), coerce=int)


class GrantForm(Form):
    """A role on a unit."""

    role = SelectField(
        _l("角色"),
        choices=[SelectChoice(role.value, name) for role, name in ROLE_NAMES.items()],
        coerce=Role,
    )
    unit_id = SelectField(_l("在哪个单位"), coerce=int)


class UnitForm(Form):
    """A new unit."""

    name = StringField(_l("名称"), [InputRequired(), Length(max=120)])
    code = StringField(_l("代码"), [InputRequired(), Length(max=32), NUMBER])
    parent_id = SelectField(_l("上级单位"), coerce=int)


class UnitNameForm(Form):
    """Another name for a unit."""

    name = StringField(_l("名称"), [InputRequired(), Length(max=120)])
