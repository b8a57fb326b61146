import HoldfastEngine
import HoldfastWire
import Testing

@Suite struct BlacklistRequestTests {
    private static let head = ProtoBody().data(1, goodRequestID)

    @Test("entries of each kind become rows in their order")
    func adds() throws {
        let body = Self.head
            .message(2, ProtoBody().text(2, "eve").number(5, 77).text(6, "why").text(7, "from"))
            .message(2, ProtoBody().text(3, "d-1")).message(2, ProtoBody().text(4, "10.0.0.0/8"))
            .varint(3, 1).varint(4, 1)
        decode(.blacklistAdd, body.bytes) { decoded in
            guard case .blacklistAdd(let command) = decoded.command else {
                Issue.record("\(decoded)")
                return
            }
            #expect(command.rows.map(\.kind) == [.user, .device, .network])
            #expect(command.rows.map { text($0.value) } == ["eve", "d-1", "10.0.0.0/8"])
            #expect(command.rows.map(\.expiresMilliseconds) == [77, 0, 0])
            #expect(text(command.rows[0].reason) == "why")
            #expect(text(command.rows[0].source) == "from")
            #expect(command.confirmsWide && command.validateOnly)
        }
    }

    @Test("a hundred entries of all fields are taken, one more is not")
    func counts() {
        let entry = ProtoBody().text(2, "eve").number(5, 77).text(6, "why").text(7, "from")
        var body = Self.head
        for _ in 0..<100 { body = body.message(2, entry) }
        decode(.blacklistAdd, body.bytes) { decoded in
            guard case .blacklistAdd(let command) = decoded.command else {
                Issue.record("\(decoded)")
                return
            }
            #expect(command.rows.count == 100)
        }
        decode(.blacklistAdd, body.message(2, entry).bytes) { decoded in
            #expect(decoded.status?.violations.first?.field == "entries")
        }
    }

    @Test("targets by id and by value")
    func removes() {
        let body = Self.head.message(2, ProtoBody().varint(1, 9))
            .message(2, ProtoBody().text(2, "eve")).message(2, ProtoBody().text(4, "::1"))
        decode(.blacklistRemove, body.bytes) { decoded in
            guard case .blacklistRemove(let command) = decoded.command else {
                Issue.record("\(decoded)")
                return
            }
            #expect(command.targets.map(\.id) == [9, 0, 0])
            #expect(command.targets.map(\.kind) == [.user, .user, .network])
            #expect(command.targets.map { text($0.value) } == ["", "eve", "::1"])
        }
    }

    @Test("a list's page, kind and values")
    func lists() {
        decode(.blacklistList, ProtoBody().varint(1, 500).text(2, "17").varint(3, 2).bytes) {
            decoded in
            guard case .blacklistList(let query) = decoded else {
                Issue.record("\(decoded)")
                return
            }
            #expect(query.pageSize == 100 && query.afterID == 17 && query.kind == .device)
            #expect(!query.hasValues)
        }
        decode(.blacklistList, ProtoBody().text(6, "::1").bytes) { decoded in
            guard case .blacklistList(let query) = decoded else {
                Issue.record("\(decoded)")
                return
            }
            #expect(query.hasValues && text(query.address) == "::1" && query.kind == nil)
        }
    }
}
