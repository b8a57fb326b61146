import Foundation
import HoldfastWire
import Synchronization
import Testing

/// Sends rows of the catalogue whole, byte by byte and cut off, and judges what comes back.
struct BadInputRunner {
    enum Manner { case whole, byteByByte }

    /// Connections with half a frame at a time.
    private static let cutThreads = 4

    let fixture: BadInputFixture

    // MARK: Whole, and byte by byte

    func run(_ rows: [BadInput], _ manner: Manner) throws {
        switch manner {
        case .whole: try self.runCallsApart(rows)
        case .byteByByte: try self.runCallsTogether(rows)
        }
        try self.runClosing(rows, manner)
    }

    /// A connection for each call, which must live on; the log has the call's reason once.
    private func runCallsApart(_ rows: [BadInput]) throws {
        for row in rows {
            guard case .call(let method, let flags, let body) = row.sent else { continue }
            let logged = self.fixture.server.log().count
            let client = try self.fixture.connect(row.port, row.role)
            client.send(RawFrame.call(1, method: method, flags: flags, body).bytes())
            guard case .frame(let answer) = client.next() else {
                Issue.record("\(row.name): no answer")
                continue
            }
            #expect(answer.callID == 1, "\(row.name)")
            Self.judge(row, answer)
            self.expectAlive(client, row.name)
            self.judgeLog(row, method, answer, self.fixture.server.log(from: logged))
        }
    }

    /// Byte by byte; calls of one role share a connection, for which the log has each reason once.
    private func runCallsTogether(_ rows: [BadInput]) throws {
        var clients: [String: (client: RawClient, callID: UInt32, reasons: Set<String>)] = [:]
        let logged = self.fixture.server.log().count
        for row in rows {
            guard case .call(let method, let flags, let body) = row.sent else { continue }
            let key = "\(row.role) \(row.port)"
            var entry =
                try clients[key] ?? (self.fixture.connect(row.port, row.role), 0, [])
            entry.callID += 1
            if let reason = row.loggedReason { entry.reasons.insert(reason) }
            clients[key] = entry
            entry.client.sendByteByByte(
                RawFrame.call(entry.callID, method: method, flags: flags, body).bytes())
            guard case .frame(let answer) = entry.client.next() else {
                Issue.record("\(row.name): no answer")
                clients[key] = nil
                continue
            }
            #expect(answer.callID == entry.callID, "\(row.name)")
            Self.judge(row, answer)
        }
        for (key, entry) in clients {
            self.expectAlive(entry.client, key)
        }
        let reasons = self.fixture.server.log(from: logged).map(LogLine.init).map {
            $0["reason"] ?? "none"
        }
        #expect(reasons.sorted() == clients.values.flatMap(\.reasons).sorted())
    }

    /// By a PING frame, which both ports answer.
    private func expectAlive(_ client: RawClient, _ name: String) {
        client.send(RawFrame(kind: RawFrame.ping).bytes())
        guard case .frame(let pong) = client.next() else {
            Issue.record("\(name): the connection did not survive")
            return
        }
        #expect(pong.kind == RawFrame.pong, "\(name)")
    }

