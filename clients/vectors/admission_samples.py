"""Answers about admission with every field set, for generate.py."""

from holdfast_client._proto.holdfast.v1 import admin_pb2 as admin
from holdfast_client._proto.holdfast.v1 import stock_pb2 as stock


def info():
    """Part of GetServerInfo."""
    return admin.AdmissionInfo(
        mode="enforce", rules_version=7, rules_taken_ms=1_700_000_000_000,
        rules_error="line 6: rule purchases: over must be a whole number from 1 to 1000",
        limiter_allowed=9_007_199_254_740_993,
        limiter_refused=[admin.NamedCount(name="user", count=40), admin.NamedCount(name="ip", count=2)],
        buckets_used_per_thousand=12, windows_used_per_thousand=1, risk_evaluated=1_000,
        risk_challenged=30, risk_rejected=20,
        rules_fired=[admin.NamedCount(name="young_account", count=300)],
        missing_age=11, missing_device=12, missing_address=13, untracked=1, forgotten=2,
        buyers_tracked=800, addresses_tracked=700, restored=600)


def answers():
    """Names and messages."""
    purchases = admin.RiskMeasure(feature="purchases_per_user", window_ms=60_000, value=11, at_least=True)
    check_risk = stock.CheckRiskResponse(
        outcome="CHECK_RISK_OUTCOME_REJECT", score=800, rules_version=7,
        outcome_with_observed="CHECK_RISK_OUTCOME_REJECT", score_with_observed=1_000,
        limited_by="user", retry_after_ms=750, enforced=True,
        evidence=[
            stock.RiskEvidence(
                rule="purchases_1m", feature="purchases_per_user", value=11, threshold=10,
                window_ms=60_000, raises_to=800),
            stock.RiskEvidence(
                rule="young_account", feature="account_age", threshold=86_400_000, adds=300,
                missing=True, observed=True),
        ])
    read_risk_log = admin.ReadRiskLogResponse(
        rules_version=8, next_page_token="0-16383", present=[purchases],
        entries=[
            admin.RiskLogEntry(
                at_ms=1_700_000_000_000, weight=9, user_id="user-1",
                outcome="CHECK_RISK_OUTCOME_CHALLENGE", score=450,
                outcome_with_observed="CHECK_RISK_OUTCOME_REJECT", score_with_observed=1_000,
                evidence=[
                    stock.RiskEvidence(
                        rule="purchases_1m", feature="purchases_per_user", value=11,
                        threshold=10, window_ms=60_000, raises_to=450)],
                rules_version=7, limited_by="user", retry_after_ms=750, ip="203.0.113.7",
                address="RISK_INPUT_PRESENCE_PRESENT", device="RISK_INPUT_PRESENCE_MISSING",
                account_created_ms=1_600_000_000_000, quantity=2, limit_per_user=4,
                amount_minor=19_800, measures=[purchases], untracked=True),
            admin.RiskLogEntry(
                at_ms=1_700_000_000_001, weight=1, user_id="user-2",
                outcome="CHECK_RISK_OUTCOME_ALLOW",
                outcome_with_observed="CHECK_RISK_OUTCOME_ALLOW",
                address="RISK_INPUT_PRESENCE_NOT_APPLICABLE",
                device="RISK_INPUT_PRESENCE_NOT_APPLICABLE"),
        ])
    return [("check_risk_rejected_full", check_risk), ("read_risk_log_full", read_risk_log)]
