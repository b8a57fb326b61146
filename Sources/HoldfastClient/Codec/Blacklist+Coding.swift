// Blacklist calls to protobuf bytes and back, by way of protobuf-c.

import CHoldfastProto
import CProtobufC
package import HoldfastWire

extension BlacklistAddRequest: WireRequest {
    package typealias Response = BlacklistAddResponse
    package static var method: Method { .blacklistAdd }
    package var idempotencyKey: RequestID? { self.requestID }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__BlacklistAddRequest()
        holdfast__v1__blacklist_add_request__init(&raw)
        raw.request_id = scratch.bytes(self.requestID.bytes)
        raw.n_entries = self.entries.count
        raw.entries = scratch.pointers(
            self.entries.enumerated().map { index, entry in
                scratch.message(holdfast__v1__blacklist_entry__init, "entries[\(index)].") {
                    entry.fill(&$0, scratch)
                }
            })
        raw.confirm_wide = self.confirmWide ? 1 : 0
        raw.validate_only = self.validateOnly ? 1 : 0
        return scratch.packed(&raw)
    }
}

extension BlacklistRemoveRequest: WireRequest {
    package typealias Response = BlacklistRemoveResponse
    package static var method: Method { .blacklistRemove }
    package var idempotencyKey: RequestID? { self.requestID }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__BlacklistRemoveRequest()
        holdfast__v1__blacklist_remove_request__init(&raw)
        raw.request_id = scratch.bytes(self.requestID.bytes)
        raw.n_targets = self.targets.count
        raw.targets = scratch.pointers(
            self.targets.enumerated().map { index, target in
                scratch.message(holdfast__v1__blacklist_target__init, "targets[\(index)].") {
                    target.fill(&$0, scratch)
                }
            })
        raw.validate_only = self.validateOnly ? 1 : 0
        return scratch.packed(&raw)
    }
}

extension BlacklistListRequest: WireRequest {
    package typealias Response = BlacklistListResponse
    package static var method: Method { .blacklistList }
    package var idempotencyKey: RequestID? { nil }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__BlacklistListRequest()
        holdfast__v1__blacklist_list_request__init(&raw)
        raw.page_size = UInt32(clamping: self.pageSize)
        raw.page_token = scratch.string(self.pageToken, "page_token")
        raw.kind = Holdfast__V1__BlacklistKind(UInt32(bitPattern: self.kind.number))
        raw.user_id = scratch.string(self.userID, "user_id")
        raw.device_id = scratch.string(self.deviceID, "device_id")
        raw.address = scratch.string(self.address, "address")
        raw.network = scratch.string(self.network, "network")
        return scratch.packed(&raw)
    }
}

extension BlacklistEntry {
    /// Without what the server sets.
    func fill(_ raw: inout Holdfast__V1__BlacklistEntry, _ scratch: EncodingScratch) {
        switch self.value {
        case .user(let id):
            raw.value_case = HOLDFAST__V1__BLACKLIST_ENTRY__VALUE_USER_ID
            raw.user_id = scratch.string(id, "user_id")
        case .device(let id):
            raw.value_case = HOLDFAST__V1__BLACKLIST_ENTRY__VALUE_DEVICE_ID
            raw.device_id = scratch.string(id, "device_id")
        case .network(let range):
            raw.value_case = HOLDFAST__V1__BLACKLIST_ENTRY__VALUE_NETWORK
            raw.network = scratch.string(range, "network")
        case .unrecognized: break
        }
        raw.expires_at_ms = Int64(self.expiresAtMilliseconds)
        raw.reason = scratch.string(self.reason, "reason")
        raw.source = scratch.string(self.source, "source")
    }

    init(_ raw: Holdfast__V1__BlacklistEntry) {
        let value: BlacklistValue =
            switch raw.value_case {
            case HOLDFAST__V1__BLACKLIST_ENTRY__VALUE_USER_ID:
                .user(ProtobufReader.string(raw.user_id))
            case HOLDFAST__V1__BLACKLIST_ENTRY__VALUE_DEVICE_ID:
                .device(ProtobufReader.string(raw.device_id))
            case HOLDFAST__V1__BLACKLIST_ENTRY__VALUE_NETWORK:
                .network(ProtobufReader.string(raw.network))
            default: .unrecognized
            }
        self.init(
            value, expiresAtMilliseconds: Int(raw.expires_at_ms),
            reason: ProtobufReader.string(raw.reason), source: ProtobufReader.string(raw.source),
            id: Int(clamping: raw.id), operatorName: ProtobufReader.string(raw.operator_name),
            createdAtMilliseconds: Int(raw.created_at_ms))
    }
}

extension BlacklistTarget {
    func fill(_ raw: inout Holdfast__V1__BlacklistTarget, _ scratch: EncodingScratch) {
        switch self {
        case .id(let id):
            raw.target_case = HOLDFAST__V1__BLACKLIST_TARGET__TARGET_ID
            raw.id = UInt64(clamping: id)
        case .value(.user(let id)):
            raw.target_case = HOLDFAST__V1__BLACKLIST_TARGET__TARGET_USER_ID
            raw.user_id = scratch.string(id, "user_id")
        case .value(.device(let id)):
            raw.target_case = HOLDFAST__V1__BLACKLIST_TARGET__TARGET_DEVICE_ID
            raw.device_id = scratch.string(id, "device_id")
        case .value(.network(let range)):
            raw.target_case = HOLDFAST__V1__BLACKLIST_TARGET__TARGET_NETWORK
            raw.network = scratch.string(range, "network")
        case .value(.unrecognized): break
        }
    }
}

extension BlacklistResult {
    init(_ raw: Holdfast__V1__BlacklistResult) {
        self.init(
            outcome: BlacklistItemOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            id: Int(clamping: raw.id), replacedID: Int(clamping: raw.replaced_id),
            entry: raw.entry.map { BlacklistEntry($0.pointee) },
            addressesHit: Int(raw.addresses_hit))
    }
}

extension BlacklistAddResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__blacklist_add_response__unpack,
            holdfast__v1__blacklist_add_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__BlacklistAddResponse) {
        self.init(
            outcome: BlacklistAddOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            results: ProtobufReader.messages(raw.results, raw.n_results).map {
                BlacklistResult($0)
            },
            replayed: raw.replayed != 0, addressesSeen: Int(raw.addresses_seen))
    }
}

extension BlacklistRemoveResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__blacklist_remove_response__unpack,
            holdfast__v1__blacklist_remove_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__BlacklistRemoveResponse) {
        self.init(
            outcome: BlacklistRemoveOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            results: ProtobufReader.messages(raw.results, raw.n_results).map {
                BlacklistResult($0)
            },
            replayed: raw.replayed != 0)
    }
}

extension BlacklistListResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__blacklist_list_response__unpack,
            holdfast__v1__blacklist_list_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__BlacklistListResponse) {
        self.init(
            entries: ProtobufReader.messages(raw.entries, raw.n_entries).map {
                BlacklistEntry($0)
            },
            nextPageToken: ProtobufReader.string(raw.next_page_token),
            entryCount: Int(clamping: raw.entry_count))
    }
}
