import CHoldfastProto
import CProtobufC

/// What the body of an answer says whose code is not OK.
struct Refusal {
    var reason: String
    var message: String

    /// Nil when the bytes are no `Status`.
    init?(_ body: [UInt8]) {
        guard let status = holdfast__v1__status__unpack(nil, body.count, body) else { return nil }
        defer { holdfast__v1__status__free_unpacked(status, nil) }
        self.reason = String(cString: status.pointee.reason)
        self.message = String(cString: status.pointee.message)
    }
}
