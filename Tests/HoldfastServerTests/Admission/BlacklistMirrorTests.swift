import HoldfastAdmission
import HoldfastEngine
import HoldfastJournal
import HoldfastWire
import Testing

@testable import HoldfastServer

/// The gate's copy of the blacklist follows the control shard, live and from a start on.
@Suite struct BlacklistMirrorTests {
    private static let now: Int64 = 1_800_000_000_000
    private let gate: AdmissionGate
    private let shards: ShardTable

    init() throws {
        self.gate = try Self.makeGate()
        self.shards = ShardTable(
            count: 2, settings: ShardSettings(), blocks: HeapBlocks(), log: MemoryEventLog(),
            controlEvents: self.gate)
    }

    private static func makeGate() throws -> AdmissionGate {
        try AdmissionGate(
            settings: AdmissionSettings(
                mode: .enforce, challenge: .observe, limits: LimiterSettings(), rulesFile: nil,
                riskCapacity: RiskCapacity(users: 1_024, addresses: 512, listWords: 16_384)),
            rules: .defaults, keys: (1, 2), now: self.now)
    }

    /// Memory for a test's tables.
    private final class HeapBlocks: BlockSource, @unchecked Sendable {
        func takeBlock() -> UnsafeMutableRawPointer {
            let block = UnsafeMutableRawPointer.allocate(
                byteCount: TableBlock.byteCount, alignment: 4_096)
            block.initializeMemory(as: UInt8.self, repeating: 0, count: TableBlock.byteCount)
            return block
        }
    }

