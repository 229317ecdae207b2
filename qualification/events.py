"""What the register of certificates records: ids of persons, never names."""

from typing import ClassVar

from ledger.events import MODERATORS, Event


class PracticeNoted(Event):
    kind: ClassVar[str] = "practice.noted"
    audience: ClassVar[str] = MODERATORS
    person: int
    minutes: int


class SessionSupervised(Event):
    """`supervisor` has confirmed a session that `person` led."""

    kind: ClassVar[str] = "session.supervised"
    audience: ClassVar[str] = MODERATORS
    person: int
    supervisor: int


class CertificateIssued(Event):
    """`by` is the administrator, or nobody if it was earned."""

    kind: ClassVar[str] = "certificate.issued"
    audience: ClassVar[str] = MODERATORS
    certificate: int
    person: int
    expires_at: int
    by: int | None = None
    reason: str = ""


class CertificateRevoked(Event):
    """`reason` is a salted digest; `by` is nobody if the person was erased."""

    kind: ClassVar[str] = "certificate.revoked"
    audience: ClassVar[str] = MODERATORS
    certificate: int
    person: int
    by: int | None = None
    reason: str = ""
