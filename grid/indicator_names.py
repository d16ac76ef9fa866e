"""The names of the indicators that a city's score may be made of; ``command_center/assessment`` reckons them."""

from __future__ import annotations

SCORED = frozenset(
    {
        "valid_report_rate", "filing_rate", "on_time_acceptance_rate", "accurate_acceptance_rate",
        "on_time_filing_rate", "accurate_filing_rate", "on_time_dispatch_rate", "dispatch_accuracy", "return_rate",
        "disposal_rate", "on_time_disposal_rate", "overdue_disposal_rate", "overdue_pending_rate",
        "extension_rate", "closing_rate", "on_time_closing_rate", "overdue_closing_rate", "urgent_closing_rate",
        "component_closing_rate", "event_closing_rate", "rework_rate", "reopen_rate", "unclosed_rate",
        "on_time_verification_rate", "on_time_check_rate", "supervision_on_time_rate", "whistle_response_rate",
        "satisfaction_rate", "response_rate", "resolution_rate", "self_disposal_rate", "repeat_rate",
    }
)  # fmt: skip
