internal import CHoldfastProto
internal import CProtobufC
package import HoldfastEngine

/// A BlacklistList as it was asked. Empty views and 0: not asked for.
package struct BlacklistQuery {
    /// 1…100.
    package var pageSize: Int
    package var afterID: UInt64
    package var kind: BlacklistRowKind?
    package var userID: ByteView
    package var deviceID: ByteView
    /// Text of any kind yet.
    package var address: ByteView
    /// Text of any kind yet.
    package var network: ByteView

    /// Only the entries of given values are asked for.
    package var hasValues: Bool {
        !self.userID.isEmpty || !self.deviceID.isEmpty || !self.address.isEmpty
            || !self.network.isEmpty
    }
}

/// The blacklist: unpacked messages → commands. Ranges go on as the text that came: what it means the server says, which
/// knows ranges. Nil: the arena's cap was reached.
extension RequestDecoder {
    static func blacklistAdd(
        _ message: Holdfast__V1__BlacklistAddRequest, _ check: inout FieldCheck,
        _ arena: inout Arena
    ) -> Decoded? {
        let requestID = check.requestID(message.request_id, FieldPath("request_id"))
        guard check.blacklistCount(message.n_entries, "entries") else { return nil }
        guard let rows = arena.allocateArray(BlacklistRow.self, count: message.n_entries),
            let room = Self.blacklistRoom(message.n_entries, &arena)
        else { return nil }
        for index in 0..<message.n_entries {
            guard let entry = message.entries[index] else { continue }
            (rows + index).initialize(to: Self.blacklistRow(entry.pointee, index, &check))
        }
        let command = BlacklistAddCommand(
            requestID: requestID,
            rows: UnsafeBufferPointer(start: rows, count: message.n_entries),
            operatorName: .empty, validateOnly: message.validate_only != 0,
            confirmsWide: message.confirm_wide != 0, room: room)
        return .engine(.blacklistAdd(command), ClientInfo())
    }

    private static func blacklistRow(
        _ entry: Holdfast__V1__BlacklistEntry, _ index: Int, _ check: inout FieldCheck
    ) -> BlacklistRow {
        let list: StaticString = "entries"
        let which = entry.value_case.rawValue
        let (kind, value) = check.blacklistValue(
            which, user: which == 2 ? entry.user_id : nil,
            device: which == 3 ? entry.device_id : nil, network: which == 4 ? entry.network : nil,
            list, index)
        check.range(
            entry.expires_at_ms, 0...EngineLimits.timeMillisecondsMax,
            FieldPath(list, index, "expires_at_ms"))
        let reason = check.text(
            entry.reason, bytesMax: EngineLimits.blacklistReasonBytesMax,
            FieldPath(list, index, "reason"))
        let source = check.text(
            entry.source, bytesMax: EngineLimits.blacklistSourceBytesMax,
            FieldPath(list, index, "source"))
        let serverFields: [(StaticString, isSet: Bool)] = [
            ("id", entry.id != 0), ("created_at_ms", entry.created_at_ms != 0),
            ("operator_name", !FieldCheck.view(entry.operator_name).isEmpty),
        ]
        for (field, isSet) in serverFields where isSet {
            check.add(FieldPath(list, index, field), "must be absent: the server sets it")
        }
        return BlacklistRow(
            kind: kind, value: value, expiresMilliseconds: entry.expires_at_ms, reason: reason,
            source: source)
    }

    static func blacklistRemove(
        _ message: Holdfast__V1__BlacklistRemoveRequest, _ check: inout FieldCheck,
        _ arena: inout Arena
    ) -> Decoded? {
        let requestID = check.requestID(message.request_id, FieldPath("request_id"))
        guard check.blacklistCount(message.n_targets, "targets") else { return nil }
        guard let targets = arena.allocateArray(BlacklistTarget.self, count: message.n_targets),
            let room = Self.blacklistRoom(message.n_targets, &arena)
        else { return nil }
        for index in 0..<message.n_targets {
            guard let target = message.targets[index]?.pointee else { continue }
            let which = target.target_case.rawValue
            if which == 1 {
                if target.id == 0 {
                    check.add(
                        FieldPath("targets", index, "id"), "must be an entry's id, not 0")
                }
                (targets + index).initialize(to: BlacklistTarget(id: target.id))
                continue
            }
            let (kind, value) = check.blacklistValue(
                which, user: which == 2 ? target.user_id : nil,
                device: which == 3 ? target.device_id : nil,
                network: which == 4 ? target.network : nil, "targets", index)
            (targets + index).initialize(to: BlacklistTarget(kind: kind, value: value))
        }
        let command = BlacklistRemoveCommand(
            requestID: requestID,
            targets: UnsafeBufferPointer(start: targets, count: message.n_targets),
            operatorName: .empty, validateOnly: message.validate_only != 0, room: room)
        return .engine(.blacklistRemove(command), ClientInfo())
    }

