"""The duty list (权责清单) of the demo city: which departments may lead which category.

``categories.csv`` comes in: whoever leads or assists a category may be named its lead in an arbitration, and so
may the lead department of its domain. ``duty_list.csv`` goes out.
"""

from __future__ import annotations

import csv
from pathlib import Path

from district import HERE

TERRITORIAL = {"town", "community", "by_subject"}


def write_duties(folder: Path) -> None:
    """Write one row a category, and one a domain for what is not in the catalogue yet."""
    with (HERE / "departments.csv").open(encoding="utf-8", newline="") as file:
        leads = {row["domain"]: row["code"] for row in csv.DictReader(file) if row["kind"] == "lead"}
    with (HERE / "categories.csv").open(encoding="utf-8", newline="") as file:
        categories = [row for row in csv.DictReader(file) if row["loaded"] == "true"]
    with (folder / "duty_list.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["category", "departments"])
        writer.writerows([domain, leads[domain]] for domain in sorted(leads))
        writer.writerows([row["code"], ";".join(_departments(row, leads))] for row in categories)


def _departments(row: dict[str, str], leads: dict[str, str]) -> list[str]:
    named = [row["lead_department"], *row["assist_departments"].split(";"), leads[row["domain"]]]
    return [code for code in dict.fromkeys(named) if code and code not in TERRITORIAL]
