"""Every module that holds tables, imported by name: whoever needs the whole schema imports this one.

``deploy/migrations`` compares it with the database, backup and restore walk through it. A new ``*_tables.py``
is added here; a test holds the list complete.
"""

from __future__ import annotations

import command_center.administration.template_tables
import command_center.assessment.figure_tables
import command_center.cases.approval_tables
import command_center.cases.incident_tables
import command_center.consultations.consultation_tables
import command_center.journal.history_tables
import command_center.journal.journal_tables
import command_center.levels.level_tables
import command_center.messages.message_tables
import command_center.orders.order_tables
import command_center.people.account_tables
import command_center.registers.device_candidate_tables
import command_center.responses.report_tables
import command_center.responses.response_tables
import command_center.running.brain_tables
import command_center.shifts.shift_tables
import command_center.signals.rule_tables
import command_center.signals.signal_tables
import command_center.tasks.task_tables
import grid.area_tables
import grid.people_tables
import grid.policy_tables
import grid.register_tables
import ingest.gate.credential_tables
from foundation.database import Base

METADATA = Base.metadata
MODULES = (
    command_center.administration.template_tables,
    command_center.assessment.figure_tables,
    command_center.running.brain_tables,
    command_center.cases.approval_tables,
    command_center.cases.incident_tables,
    command_center.consultations.consultation_tables,
    command_center.journal.history_tables,
    command_center.journal.journal_tables,
    command_center.levels.level_tables,
    command_center.messages.message_tables,
    command_center.orders.order_tables,
    command_center.people.account_tables,
    command_center.shifts.shift_tables,
    command_center.signals.rule_tables,
    command_center.registers.device_candidate_tables,
    command_center.responses.report_tables,
    command_center.responses.response_tables,
    command_center.signals.signal_tables,
    command_center.tasks.task_tables,
    grid.area_tables,
    grid.people_tables,
    grid.policy_tables,
    grid.register_tables,
    ingest.gate.credential_tables,
)