    static func blacklistList(
        _ message: Holdfast__V1__BlacklistListRequest, _ check: inout FieldCheck
    ) -> Decoded? {
        let most = EngineLimits.blacklistPageMax
        let asked = Int(message.page_size)
        var query = BlacklistQuery(
            pageSize: asked == 0 ? most : min(asked, most), afterID: 0,
            kind: BlacklistRowKind(rawValue: UInt8(clamping: message.kind.rawValue)),
            userID: check.reference(message.user_id, FieldPath("user_id")),
            deviceID: check.reference(message.device_id, FieldPath("device_id")),
            address: check.reference(message.address, FieldPath("address")),
            network: check.reference(message.network, FieldPath("network")))
        if query.kind == nil && message.kind.rawValue != 0 {
            check.add(FieldPath("kind"), "must be USER, DEVICE, NETWORK or absent")
        }
        let token = FieldCheck.view(message.page_token)
        if !token.isEmpty {
            guard token.count <= 20,
                let id = UInt64(String(decoding: token.buffer, as: UTF8.self))
            else {
                check.add(
                    FieldPath("page_token"), "must be the next_page_token of an answer, or absent")
                return nil
            }
            query.afterID = id
        }
        if query.hasValues && (query.kind != nil || !token.isEmpty) {
            check.add(
                FieldPath(query.kind != nil ? "kind" : "page_token"),
                "must be absent beside user_id, device_id, address and network")
        }
        return .blacklistList(query)
    }

    private static func blacklistRoom(_ count: Int, _ arena: inout Arena) -> BlacklistRoom? {
        guard let items = arena.allocateArray(BlacklistItem.self, count: count),
            let text = arena.allocateArray(
                UInt8.self, count: count * EngineLimits.blacklistRowBytesMax)
        else { return nil }
        return BlacklistRoom(items: items, text: text)
    }
}

extension BlacklistRoom {
    /// Room for an answer of so many lines, for a command that no message made.
    package init(count: Int, in arena: inout Arena) {
        let items = arena.allocateAnswerArray(BlacklistItem.self, count: count)
        let text = arena.allocateAnswerArray(
            UInt8.self, count: count * EngineLimits.blacklistRowBytesMax)
        self.init(items: items, text: text)
    }
}

extension FieldCheck {
    fileprivate mutating func blacklistCount(_ count: Int, _ field: StaticString) -> Bool {
        if (1...EngineLimits.blacklistRowsMax).contains(count) { return true }
        self.add(
            FieldPath(field), "must have 1 to \(EngineLimits.blacklistRowsMax), not \(count)")
        return false
    }

    /// What an entry or target names: `which` is the number of the oneof's member, 0 when there is none.
    fileprivate mutating func blacklistValue(
        _ which: UInt32, user: UnsafeMutablePointer<CChar>?, device: UnsafeMutablePointer<CChar>?,
        network: UnsafeMutablePointer<CChar>?, _ list: StaticString,
        _ index: Int
    ) -> (BlacklistRowKind, ByteView) {
        switch which {
        case 2: return (.user, self.id(user, FieldPath(list, index, "user_id")))
        case 3: return (.device, self.id(device, FieldPath(list, index, "device_id")))
        case 4: return (.network, self.id(network, FieldPath(list, index, "network")))
        default:
            self.add(
                FieldPath(list, index, ""), "must name one of user_id, device_id and network")
            return (.user, .empty)
        }
    }
}
