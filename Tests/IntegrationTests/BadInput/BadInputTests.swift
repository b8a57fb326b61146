import Testing

/// The catalogue of bad input against the real binary. Each row has an answer of its own; after each group the stock and
/// all counts are what they were, and an honest client is served.
@Suite("Bad input", .serialized)
struct BadInputTests {
    /// Sends the rows whole, byte by byte and cut at each offset; each row that is refused is logged once.
    private func check(_ rows: (BadInputFixture) -> [BadInput]) async throws {
        let fixture = try BadInputFixture()
        let rows = rows(fixture)
        let runner = BadInputRunner(fixture: fixture)
        try await fixture.servesHonestClient()
        #expect(fixture.server.log().isEmpty, "\(fixture.server.log())")
        let before = try await fixture.state()
        try runner.run(rows, .whole)
        #expect(try await fixture.state() == before)
        try runner.run(rows, .byteByByte)
        #expect(try await fixture.state() == before)
        runner.runCut(rows)
        #expect(try await fixture.state() == before)
        let logged = fixture.server.log().count
        try await fixture.servesHonestClient()
        #expect(fixture.server.log().count == logged, "a good request left a line in the log")
        #expect(fixture.server.isRunning)
    }

    @Test("frames that break the protocol end the connection with the reason")
    func framesBreakTheProtocol() async throws {
        try await self.check { _ in FrameTable.rows }
    }

    @Test("flags, metadata, methods and ports are refused call by call")
    func callsAreRefusedBeforeTheirBody() async throws {
        try await self.check { _ in CallTable.rows }
    }

    @Test("each role is refused each method that is not its own")
    func rolesAreRefused() async throws {
        try await self.check { _ in CallTable.roles }
    }

    @Test("bodies that are not the contract's protobuf are refused with the place")
    func bodiesAreMalformed() async throws {
        try await self.check { _ in WireTable.rows }
    }

    @Test("a Reserve outside the rules is refused with the field")
    func reservesAreOutsideTheRules() async throws {
        try await self.check { _ in ReserveTable.rows }
    }

    @Test("the other calls of StockService are refused with the field")
    func stockCallsAreOutsideTheRules() async throws {
        try await self.check { StockTable.rows(soldReservation: $0.soldReservation) }
    }

    @Test("changes of stock and state outside the rules are refused")
    func adminCallsAreOutsideTheRules() async throws {
        try await self.check { _ in StateTable.rows }
    }

    @Test("changes and lists of the blacklist outside the rules are refused")
    func blacklistCallsAreOutsideTheRules() async throws {
        try await self.check { _ in BlacklistTable.rows }
    }

    @Test("the largest and the smallest frame are taken, whole and in pieces")
    func extremeFramesAreTaken() throws {
        let fixture = try BadInputFixture()
        let noise = [UInt8](repeating: 7, count: 65_536 - 12 - 4)
        let large = RawFrame.call(1, method: MethodNumber.ping, Raw.bytes(15, noise)).bytes()
        #expect(large.count == 4 + 65_536)
        let small = RawFrame.call(2, method: MethodNumber.ping, []).bytes()
        #expect(small.count == 4 + 12)
        for pieceSize in [large.count, 4_099] {
            let client = try fixture.connect(.stock, "gateway")
            let both = large + small
            for start in stride(from: 0, to: both.count, by: pieceSize) {
                client.send(both[start..<min(both.count, start + pieceSize)])
            }
            for callID in [UInt32(1), 2] {
                guard case .frame(let answer) = client.next() else {
                    Issue.record("no answer to call \(callID)")
                    break
                }
                #expect(answer.callID == callID && answer.methodOrCode == 0)
            }
        }
        #expect(fixture.server.log().isEmpty)
    }

    @Test("the catalogue has more than 150 reasons, each with a name and bytes of its own")
    func catalogueIsLarge() {
        let tables: [[BadInput]] = [
            FrameTable.rows, CallTable.rows, WireTable.rows, ReserveTable.rows,
            StockTable.rows(soldReservation: 1), StateTable.rows, PreloadTable.rows,
            BlacklistTable.rows,
        ]
        let rows = tables.flatMap { $0 }
        let refused = rows.filter(\.isRefused)
        #expect(Set(rows.map(\.name)).count == rows.count)
        #expect(Set(rows.map { "\($0.port) \($0.role) \($0.sent)" }).count == rows.count)
        let peers =
            PeerTable.plaintext.count + PeerTable.protocols.count + PeerTable.certificates.count
        // One name and number for each method that a role may not call, or not here, would be padding.
        let onlyMethods = refused.count { row in
            guard case .status(_, let reason, _) = row.answer else { return false }
            return ["WRONG_PORT", "METHOD_NOT_AVAILABLE", "METHOD_UNKNOWN"].contains(reason)
        }
        #expect(refused.count - onlyMethods + peers >= 150)
    }

    @Test("imports outside the rules leave nothing behind")
    func importsAreOutsideTheRules() async throws {
        try await self.check { _ in PreloadTable.rows }
    }
}
