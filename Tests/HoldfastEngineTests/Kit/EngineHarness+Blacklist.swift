@testable import HoldfastEngine

/// One row of an addition in a test's words.
struct BanInput {
    var kind: BlacklistRowKind
    var value: String
    var expires: Int64
    var reason: String

    init(
        _ value: String, _ kind: BlacklistRowKind = .user, until expires: Int64 = 0,
        reason: String = "why"
    ) {
        self.kind = kind
        self.value = value
        self.expires = expires
        self.reason = reason
    }
}

/// Blacklist calls, with answers in a few words a line: `added 1`, `replaced 2 of 1 (why)`, `lapsed`, `removed 1 (why)`,
/// `notFound`; in front `replayed` if it is, or one line `refused …`.
extension EngineHarness {
    @discardableResult
    func ban(
        _ rows: [BanInput], request: Int? = nil, by operatorName: String = "ann",
        validateOnly: Bool = false
    ) -> [String] {
        let input = UnsafeMutableBufferPointer<BlacklistRow>.allocate(capacity: rows.count)
        defer { input.deallocate() }
        for (index, row) in rows.enumerated() {
            input.initializeElement(
                at: index,
                to: BlacklistRow(
                    kind: row.kind, value: self.arena.view(row.value),
                    expiresMilliseconds: row.expires, reason: self.arena.view(row.reason),
                    source: self.arena.view("test")))
        }
        return self.words(count: rows.count) { room in
            .blacklistAdd(
                BlacklistAddCommand(
                    requestID: CommandBuilder.requestID(request ?? self.newNumber()),
                    rows: UnsafeBufferPointer(input), operatorName: self.arena.view(operatorName),
                    validateOnly: validateOnly, confirmsWide: false, room: room))
        }
    }

    @discardableResult
    func ban(_ value: String, until expires: Int64 = 0, request: Int? = nil) -> [String] {
        self.ban([BanInput(value, until: expires)], request: request)
    }

    @discardableResult
    func unban(
        ids: [UInt64] = [], _ values: [BanInput] = [], request: Int? = nil,
        validateOnly: Bool = false
    ) -> [String] {
        let targets =
            ids.map { BlacklistTarget(id: $0) }
            + values.map { BlacklistTarget(kind: $0.kind, value: self.arena.view($0.value)) }
        return targets.withUnsafeBufferPointer { targets in
            self.words(count: targets.count) { room in
                .blacklistRemove(
                    BlacklistRemoveCommand(
                        requestID: CommandBuilder.requestID(request ?? self.newNumber()),
                        targets: targets, operatorName: self.arena.view("bob"),
                        validateOnly: validateOnly, room: room))
            }
        }
    }

    /// `1 user eve until 5 by ann since 3 (why)` a line; a last line `next 7` if there may be more.
    func banned(
        after id: UInt64 = 0, kind: BlacklistRowKind? = nil, values: [BanInput] = [],
        rowsMax: Int = 100
    ) -> [String] {
        let targets = values.map {
            BlacklistTarget(kind: $0.kind, value: self.arena.view($0.value))
        }
        return targets.withUnsafeBufferPointer { targets in
            self.lines(count: rowsMax) { room in
                .blacklistList(
                    BlacklistListCommand(
                        afterID: id, kind: kind, values: targets, rowsMax: rowsMax, room: room))
            }
        }
    }

    private func withRoom(
        count: Int, _ command: (BlacklistRoom) -> Command,
        _ read: (Outcome, BlacklistRoom) -> [String]
    ) -> [String] {
        let room = BlacklistRoom(
            items: .allocate(capacity: count),
            text: .allocate(capacity: count * EngineLimits.blacklistRowBytesMax))
        defer {
            room.items.deallocate()
            room.text.deallocate()
        }
        let outcome = self.run(command(room))
        if case .refused(let refusal) = outcome { return ["refused \(refusal)"] }
        return read(outcome, room)
    }

    private func words(count: Int, _ command: (BlacklistRoom) -> Command) -> [String] {
        self.withRoom(count: count, command) { outcome, room in
            guard case .blacklistChange(let change) = outcome else { return ["\(outcome)"] }
            return (change.replayed ? ["replayed"] : [])
                + (0..<change.itemCount).map { index in
                    let item = room.items[index]
                    return "\(item.result)" + (item.id == 0 ? "" : " \(item.id)")
                        + (item.replacedID == 0 ? "" : " of \(item.replacedID)")
                        + (item.hasRow ? " (\(AnswerReader.text(item.row.reason)))" : "")
                }
        }
    }

    private func lines(count: Int, _ command: (BlacklistRoom) -> Command) -> [String] {
        self.withRoom(count: count, command) { outcome, room in
            guard case .blacklistList(let list) = outcome else { return ["\(outcome)"] }
            return (0..<list.itemCount).map { index in
                let item = room.items[index]
                let row = item.row
                let end = row.expiresMilliseconds == 0 ? "" : " until \(row.expiresMilliseconds)"
                return "\(item.id) \(row.kind) \(AnswerReader.text(row.value))\(end)"
                    + " by \(AnswerReader.text(row.operatorName))"
                    + " since \(row.createdMilliseconds) (\(AnswerReader.text(row.reason)))"
            } + (list.nextAfterID == 0 ? [] : ["next \(list.nextAfterID)"])
        }
    }
}

/// Bans that come and go beside a model run, which knows nothing of them.
struct RandomBans {
    private var random: SplitMix64
    private var number = 5_000_000

    init(seed: UInt64) { self.random = SplitMix64(seed: seed &+ 77) }

    mutating func step(_ harnesses: [EngineHarness]) {
        self.number += 1
        let what = self.random.below(20)
        var rows: [BanInput] = []
        for _ in 0...self.random.below(4) {
            let kind = self.random.pick(BlacklistRowKind.allCases)
            let expires =
                self.random.below(3) == 0
                ? 0 : harnesses[0].now + Int64(self.random.below(200_000))
            rows.append(
                BanInput("v\(self.random.below(300))", kind, until: expires, reason: "r\(what)"))
        }
        for harness in harnesses {
            harness.now = harnesses[0].now
            switch what {
            case 0, 1, 2: harness.ban(rows, request: self.number)
            case 3: harness.unban(rows, request: self.number)
            // A retry of the newest call, whatever it was.
            case 4: harness.ban(rows, request: self.number - 1)
            default: break
            }
        }
    }
}