    /// One line with peer, caller, method, code, reason, the text that the caller got and the first field; none for
    /// what is tolerated.
    private func judgeLog(
        _ row: BadInput, _ method: UInt16, _ answer: RawFrame, _ lines: [String]
    ) {
        guard let reason = row.loggedReason else {
            #expect(lines.isEmpty, "\(row.name): \(lines)")
            return
        }
        #expect(lines.count == 1, "\(row.name): \(lines)")
        guard let text = lines.first else { return }
        let line = LogLine(text)
        #expect(line["reason"] == reason, "\(row.name): \(text)")
        #expect(line["peer"] == "127.0.0.1", "\(row.name): \(text)")
        #expect(
            line["caller"] == "spiffe://holdfast.local/\(row.role)/dev", "\(row.name): \(text)")
        #expect(
            line["method"] == Method(rawValue: method)?.name ?? "\(method)", "\(row.name): \(text)")
        #expect(
            line["code"] == RPCCode(rawValue: answer.methodOrCode)?.name, "\(row.name): \(text)")
        if reason == "FIELD_INVALID" || reason == "PRELOAD_REJECTED" {
            #expect(line["field"] != nil, "\(row.name): \(text)")
        }
        if case .rejected(let field) = row.answer { #expect(line["field"] == field) }
        if case .status = row.answer {
            let message = Raw.text(in: answer.body, field: 1) ?? ""
            // The log writes bytes that are no printable ASCII otherwise, and cuts long texts.
            if message.utf8.count <= 256 && message.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) {
                #expect(text.contains("call refused: \(message) "), "\(row.name): \(text)")
            }
        }
    }

    /// A connection for each row; the log has its reason once.
    private func runClosing(_ rows: [BadInput], _ manner: Manner) throws {
        for row in rows {
            guard case .bytes(let bytes) = row.sent else { continue }
            let logged = self.fixture.server.log().count
            let client = try self.fixture.connect(row.port, row.role)
            if manner == .whole { client.send(bytes) } else { client.sendByteByByte(bytes) }
            if row.answer == .tolerated { client.finish() }
            let (frames, end) = client.readToEnd()
            guard case .closed = end else {
                Issue.record("\(row.name): not closed cleanly: \(end)")
                continue
            }
            self.judgeClosing(row, bytes, frames)
            // Calls before it may have been refused, each with a line of its own.
            let refused = frames.filter { $0.kind == RawFrame.response && $0.methodOrCode != 0 }
                .map { Raw.text(in: $0.body, field: 2) }
            let lines = self.fixture.server.log(from: logged)
            #expect(
                lines.map { LogLine($0)["reason"] }
                    == refused + (row.loggedReason.map { [$0] } ?? []), "\(row.name): \(lines)")
        }
    }

    private func judgeClosing(_ row: BadInput, _ bytes: [UInt8], _ frames: [RawFrame]) {
        switch row.answer {
        case .goaway(let reason):
            let goodbyes = frames.filter { $0.kind == RawFrame.goaway }
            #expect(goodbyes.count == 1, "\(row.name)")
            #expect(frames.last?.kind == RawFrame.goaway, "\(row.name)")
            let body: [UInt8] = frames.last.map(\.body) ?? []
            #expect(Raw.text(in: body, field: 1) == "PROTOCOL_ERROR", "\(row.name)")
            let text = Raw.text(in: body, field: 3) ?? ""
            #expect(text.hasPrefix("\(reason): "), "\(row.name): \(text)")
        case .tolerated:
            let asked = Self.callIDs(in: bytes)
            let answered = frames.filter { $0.kind == RawFrame.response && $0.methodOrCode == 0 }
            #expect(answered.map(\.callID).sorted() == asked.sorted(), "\(row.name)")
            #expect(!frames.contains { $0.kind == RawFrame.goaway }, "\(row.name)")
        case .status, .rejected: Issue.record("\(row.name): bytes have no such answer")
        }
    }

    private static func judge(_ row: BadInput, _ answer: RawFrame) {
        #expect(answer.kind == RawFrame.response, "\(row.name)")
        switch row.answer {
        case .status(let code, let reason, let mentions):
            #expect(answer.methodOrCode == code, "\(row.name)")
            let given = Raw.text(in: answer.body, field: 2) ?? "none"
            #expect(given == reason, "\(row.name)")
            let message = Raw.text(in: answer.body, field: 1) ?? ""
            #expect(!message.isEmpty, "\(row.name)")
            let text = String(decoding: answer.body, as: UTF8.self)
            #expect(
                mentions.isEmpty || text.contains(mentions),
                "\(row.name): \(message) does not mention \(mentions)")
        case .rejected(let field):
            #expect(answer.methodOrCode == 0, "\(row.name)")
            let fields = Raw.fields(answer.body)
            #expect(fields.first { $0.number == 1 }?.value == 4, "\(row.name)")
            let reject: [UInt8] = fields.first { $0.number == 6 }.map(\.bytes) ?? []
            #expect(Raw.text(in: reject, field: 1) == field, "\(row.name)")
        case .tolerated:
            #expect(answer.methodOrCode == 0, "\(row.name)")
        case .goaway: Issue.record("\(row.name): a call has no such answer")
        }
    }

    /// Call ids of the whole REQUESTs in `bytes`.
    private static func callIDs(in bytes: [UInt8]) -> [UInt32] {
        var rest = bytes
        var callIDs: [UInt32] = []
        while let frame = RawFrame(takingFrom: &rest) {
            if frame.kind == RawFrame.request { callIDs.append(frame.callID) }
        }
        return callIDs
    }

    // MARK: Cut off

    private struct Cut: Sendable {
        let row: BadInput
        let bytes: [UInt8]
        let count: Int
        /// Leaves with close_notify and reads to the end; else it is just gone.
        let isPolite: Bool
    }

    /// The rows' bytes are cut off at every offset, and the connection is closed behind them, in turn politely and not.
    func runCut(_ rows: [BadInput]) {
        var cuts: [Cut] = []
        for row in rows {
            let bytes =
                switch row.sent {
                case .call(let method, let flags, let body):
                    RawFrame.call(1, method: method, flags: flags, body).bytes()
                case .bytes(let bytes): bytes
                }
            for count in 1..<max(bytes.count, 1) {
                cuts.append(
                    Cut(row: row, bytes: bytes, count: count, isPolite: cuts.count % 2 == 0))
            }
        }
        let all = cuts
        let next = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: Self.cutThreads) { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if index >= all.count { return }
                self.run(all[index])
            }
        }
    }

    private func run(_ cut: Cut) {
        let what = "\(cut.row.name), cut at \(cut.count)"
        do {
            // HELLO is not waited for: the bytes come as early as they can.
            let client = try self.fixture.connectSilently(cut.row.port, cut.row.role)
            client.send(cut.bytes[..<cut.count])
            guard cut.isPolite else { return }
            client.finish()
            let (frames, end) = client.readToEnd()
            guard case .closed = end else {
                Issue.record("\(what): not closed cleanly: \(end)")
                return
            }
            Self.judge(cut, frames, what)
        } catch {
            Issue.record("\(what): \(error)")
        }
    }

    /// Whole frames before the cut are answered, half a frame never is; a frame may be refused by its first bytes.
    private static func judge(_ cut: Cut, _ frames: [RawFrame], _ what: String) {
        let asked = Self.callIDs(in: Array(cut.bytes[..<cut.count]))
        for frame in frames {
            switch frame.kind {
            case RawFrame.hello, RawFrame.pong: break
            case RawFrame.response: #expect(asked.contains(frame.callID), "\(what)")
            case RawFrame.goaway:
                guard case .goaway(let reason) = cut.row.answer else {
                    Issue.record("\(what): an unexpected GOAWAY")
                    break
                }
                let text = Raw.text(in: frame.body, field: 3) ?? ""
                #expect(text.hasPrefix("\(reason): "), "\(what): \(text)")
            default: Issue.record("\(what): a frame of kind \(frame.kind)")
            }
        }
    }
}
