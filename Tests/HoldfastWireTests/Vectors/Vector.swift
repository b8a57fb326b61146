import Foundation
import HoldfastWire
import Testing

/// One entry of clients/vectors/*.json.
struct Vector {
    let name: String
    let frame: [UInt8]
    let header: [String: Any]
    /// The body's message; nil for a frame without one.
    let message: String?
    let body: [String: Any]
    let metadata: [String: Any]?

    static func all(of file: String) throws -> [Vector] {
        let text = try Repository.text("clients/vectors/\(file)")
        let root = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let vectors = try #require(root?["vectors"] as? [[String: Any]])
        return try vectors.map { vector in
            Vector(
                name: try #require(vector["name"] as? String),
                frame: Hex.bytes(try #require(vector["frame"] as? String)),
                header: try #require(vector["header"] as? [String: Any]),
                message: vector["message"] as? String,
                body: vector["body"] as? [String: Any] ?? [:],
                metadata: vector["metadata"] as? [String: Any])
        }
    }

    var readHeader: FrameHeader {
        self.frame.withUnsafeBytes { FrameHeader(reading: $0.baseAddress!) }
    }

    /// The body's bytes behind the metadata.
    var messageBytes: [UInt8] {
        let body = Array(self.frame.dropFirst(FrameHeader.byteCount))
        guard self.readHeader.hasMetadata else { return body }
        return Array(body.dropFirst(2 + Int(body[0]) << 8 + Int(body[1])))
    }

    /// The header as the file spells it.
    func number(_ key: String) -> Int { self.header[key] as? Int ?? -1 }
}
