import CHoldfastProto
import CProtobufC
import Glibc

/// The memory that one request's protobuf-c structs point into, freed with it. protobuf-c reads a string up to its
/// first NUL, so a text that holds one is noted instead of being cut in silence. One thread at a time.
package final class EncodingScratch {
    private var allocations: [UnsafeMutableRawPointer] = []
    private var path = ""
    /// Texts that cannot be sent, by the path of their field.
    package private(set) var violations: [HoldfastError.FieldViolation] = []

    package init() {}

    deinit {
        for allocation in self.allocations { free(allocation) }
    }

    func string(_ text: String, _ field: String) -> UnsafeMutablePointer<CChar> {
        var text = text
        return text.withUTF8 { bytes in
            if bytes.contains(0) {
                self.violations.append(
                    .init(field: self.path + field, description: "must not contain a NUL character")
                )
            }
            let copy = self.allocate(bytes.count + 1).assumingMemoryBound(to: UInt8.self)
            for (index, byte) in bytes.enumerated() { copy[index] = byte }
            copy[bytes.count] = 0
            return UnsafeMutableRawPointer(copy).assumingMemoryBound(to: CChar.self)
        }
    }

    func bytes(_ bytes: [UInt8]) -> ProtobufCBinaryData {
        let copy = self.allocate(max(1, bytes.count)).assumingMemoryBound(to: UInt8.self)
        for (index, byte) in bytes.enumerated() { copy[index] = byte }
        return ProtobufCBinaryData(len: bytes.count, data: copy)
    }

    /// A sub-message: `initialise` is protobuf-c's, `fill` ours. `path` goes before the names of its fields.
    func message<Raw>(
        _ initialise: (UnsafeMutablePointer<Raw>?) -> Void, _ path: String,
        _ fill: (inout Raw) -> Void
    ) -> UnsafeMutablePointer<Raw> {
        let raw = self.allocate(MemoryLayout<Raw>.size).assumingMemoryBound(to: Raw.self)
        initialise(raw)
        let outer = self.path
        self.path += path
        fill(&raw.pointee)
        self.path = outer
        return raw
    }

    /// An array of pointers, as protobuf-c keeps repeated fields; nil if there are none.
    func pointers<Raw>(
        _ items: [UnsafeMutablePointer<Raw>]
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Raw>?>? {
        guard !items.isEmpty else { return nil }
        let array = self.allocate(items.count * MemoryLayout<UnsafeRawPointer>.stride)
            .assumingMemoryBound(to: UnsafeMutablePointer<Raw>?.self)
        for (index, item) in items.enumerated() { array[index] = item }
        return array
    }

    /// The message's bytes. `raw` must be a protobuf-c message that its init function has touched.
    func packed<Raw>(_ raw: inout Raw) -> [UInt8] {
        withUnsafeMutableBytes(of: &raw) { bytes in
            // Every protobuf-c message begins with its ProtobufCMessage.
            let message = bytes.baseAddress!.assumingMemoryBound(to: ProtobufCMessage.self)
            let byteCount = protobuf_c_message_get_packed_size(message)
            return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
                count = byteCount == 0 ? 0 : protobuf_c_message_pack(message, buffer.baseAddress)
            }
        }
    }

    private func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        guard let memory = malloc(byteCount) else { fatalError("out of memory") }
        self.allocations.append(memory)
        return memory
    }
}
