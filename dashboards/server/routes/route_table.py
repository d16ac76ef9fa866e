"""The table role × route, made from the policies that the routes declare. ``docs/roles.md`` is its output.

``python -m dashboards.server.routes.route_table > docs/roles.md`` writes it; a test fails when it has drifted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi.routing import APIRoute, APIWebSocketRoute

from command_center.people.roles import Role
from dashboards.server.app import bare_app
from dashboards.server.sessions.admission import VIEWERS, Admission, find_admission

HEAD = """# Who may call what

Made from the code by `python -m dashboards.server.routes.route_table`; do not edit. A dot says that the role may
call the route. What a call then shows or does is narrowed by the scope of the person (area, domains, department):
what lies outside answers 404. Which action a person may take on an incident is decided case by case by the table
of moves (`command_center/moves/table.py`); `GET /api/v1/incidents/{number}/actions` lists it.
"""


@dataclass(frozen=True)
class RoutePolicy:
    """One route and whom it is for; ``admission`` None is a fault that fails the build."""

    method: str
    path: str
    admission: Admission | None


def list_routes() -> Iterator[RoutePolicy]:
    """Yield every route of the application with its policy."""
    for route in bare_app().router.routes:
        if isinstance(route, APIRoute):
            for method in sorted(route.methods or ()):
                yield RoutePolicy(method, route.path, find_admission(route.dependant))
        elif isinstance(route, APIWebSocketRoute):
            # the socket's own door checks this (live_routes.py): dependencies of sockets cannot answer a handshake
            yield RoutePolicy("WebSocket", route.path, Admission(VIEWERS))
        else:
            yield RoutePolicy("?", getattr(route, "path", repr(route)), None)


def write_table() -> str:
    """Return the document."""
    roles = list(Role)
    head = "| route | " + " | ".join(f"`{role}`" for role in roles) + " |"
    rule = "|---|" + ":-:|" * len(roles)
    closed, open_ = [], []
    for route in list_routes():
        if route.admission is None:
            raise ValueError(f"{route.method} {route.path} declares no policy")
        if route.admission.public:
            open_.append(f"| `{route.method} {route.path}` | {route.admission.public} |")
        else:
            marks = ("●" if role in route.admission.roles else "" for role in roles)
            closed.append(f"| `{route.method} {route.path}` | " + " | ".join(marks) + " |")
    return "\n".join(
        [HEAD, head, rule, *closed, "", "## Open to everybody", "", "| route | why |", "|---|---|", *open_, ""]
    )


if __name__ == "__main__":
    sys.stdout.write(write_table())
