import Foundation
import HoldfastWire

/// One frame of clients/vectors with what it means; see the README there.
struct Vector: CustomStringConvertible {
    let name: String
    let frame: [UInt8]
    let message: String
    let body: [String: Any]
    let callID: UInt32
    let timeoutOrRetryMilliseconds: UInt32
    let hasMetadata: Bool

    var description: String { self.name }

    var header: FrameHeader { self.frame.withUnsafeBytes { FrameHeader(reading: $0.baseAddress!) } }

    /// The message's bytes, without header and metadata.
    var messageBytes: [UInt8] {
        let body = Array(self.frame[FrameHeader.byteCount...])
        guard self.hasMetadata else { return body }
        return Array(body[(2 + (Int(body[0]) << 8 | Int(body[1])))...])
    }

    /// All vectors of a file, like `requests`.
    static func load(_ file: String) throws -> [Vector] {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(
            contentsOf: root.appendingPathComponent("clients/vectors/\(file).json"))
        let json = try JSONSerialization.jsonObject(with: data) as! [String: Any]
        return (json["vectors"] as! [[String: Any]]).map { entry in
            let header = entry["header"] as! [String: Any]
            return Vector(
                name: entry["name"] as! String, frame: Self.bytes(entry["frame"] as! String),
                message: entry["message"] as? String ?? "",
                body: entry["body"] as? [String: Any] ?? [:],
                callID: UInt32(header["call_id"] as! Int),
                timeoutOrRetryMilliseconds: UInt32(header["timeout_or_retry_ms"] as! Int),
                hasMetadata: entry["metadata"] != nil)
        }
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.map { UInt8($0.hexDigitValue!) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

/// Fields of protobuf JSON.
struct Fields {
    let json: [String: Any]

    init(_ json: Any?) {
        self.json = json as? [String: Any] ?? [:]
    }

    func has(_ name: String) -> Bool { self.json[name] != nil }
    func text(_ name: String) -> String { self.json[name] as? String ?? "" }
    func flag(_ name: String) -> Bool { self.json[name] as? Bool ?? false }
    func bytes(_ name: String) -> [UInt8] { Array(Data(base64Encoded: self.text(name))!) }
    func fields(_ name: String) -> Fields { Fields(self.json[name]) }

    func list(_ name: String) -> [Fields] {
        (self.json[name] as? [Any] ?? []).map { Fields($0) }
    }

    /// 64-bit numbers are texts in protobuf's JSON, others are not.
    func number(_ name: String) -> Int {
        (self.json[name] as? String).map { Int($0)! } ?? self.json[name] as? Int ?? 0
    }
}
