"""The vectors of the blacklist's calls; `generate.py` writes them with all others."""

from holdfast_client._proto.holdfast.v1 import admin_pb2 as admin


def requests(request, request_id):
    """REQUESTs, made by `request`."""
    return [
        request(
            "blacklist_add", "BLACKLIST_ADD",
            admin.BlacklistAddRequest(
                request_id=request_id, confirm_wide=True, validate_only=True,
                entries=[
                    admin.BlacklistEntry(
                        user_id="usér-1", expires_at_ms=1_800_000_000_000, reason="resale", source="review"),
                    admin.BlacklistEntry(device_id="device-1"),
                    admin.BlacklistEntry(network="10.0.0.0/8", reason="proxy farm"),
                ])),
        request(
            "blacklist_remove", "BLACKLIST_REMOVE",
            admin.BlacklistRemoveRequest(
                request_id=request_id, validate_only=True,
                targets=[
                    admin.BlacklistTarget(id=7), admin.BlacklistTarget(user_id="user-1"),
                    admin.BlacklistTarget(device_id="device-1"),
                    admin.BlacklistTarget(network="2001:db8::/64"),
                ])),
        request(
            "blacklist_list_page", "BLACKLIST_LIST",
            admin.BlacklistListRequest(page_size=50, page_token="7", kind="BLACKLIST_KIND_NETWORK")),
        request(
            "blacklist_list_values", "BLACKLIST_LIST",
            admin.BlacklistListRequest(
                user_id="user-1", device_id="device-1", address="2001:db8::1", network="10.0.0.0/8")),
    ]


def responses(response):
    """Answers about the blacklist: their outcomes go with their results."""
    old = admin.BlacklistEntry(
        id=3, user_id="user-1", expires_at_ms=1_800_000_000_000, reason="resale", source="review",
        operator_name="spiffe://shop/admin/ann", created_at_ms=1_700_000_000_000)
    result = admin.BlacklistResult
    add, remove = admin.BlacklistAddResponse, admin.BlacklistRemoveResponse
    added = [
        result(outcome="BLACKLIST_ITEM_OUTCOME_ADDED", id=7),
        result(outcome="BLACKLIST_ITEM_OUTCOME_REPLACED", id=8, replaced_id=3, entry=old),
        result(outcome="BLACKLIST_ITEM_OUTCOME_LAPSED"),
    ]
    removed = [
        result(outcome="BLACKLIST_ITEM_OUTCOME_REMOVED", id=3, entry=old),
        result(outcome="BLACKLIST_ITEM_OUTCOME_NOT_FOUND"),
    ]
    return [
        response("blacklist_add_added", add(outcome="BLACKLIST_ADD_OUTCOME_ADDED", results=added)),
        response(
            "blacklist_add_replayed",
            add(
                outcome="BLACKLIST_ADD_OUTCOME_ADDED", replayed=True,
                results=[result(outcome="BLACKLIST_ITEM_OUTCOME_REPLACED", id=8, replaced_id=3)])),
        response(
            "blacklist_add_valid",
            add(outcome="BLACKLIST_ADD_OUTCOME_VALID", results=[result(outcome="BLACKLIST_ITEM_OUTCOME_ADDED")])),
        response(
            "blacklist_add_confirmation_needed",
            add(
                outcome="BLACKLIST_ADD_OUTCOME_CONFIRMATION_NEEDED", addresses_seen=40,
                results=[result(), result(outcome="BLACKLIST_ITEM_OUTCOME_WIDE", addresses_hit=12)])),
        response(
            "blacklist_remove_removed",
            remove(outcome="BLACKLIST_REMOVE_OUTCOME_REMOVED", results=removed)),
        response(
            "blacklist_remove_replayed",
            remove(
                outcome="BLACKLIST_REMOVE_OUTCOME_REMOVED", replayed=True,
                results=[result(outcome="BLACKLIST_ITEM_OUTCOME_REMOVED", id=3)])),
        response(
            "blacklist_remove_not_found",
            remove(
                outcome="BLACKLIST_REMOVE_OUTCOME_NOT_FOUND",
                results=[result(outcome="BLACKLIST_ITEM_OUTCOME_NOT_FOUND")])),
        response(
            "blacklist_remove_valid",
            remove(outcome="BLACKLIST_REMOVE_OUTCOME_VALID", results=removed)),
        response(
            "blacklist_list",
            admin.BlacklistListResponse(
                entries=[
                    old,
                    admin.BlacklistEntry(id=4, device_id="device-1", created_at_ms=1_700_000_000_001),
                    admin.BlacklistEntry(id=5, network="10.0.0.0/8", created_at_ms=1_700_000_000_002),
                ],
                next_page_token="5", entry_count=9)),
        response("blacklist_list_empty", admin.BlacklistListResponse()),
    ]
