"""The domains whose boards see a case: its own, and those of the departments that have a part in it."""

from __future__ import annotations

from command_center.cases.case_file import CaseFile
from grid.posts import Post


def join_domain(case: CaseFile, post: Post) -> None:
    """Let the domain of a department see the case, where it is another one than the case's own."""
    department = case.ledger.city.departments.get(post.department or "")
    incident = case.incident
    if department is None or not department.domain or department.domain == incident.domain:
        return
    if department.domain not in incident.also_domains:
        incident.also_domains = sorted({*incident.also_domains, department.domain})
