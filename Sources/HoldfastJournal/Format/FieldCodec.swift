/// Reads and writes little-endian fields at fixed offsets of a header.
struct FieldWriter {
    let base: UnsafeMutableRawPointer

    func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
        self.base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }

    func put(_ instance: InstanceID, at offset: Int) {
        self.put(instance.first, at: offset)
        self.put(instance.second, at: offset + 8)
    }

    func put(_ chain: ChainHash, at offset: Int) {
        self.put(chain.first, at: offset)
        self.put(chain.second, at: offset + 8)
    }
}

struct FieldReader {
    let base: UnsafeRawPointer

    func get<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type = Value.self) -> Value {
        Value(littleEndian: self.base.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    func instance(at offset: Int) -> InstanceID {
        InstanceID(first: self.get(at: offset), second: self.get(at: offset + 8))
    }

    func chain(at offset: Int) -> ChainHash {
        ChainHash(first: self.get(at: offset), second: self.get(at: offset + 8))
    }
}

/// What a piece of a file turned out to be.
package enum HeaderVerdict<Header: Sendable>: Sendable {
    case valid(Header)
    /// Nothing but zeros: never written.
    case zero
    /// Neither: a wrong magic number, checksum or field.
    case damaged
    /// A sound header of a format that this program does not know.
    case unknownVersion(UInt16)
}
