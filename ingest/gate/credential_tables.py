"""The tables of MQTT credentials and of what was refused to each; the second is written by the gate alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, UtcDateTime


class MqttCredential(Base):
    """What a device, or with ``source`` a gateway, shows at the engine; of the password only the digest is kept.

    ``device`` is its id in the native topics; ``source`` names a source, or ``*`` for all of them.
    ``client_id``: the only MQTT client id that it may use, empty for any that is nobody else's.
    """

    __tablename__ = "mqtt_credentials"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    device: Mapped[str | None] = mapped_column(String(64))
    source: Mapped[str | None] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    client_id: Mapped[str] = mapped_column(String(128), default="")
    is_demo: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MqttRefusal(Base):
    """How often a credential was refused a publish, a subscription, or the door; and the last topic."""

    __tablename__ = "mqtt_refusals"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    publishes: Mapped[int] = mapped_column(BigInteger, default=0)
    subscriptions: Mapped[int] = mapped_column(BigInteger, default=0)
    logins: Mapped[int] = mapped_column(BigInteger, default=0)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_told: Mapped[str] = mapped_column(String(400), default="")
