internal import CHoldfastProto
internal import CProtobufC
internal import HoldfastEngine

/// A range that an addition must confirm.
package struct WideBlacklistRange: Equatable, Sendable {
    /// The entry's place in the request.
    package var index: Int
    /// How many of the addresses that were seen lately it would bar.
    package var addressesHit: Int

    package init(index: Int, addressesHit: Int) {
        self.index = index
        self.addressesHit = addressesHit
    }
}

/// Answers about the blacklist, through protobuf-c.
extension ResponseEncoder {
    /// A result or a list's entry with all texts at their longest.
    static let blacklistLineBytesMax =
        EngineLimits.blacklistRowBytesMax + 96

    static func encodeBlacklist(
        _ call: borrowing Call, callID: UInt32, to room: UnsafeMutableRawPointer, _ max: Int,
        _ arena: inout Arena
    ) -> Int {
        switch (call.outcome, call.command) {
        case (.blacklistChange(let outcome), .blacklistAdd(let command)):
            var message = Holdfast__V1__BlacklistAddResponse()
            holdfast__v1__blacklist_add_response__init(&message)
            message.outcome =
                command.validateOnly
                ? HOLDFAST__V1__BLACKLIST_ADD_OUTCOME__BLACKLIST_ADD_OUTCOME_VALID
                : HOLDFAST__V1__BLACKLIST_ADD_OUTCOME__BLACKLIST_ADD_OUTCOME_ADDED
            message.replayed = outcome.replayed ? 1 : 0
            message.n_results = outcome.itemCount
            message.results = Self.results(command.room, outcome.itemCount, &arena)
            return Self.finish(&message, callID: callID, to: room, byteCountMax: max)
        case (.blacklistChange(let outcome), .blacklistRemove(let command)):
            var message = Holdfast__V1__BlacklistRemoveResponse()
            holdfast__v1__blacklist_remove_response__init(&message)
            let isThere = (0..<outcome.itemCount).contains {
                command.room.items[$0].result == .removed
            }
            message.outcome =
                !isThere
                ? HOLDFAST__V1__BLACKLIST_REMOVE_OUTCOME__BLACKLIST_REMOVE_OUTCOME_NOT_FOUND
                : command.validateOnly
                    ? HOLDFAST__V1__BLACKLIST_REMOVE_OUTCOME__BLACKLIST_REMOVE_OUTCOME_VALID
                    : HOLDFAST__V1__BLACKLIST_REMOVE_OUTCOME__BLACKLIST_REMOVE_OUTCOME_REMOVED
            message.replayed = outcome.replayed ? 1 : 0
            message.n_results = outcome.itemCount
            message.results = Self.results(command.room, outcome.itemCount, &arena)
            return Self.finish(&message, callID: callID, to: room, byteCountMax: max)
        case (.blacklistList(let outcome), .blacklistList(let command)):
            var message = Holdfast__V1__BlacklistListResponse()
            holdfast__v1__blacklist_list_response__init(&message)
            let entries = MessagePacker.list(
                Holdfast__V1__BlacklistEntry.self, count: outcome.itemCount, &arena)
            for index in 0..<outcome.itemCount {
                entries[index]?.initialize(
                    to: Self.entry(command.room.items[index], id: nil, &arena))
            }
            message.n_entries = outcome.itemCount
            message.entries = entries
            if outcome.nextAfterID != 0 {
                message.next_page_token = MessagePacker.text("\(outcome.nextAfterID)", &arena)
            }
            message.entry_count = UInt64(outcome.entryCount)
            return Self.finish(&message, callID: callID, to: room, byteCountMax: max)
        default:
            preconditionFailure("an outcome that does not answer its command")
        }
    }

    /// The answer to an addition that must be confirmed, as a whole frame.
    package static func blacklistConfirmation(
        _ wide: [WideBlacklistRange], entryCount: Int, addressesSeen: Int, callID: UInt32
    ) -> [UInt8] {
        var arena = Arena(initialBytes: 16_384, callBytesMax: 16_384)
        var message = Holdfast__V1__BlacklistAddResponse()
        holdfast__v1__blacklist_add_response__init(&message)
        message.outcome =
            HOLDFAST__V1__BLACKLIST_ADD_OUTCOME__BLACKLIST_ADD_OUTCOME_CONFIRMATION_NEEDED
        message.addresses_seen = UInt32(clamping: addressesSeen)
        let results = MessagePacker.list(
            Holdfast__V1__BlacklistResult.self, count: entryCount, &arena)
        for index in 0..<entryCount {
            guard let result = results[index] else { continue }
            holdfast__v1__blacklist_result__init(result)
            if let range = wide.first(where: { $0.index == index }) {
                result.pointee.outcome =
                    HOLDFAST__V1__BLACKLIST_ITEM_OUTCOME__BLACKLIST_ITEM_OUTCOME_WIDE
                result.pointee.addresses_hit = UInt32(clamping: range.addressesHit)
            }
        }
        message.n_results = entryCount
        message.results = results
        return MessagePacker.frame(.response, callID: callID, &message)
    }

    private static func results(
        _ room: BlacklistRoom, _ count: Int, _ arena: inout Arena
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Holdfast__V1__BlacklistResult>?> {
        let results = MessagePacker.list(Holdfast__V1__BlacklistResult.self, count: count, &arena)
        for index in 0..<count {
            guard let result = results[index] else { continue }
            let item = room.items[index]
            holdfast__v1__blacklist_result__init(result)
            result.pointee.outcome = .init(UInt32(item.result.rawValue))
            result.pointee.id = item.id
            result.pointee.replaced_id = item.replacedID
            guard item.hasRow else { continue }
            let entry = arena.allocateAnswerArray(Holdfast__V1__BlacklistEntry.self, count: 1)
            entry.initialize(
                to: Self.entry(
                    item, id: item.result == .replaced ? item.replacedID : nil, &arena))
            result.pointee.entry = entry
        }
        return results
    }

    /// - Parameter id: Nil: the item's.
    private static func entry(
        _ item: BlacklistItem, id: UInt64?, _ arena: inout Arena
    ) -> Holdfast__V1__BlacklistEntry {
        var message = Holdfast__V1__BlacklistEntry()
        holdfast__v1__blacklist_entry__init(&message)
        message.id = id ?? item.id
        let value = MessagePacker.text(item.row.value, &arena)
        switch item.row.kind {
        case .user:
            message.value_case = HOLDFAST__V1__BLACKLIST_ENTRY__VALUE_USER_ID
            message.user_id = value
        case .device:
            message.value_case = HOLDFAST__V1__BLACKLIST_ENTRY__VALUE_DEVICE_ID
            message.device_id = value
        case .network:
            message.value_case = HOLDFAST__V1__BLACKLIST_ENTRY__VALUE_NETWORK
            message.network = value
        }
        message.expires_at_ms = item.row.expiresMilliseconds
        message.reason = MessagePacker.text(item.row.reason, &arena)
        message.source = MessagePacker.text(item.row.source, &arena)
        message.operator_name = MessagePacker.text(item.row.operatorName, &arena)
        message.created_at_ms = item.row.createdMilliseconds
        return message
    }
}
