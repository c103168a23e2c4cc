"""The levels of access that an endpoint can ask for."""

from enum import StrEnum


class Access(StrEnum):
    """Who gets past the door; what they may do with one object is the policy's business."""

    PUBLIC = "public"  # anybody, signed in or not
    SIGNED_IN = "signed_in"  # every member
    ADMINISTRATOR = "administrator"  # holds that role on some unit
    MANAGER = "manager"  # holds that role on some unit
    OPERATOR = "operator"  # holds that role on some unit
