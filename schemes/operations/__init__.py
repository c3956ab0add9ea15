"""How configuration changes, and the only way it does.

Every change of a scheme, of its definitions or of their rates is checked as a whole
and saved under the lock of the scheme's row. Each gives the scheme a new version, and
a row of that version in the scheme's history; saving what is saved already changes
nothing. The checks can be asked apart, so that a form shows what is wrong and where.
"""

from schemes.operations.checks import (
    check_definition,
    check_definitions_in_zone,
    check_rates,
    check_scheme,
)
from schemes.operations.publishing import copy_scheme, publish_scheme
from schemes.operations.refusals import InUse, NameTaken, VersionConflict
from schemes.operations.removing import (
    delete_definition,
    delete_scheme,
    keep_definitions,
    move_definition,
)
from schemes.operations.saving import (
    activate_definition,
    activate_scheme,
    deactivate_definition,
    deactivate_scheme,
    save_definition,
    save_scheme,
)

__all__ = [
    "InUse",
    "NameTaken",
    "VersionConflict",
    "activate_definition",
    "activate_scheme",
    "check_definition",
    "check_definitions_in_zone",
    "check_rates",
    "check_scheme",
    "copy_scheme",
    "deactivate_definition",
    "deactivate_scheme",
    "delete_definition",
    "delete_scheme",
    "keep_definitions",
    "move_definition",
    "publish_scheme",
    "save_definition",
    "save_scheme",
]
