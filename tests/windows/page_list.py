"""Every page of the windows as somebody sees it: whose login, which address, what is opened on it, which sizes.

Goes out: ``PAGES``; ``take_pictures.py`` and its test go through them. A step is a CSS selector that is clicked
(the first of what it finds, if anything), or ``key:X``, so that no step depends on a language.
"""

from __future__ import annotations

from dataclasses import dataclass

Size = tuple[int, int]
WALLS: tuple[Size, ...] = ((1920, 1080), (3840, 1080))
DESKS: tuple[Size, ...] = ((1920, 1080), (1366, 768))
PHONES: tuple[Size, ...] = ((390, 844), (360, 640))


@dataclass(frozen=True)
class Window:
    """One page: ``{incident}`` and the like in the address are filled with what this person may see.

    ``wide`` says that the map is drawn; ``printed`` that the page is also laid out on A4.
    """

    name: str
    role: str
    path: str
    sizes: tuple[Size, ...]
    steps: tuple[str, ...] = ()
    has_map: bool = False
    printed: bool = False
    department: str | None = None


def _wall(name: str, path: str, *steps: str) -> Window:
    return Window(name, "wall", path, WALLS, steps, has_map=True)


def _desk(name: str, role: str, path: str, *steps: str, printed: bool = False, department: str = "") -> Window:
    has_map = path.startswith(("/desk/queue", "/desk/incidents", "/desk/call"))
    return Window(name, role, path, DESKS, steps, has_map, printed, department or None)


def _phone(name: str, role: str, path: str, *steps: str, has_map: bool = False) -> Window:
    return Window(name, role, path, PHONES, steps, has_map)


_ROW = ".data-table tbody tr button"
_HEAD = ".page-head button.main"
_SECOND_TAB = ".el-tabs__item >> nth=1"

PAGES: tuple[Window, ...] = (
    Window("wall-login", "", "/wall", WALLS[:1]),
    _wall("wall", "/wall"),
    _wall("wall-emergency", "/wall/emergency"),
    _wall("wall-public-order", "/wall/public-order"),
    _wall("wall-urban-management", "/wall/urban-management"),
    _wall("wall-transport", "/wall/transport"),
    _wall("wall-town", "/wall?area={town}"),
    _wall("wall-incident", "/wall?incident={incident}"),
    _wall("wall-cases", "/wall?cases=open"),
    _wall("wall-help", "/wall", "key:?"),
    _wall("wall-playback", "/wall/playback", "input[type=range]", "key:End"),
    Window("desk-login", "", "/desk", DESKS),
    _desk("queue", "district_operator", "/desk/queue"),
    _desk("queue-town", "town_operator", "/desk/queue"),
    _desk("incident", "district_operator", "/desk/incidents/{incident}"),
    _desk("incident-long", "district_operator", "/desk/incidents/{long}"),
    _desk("incident-duty", "duty_leader", "/desk/incidents/{grave}"),
    _desk("alarms", "district_operator", "/desk/alarms"),
    _desk("call", "district_operator", "/desk/call"),
    _desk("candidates", "district_operator", "/desk/candidates"),
    _desk("callbacks", "district_operator", "/desk/callbacks"),
    _desk("decisions", "duty_leader", "/desk/decisions"),
    _desk("shift", "shift_leader", "/desk/shift"),
    _desk("handover", "shift_leader", "/desk/shift", ".data-table td:first-child .plain-button", printed=True),
    _desk("inbox", "liaison", "/desk/inbox", printed=True, department="{busy}"),
    _desk("inbox-case", "liaison", "/desk/inbox", "button.row", department="{busy}"),
    _desk("inbox-templates", "liaison", "/desk/inbox", "[aria-expanded]", department="{busy}"),
    _desk("cockpit", "leader", "/desk/cockpit"),
    _desk("cockpit-cases", "leader", "/desk/cockpit", ".big button"),
    _desk("leader", "duty_leader", "/desk/leader"),
    _desk("leader-case", "duty_leader", "/desk/leader", _ROW),
    _desk("leader-supervision", "lead_supervisor", "/desk/leader?tab=supervision", _ROW),
    _desk("responses", "duty_leader", "/desk/responses"),
    _desk("response", "duty_leader", "/desk/responses", _ROW),
    _desk("response-form", "duty_leader", "/desk/responses", _HEAD),
    _desk("tasks", "lead_supervisor", "/desk/tasks"),
    _desk("task", "lead_supervisor", "/desk/tasks", _ROW),
    _desk("task-form", "lead_supervisor", "/desk/tasks", _HEAD),
    _desk("patrols", "district_operator", "/desk/tasks", _SECOND_TAB),
    _desk("levels", "district_operator", "/desk/levels"),
    _desk("kpi", "leader", "/desk/kpi", printed=True),
    _desk("accounts", "security_admin", "/desk/accounts"),
    _desk("account-form", "security_admin", "/desk/accounts", _HEAD),
    _desk("tokens", "security_admin", "/desk/tokens"),
    _desk("audit", "audit_admin", "/desk/audit"),
    _desk("rules", "system_admin", "/desk/rules"),
    _desk("rules-shadow", "system_admin", "/desk/rules", _SECOND_TAB),
    _desk("settings", "system_admin", "/desk/settings"),
    _desk("devices", "system_admin", "/desk/devices"),
    _desk("device-form", "system_admin", "/desk/devices", ".page-head .button:not([aria-pressed])"),
    _desk("devices-unknown", "system_admin", "/desk/devices", ".page-head [aria-pressed]"),
    _desk("sources", "system_admin", "/desk/sources"),
    _desk("quarantine", "system_admin", "/desk/quarantine"),
    _desk("help", "shift_leader", "/desk/shift", "key:?"),
    _desk("command", "shift_leader", "/desk/shift", "key:/"),
    Window("phone-login", "", "/field", PHONES),
    _phone("phone", "grid_worker", "/field"),
    _phone("phone-task", "grid_worker", "/field/tasks/{task}", has_map=True),
    _phone("phone-patrol", "grid_worker", "/field", ".parts button:last-child"),
    _phone("phone-report", "grid_worker", "/field/report"),
    _phone("phone-messages", "grid_worker", "/field/messages"),
    _phone("phone-me", "grid_worker", "/field/me"),
    _phone("phone-crew", "handler", "/field"),
    _phone("phone-crew-task", "handler", "/field/tasks/{task}"),
    _phone("phone-village", "community_operator", "/field"),
    _phone("phone-village-case", "community_operator", "/field/village/{village}"),
)


def choose_pages(wanted: list[str]) -> list[Window]:
    """Return the pages whose name begins with one of the words; all of them where there is none."""
    return [page for page in PAGES if not wanted or any(page.name.startswith(word) for word in wanted)]
