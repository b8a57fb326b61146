import CHoldfastProto
import CProtobufC
import HoldfastTransport
import HoldfastWire

/// What the server's frames mean, and what is known when it leaves.
extension ClientConnection {
    /// Non-nil when the bytes are no frames of a server.
    func readFrames(_ handle: (Event) -> Void) -> String? {
        while true {
            switch self.input.next() {
            case .needMore:
                return nil
            case .garbage(let reason):
                return "the server sent garbage: \(reason)"
            case .frame(let header, let body):
                if let reason = self.read(header, body, handle) {
                    return "the server sent garbage: \(reason)"
                }
            }
        }
    }

    func read(
        _ header: FrameHeader, _ body: [UInt8], _ handle: (Event) -> Void
    ) -> String? {
        switch FrameKind(rawValue: header.kind) {
        case .hello:
            return self.readHello(body, handle)
        case .response:
            return self.readAnswer(header, body, handle)
        case .goaway:
            self.readGoaway(body)
            self.isDraining = true
            handle(.goaway)
            return nil
        case .item, .pong, .ping, .cancelCall, .credit:
            return nil
        case .request:
            return "a server sends no requests"
        case nil:
            return header.kind >= 128 || header.kind == 0 ? "a frame of kind \(header.kind)" : nil
        }
    }

    func readHello(_ body: [UInt8], _ handle: (Event) -> Void) -> String? {
        guard let hello = ServerHello.decoded(body) else { return "HELLO cannot be read" }
        guard hello.protocolVersion == ProtocolNames.alpn else {
            return "it speaks \"\(hello.protocolVersion)\", this client \(ProtocolNames.alpn): "
                + "upgrade the older of the two"
        }
        self.hello = hello
        handle(.hello(hello))
        return nil
    }

    func readAnswer(
        _ header: FrameHeader, _ body: [UInt8], _ handle: (Event) -> Void
    ) -> String? {
        guard header.flags & FrameFlags.bodyChanging == 0 else { return "unknown flags" }
        guard let entry = self.inFlight.removeValue(forKey: header.callID) else {
            return "an answer to call \(header.callID), which is not in flight"
        }
        guard entry.token != 0 else { return nil }
        if header.methodOrCode == 0 {
            handle(.answer(token: entry.token, .success(body)))
        } else {
            let error = HoldfastError(
                code: HoldfastErrorCode(number: Int32(header.methodOrCode)), statusBody: body,
                retryAfterMilliseconds: Int(header.timeoutOrRetryMilliseconds),
                methodName: entry.methodName)
            handle(.answer(token: entry.token, .failure(error)))
        }
        return nil
    }

    func readGoaway(_ body: [UInt8]) {
        let text = ProtobufReader.unpacked(
            body, holdfast__v1__goaway__unpack, holdfast__v1__goaway__free_unpacked
        ) { raw in
            let message = ProtobufReader.string(raw.message)
            return ProtobufReader.string(raw.reason) + (message.isEmpty ? "" : ": \(message)")
        }
        self.goawayText = text
    }

    func ended(_ failure: TLSFailure) -> End {
        // An alert before HELLO means that the server never finished the handshake: nothing was executed.
        if self.hello == nil && failure.code == .peerAlert {
            return .refused(TLSHints.connectFailure(failure, self.configuration))
        }
        return self.ended(failure.message)
    }

    func ended(_ reason: String) -> End {
        if self.hello == nil {
            return .lost("\(reason) before HELLO")
        }
        if let goawayText = self.goawayText { return .lost("\(reason) after \(goawayText)") }
        return self.inFlight.isEmpty ? .clean : .lost(reason)
    }

    /// Half of what the server allows, so that counting windows that do not agree never close the connection.
    func takeControlFrame(now: UInt64, isPing: Bool = false) -> Bool {
        if now >= self.controlWindowStart + 1_000_000_000 {
            self.controlWindowStart = now
            self.controlFrameCount = 0
        }
        let announced = self.hello.map(\.limits.controlFramesPerSecondMax) ?? 10
        let limit = max(1, announced / 2)
        // The last one of a window is kept for a sign of life.
        guard self.controlFrameCount < (isPing ? limit : limit - 1) else { return false }
        self.controlFrameCount += 1
        return true
    }

    /// The `Metadata` message with its length before it.
    static func metadata(attempt: UInt32) -> [UInt8] {
        let scratch = EncodingScratch()
        var raw = Holdfast__V1__Metadata()
        holdfast__v1__metadata__init(&raw)
        raw.attempt = attempt
        let bytes = scratch.packed(&raw)
        return [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
    }
}
