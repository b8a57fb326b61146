/// The body of PING and PONG: `PingFrame { bytes payload = 1 }`, read by hand, as it comes on every idle connection.
enum PingBody {
    /// The payload, empty when there is none; nil for a body that is not a PingFrame or a payload that is too long.
    static func payload(of body: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let empty = UnsafeRawBufferPointer(start: body.baseAddress, count: 0)
        guard !body.isEmpty else { return empty }
        guard PreScan.check(body, descriptor: Descriptors.pingFrame) == nil else { return nil }
        var reader = WireReader(body)
        var payload = empty
        while !reader.atEnd {
            guard let tag = reader.readTag() else { return nil }
            guard tag.field == 1, tag.wireType == .lengthDelimited else {
                guard reader.skip(tag.wireType) else { return nil }
                continue
            }
            guard let bytes = reader.readLengthDelimited() else { return nil }
            payload = bytes
        }
        return payload.count <= ProtocolSession.pingPayloadBytesMax ? payload : nil
    }
}
