import CHoldfastProto
import HoldfastEngine
import HoldfastWire

/// A blacklist answer's bytes turned back into the executed call that it answers, and encoded again.
enum ReadBlacklistAnswer {
    static func frame(_ vector: Vector, _ arena: inout Arena) -> [UInt8] {
        let body = vector.messageBytes
        let callID = vector.readHeader.callID
        switch vector.message {
        case "BlacklistAddResponse":
            let message = holdfast__v1__blacklist_add_response__unpack(nil, body.count, body)!
                .pointee
            if message.outcome.rawValue == 3 {
                return ResponseEncoder.blacklistConfirmation(
                    (0..<message.n_results).compactMap { index in
                        let result = message.results[index]!.pointee
                        return result.outcome.rawValue == 6
                            ? WideBlacklistRange(
                                index: index, addressesHit: Int(result.addresses_hit)) : nil
                    },
                    entryCount: message.n_results, addressesSeen: Int(message.addresses_seen),
                    callID: callID)
            }
            var call = Call(
                command: .blacklistAdd(
                    BlacklistAddCommand(
                        requestID: RequestID(first: 1, second: 2),
                        rows: UnsafeBufferPointer(start: nil, count: 0), operatorName: .empty,
                        validateOnly: message.outcome.rawValue == 2, confirmsWide: false,
                        room: self.room(message.results, message.n_results))))
            call.outcome = .blacklistChange(
                BlacklistChangeOutcome(
                    itemCount: message.n_results, replayed: message.replayed != 0))
            return self.encode(call, callID, &arena)
        case "BlacklistRemoveResponse":
            let message = holdfast__v1__blacklist_remove_response__unpack(nil, body.count, body)!
                .pointee
            var call = Call(
                command: .blacklistRemove(
                    BlacklistRemoveCommand(
                        requestID: RequestID(first: 1, second: 2),
                        targets: UnsafeBufferPointer(start: nil, count: 0), operatorName: .empty,
                        validateOnly: message.outcome.rawValue == 3,
                        room: self.room(message.results, message.n_results))))
            call.outcome = .blacklistChange(
                BlacklistChangeOutcome(
                    itemCount: message.n_results, replayed: message.replayed != 0))
            return self.encode(call, callID, &arena)
        default:
            let message = holdfast__v1__blacklist_list_response__unpack(nil, body.count, body)!
                .pointee
            let room = self.room(message.n_entries)
            for index in 0..<message.n_entries {
                let entry = message.entries[index]!.pointee
                var item = BlacklistItem(result: .added)
                item.id = entry.id
                item.hasRow = true
                item.row = self.row(entry)
                (room.items + index).initialize(to: item)
            }
            var call = Call(
                command: .blacklistList(
                    BlacklistListCommand(
                        afterID: 0, kind: nil, values: UnsafeBufferPointer(start: nil, count: 0),
                        rowsMax: 100, room: room)))
            call.outcome = .blacklistList(
                BlacklistListOutcome(
                    itemCount: message.n_entries,
                    nextAfterID: UInt64(String(cString: message.next_page_token)) ?? 0,
                    entryCount: Int(message.entry_count)))
            return self.encode(call, callID, &arena)
        }
    }

    private static func encode(_ call: Call, _ callID: UInt32, _ arena: inout Arena) -> [UInt8] {
        Answers.guarded(ResponseEncoder.byteCountMax(for: call)) {
            ResponseEncoder.encode(call, callID: callID, to: $0, arena: &arena)
        }
    }

    /// Lives as long as the tests do.
    private static func room(_ count: Int) -> BlacklistRoom {
        BlacklistRoom(items: .allocate(capacity: max(count, 1)), text: .allocate(capacity: 1))
    }

    private static func room(
        _ results: UnsafeMutablePointer<UnsafeMutablePointer<Holdfast__V1__BlacklistResult>?>?,
        _ count: Int
    ) -> BlacklistRoom {
        let room = self.room(count)
        for index in 0..<count {
            let result = results![index]!.pointee
            var item = BlacklistItem(
                result: BlacklistItemResult(rawValue: UInt8(result.outcome.rawValue))!)
            item.id = result.id
            item.replacedID = result.replaced_id
            if let entry = result.entry {
                item.hasRow = true
                item.row = self.row(entry.pointee)
            }
            (room.items + index).initialize(to: item)
        }
        return room
    }

    private static func row(_ entry: Holdfast__V1__BlacklistEntry) -> BlacklistRow {
        let (kind, value): (BlacklistRowKind, String) =
            switch entry.value_case.rawValue {
            case 2: (.user, String(cString: entry.user_id))
            case 3: (.device, String(cString: entry.device_id))
            default: (.network, String(cString: entry.network))
            }
        var row = BlacklistRow(
            kind: kind, value: view(value), expiresMilliseconds: entry.expires_at_ms,
            reason: view(String(cString: entry.reason)), source: view(String(cString: entry.source))
        )
        row.operatorName = view(String(cString: entry.operator_name))
        row.createdMilliseconds = entry.created_at_ms
        return row
    }
}
