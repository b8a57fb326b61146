import Foundation
import Synchronization
import Testing

/// Sends rows of the catalogue whole, byte by byte and cut off, and judges what comes back.
struct BadInputRunner {
    enum Manner { case whole, byteByByte }

    /// Lines that the server's log may have a second (of 20), so that none is left out.
    private static let closesPerSecond = 15
    /// Connections with half a frame at a time.
    private static let cutThreads = 4
    /// Rows of bytes up to this size are cut at each offset.
    private static let wholeCutBytesMax = 64
    /// Of the others each row is cut at each so-manieth offset, its neighbours at the offsets between, and all of them
    /// before the last byte: the server judges a call's body only once it is whole, so a handshake for each offset of
    /// each row would test the handshake. With HOLDFAST_DRILLS set, each row is cut at each offset.
    private static let cutStride = 16
    private static let cutsEverywhere =
        ProcessInfo.processInfo.environment["HOLDFAST_DRILLS"] != nil

    let fixture: BadInputFixture

    // MARK: Whole, and byte by byte

    func run(_ rows: [BadInput], _ manner: Manner) throws {
        try self.runCalls(rows, manner)
        try self.runClosing(rows, manner)
    }

    /// Calls of one role share a connection, which must live to the end.
    private func runCalls(_ rows: [BadInput], _ manner: Manner) throws {
        var clients: [String: (client: RawClient, callID: UInt32)] = [:]
        for row in rows {
            guard case .call(let method, let flags, let body) = row.sent else { continue }
            let key = "\(row.role) \(row.port)"
            var (client, callID) =
                try clients[key] ?? (self.fixture.connect(row.port, row.role), 0)
            callID += 1
            clients[key] = (client, callID)
            let bytes = RawFrame.call(callID, method: method, flags: flags, body).bytes()
            if manner == .whole { client.send(bytes) } else { client.sendByteByByte(bytes) }
            guard case .frame(let answer) = client.next() else {
                Issue.record("\(row.name): no answer")
                clients[key] = nil
                continue
            }
            #expect(answer.callID == callID, "\(row.name)")
            Self.judge(row, answer)
        }
        for (key, entry) in clients {
            entry.client.send(
                RawFrame.call(entry.callID + 1, method: MethodNumber.ping, []).bytes())
            guard case .frame(let pong) = entry.client.next() else {
                Issue.record("\(key): the connection did not survive")
                continue
            }
            // The admin port has no Ping; a refusal is a sign of life as well.
            #expect(pong.kind == RawFrame.response && pong.callID == entry.callID + 1)
        }
    }

    /// A connection for each row; the log has its reason once.
    private func runClosing(_ rows: [BadInput], _ manner: Manner) throws {
        var closedCount = 0
        for row in rows {
            guard case .bytes(let bytes) = row.sent else { continue }
            if case .goaway = row.answer {
                if closedCount % Self.closesPerSecond == 0 && closedCount > 0 { usleep(1_050_000) }
                closedCount += 1
            }
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
            let lines = self.fixture.server.log(from: logged)
            guard case .goaway(let reason) = row.answer else {
                #expect(lines.isEmpty, "\(row.name): \(lines)")
                continue
            }
            #expect(
                lines.count == 1 && lines[0].contains("reason=\(reason)"), "\(row.name): \(lines)")
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

    /// The rows' bytes are cut off, and the connection is closed behind them, in turn politely and not.
    func runCut(_ rows: [BadInput]) {
        var cuts: [Cut] = []
        for (index, row) in rows.enumerated() {
            let bytes =
                switch row.sent {
                case .call(let method, let flags, let body):
                    RawFrame.call(1, method: method, flags: flags, body).bytes()
                case .bytes(let bytes): bytes
                }
            var offsets = Array(1..<max(bytes.count, 1))
            if case .bytes = row.sent, bytes.count <= Self.wholeCutBytesMax {
                // Judged by its first bytes, so each of them matters.
            } else if !Self.cutsEverywhere {
                offsets.removeAll {
                    ($0 + index) % Self.cutStride != 0 && $0 != bytes.count - 1
                }
            }
            for count in offsets {
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
