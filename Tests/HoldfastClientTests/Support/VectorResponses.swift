import Foundation
import HoldfastClient

/// Answers as this client reads them, compared with protobuf JSON.
enum VectorResponses {
    static func json(_ vector: Vector) -> JSONValue? {
        let bytes = vector.messageBytes
        return switch vector.message {
        case "ReserveResponse": ReserveResponse.decoded(bytes)?.json
        case "ConfirmResponse": ConfirmResponse.decoded(bytes)?.json
        case "CancelResponse": CancelResponse.decoded(bytes)?.json
        case "ExtendResponse": ExtendResponse.decoded(bytes)?.json
        case "RefundResponse": RefundResponse.decoded(bytes)?.json
        case "GetReservationResponse": GetReservationResponse.decoded(bytes)?.json
        case "GetStockResponse": GetStockResponse.decoded(bytes)?.json
        case "CheckRiskResponse": CheckRiskResponse.decoded(bytes)?.json
        case "AcquireLeaseResponse": AcquireLeaseResponse.decoded(bytes)?.json
        case "RenewLeaseResponse": RenewLeaseResponse.decoded(bytes)?.json
        case "ReleaseLeaseResponse": ReleaseLeaseResponse.decoded(bytes)?.json
        case "PingResponse": PingResponse.decoded(bytes)?.json
        case "PreloadResponse": PreloadResponse.decoded(bytes)?.json
        case "AdjustStockResponse": AdjustStockResponse.decoded(bytes)?.json
        case "SetSaleStateResponse": SetSaleStateResponse.decoded(bytes)?.json
        case "SetProductStateResponse": SetProductStateResponse.decoded(bytes)?.json
        case "ListSalesResponse": ListSalesResponse.decoded(bytes)?.json
        case "GetServerInfoResponse": GetServerInfoResponse.decoded(bytes)?.json
        case "SnapshotResponse": SnapshotResponse.decoded(bytes)?.json
        case "ReadRiskLogResponse": ReadRiskLogResponse.decoded(bytes)?.json
        case "BlacklistAddResponse": BlacklistAddResponse.decoded(bytes)?.json
        case "BlacklistRemoveResponse": BlacklistRemoveResponse.decoded(bytes)?.json
        case "BlacklistListResponse": BlacklistListResponse.decoded(bytes)?.json
        default: nil
        }
    }

    /// Paths at which the two differ. An absent field has its default; bytes are base64 there, hexadecimal or a UUID
    /// here; numbers of 64 bits are texts there.
    static func differences(_ mine: JSONValue, _ expected: Any?, _ path: String) -> [String] {
        switch mine {
        case .object(let fields):
            let theirs = expected as? [String: Any] ?? [:]
            let known = Set(fields.map { self.snakeCase($0.key) })
            let missing = theirs.keys.filter { !known.contains($0) }.map { "\(path).\($0) missing" }
            return missing
                + fields.flatMap { field in
                    let name = self.snakeCase(field.key)
                    return self.differences(field.value, theirs[name], "\(path).\(name)")
                }
        case .array(let items):
            let theirs = expected as? [Any] ?? []
            guard items.count == theirs.count else { return ["\(path) count"] }
            return zip(items, theirs).enumerated().flatMap {
                self.differences($0.element.0, $0.element.1, "\(path)[\($0.offset)]")
            }
        case .null:
            return expected == nil ? [] : [path]
        case .bool(let value):
            return value == (expected as? Bool ?? false) ? [] : [path]
        case .integer(let value):
            let theirs = (expected as? String).flatMap { Int($0) } ?? expected as? Int ?? 0
            return value == theirs ? [] : [path]
        case .string(let value):
            return self.isSame(value, expected as? String) ? [] : ["\(path): \(value)"]
        }
    }

    private static func isSame(_ mine: String, _ expected: String?) -> Bool {
        guard let expected else {
            return mine.isEmpty || mine == "0" || mine.hasSuffix("_UNSPECIFIED")
                || mine == RequestID.zero.description
        }
        if mine == expected { return true }
        guard let bytes = Data(base64Encoded: expected), !bytes.isEmpty else { return false }
        let hex = ProtobufReader.hex(Array(bytes))
        return mine.filter { $0 != "-" } == hex
    }

    private static func snakeCase(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
    }
}
