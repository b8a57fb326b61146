"""What AdminService says of risk and of the blacklist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from .enums import (
    BlacklistAddOutcome,
    BlacklistItemOutcome,
    BlacklistRemoveOutcome,
    CheckRiskOutcome,
    RiskInputPresence,
)
from .types import RiskEvidence


@dataclass(frozen=True)
class RiskMeasure:
    """Something that is counted over a window."""

    #: What, as in the rules file.
    feature: str = ""
    #: Over how long.
    window_ms: int = 0
    #: The count.
    value: int = 0
    #: No more is kept: the true count is this or larger.
    at_least: bool = False


@dataclass(frozen=True)
class RiskLogEntry:
    """One call as admission saw it: enough to judge it again by other rules."""

    #: When, Unix milliseconds.
    at_ms: int = 0
    #: How many calls of its kind it stands for: itself and those before it that were not logged.
    weight: int = 0
    #: The buyer.
    user_id: str = ""
    #: What the risk rules said: ALLOW, CHALLENGE or REJECT.
    outcome: CheckRiskOutcome = CheckRiskOutcome.UNSPECIFIED
    #: 0 to 1,000.
    score: int = 0
    #: What they would have said if rules that only observe decided, too.
    outcome_with_observed: CheckRiskOutcome = CheckRiskOutcome.UNSPECIFIED
    #: The score with them.
    score_with_observed: int = 0
    #: The rules that fired.
    evidence: Tuple[RiskEvidence, ...] = ()
    #: The version of the rules of that time.
    rules_version: int = 0
    #: What the limiter refused the call by; empty: it let it in.
    limited_by: str = ""
    #: Then: for how long.
    retry_after_ms: int = 0
    #: The buyer's address; empty: none was told.
    ip: str = ""
    #: Whether an address was there.
    address: RiskInputPresence = RiskInputPresence.UNSPECIFIED
    #: Whether a device was there.
    device: RiskInputPresence = RiskInputPresence.UNSPECIFIED
    #: When the account was made, Unix milliseconds, as the call said.
    account_created_ms: int = 0
    #: The quantity that was held against a limit.
    quantity: int = 0
    #: That limit; 0 none.
    limit_per_user: int = 0
    #: The whole order in minor units; 0 not looked up.
    amount_minor: int = 0
    #: What was counted.
    measures: Tuple[RiskMeasure, ...] = ()
    #: The buyer's history could not be kept: memory had run out.
    untracked: bool = False


@dataclass(frozen=True)
class ReadRiskLogResponse:
    """The answer to a ReadRiskLog."""

    #: The entries.
    entries: Tuple[RiskLogEntry, ...] = ()
    #: There may be more: ask again with this.
    next_page_token: str = ""
    #: The version of the rules in force.
    rules_version: int = 0
    #: With `user_id`: what the rules count of the buyer now, without another call.
    present: Tuple[RiskMeasure, ...] = ()


@dataclass(frozen=True)
class BlacklistEntry:
    """One entry of the blacklist: who may not buy, until when, and why. Names one of buyer, device and network."""

    #: Made by the server, and grows with each entry. Not sent.
    id: int = 0
    #: A buyer.
    user_id: str = ""
    #: A device.
    device_id: str = ""
    #: An address, or a range like `203.0.113.0/24`.
    network: str = ""
    #: It bars while the time is before this, Unix milliseconds; 0 for good.
    expires_at_ms: int = 0
    #: For people, 256 bytes at most.
    reason: str = ""
    #: Where it comes from, 64 bytes at most.
    source: str = ""
    #: Who added it: the name in the caller's certificate. Not sent.
    operator_name: str = ""
    #: When it was added, Unix milliseconds. Not sent.
    created_at_ms: int = 0


@dataclass(frozen=True)
class BlacklistTarget:
    """An entry by id, or by exactly what it names."""

    #: The entry with this id.
    id: int = 0
    #: The buyer's.
    user_id: str = ""
    #: The device's.
    device_id: str = ""
    #: The one of exactly this address or range.
    network: str = ""


@dataclass(frozen=True)
class BlacklistResult:
    """What became of one entry or target."""

    #: What.
    outcome: BlacklistItemOutcome = BlacklistItemOutcome.UNSPECIFIED
    #: The entry that was added or removed; 0 none, also with `validate_only`.
    id: int = 0
    #: The entry that it replaced, 0 none.
    replaced_id: int = 0
    #: The entry that was replaced or removed, as it was. Empty in an answer that is replayed.
    entry: BlacklistEntry = BlacklistEntry()
    #: WIDE: how many of the addresses that were seen lately it would bar.
    addresses_hit: int = 0


@dataclass(frozen=True)
class BlacklistAddResponse:
    """The answer to a BlacklistAdd."""

    #: What became of it.
    outcome: BlacklistAddOutcome = BlacklistAddOutcome.UNSPECIFIED
    #: One an entry, in their order.
    results: Tuple[BlacklistResult, ...] = ()
    #: The request id was known.
    replayed: bool = False
    #: CONFIRMATION_NEEDED: how many different addresses were seen lately.
    addresses_seen: int = 0


@dataclass(frozen=True)
class BlacklistRemoveResponse:
    """The answer to a BlacklistRemove."""

    #: What became of it.
    outcome: BlacklistRemoveOutcome = BlacklistRemoveOutcome.UNSPECIFIED
    #: One a target, in their order.
    results: Tuple[BlacklistResult, ...] = ()
    #: The request id was known.
    replayed: bool = False


@dataclass(frozen=True)
class BlacklistListResponse:
    """The answer to a BlacklistList."""

    #: The entries. A page may have none, and yet not be the last.
    entries: Tuple[BlacklistEntry, ...] = ()
    #: There may be more: ask again with this. Empty: there is not.
    next_page_token: str = ""
    #: Entries of all kinds on the list.
    entry_count: int = 0