    /// Lives as long as the tests do.
    private static func view(_ text: String) -> ByteView {
        let bytes = Array(text.utf8)
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(bytes.count, 1))
        copy.initialize(from: bytes, count: bytes.count)
        return ByteView(base: UnsafePointer(copy), count: bytes.count)
    }

    private func execute(_ command: Command) {
        let call = UnsafeMutablePointer<Call>.allocate(capacity: 1)
        call.initialize(to: Call(command: command))
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<Call>>.allocate(capacity: 1)
        pointers.initialize(to: call)
        self.shards.execute(
            shard: self.shards.controlIndex, batch: CallBatch(calls: pointers, count: 1),
            now: Self.now)
    }

    private func room(_ count: Int) -> BlacklistRoom {
        BlacklistRoom(
            items: .allocate(capacity: count),
            text: .allocate(capacity: count * EngineLimits.blacklistRowBytesMax))
    }

    private func ban(_ request: UInt64, _ rows: [(BlacklistRowKind, String)], until: Int64 = 0) {
        let memory = UnsafeMutableBufferPointer<BlacklistRow>.allocate(capacity: rows.count)
        _ = memory.initialize(
            from: rows.map { kind, value in
                BlacklistRow(
                    kind: kind, value: Self.view(value), expiresMilliseconds: until,
                    reason: .empty, source: .empty)
            })
        self.execute(
            .blacklistAdd(
                BlacklistAddCommand(
                    requestID: RequestID(first: request, second: 1),
                    rows: UnsafeBufferPointer(memory), operatorName: .empty, validateOnly: false,
                    confirmsWide: false, room: self.room(rows.count))))
    }

    private func unban(_ request: UInt64, ids: [UInt64]) {
        let memory = UnsafeMutableBufferPointer<BlacklistTarget>.allocate(capacity: ids.count)
        _ = memory.initialize(from: ids.map { BlacklistTarget(id: $0) })
        self.execute(
            .blacklistRemove(
                BlacklistRemoveCommand(
                    requestID: RequestID(first: request, second: 1),
                    targets: UnsafeBufferPointer(memory), operatorName: .empty,
                    validateOnly: false, room: self.room(ids.count))))
    }

    private func input(_ gate: AdmissionGate, _ user: String, _ address: String) throws -> RiskInput
    {
        let user = Self.view(user)
        var subject = AdmissionSubject(
            user: gate.hasher.key(.user, UnsafeRawBufferPointer(user.buffer)),
            sale: gate.hasher.key(.sale, UnsafeRawBufferPointer(user.buffer)))
        subject.address = try #require(NetworkAddress(address))
        subject.network = gate.hasher.key(subject.address)
        return RiskInput(
            subject: subject, request: 1, device: .notApplicable, network: .missing,
            accountCreatedMilliseconds: 1_500_000_000_000)
    }

    private func outcome(
        _ gate: AdmissionGate, _ user: String, _ address: String, now: Int64 = now
    ) throws -> String {
        let (facts, position) = gate.peek(try self.input(gate, user, address), now: now)
        return "\(facts.outcome)\(position == 0 ? "" : " at \(position)")"
    }

    @Test("additions, replacements and removals arrive in their order, with the log's position")
    func follows() throws {
        #expect(try self.outcome(self.gate, "eve", "192.0.2.1") == "allow")
        self.ban(1, [(.user, "eve"), (.network, "10.0.0.0/8"), (.network, "192.0.2.0/24")])
        #expect(self.gate.blacklistCount == 3)
        #expect(try self.outcome(self.gate, "eve", "198.51.100.1") == "blacklisted at 1")
        #expect(try self.outcome(self.gate, "bob", "192.0.2.1") == "blacklisted at 1")
        self.ban(2, [(.user, "eve"), (.user, "eve")])
        #expect(self.gate.blacklistCount == 3)
        #expect(try self.outcome(self.gate, "eve", "198.51.100.1") == "blacklisted at 2")
        self.unban(3, ids: [3, 5])
        #expect(try self.outcome(self.gate, "eve", "198.51.100.1") == "allow")
        #expect(try self.outcome(self.gate, "bob", "192.0.2.1") == "allow")
        #expect(try self.outcome(self.gate, "bob", "10.1.2.3") == "blacklisted at 3")
    }

    @Test("a lapsed entry bars nobody, before and after the shard forgets it")
    func lapses() throws {
        let end = Self.now + 100
        self.ban(1, [(.user, "eve")], until: end)
        #expect(try self.outcome(self.gate, "eve", "::1", now: end - 1) == "blacklisted at 1")
        #expect(try self.outcome(self.gate, "eve", "::1", now: end) == "allow")
        let made = self.shards.expireDue(
            shard: self.shards.controlIndex, now: end, limit: EngineLimits.expiriesPerTurnMax)
        #expect(made == 1 && self.gate.blacklistCount == 0)
        #expect(try self.outcome(self.gate, "eve", "::1", now: end) == "allow")
    }

    @Test("a gate that is filled at its start is the one that followed all along")
    func loads() throws {
        for number in 0..<20 {
            self.ban(UInt64(2 * number + 1), [(.user, "u\(number)"), (.device, "d\(number)")])
            if number % 3 == 0 { self.unban(UInt64(2 * number + 2), ids: [UInt64(2 * number + 1)]) }
        }
        let other = try Self.makeGate()
        other.load(from: self.shards)
        #expect(other.blacklistCount == self.gate.blacklistCount)
        #expect(other.blacklistCount == 33)
        for number in 0..<20 {
            let listed = try self.outcome(self.gate, "u\(number)", "::1").hasPrefix("blacklisted")
            #expect(listed == (number % 3 != 0), "u\(number)")
            // What was there at the start is on disk: its position is 0.
            #expect(
                try self.outcome(other, "u\(number)", "::1") == (listed ? "blacklisted" : "allow"))
        }
    }

    @Test(
        "a barred call has the verdict, is counted by what was listed, and beats the rules' verdict"
    )
    func judges() throws {
        self.ban(1, [(.user, "eve"), (.network, "10.0.0.0/8")])
        var batch = AdmissionBatch()
        for (user, address) in [("eve", "10.0.0.1"), ("bob", "10.0.0.2"), ("bob", "192.0.2.1")] {
            let input = try self.input(self.gate, user, address)
            batch.calls.append(AdmissionCall(input: input, user: .empty, pending: 0))
        }
        let position = self.gate.judge(batch.block(from: 0), now: Self.now)
        #expect(position == 1)
        #expect((0..<3).map { batch.calls[$0].verdict } == [.blacklisted, .blacklisted, .allow])
        #expect(self.gate.blacklistHits == BlacklistHits(user: 1, device: 0, network: 1))
        let ranges = [
            try NetworkRange(parsing: "10.0.0.0/31"), try NetworkRange(parsing: "0.0.0.0/0"),
        ]
        let (seen, hits) = self.gate.hits(of: ranges)
        #expect(seen == 3 && hits == [1, 3])
    }
}
