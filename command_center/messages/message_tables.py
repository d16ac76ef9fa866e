"""The tables of messages from a desk to people in the field, and of who has read them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, UtcDateTime


class Message(Base):
    """One message. ``to_kind`` is worker, post or area; ``to_code`` whose."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    account: Mapped[str] = mapped_column(String(32))
    sender: Mapped[str] = mapped_column(String(80))
    sender_role: Mapped[str] = mapped_column(String(40))
    to_kind: Mapped[str] = mapped_column(String(8))
    to_code: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    urgent: Mapped[bool] = mapped_column(default=False)
    incident: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_messages_to", "to_kind", "to_code", "at"),
        Index("ix_messages_account", "account", "at"),
    )


class MessageReading(Base):
    """That a worker's phone has shown a message."""

    __tablename__ = "message_readings"

    message: Mapped[int] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    worker: Mapped[str] = mapped_column(String(64), primary_key=True)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
