import Foundation
import HoldfastClient
import Testing

/// "Who may see what when" (FORMATS 2), over TLS, with a disk that stands still.
///
/// Whether an answer waits is told without a clock: behind the call goes one that is always answered at once. If the
/// call's answer comes second, it waited.
@Suite("Who may see what when", .serialized)
struct VisibilityTests {
    private static func sale(_ id: String, startsInMilliseconds: Int = -60_000) -> Sale {
        var sale = openSale(
            id,
            products: [
                Product(productID: "sku", total: 2, limitPerUser: 1),
                Product(productID: "other", total: 100),
            ])
        sale.startsAtMilliseconds += 60_000 + startsInMilliseconds
        return sale
    }

    @Test("every row of the table")
    func everyRow() async throws {
        let fixture = try VisibilityFixture()
        try await fixture.load(Self.sale("later", startsInMilliseconds: 600_000))
        let count = VisibilityTable.rows(of: "").count
        #expect(count >= 33)
        for number in 0..<count {
            let sale = "row-\(number)"
            try await fixture.load(Self.sale(sale))
            let row = VisibilityTable.rows(of: sale)[number]
            try self.check(row, fixture)
        }
    }

    private func check(_ row: VisibilityRow, _ fixture: VisibilityFixture) throws {
        let others = (stock: try fixture.connect(.stock), admin: try fixture.connect(.admin))
        for step in row.prepared {
            let peer = step.port == .stock ? others.stock : others.admin
            let callID = peer.send(step)
            let answer = try peer.answer()
            #expect(answer.callID == callID && answer.methodOrCode == 0, "\(row): prepared")
        }
        fixture.log.hold()
        var owed: [(peer: VisibilityFixture.Peer, callID: UInt32)] = []
        for step in row.unsynced {
            let peer = step.port == .stock ? others.stock : others.admin
            owed.append((peer, peer.send(step)))
            let barrier = peer.barrier(step.port)
            let answer = try peer.answer()
            #expect(answer.callID == barrier, "\(row): what is not on disk was answered")
        }
        let peer = try fixture.connect(row.call.port)
        let callID = peer.send(row.call)
        let barrier = peer.barrier(row.call.port)
        let first = try peer.answer()
        #expect(first.callID == (row.waits ? barrier : callID), "\(row)")
        fixture.log.release()
        let second = try peer.answer()
        let answer = first.callID == callID ? first : second
        #expect(answer.callID == callID, "\(row): no answer came")
        if let outcome = row.outcome {
            #expect(answer.methodOrCode == 0, "\(row)")
            let told = Raw.fields(answer.body).first { $0.number == 1 }?.value
            #expect(told == outcome, "\(row)")
        }
        for (peer, callID) in owed {
            let answer = try peer.answer()
            #expect(answer.callID == callID, "\(row): what was not on disk is answered then")
        }
    }

    @Test("who is told of a ban waits for the ban, and others do not")
    func bans() async throws {
        let fixture = try VisibilityFixture(
            flags: [
                "--admission-user-limit", "unlimited", "--admission-ip-limit", "unlimited",
                "--admission-device-limit", "unlimited",
            ])
        let blacklisted: UInt64 = 8
        try await fixture.load(Self.sale("bans"))
        let rows = [
            VisibilityRow(
                name: "BLACKLISTED waits for the ban", unsynced: [.ban("eve", request: 1)],
                call: .reserve("bans", user: "eve", request: 1), outcome: blacklisted, waits: true),
            VisibilityRow(
                name: "BLACKLISTED by a ban on disk leaves at once",
                call: .reserve("bans", user: "eve", request: 2), outcome: blacklisted,
                waits: false),
            VisibilityRow(
                name: "CheckRisk that says BLACKLISTED waits for the ban",
                unsynced: [.ban("mallory", request: 2)],
                call: .checkRisk("bans", user: "mallory"), outcome: 4, waits: true),
            VisibilityRow(
                name: "who is not barred does not wait for the ban of another",
                unsynced: [.ban("trudy", request: 3)],
                call: .reserve("bans", user: "bob", request: 3, product: "none"), outcome: 4,
                waits: false),
        ]
        for row in rows { try self.check(row, fixture) }
    }

