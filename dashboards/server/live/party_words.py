"""Sentences of what several parties do on one case: whistle, consult, merge, call. For ``sentences.py``."""

from __future__ import annotations

from typing import Any

PARTY_KINDS = {
    "unmerged": ("{who}撤销并案，恢复单独办理", "{who} took it out of the merge"),
    "unmerged.main": ("{who}将案件{parted}移出并案", "{who} took case {parted} out of this one"),
    "called_off": ("{who}撤销{holder}的协办：{reason}", "{who} called off the assistance of {holder}: {reason}"),
    "domains_shared": ("{who}调整了可见领域", "{who} changed which domains see it"),
    "whistled": ("{who}吹哨{names}：{task}", "{who} whistled for {names}: {task}"),
    "responded": ("{holder}已报到", "{holder} responded to the whistle"),
    "responded.late": ("{holder}超时后报到", "{holder} responded to the whistle, late"),
    "whistle_unanswered": ("{holder}未按时报到", "{holder} did not respond to the whistle in time"),
    "consultation_opened": ("{who}发起会商（{names}）：{topic}", "{who} opened a consultation ({names}): {topic}"),
    "opinion_given": ("{member}发表会商意见：{opinion}", "{member} gave an opinion: {opinion}"),
    "opinion_given.changed": ("{member}修改会商意见：{opinion}", "{member} changed the opinion: {opinion}"),
    "consultation_decided": ("{who}作出会商决定：{decision}", "{who} decided the consultation: {decision}"),
    "upstream_answered": ("{who}已答复上级平台{platform}", "{who} answered the platform above {platform}"),
    "caller_unreachable": ("{who}第{attempts}次回访未接通", "{who} did not reach the reporter, call {attempts}"),
    "caller_unreachable.last": (
        "{who}第{attempts}次回访未接通，不再回访",
        "{who} did not reach the reporter, call {attempts}, the last",
    ),
}


def words_of_parties(data: dict[str, Any], language: int) -> dict[str, str]:
    """Return the words of what several parties do: whistles, consultations, merges, calls."""
    names = [say_in(name, language) for name in data.get("departments") or data.get("guests") or ()]
    return {
        "parted": str(data.get("parted") or ""),
        "names": ("、", ", ")[language].join(names) or ("有关单位", "those concerned")[language],
        "task": str(data.get("task") or ""),
        "topic": str(data.get("topic") or ""),
        "member": say_in(data.get("member_name"), language) or ("参加单位", "A member")[language],
        "opinion": str(data.get("opinion") or ""),
        "decision": str(data.get("decision") or ""),
        "platform": f"{data.get('upstream_system') or ''} {data.get('upstream_number') or ''}".strip(),
        "attempts": str(data.get("attempts") or 1),
    }


def say_in(text: Any, language: int) -> str:
    if isinstance(text, dict):
        return str(text.get(("zh", "en")[language]) or text.get("zh") or "")
    return str(text or "")
