package import HoldfastWire

/// A request that knows its method and its bytes.
package protocol WireRequest: Sendable {
    associatedtype Response: WireResponse
    static var method: Method { get }
    /// The id under which sending it again takes no second effect; nil for calls that change nothing or name
    /// their reservation.
    var idempotencyKey: RequestID? { get }
    /// The protobuf bytes. `scratch` also says which texts cannot be sent.
    func encoded(_ scratch: EncodingScratch) -> [UInt8]
}

/// An answer that can be read from its bytes.
package protocol WireResponse: Sendable {
    /// nil if the bytes are no such message.
    static func decoded(_ body: [UInt8]) -> Self?
}

extension WireRequest {
    /// The protobuf bytes, or which fields cannot be sent.
    package func body() throws(HoldfastError) -> [UInt8] {
        let scratch = EncodingScratch()
        let body = self.encoded(scratch)
        guard scratch.violations.isEmpty else {
            throw HoldfastError(
                code: .invalidArgument, reason: "INVALID_FIELD",
                message: "\(scratch.violations[0].field) \(scratch.violations[0].description)",
                fieldViolations: scratch.violations, outcome: .notSent,
                requestID: self.idempotencyKey)
        }
        return body
    }
}
