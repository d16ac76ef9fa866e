"""Edits one policy of the loaded city from inside the product: a new version, in force at once, the old one kept.

The brain hands in the new document; every process loads the city anew, since its version has changed. Running
cases keep the policy under which they were opened. A folder that is loaded later with changes says it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from grid.kept_policies import digest_of
from grid.policies import city_today
from grid.policy_tables import CityLoad, CityPolicy, PolicySet, PolicyText


def edit_policy(session: Session, name: str, document: Mapping[str, Any], now: datetime) -> str:
    """Write the document as the newest version of that policy and return the version."""
    last = session.scalars(select(CityLoad).order_by(CityLoad.id.desc()).limit(1)).one()
    day, digest = max(city_today(session), last.effective_on), digest_of(document)
    version = f"{day.isoformat()}.{digest[:12]}"
    city_version = f"{day.isoformat()}.{digest_of({'before': last.version, name: digest})[:12]}"
    if session.get(PolicyText, digest) is None:
        session.add(PolicyText(digest=digest, document=dict(document)))
    kept = session.get(PolicySet, last.version)
    if kept is not None:
        session.add(PolicySet(city_version=city_version, policies={**kept.policies, name: [version, digest]}))
    known = session.scalars(
        select(CityPolicy).where(CityPolicy.name == name, CityPolicy.version == version)
    ).first()
    if known is not None:  # the same document once more is the newest again
        session.delete(known)
        session.flush()
    session.add(CityPolicy(name=name, version=version, effective_on=day, document=dict(document)))
    # the folder's digest stays: loading the same folder again must not take the edit back
    session.add(CityLoad(version=city_version, digest=last.digest, effective_on=day, loaded_at=now))
    session.flush()
    return version