    @Test("a waiting acquire that is granted waits for its grant")
    func settledWaiterWaits() async throws {
        let fixture = try VisibilityFixture()
        let (holder, next) = (try fixture.connect(.stock), try fixture.connect(.stock))
        _ = holder.send(.acquire("line", owner: 1))
        _ = try holder.answer()
        let waiting = next.send(.acquire("line", owner: 2, waitMilliseconds: 50_000))
        _ = next.barrier(.stock)
        _ = try next.answer()
        fixture.log.hold()
        let release = holder.send(
            VisibilityRow.Step(
                port: .stock, method: 12,
                body: Raw.text(2, "line") + Raw.bytes(3, VisibilityRow.Step.request(1))))
        var barrier = holder.barrier(.stock)
        #expect(try holder.answer().callID == barrier)
        // The grant was decided with the release; its answer would be in front of this one.
        barrier = next.barrier(.stock)
        #expect(try next.answer().callID == barrier)
        barrier = next.barrier(.stock)
        #expect(try next.answer().callID == barrier)
        fixture.log.release()
        #expect(try next.answer().callID == waiting)
        #expect(try holder.answer().callID == release)
    }

    @Test("who half closes or breaks the protocol still gets the answers of the calls before")
    func heldAnswersComeBeforeTheEnd() async throws {
        let fixture = try VisibilityFixture()
        try await fixture.load(Self.sale("end"))
        let (polite, rude) = (try fixture.connect(.stock), try fixture.connect(.stock))
        fixture.log.hold()
        let first = polite.send(.reserve("end", user: "a", request: 1))
        polite.client.finish()
        let second = rude.send(.reserve("end", user: "b", request: 2))
        // A call id that does not grow ends the connection.
        rude.client.send(RawFrame.call(second, method: MethodNumber.ping, []).bytes())
        let other = try fixture.connect(.stock)
        // Both were read: the sale's two units are gone.
        while true {
            _ = other.send(.reserve("end", user: "c", request: 3))
            let barrier = other.barrier(.stock)
            let answer = try other.answer()
            if answer.callID == barrier { break }
        }
        fixture.log.release()
        #expect(try polite.answer().callID == first)
        #expect(try rude.answer().callID == second)
        guard case .frame(let goodbye) = rude.client.next() else {
            Issue.record("no GOAWAY")
            return
        }
        #expect(goodbye.kind == RawFrame.goaway)
        guard case .closed = polite.client.next() else {
            Issue.record("the polite one's connection was not closed in order")
            return
        }
    }

    @Test("calls whose connection is gone are executed, and their answers go nowhere")
    func aLostConnectionLosesNothing() async throws {
        let fixture = try VisibilityFixture()
        try await fixture.load(Self.sale("gone"))
        fixture.log.hold()
        var peer: VisibilityFixture.Peer? = try fixture.connect(.stock)
        _ = peer?.send(.reserve("gone", user: "a", request: 1))
        let barrier = try #require(peer?.barrier(.stock))
        #expect(try peer?.answer().callID == barrier)
        peer = nil
        let other = try fixture.connect(.stock)
        _ = other.barrier(.stock)
        _ = try other.answer()
        fixture.log.release()
        _ = other.send(.reserve("gone", user: "a", request: 1))
        let answer = try other.answer()
        let replayed = Raw.fields(answer.body).first { $0.number == 5 }?.value
        #expect(answer.methodOrCode == 0)
        #expect(replayed == 1 || Raw.fields(answer.body).contains { $0.number == 2 })
    }

    @Test("answers that wait count as calls in flight")
    func heldCallsAreInFlight() async throws {
        let fixture = try VisibilityFixture()
        try await fixture.load(Self.sale("flight"))
        let peer = try fixture.connect(.stock)
        fixture.log.hold()
        let count: UInt32 = 1_030
        var frames: [UInt8] = []
        for number in 1...count {
            frames += RawFrame.call(
                number, method: MethodNumber.cancel,
                Raw.text(1, "flight")
                    + Raw.bytes(3, Big.bytes(UInt64(number)) + Big.bytes(UInt64(7)))
            ).bytes()
        }
        peer.client.send(frames)
        // The first 1,024 wait for the disk; what is beyond is refused at once.
        for number in 1_025...count {
            let answer = try peer.answer()
            #expect(answer.callID == number && answer.methodOrCode == 8)
        }
        fixture.log.release()
        for number in 1...UInt32(1_024) {
            let answer = try peer.answer()
            #expect(answer.callID == number && answer.methodOrCode == 0)
        }
    }
}
