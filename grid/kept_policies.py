"""The policies of every version of a city that was ever loaded, kept by what they say.

``city_load`` keeps them; the brain asks for those of the version under which a case was opened, so that a
later edit of the city does not move a running case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.ids import canonical_json, sha256_hex
from grid.policy_tables import CityPolicy, PolicySet, PolicyText

CACHE_MAX = 256


class KeptPolicy(NamedTuple):
    """A document as it was; ``version`` is what a decision cites."""

    version: str
    document: Mapping[str, Any]


_sets: dict[str, dict[str, KeptPolicy]] = {}
_texts: dict[str, Mapping[str, Any]] = {}


def digest_of(document: Mapping[str, Any]) -> str:
    return sha256_hex(canonical_json(document))


def keep_policies(session: Session, city_version: str, documents: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep the documents of a version of the city; what is kept already is not written again."""
    if session.get(PolicySet, city_version) is not None:
        return
    session.flush()
    digests = {name: digest_of(document) for name, document in documents.items()}
    known = set(session.scalars(select(PolicyText.digest).where(PolicyText.digest.in_(digests.values()))))
    new = {digest: documents[name] for name, digest in digests.items() if digest not in known}
    session.add_all(PolicyText(digest=digest, document=dict(document)) for digest, document in new.items())
    kept = {name: [_find_version(session, name, digest), digest] for name, digest in digests.items()}
    session.add(PolicySet(city_version=city_version, policies=kept))
    session.flush()


def _find_version(session: Session, name: str, digest: str) -> str:
    """Return the version under which decisions cite the document."""
    like = select(CityPolicy.version).where(CityPolicy.name == name, CityPolicy.version.endswith(digest[:12]))
    return session.scalars(like.order_by(CityPolicy.id.desc())).first() or digest[:12]


def find_kept_policy(session: Session, city_version: str, name: str) -> KeptPolicy | None:
    """Return a policy as it stood in a version of the city; None where that version kept none.

    The same document is always the same object, so that whatever is read from it can be remembered.
    """
    found = _sets.get(city_version, {}).get(name)
    if found is not None:
        return found
    kept = session.get(PolicySet, city_version)
    if kept is None or name not in kept.policies:
        return None
    version, digest = kept.policies[name]
    if len(_sets) + len(_texts) > CACHE_MAX:
        _sets.clear()
        _texts.clear()
    if digest not in _texts:
        _texts[digest] = session.get_one(PolicyText, digest).document
    policy = KeptPolicy(version, _texts[digest])
    _sets.setdefault(city_version, {})[name] = policy
    return policy
