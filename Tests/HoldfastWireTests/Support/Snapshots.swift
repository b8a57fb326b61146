import HoldfastEngine
import HoldfastWire

func bytes(_ view: ByteView) -> [UInt8] { Array(view.buffer) }

func text(_ view: ByteView) -> String { String(decoding: view.buffer, as: UTF8.self) }

/// A Reserve with all that admission learns, copied out of its buffers so that two can be compared.
struct ReserveSnapshot: Equatable {
    var requestID: RequestID
    var saleID: [UInt8]
    var userID: [UInt8]
    var lines: [[UInt8]]
    var quantities: [Int64]
    var holdMilliseconds: Int64
    var allowPartial: Bool
    var verdict: AdmissionVerdict
    var orderReference: [UInt8]
    var ip: [UInt8]
    var deviceID: [UInt8]
    var accountCreatedMilliseconds: Int64
    var identity: [UInt8]
    var challengeSolution: [UInt8]

    init(_ command: ReserveCommand, _ client: ClientInfo) {
        self.requestID = command.requestID
        self.saleID = bytes(command.saleID)
        self.userID = bytes(command.userID)
        self.lines = command.lines.map { bytes($0.productID) }
        self.quantities = command.lines.map(\.quantity)
        self.holdMilliseconds = command.holdMilliseconds
        self.allowPartial = command.allowPartial
        self.verdict = command.verdict
        self.orderReference = bytes(command.orderReference)
        self.ip = bytes(client.ip)
        self.deviceID = bytes(client.deviceID)
        self.accountCreatedMilliseconds = client.accountCreatedMilliseconds
        self.identity = bytes(client.identity)
        self.challengeSolution = bytes(client.challengeSolution)
    }

    init?(_ decoded: Decoded) {
        guard case .engine(.reserve(let command), let client) = decoded else { return nil }
        self.init(command.pointee, client)
    }
}

extension Decoded {
    var command: Command? {
        guard case .engine(let command, _) = self else { return nil }
        return command
    }

    var status: Status? {
        switch self {
        case .invalid(let status), .unimplemented(let status): status
        default: nil
        }
    }

    /// The fields that were wrong.
    var badFields: [String] { self.status?.violations.map(\.field) ?? [] }
}

/// Decodes a body and looks at the result while its memory lives.
func decode<Result>(
    _ method: Method, _ body: [UInt8], hasMetadata: Bool = false, callBytesMax: Int = 16 << 20,
    _ look: (Decoded) throws -> Result
) rethrows -> Result {
    var arena = Arena(initialBytes: 4_096, callBytesMax: callBytesMax)
    return try body.withUnsafeBytes { body in
        let decoded = RequestDecoder.decode(
            method: method, body: body, hasMetadata: hasMetadata, arena: &arena)
        return try look(decoded)
    }
}

/// A view of bytes that live as long as the tests do.
func view(_ text: String) -> ByteView {
    let utf8 = Array(text.utf8)
    let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(utf8.count, 1))
    copy.initialize(from: utf8, count: utf8.count)
    return ByteView(base: copy, count: utf8.count)
}

/// The fast decoder alone.
enum ByHeart {
    /// Nil: it does not know the body.
    static func snapshot(
        _ message: UnsafeRawBufferPointer, arena: inout Arena
    ) -> ReserveSnapshot? {
        let call = UnsafeMutablePointer<Call>.allocate(capacity: 1)
        let client = UnsafeMutablePointer<ClientInfo>.allocate(capacity: 1)
        defer {
            call.deallocate()
            client.deallocate()
        }
        guard
            RequestDecoder.decodeReserve(message, into: call, client: client, arena: &arena),
            let command = call.pointee.reserve
        else { return nil }
        return ReserveSnapshot(command.pointee, client.pointee)
    }
}
