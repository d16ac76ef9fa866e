"""The actions of an emergency response by name, for the people's door."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from command_center.moves.act import Act
from command_center.responses import closing_words, freeze_steps, instruction_steps, response_steps

RESPONSE_STEPS: Mapping[str, Callable[[Act], None]] = {
    "open_response": response_steps.open_response,
    "raise_warning": response_steps.raise_warning,
    "activate_response": response_steps.activate_response,
    "adjust_level": response_steps.adjust_level,
    "confirm_response": response_steps.confirm_response,
    "decline_response": response_steps.decline_response,
    "terminate_response": response_steps.terminate_response,
    "bind_incident": response_steps.bind_incident,
    "freeze_cases": freeze_steps.freeze_cases,
    "thaw_cases": freeze_steps.thaw_cases,
    "issue_order": instruction_steps.issue_order,
    "receive_order": instruction_steps.receive_order,
    "begin_order": instruction_steps.begin_order,
    "finish_order": instruction_steps.finish_order,
    "report_response": response_steps.report_response,
    "release_info": closing_words.release_info,
    "evaluate": closing_words.evaluate,
}
