internal import HoldfastAdmission
internal import HoldfastEngine
internal import HoldfastJournal
internal import HoldfastTransport
internal import HoldfastWire

/// Calls about the blacklist on their way in: ranges get the one way of writing them, the caller its name, and a wide range
/// its question.
extension RequestPipeline {
    /// What becomes of a decoded command.
    enum BlacklistStep {
        case execute(Command)
        case refuse(Status)
        case confirm(BlacklistQuestion)
    }

    @inline(never)
    func blacklistStep(_ command: Command, _ context: ConnectionContext) -> BlacklistStep {
        switch command {
        case .blacklistAdd(let command): self.step(command, context)
        case .blacklistRemove(let command): self.step(command, context)
        default: .execute(command)
        }
    }

    private func step(
        _ command: BlacklistAddCommand, _ context: ConnectionContext
    ) -> BlacklistStep {
        var command = command
        var violations: [(field: String, description: String)] = []
        var wide: [(index: Int, range: NetworkRange)] = []
        let rows = UnsafeMutableBufferPointer(mutating: command.rows)
        for index in 0..<rows.count where rows[index].kind == .network {
            switch Self.range(rows[index].value) {
            case .success(let range):
                rows[index].value = self.text(of: range)
                if WideRange.needsConfirmation(range) { wide.append((index, range)) }
            case .failure(let error):
                violations.append(
                    ("entries[\(index)].network", "must be an address or a range: \(error)"))
            }
        }
        if !violations.isEmpty { return .refuse(.fieldsInvalid(Array(violations.prefix(16)))) }
        if !wide.isEmpty && !command.confirmsWide {
            return .confirm(
                BlacklistQuestion(
                    entryCount: rows.count, wide: wide.map { (index: $0.index, range: $0.range) }))
        }
        command.operatorName = self.operatorName(context)
        return .execute(.blacklistAdd(command))
    }

    private func step(
        _ command: BlacklistRemoveCommand, _ context: ConnectionContext
    ) -> BlacklistStep {
        var command = command
        var violations: [(field: String, description: String)] = []
        let targets = UnsafeMutableBufferPointer(mutating: command.targets)
        for index in 0..<targets.count
        where targets[index].id == 0 && targets[index].kind == .network {
            switch Self.range(targets[index].value) {
            case .success(let range): targets[index].value = self.text(of: range)
            case .failure(let error):
                violations.append(
                    ("targets[\(index)].network", "must be an address or a range: \(error)"))
            }
        }
        if !violations.isEmpty { return .refuse(.fieldsInvalid(Array(violations.prefix(16)))) }
        command.operatorName = self.operatorName(context)
        return .execute(.blacklistRemove(command))
    }

    /// A list's filters as the values that the control shard knows.
    func blacklistStep(_ query: BlacklistQuery) -> BlacklistStep {
        var targets: [BlacklistTarget] = []
        if !query.userID.isEmpty { targets.append(.init(kind: .user, value: query.userID)) }
        if !query.deviceID.isEmpty { targets.append(.init(kind: .device, value: query.deviceID)) }
        if !query.address.isEmpty {
            guard let address = NetworkAddress(text: query.address.buffer) else {
                return .refuse(
                    .fieldsInvalid([("address", "must be an IPv4 or IPv6 address in text")]))
            }
            // The most specific first.
            let widest = NetworkRange(address).depth - NetworkRange(address).prefixLength
            for depth in stride(from: 128, through: widest, by: -1) {
                let range = NetworkRange(containing: address, depth: depth)
                targets.append(.init(kind: .network, value: self.text(of: range)))
            }
        }
        if !query.network.isEmpty {
            switch Self.range(query.network) {
            case .success(let range):
                targets.append(.init(kind: .network, value: self.text(of: range)))
            case .failure(let error):
                return .refuse(
                    .fieldsInvalid([("network", "must be an address or a range: \(error)")]))
            }
        }
        let memory = self.arenas.pointee.admin.allocateForAnswer(
            max(targets.count, 1) * MemoryLayout<BlacklistTarget>.stride
        ).bindMemory(to: BlacklistTarget.self, capacity: max(targets.count, 1))
        memory.initialize(from: targets, count: targets.count)
        let rowsMax = targets.isEmpty ? query.pageSize : EngineLimits.blacklistPageMax
        return .execute(
            .blacklistList(
                BlacklistListCommand(
                    afterID: query.afterID, kind: query.kind,
                    values: UnsafeBufferPointer(start: memory, count: targets.count),
                    rowsMax: rowsMax,
                    room: BlacklistRoom(count: rowsMax, in: &self.arenas.pointee.admin))))
    }

    /// The answer to an addition that must be confirmed. It reports no event: nothing of it waits.
    func answer(
        _ question: BlacklistQuestion, callID: UInt32, _ connection: Connection
    ) {
        let ranges = question.wide.map(\.range)
        let (seen, hits) =
            self.core.admission?.hits(of: ranges)
            ?? (0, ranges.map { _ in 0 })
        connection.write(
            ResponseEncoder.blacklistConfirmation(
                zip(question.wide, hits).map {
                    WideBlacklistRange(index: $0.index, addressesHit: $1)
                },
                entryCount: question.entryCount, addressesSeen: seen, callID: callID))
    }

    /// A Reserve that is told of an entry waits for the blacklist's newest change, as far as it was seen.
    func holdBanned(until position: UInt64) {
        if position <= self.core.events.syncedPosition.rawValue { return }
        let entries = self.pending.pointee.base
        for index in 0..<self.pending.pointee.count {
            guard entries[index].kind == .engine, let call = entries[index].call,
                call.pointee.reserve?.pointee.verdict == .blacklisted,
                case .reserve(let outcome) = call.pointee.outcome, outcome.result == .blacklisted
            else { continue }
            call.pointee.logPosition = max(call.pointee.logPosition, position)
        }
    }

    // MARK: Texts in the arena

    private static func range(_ text: ByteView) -> Result<NetworkRange, NetworkTextError> {
        do throws(NetworkTextError) {
            return .success(
                try NetworkRange(parsing: String(decoding: text.buffer, as: UTF8.self)))
        } catch {
            return .failure(error)
        }
    }

    private func text(of range: NetworkRange) -> ByteView { self.text(range.description) }

    private func text(_ text: String) -> ByteView {
        var text = text
        return text.withUTF8 { bytes in
            let room = self.arenas.pointee.admin.allocateForAnswer(
                max(bytes.count, 1), alignment: 1
            ).bindMemory(to: UInt8.self, capacity: max(bytes.count, 1))
            if let base = bytes.baseAddress { room.update(from: base, count: bytes.count) }
            return ByteView(base: UnsafePointer(room), count: bytes.count)
        }
    }

    /// Who calls, by certificate: never what a request says.
    private func operatorName(_ context: ConnectionContext) -> ByteView {
        var name = context.caller
        while name.utf8.count > EngineLimits.blacklistOperatorBytesMax { name.removeLast() }
        return self.text(name)
    }
}

/// An addition whose ranges are so wide that somebody must say that they are meant.
struct BlacklistQuestion {
    var entryCount: Int
    var wide: [(index: Int, range: NetworkRange)]
}
