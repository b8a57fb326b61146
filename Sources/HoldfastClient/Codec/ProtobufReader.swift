import CHoldfastProto
import CProtobufC

/// Turns what protobuf-c has unpacked into Swift values. Bytes come from a trusted server, but a pointer that may be
/// null is still treated as one.
package enum ProtobufReader {
    /// Unpacks `body`, converts it, frees it again; nil if it is no such message.
    static func unpacked<Raw, Value>(
        _ body: [UInt8],
        _ unpack: (
            UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?
        ) -> UnsafeMutablePointer<Raw>?,
        _ free: (UnsafeMutablePointer<Raw>?, UnsafeMutablePointer<ProtobufCAllocator>?) -> Void,
        _ convert: (Raw) -> Value
    ) -> Value? {
        // An empty body is a message in which every field has its default; protobuf-c wants a pointer even then.
        let raw = body.isEmpty ? unpack(nil, 0, Self.noBytes) : unpack(nil, body.count, body)
        guard let raw else { return nil }
        defer { free(raw, nil) }
        return convert(raw.pointee)
    }

    private static let noBytes: [UInt8] = [0]

    static func string(_ text: UnsafeMutablePointer<CChar>?) -> String {
        text.map { String(cString: $0) } ?? ""
    }

    static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
        Array(UnsafeBufferPointer(start: data.data, count: data.data == nil ? 0 : data.len))
    }

    static func messages<Raw>(
        _ items: UnsafeMutablePointer<UnsafeMutablePointer<Raw>?>?, _ count: Int
    ) -> [Raw] {
        UnsafeBufferPointer(start: items, count: items == nil ? 0 : count)
            .compactMap { $0?.pointee }
    }

    static func strings(
        _ items: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int
    ) -> [String] {
        UnsafeBufferPointer(start: items, count: items == nil ? 0 : count)
            .map { Self.string($0) }
    }

    /// Two lower-case digits a byte.
    package static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
